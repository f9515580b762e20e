# SPDX-License-Identifier: Apache-2.0
"""The sandbox (deploy/sandbox): a real Kafka and a real Kubernetes control plane, and the log of who changed what."""
import json
import os
import re
import ssl
import subprocess
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPT = ROOT / "deploy/sandbox/sandbox"
WRITES = ("create", "update", "patch", "delete", "deletecollection")


class Sandbox:
    def __init__(self, name):
        self.name = name
        env = dict(re.findall(r"^export (\w+)='?([^'\n]*?)'?$", self.run("env"), re.M))
        self.kafka = env["KAFKA_BOOTSTRAP_SERVERS"]
        self.folder = Path(env["AEGIOPS_SANDBOX_DIR"])
        self.admin, self.observer, self.actor = (self.folder / f"{user}.kubeconfig" for user in ("admin", "observer", "actor"))

    @classmethod
    def up(cls, name):
        nodes = "simulated" if why_no_real_node() else "both"
        subprocess.run([SCRIPT, "up", "--name", name, "--ports", "auto", "--node", nodes], check=True, stdin=subprocess.DEVNULL)
        return cls(name)

    def has_real_node(self):
        return "\nkubelet " in self.run("status")

    @staticmethod
    def down_by_name(name):
        """Also what came up only halfway."""
        subprocess.run([SCRIPT, "down", "--name", name], check=True, stdin=subprocess.DEVNULL)

    def run(self, command, *arguments, **environment):
        done = subprocess.run([SCRIPT, command, "--name", self.name, *arguments], stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ | environment)
        assert done.returncode == 0, f"sandbox {command}: {done.stderr}"
        return done.stdout

    def stop(self, service):
        self.run("stop", service)

    def kill(self, service):
        self.run("kill", service)

    def start(self, service, **environment):
        self.run("start", service, **environment)

    def restart_apiserver(self, flags):
        """With these flags beside its own, until it is started with others."""
        self.kill("apiserver")
        self.start("apiserver", AEGIOPS_SANDBOX_APISERVER_FLAGS=flags)

    def compact_etcd(self):
        """Makes etcd forget everything but the present: whoever asks for an older version is answered 410."""
        tls = ssl.create_default_context(cafile=self.folder / "pki/etcd-ca.crt")
        tls.load_cert_chain(self.folder / "pki/apiserver-etcd.crt", self.folder / "pki/apiserver-etcd.key")
        port = int((self.folder / "base").read_text())  # etcd's is the first of the sandbox's ports

        def ask(what, **body):
            request = urllib.request.Request(f"https://127.0.0.1:{port}/v3/{what}", json.dumps(body).encode())
            with urllib.request.urlopen(request, context=tls, timeout=10) as answer:
                return json.load(answer)
        now = ask("maintenance/status")["header"]["revision"]
        ask("kv/compaction", revision=now, physical=True)

    def audit(self, user=None, namespace=None, writes=False):
        """The API server's account of what was asked of it: the entries of a user, in a namespace, only writes."""
        chosen = []
        with open(self.folder / "audit.log", encoding="utf-8") as log:
            for line in log:
                if not line.endswith("\n"):
                    break
                entry = json.loads(line)
                if self._is_wanted(entry, user, namespace, writes):
                    chosen.append(entry)
        return chosen

    @staticmethod
    def _is_wanted(entry, user, namespace, writes):
        return ((user is None or entry["user"]["username"] == user)
                and (namespace is None or entry.get("objectRef", {}).get("namespace") == namespace)
                and (not writes or entry["verb"] in WRITES))


def is_dry_run(entry):
    """By the query, or for an eviction by its body."""
    body = entry.get("requestObject")
    return "dryRun=All" in entry["requestURI"] or \
        (isinstance(body, dict) and (body.get("deleteOptions") or {}).get("dryRun") == ["All"])


def is_done(entry):
    return 200 <= entry.get("responseStatus", {}).get("code", 0) < 300


def effects(entries):
    """The writes that changed something."""
    return [entry for entry in entries if entry["verb"] in WRITES and not is_dry_run(entry) and is_done(entry)]


def in_words(entries):
    return "\n".join(f"{entry['user']['username']} {entry['verb']} {entry['requestURI']} -> {entry.get('responseStatus', {}).get('code')}"
                     for entry in entries) or "(nothing)"


def why_no_real_node():
    """One line, or nothing where this computer can have one."""
    return subprocess.run([SCRIPT, "can-run-real-node"], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True).stderr.strip()


def session_name():
    return f"test-{os.getpid()}"
