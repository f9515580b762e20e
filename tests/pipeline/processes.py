# SPDX-License-Identifier: Apache-2.0
"""The four processes of the product, started as anybody would start them: with a configuration file and a kubeconfig."""
import contextlib
import ctypes
import json
import os
import re
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

from sandbox import ROOT
from topics import Topics
from waiting import eventually

BINARIES = ROOT / "build/crash/bin"
NAMES = ("observer", "brain", "actor", "notifier")
CLUSTER = "test"
EXIT_BROKEN, EXIT_OPTIONS, EXIT_FENCED = 1, 2, 3
FOREIGN_SETTINGS = re.compile(r"AEGIOPS_|KUBE|KAFKA_|SLACK_|GEMINI_|https?_proxy$", re.I)
PR_SET_PDEATHSIG = 1


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def clean_environment(**more):
    """Ours without what would configure the product behind the test's back."""
    return {name: value for name, value in os.environ.items() if not FOREIGN_SETTINGS.match(name)} | more


def merged(base, over):
    """Two configurations as one; the second wins."""
    if not (isinstance(base, dict) and isinstance(over, dict)):
        return over
    return base | {key: merged(base.get(key), value) for key, value in over.items()}


def run_to_end(process, *arguments, within=20, **environment):
    """Starts a process that is expected to end by itself: (exit code, stdout, stderr)."""
    done = subprocess.run([BINARIES / process, *map(str, arguments)], env=clean_environment(**environment), timeout=within,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return done.returncode, done.stdout, done.stderr


class Process:
    """One run of a binary after another, with one log."""

    def __init__(self, name, config, folder, kubeconfig=None, instance=None):
        self.name, self.config, self.instance = name, config, instance or name
        self.port = free_port()
        self.log = Path(folder) / f"{self.instance}.log"
        self.output = Path(folder) / f"{self.instance}.out"
        self.environment = {"KUBECONFIG": str(kubeconfig)} if kubeconfig else {}
        self.popen = None

    def start(self, **environment):
        assert not self.is_running(), f"{self.instance} runs already"
        arguments = ["--config", self.config, "--instance", self.instance, f"--{self.name}-listen", f"127.0.0.1:{self.port}"]
        with self.log.open("ab") as log, self.output.open("ab") as output:
            self.popen = subprocess.Popen([BINARIES / self.name, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=output,
                                          stderr=log, env=clean_environment(**self.environment, **environment),
                                          preexec_fn=die_with_parent)
        return self

    def is_running(self):
        return self.popen is not None and self.popen.poll() is None

    def get(self, path):
        """(status, body) of a page of its health listener; (None, why) when it does not answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError as error:
            return None, str(error)

    def is_ready(self):
        assert self.is_running(), f"{self.instance} ended with {self.popen.poll()}\n{self.tail()}"
        return self.get("/readyz")[0] == 200

    def wait_ready(self, within=20):
        eventually(f"{self.instance} to be ready", self.is_ready, within, lambda: f"{self.get('/readyz')}\n{self.tail()}")
        return self

    def parts(self):
        """What /readyz says of each part: "ready", or why not."""
        status, body = self.get("/readyz")
        return json.loads(body)["parts"] if status in (200, 503) else {}

    def metric(self, name, **labels):
        """The value of a metric, summed over the label sets that match."""
        found = re.findall(rf"^{name}(?:{{(.*)}})? ([0-9.e+-]+)$", self.get("/metrics")[1], re.M)
        wanted = {f'{label}="{value}"' for label, value in labels.items()}
        return sum(float(value) for text, value in found if wanted <= set(text.split(",")))

    def lines(self):
        """Its log, one object a line."""
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]

    def logged(self, **fields):
        """The log lines that have these fields."""
        return [line for line in self.lines() if fields.items() <= line.items()]

    def tail(self, lines=25):
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join([line for line in text.splitlines() if '"facility":"CONFWARN"' not in line][-lines:])

    def wait_end(self, within=20):
        """Its exit code, awaited; -9 when it was killed."""
        try:
            return self.popen.wait(within)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.instance} did not end within {within} s\n{self.tail()}") from None

    def stop(self, within=15):
        """SIGTERM, and its exit code."""
        if self.is_running():
            self.popen.terminate()
        return self.wait_end(within)

    def kill(self):
        if self.is_running():
            self.popen.kill()
            self.popen.wait()

    @contextlib.contextmanager
    def frozen(self):
        """It does not run meanwhile."""
        self.popen.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.popen.send_signal(signal.SIGCONT)

    def wait_killed(self, point, within=40):
        """It has met its crash point."""
        eventually(f"{self.instance} to reach {point}", lambda: not self.is_running(), within, self.tail)
        assert self.popen.returncode == -signal.SIGKILL, f"{self.instance} ended with {self.popen.returncode}\n{self.tail()}"


class Pipeline:
    """The four processes over topics of their own prefix, sharing one configuration file."""

    def __init__(self, sandbox, folder, prefix, settings=None):
        self.sandbox, self.folder, self.prefix = sandbox, Path(folder), prefix
        self.folder.mkdir(parents=True, exist_ok=True)
        self.config = self.folder / "aegiops.yaml"
        self.settings = merged({
            "cluster": CLUSTER,
            "log": {"level": "debug"},
            "kafka": {"bootstrap_servers": sandbox.kafka, "topic_prefix": prefix, "partitions": 3,
                      "librdkafka": {"session.timeout.ms": "3000", "heartbeat.interval.ms": "500"}},
            "observer": {"settle": "1s", "soak": "3s", "verify_deadline": "25s"},
            "policy": {"breaker": {"percent": 100}},  # most of what there is in the sandbox is broken by a test
        }, settings or {})
        self.config.write_text(json.dumps(self.settings, indent=2))  # JSON is YAML, too
        self.environment = {name: {} for name in NAMES}
        self.processes = {name: self.make(name) for name in NAMES}
        self.topics = Topics(sandbox.kafka, prefix)

    def make(self, name, instance=None):
        kubeconfig = {"observer": self.sandbox.observer, "actor": self.sandbox.actor}.get(name)
        return Process(name, self.config, self.folder, kubeconfig, instance)

    def __getattr__(self, name):
        try:
            return self.__dict__["processes"][name]
        except KeyError:
            raise AttributeError(name) from None

    def start(self, *names):
        for name in names or NAMES:
            self.processes[name].start(**self.environment[name])
        for name in names or NAMES:
            self.processes[name].wait_ready()
        return self

    def stop(self, *names):
        """SIGTERM to all, then their exit codes."""
        running = [self.processes[name] for name in names or NAMES if self.processes[name].is_running()]
        for process in running:
            process.popen.terminate()
        return {process.name: process.wait_end() for process in running}

    def kill(self):
        for process in self.processes.values():
            process.kill()

    def close(self):
        self.kill()
        self.topics.delete()

    def logs(self):
        return [(f"{process.instance} log", process.tail()) for process in self.processes.values() if process.tail()]
