#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the seeds in seeds/decode and seeds/watch anew: what a sandbox's API server says in protobuf of some workloads, healthy and not.

usage: tests/fuzz/capture.py SANDBOX     a sandbox that is up: deploy/sandbox/sandbox up --name SANDBOX --only cluster
"""
import base64
import json
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SEEDS = Path(__file__).resolve().parent / "seeds"
NAMESPACE = "fuzz-seeds"
SETTLE_S = 25  # until pods have crashed and images could not be pulled
WATCH_BYTES = 6000
PIECES = bytes([1, 2, 3, 5, 8, 13, 21, 34])  # see fuzz_watch.c

PODS = {"metadata": {"labels": {"app": "x"}}, "spec": {
    "initContainers": [{"name": "init", "image": "busybox:1.36", "command": ["true"]}],
    "containers": [
        {"name": "app", "image": "nginx:1.99", "env": [{"name": "A", "value": "b"}],
         "resources": {"limits": {"memory": "64Mi"}, "requests": {"memory": "32Mi"}}},
        {"name": "side", "image": "busybox:1.36", "command": ["sh", "-c", "sleep 3; exit 3"]}]}}
ONCE = {"spec": {"restartPolicy": "Never", "containers": [{"name": "job", "image": "busybox:1.36", "command": ["false"]}]}}
SELECTOR = {"matchLabels": {"app": "x"}}
OBJECTS = [
    ("apps/v1", "Deployment", {"replicas": 1, "selector": SELECTOR, "template": PODS}),
    ("apps/v1", "StatefulSet", {"serviceName": "x", "selector": SELECTOR, "template": PODS}),
    ("apps/v1", "DaemonSet", {"selector": SELECTOR, "template": PODS}),
    ("batch/v1", "Job", {"backoffLimit": 0, "template": ONCE}),
    ("batch/v1", "CronJob", {"schedule": "0 3 * * *", "jobTemplate": {"spec": {"template": ONCE}}}),
    ("v1", "Service", {"selector": {"app": "x"}, "ports": [{"port": 80}]}),
    ("v1", "PersistentVolumeClaim", {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}),
    ("v1", "ResourceQuota", {"hard": {"pods": "20"}}),
]
IN_NAMESPACE = {
    "pod": "/api/v1/namespaces/{}/pods/{}", "event": "/api/v1/namespaces/{}/events/{}", "service": "/api/v1/namespaces/{}/services/{}",
    "claim": "/api/v1/namespaces/{}/persistentvolumeclaims/{}", "quota": "/api/v1/namespaces/{}/resourcequotas/{}",
    "deployment": "/apis/apps/v1/namespaces/{}/deployments/{}", "replicaset": "/apis/apps/v1/namespaces/{}/replicasets/{}",
    "statefulset": "/apis/apps/v1/namespaces/{}/statefulsets/{}", "daemonset": "/apis/apps/v1/namespaces/{}/daemonsets/{}",
    "job": "/apis/batch/v1/namespaces/{}/jobs/{}", "cronjob": "/apis/batch/v1/namespaces/{}/cronjobs/{}",
    "slice": "/apis/discovery.k8s.io/v1/namespaces/{}/endpointslices/{}",
}
OF_EACH = {"pod": 3, "event": 4}  # all others: 1


def kubectl(sandbox, *arguments, **more):
    return subprocess.run([ROOT / "deploy/sandbox/sandbox", "kubectl", "--name", sandbox, *arguments], check=True, text=True,
                          capture_output=True, **more).stdout


class Api:
    """The API server, as the administrator."""

    def __init__(self, sandbox):
        config = json.loads(kubectl(sandbox, "config", "view", "--raw", "-o", "json"))
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        self.server = cluster["server"]
        self.tls = ssl.create_default_context(cadata=base64.b64decode(cluster["certificate-authority-data"]).decode())
        with tempfile.NamedTemporaryFile() as pem:
            pem.write(base64.b64decode(user["client-certificate-data"]) + b"\n" + base64.b64decode(user["client-key-data"]))
            pem.flush()
            self.tls.load_cert_chain(pem.name)

    def get(self, path, accept="application/vnd.kubernetes.protobuf"):
        request = urllib.request.Request(self.server + path, headers={"Accept": accept})
        with urllib.request.urlopen(request, context=self.tls, timeout=30) as answer:
            return answer.read()


def out_of_envelope(answer):
    """The object's own message: Unknown.raw behind "k8s\\0" (see observer/watch/envelope.c)."""
    rest = answer[4:]
    while rest:
        tag, length, shift, at = rest[0], 0, 0, 1
        while True:
            length |= (rest[at] & 0x7F) << shift
            shift, at = shift + 7, at + 1
            if rest[at - 1] < 0x80:
                break
        if tag == 0x12:
            return rest[at:at + length]
        rest = rest[at + length:]
    raise ValueError("no object in the answer")


def save(folder, name, seed):
    (SEEDS / folder / name).write_bytes(seed)
    print(f"{folder}/{name}: {len(seed)} bytes")


def save_objects(api):
    for name, path in IN_NAMESPACE.items():
        listed = json.loads(api.get(path.format(NAMESPACE, ""), "application/json"))["items"]
        for index, item in enumerate(listed[:OF_EACH.get(name, 1)]):
            save("decode", f"{name}-{index}", bytes([index]) + out_of_envelope(api.get(path.format(NAMESPACE, item["metadata"]["name"]))))
    save("decode", "namespace-0", b"\0" + out_of_envelope(api.get(f"/api/v1/namespaces/{NAMESPACE}")))
    node = json.loads(api.get("/api/v1/nodes", "application/json"))["items"][0]["metadata"]["name"]
    save("decode", "node-0", b"\0" + out_of_envelope(api.get(f"/api/v1/nodes/{node}")))


def save_streams(api):
    save("watch", "list", b"\0" + PIECES + api.get(f"/api/v1/namespaces/{NAMESPACE}/pods?limit=1"))
    save("watch", "empty-list", b"\0" + PIECES + api.get("/api/v1/namespaces/none/pods"))
    stream = "application/vnd.kubernetes.protobuf;stream=watch"
    watch = "/api/v1/namespaces?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=3"
    save("watch", "watch", b"\1" + PIECES + api.get(watch, stream)[:WATCH_BYTES])


def main(sandbox):
    objects = [{"apiVersion": version, "kind": kind, "metadata": {"name": "x", "namespace": NAMESPACE}, "spec": spec}
               for version, kind, spec in OBJECTS]
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE, "annotations": {"aegiops.io/ignore": "true"}}}
    kubectl(sandbox, "apply", "-f", "-", input=json.dumps({"apiVersion": "v1", "kind": "List", "items": [namespace, *objects]}))
    time.sleep(SETTLE_S)
    api = Api(sandbox)
    save_objects(api)
    save_streams(api)
    kubectl(sandbox, "delete", "namespace", NAMESPACE, "--wait=false")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
