# SPDX-License-Identifier: Apache-2.0
"""The sandbox (deploy/sandbox): a real Kafka and a real Kubernetes control plane, and the log of who changed what."""
import json
import os
import re
import subprocess
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
        subprocess.run([SCRIPT, "up", "--name", name, "--ports", "auto"], check=True, stdin=subprocess.DEVNULL)
        return cls(name)

    @staticmethod
    def down_by_name(name):
        """Also what came up only halfway."""
        subprocess.run([SCRIPT, "down", "--name", name], check=True, stdin=subprocess.DEVNULL)

    def run(self, command, *arguments):
        done = subprocess.run([SCRIPT, command, "--name", self.name, *arguments], stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert done.returncode == 0, f"sandbox {command}: {done.stderr}"
        return done.stdout

    def stop(self, service):
        self.run("stop", service)

    def kill(self, service):
        self.run("kill", service)

    def start(self, service):
        self.run("start", service)

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


def session_name():
    return f"test-{os.getpid()}"
