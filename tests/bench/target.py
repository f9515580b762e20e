# SPDX-License-Identifier: Apache-2.0
"""What is watched: a sandbox whose controllers and kubelets are stopped, filled with the pods of cluster/."""
import json
import re
import subprocess
import time
from pathlib import Path

from costs import cpu_s
from sandbox import SCRIPT, Sandbox

BENCH = Path(__file__).resolve().parent
MODULES = {"cluster": (BENCH / "cluster", ".", "./informer"),
           "kube-state-metrics": (BENCH / "rivals/kube-state-metrics", "k8s.io/kube-state-metrics/v2"),
           "k8sgpt": (BENCH / "rivals/k8sgpt", "github.com/k8sgpt-ai/k8sgpt")}
CALM_CPU, CALM_TIMEOUT_S = 0.1, 120
FRESH_S, NEWS_TIMEOUT_S = 1.5, 300
OTHERS = ("kwok", "scheduler", "kcm")  # would have their own opinion of pods that are written past them


def compile_programs():
    """The folder of each module's programs."""
    return {name: Path(subprocess.run([SCRIPT, "compile", *map(str, arguments)], check=True, stdout=subprocess.PIPE, text=True).stdout.strip())
            for name, arguments in MODULES.items()}


class Target:
    def __init__(self, name, seed):
        self.programs, self.seed = compile_programs(), seed
        self.sandbox = Sandbox.up(name)
        self.kafka, self.folder, self.kubeconfig = self.sandbox.kafka, self.sandbox.folder, self.sandbox.observer
        for service in OTHERS:
            self.sandbox.stop(service)

    def service(self, name):
        """(port, pid) of one of the sandbox's services."""
        found = re.search(rf"^{name} +running +127.0.0.1:(\d+) +pid (\d+)", self.sandbox.run("status"), re.M)
        return int(found[1]), int(found[2])

    def command(self, what, **options):
        flags = {"etcd": f"https://127.0.0.1:{self.service('etcd')[0]}", "pki": self.folder / "pki", "seed": self.seed} | options
        return [str(self.programs["cluster"] / "cluster"), what, *(f"-{name}={value}" for name, value in flags.items())]

    def fill(self, pods):
        """So many pods and what belongs to them, and nothing of before. Returns the bytes of a pod, as it is stored."""
        self.sandbox.stop("apiserver")
        done = subprocess.run(self.command("fill", pods=pods), check=True, stdout=subprocess.PIPE, text=True)
        self.sandbox.start("apiserver")
        self.port, self.pid = self.service("apiserver")
        self.await_calm()
        size = json.loads(done.stdout)["bytes_per_pod"]
        self.stored_mb = pods * size / 1e6
        return size

    def await_calm(self):
        """An API server that is ready still puts its own copies in order."""
        deadline = time.monotonic() + CALM_TIMEOUT_S
        used, before = self.cpu_s(), 0.0
        while used - before > CALM_CPU and time.monotonic() < deadline:
            time.sleep(1)
            used, before = self.cpu_s(), used

    def cpu_s(self):
        return cpu_s(self.pid)

    def curl(self, path, *options):
        """The command that asks the API server, as the observer."""
        pki = self.folder / "pki"
        return ["curl", "-fsS", "-o", "/dev/null", "-A", "bench", "--cacert", pki / "ca.crt", "--cert", pki / "observer.crt",
                "--key", pki / "observer.key", *options, f"https://127.0.0.1:{self.port}{path}"]

    def await_news(self):
        """Seconds until the API server knows all that is in etcd now. A list that must be consistent waits for that, but 3 s at most."""
        list_ = self.curl("/api/v1/namespaces/bench-team-000/pods?fieldSelector=metadata.name%3Dnone", "-w", "%{time_total}")
        began = time.monotonic()
        while float(subprocess.run(list_, check=True, stdout=subprocess.PIPE, text=True).stdout) > FRESH_S:
            if time.monotonic() - began > NEWS_TIMEOUT_S:
                raise SystemExit(f"bench-observer: the API server is still behind etcd after {NEWS_TIMEOUT_S} s")
        return time.monotonic() - began
