# SPDX-License-Identifier: Apache-2.0
"""Who is measured: each reads all pods of one cluster and says, in its own way, when it has them."""
import json
import os
import re
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from costs import cpu_s, memory_mb, read_mb, received_mb, wants_cpu
from processes import clean_environment, die_with_parent, free_port

ROOT = Path(__file__).resolve().parent.parent.parent
CLUSTER = "bench"
SYNC_TIMEOUT_S = 300
PAUSE_S = 0.02
QUIET_S = 2.0  # a program that does not say when it has read everything has read it when it wants no processor for so long


class Watcher:
    """One run of one contestant."""

    def __init__(self, target):
        self.target, self.pods, self.began, self.process = target, None, None, None
        self.home = tempfile.TemporaryDirectory(prefix="aegiops-bench-")

    def start(self):
        self.log = Path(self.home.name) / "log"
        environment = clean_environment(HOME=self.home.name) | self.environment()
        with self.log.open("wb") as log:
            self.began = time.monotonic()
            self.process = subprocess.Popen(list(map(str, self.command())), env=environment, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, preexec_fn=die_with_parent)
        return self

    def environment(self):
        return {}

    def costs(self):
        """What it has cost until now."""
        pid = self.process.pid
        return {"cpu_s": cpu_s(pid), "peak_mb": memory_mb(pid, "VmHWM"), "received_mb": self.received_mb()}

    def received_mb(self):
        return received_mb(self.process.pid, self.target.port)

    def sync(self):
        """Waits until it has read everything; what that cost."""
        self.await_sync()
        return {"seconds": time.monotonic() - self.began} | self.costs()

    def poll(self, what, look, pause=PAUSE_S):
        deadline = self.began + SYNC_TIMEOUT_S
        while not (answer := look()):
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise SystemExit(f"bench-observer: no {what} from {self.name} (exit code {self.process.poll()})\n{self.tail()}")
            time.sleep(pause)
        return answer

    def tail(self):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(30)
        finally:
            self.process.kill()
            self.home.cleanup()


def page(port, path):
    """The body of a page, whatever its status; "" when there is none."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.read().decode()
    except OSError:
        return ""


class Observer(Watcher):
    name, label = "observer", "our observer"

    def __init__(self, target, prefix=None):
        super().__init__(target)
        self.listen, self.prefix = free_port(), prefix or f"bench-{os.getpid()}-{time.monotonic_ns()}."

    def command(self):
        return [ROOT / "build/bin/observer"]

    def environment(self):
        return {"KUBECONFIG": str(self.target.kubeconfig), "AEGIOPS_KAFKA_BOOTSTRAP_SERVERS": self.target.kafka, "AEGIOPS_CLUSTER": CLUSTER,
                "AEGIOPS_KAFKA_TOPIC_PREFIX": self.prefix, "AEGIOPS_OBSERVER_LISTEN": f"127.0.0.1:{self.listen}"}

    def has_read_all(self):
        try:
            parts = json.loads(page(self.listen, "/readyz") or "{}").get("parts", {})
        except ValueError:
            return False
        kinds = [state for part, state in parts.items() if part.startswith("kube:")]
        return kinds and set(kinds) == {"ready"}

    def received_mb(self):
        """As it counts itself, since it changes connections after its lists."""
        return self.metric("aegiops_watch_bytes_total") / 1e6

    def await_sync(self):
        self.poll("readiness of all kinds", self.has_read_all)
        self.pods = int(self.metric("aegiops_store_objects", kind="pods"))

    def metric(self, name, **labels):
        found = re.findall(rf"^{name}(?:{{(.*)}})? ([0-9.e+-]+)$", page(self.listen, "/metrics"), re.M)
        wanted = {f'{label}="{value}"' for label, value in labels.items()}
        return sum(float(value) for text, value in found if wanted <= set(text.split(",")))


class Informer(Watcher):
    name, label = "informer", "client-go informer, bare"

    def command(self):
        return [self.target.programs["cluster"] / "informer", "-kubeconfig", self.target.kubeconfig]

    def await_sync(self):
        self.pods = int(self.poll("word that it is synced", lambda: re.search(r"^synced (\d+)", self.log.read_text(), re.M))[1])


class KubeStateMetrics(Watcher):
    """It does not say when it has read everything, and to ask it costs seconds: so it is asked when it has become quiet."""
    name, label = "ksm", "kube-state-metrics 2.20.0, pods"

    def __init__(self, target):
        super().__init__(target)
        self.listen, self.telemetry = free_port(), free_port()

    def command(self):
        return [self.target.programs["kube-state-metrics"] / "kube-state-metrics", "--kubeconfig", self.target.kubeconfig, "--resources=pods",
                "--host=127.0.0.1", f"--port={self.listen}", "--telemetry-host=127.0.0.1", f"--telemetry-port={self.telemetry}"]

    def sync(self):
        self.poll("complete list", lambda: self.received_mb() > self.target.stored_mb, pause=0.1)
        busy = time.monotonic()
        while time.monotonic() - busy < QUIET_S:
            time.sleep(0.05)
            if wants_cpu(self.process.pid):
                busy = time.monotonic()
        costs = {"seconds": busy - self.began} | self.costs()
        self.pods = len(re.findall(r"^kube_pod_info\{", page(self.listen, "/metrics"), re.M))
        return costs


class Once(Watcher):
    """One that reads everything and ends."""

    def sync(self):
        peak_mb = 0.0
        while not self.has_ended():
            peak_mb = max(peak_mb, memory_mb(self.process.pid, "VmHWM"))
            time.sleep(PAUSE_S)
            if time.monotonic() - self.began > SYNC_TIMEOUT_S:
                raise SystemExit(f"bench-observer: {self.name} has not ended after {SYNC_TIMEOUT_S} s\n{self.tail()}")
        costs = {"seconds": time.monotonic() - self.began, "cpu_s": cpu_s(self.process.pid), "peak_mb": peak_mb, "received_mb": self.received_mb()}
        if self.process.wait() != 0:
            raise SystemExit(f"bench-observer: {self.name} failed\n{self.tail()}")
        return costs

    def has_ended(self):
        """Without taking leave of it, so that /proc still knows what it has used."""
        return os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


class Floor(Once):
    name, label = "floor", "curl -o /dev/null, the same list"

    def command(self):
        return self.target.curl("/api/v1/pods", "-w", "%{size_download}", "-H", "Accept: application/vnd.kubernetes.protobuf")

    def received_mb(self):
        return int(self.log.read_text()) / 1e6


class K8sGpt(Once):
    name, label = "k8sgpt", "k8sgpt analyze 0.4.36, one poll"

    def command(self):
        return [self.target.programs["k8sgpt"] / "k8sgpt", "analyze", "--kubeconfig", self.target.kubeconfig, "--filter=Pod"]

    def received_mb(self):
        return read_mb(self.process.pid)


WATCHERS = (Floor, Observer, Informer, KubeStateMetrics, K8sGpt)
