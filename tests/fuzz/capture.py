#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the seeds in seeds/decode and seeds/watch anew: what a sandbox's API server says in protobuf of some workloads, healthy and not;
and of one object of each kind, as full as it can be, in protobuf and in JSON (twin-KIND and twin-KIND.json).

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
PROTOBUF, JSON, MERGE = "application/vnd.kubernetes.protobuf", "application/json", "application/merge-patch+json"
METADATA = ";as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
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

STAMP = "2026-11-20T10:00:0{}Z"


def conditions(*types):
    return [{"type": name, "status": "False" if name == "PodScheduled" else "True", "reason": f"Reason{name}", "message": f"it is {name}: \"so\" \u2026",
             "lastTransitionTime": STAMP.format(index)} for index, name in enumerate(types)]


def container_status(name, state, **more):
    ended = {"exitCode": 137, "reason": "OOMKilled", "message": "of the last run", "startedAt": STAMP.format(1), "finishedAt": STAMP.format(2)}
    return {"name": name, "image": "registry.test:5000/web:1", "imageID": "", "ready": False, "restartCount": 4, "state": state,
            "lastState": {"terminated": ended}} | more


REFERENCES = {
    "containers": [{"name": "app", "image": "registry.test:5000/web:1",
                    "envFrom": [{"configMapRef": {"name": "all"}}, {"secretRef": {"name": "all", "optional": False}}],
                    "env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "one", "key": "a"}}},
                            {"name": "B", "valueFrom": {"secretKeyRef": {"name": "one", "key": "b"}}},
                            {"name": "C", "valueFrom": {"secretKeyRef": {"name": "may-be-absent", "key": "c", "optional": True}}}]}],
    "initContainers": [{"name": "init", "image": "x", "envFrom": [{"configMapRef": {"name": "of-init"}}]}],
    "volumes": [{"name": "a", "secret": {"secretName": "volume"}}, {"name": "b", "configMap": {"name": "volume"}},
                {"name": "c", "projected": {"sources": [{"secret": {"name": "part"}}, {"configMap": {"name": "part"}}]}}]}
TEMPLATE = {"metadata": {"labels": {"app": "x", "tier": "front"}}, "spec": REFERENCES}
OWNER = [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "of-twin", "uid": "uid-of-owner", "controller": True},
         {"apiVersion": "v1", "kind": "ConfigMap", "name": "beside", "uid": "uid-beside"}]
MARKS = {"labels": {"app": "x", "pod-template-hash": "5d8", "kubernetes.io/service-name": "front"}, "finalizers": ["aegiops.io/seed"],
         "annotations": {"aegiops.io/ignore": "true", "deployment.kubernetes.io/revision": "7"}, "ownerReferences": OWNER}
COUNTS = {"replicas": 9, "updatedReplicas": 8, "readyReplicas": 6, "availableReplicas": 5, "observedGeneration": 4}
# In the order of enum store_kind: what is made, and the status it is then said to have, which is nowhere kept.
TWINS = [
    ("pods", "v1", "Pod", {"spec": {
        "schedulerName": "none", "restartPolicy": "OnFailure",
        "initContainers": [{"name": "sidecar", "image": "x", "restartPolicy": "Always"}],
        "containers": [{"name": "app", "image": "x"}, {"name": "ruled", "image": "x", "restartPolicy": "Never", "restartPolicyRules": [
            {"action": "Restart", "exitCodes": {"operator": "In", "values": [1, 137]}}]}, {"name": "side", "image": "x"}]}}, {
        "phase": "Pending", "reason": "Evicted", "message": "The node was low", "startTime": STAMP.format(3), "nominatedNodeName": "node-b",
        "conditions": conditions("Ready", "PodReadyToStartContainers", "PodScheduled", "DisruptionTarget", "PodResizePending"),
        "containerStatuses": [
            container_status("app", {"waiting": {"reason": "ImagePullBackOff", "message": "dial tcp 10.0.0.1:5000: i/o timeout"}}),
            container_status("ruled", {"terminated": {"exitCode": 137, "reason": "Error", "message": "ended", "startedAt": STAMP.format(4),
                                                      "finishedAt": STAMP.format(5)}}),
            container_status("side", {"running": {"startedAt": STAMP.format(6)}}, ready=True)],
        "initContainerStatuses": [container_status("sidecar", {"waiting": {}})]}),
    ("events", "v1", "Event", {
        "involvedObject": {"kind": "Pod", "namespace": NAMESPACE, "name": "twin", "uid": "uid-of-pod", "fieldPath": "spec.initContainers{sidecar}"},
        "type": "Warning", "reason": "BackOff", "message": 25 * "long, with \u2014 more than bytes; " + "and why", "count": 3,
        "lastTimestamp": STAMP.format(7), "firstTimestamp": STAMP.format(1), "eventTime": "2026-11-20T10:00:00.123456Z", "action": "Pulling",
        "reportingComponent": "aegiops.io/seed", "reportingInstance": "x", "series": {"count": 5, "lastObservedTime": "2027-01-01T00:00:00.987654Z"}}, None),
    ("deployments", "apps/v1", "Deployment", {"spec": {"replicas": 3, "paused": True, "selector": SELECTOR, "template": TEMPLATE}},
     COUNTS | {"conditions": conditions("Progressing", "ReplicaFailure")}),
    ("statefulsets", "apps/v1", "StatefulSet", {"spec": {"serviceName": "x", "replicas": 0, "selector": SELECTOR, "template": TEMPLATE}},
     COUNTS | {"updateRevision": "x-7c", "currentRevision": "x-7b"}),
    ("daemonsets", "apps/v1", "DaemonSet", {"spec": {"selector": SELECTOR, "template": TEMPLATE}},
     {"currentNumberScheduled": 1, "desiredNumberScheduled": 2, "numberReady": 3, "numberMisscheduled": 0, "observedGeneration": 4, "updatedNumberScheduled": 5,
      "numberAvailable": 6}),
    ("jobs", "batch/v1", "Job", {"spec": {"parallelism": 2, "suspend": True, "template": {
        "spec": REFERENCES | {"restartPolicy": "Never"}}}}, {"active": 0, "succeeded": 1, "failed": 3, "startTime": STAMP.format(1)}),
    ("cronjobs", "batch/v1", "CronJob", {"spec": {"schedule": "0 3 * * *", "suspend": True, "jobTemplate": {"spec": {"template": {
        "spec": REFERENCES | {"restartPolicy": "Never"}}}}}},
     {"active": [{"kind": "Job", "name": "a"}, {"kind": "Job", "name": "b"}], "lastScheduleTime": STAMP.format(1), "lastSuccessfulTime": STAMP.format(2)}),
    ("nodes", "v1", "Node", {"spec": {"unschedulable": True}}, {"conditions": [
        {"type": "Ready", "status": "Unknown", "reason": "NodeStatusUnknown", "message": "gone", "lastTransitionTime": STAMP.format(1)},
        *conditions("DiskPressure")]}),
    ("namespaces", "v1", "Namespace", {}, {"phase": "Terminating", "conditions": conditions("NamespaceContentRemaining", "NamespaceDeletionContentFailure")}),
    ("services", "v1", "Service", {"spec": {"selector": {"app": "x", "tier": "front"}, "ports": [{"name": "a", "port": 80}, {"name": "b", "port": 81}]}}, None),
    ("endpointslices", "discovery.k8s.io/v1", "EndpointSlice", {
        "addressType": "IPv4", "ports": [{"name": "a", "port": 80}], "endpoints": [
            {"addresses": ["10.1.2.3"], "conditions": {"ready": True}}, {"addresses": ["10.1.2.4"], "conditions": {"ready": False}},
            {"addresses": ["10.1.2.5"]}]}, None),
    ("persistentvolumeclaims", "v1", "PersistentVolumeClaim", {"spec": {
        "accessModes": ["ReadWriteOnce"], "storageClassName": "fast", "volumeName": "pv-1", "resources": {"requests": {"storage": "1Gi"}}}}, {"phase": "Lost"}),
    ("configmaps", "v1", "ConfigMap", {"data": {"a": "not looked at"}}, None),
    ("horizontalpodautoscalers", "autoscaling/v2", "HorizontalPodAutoscaler", {"spec": {
        "maxReplicas": 3, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "twin"}}}, None),
]
OF_CLUSTER = {"Node", "Namespace"}


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

    def get(self, path, accept=PROTOBUF):
        return self.ask("GET", path, accept)

    def ask(self, method, path, accept=PROTOBUF, body=None, content_type=JSON):
        """The answer; body: what is sent, as JSON."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.server + path, data, {"Accept": accept, "Content-Type": content_type}, method=method)
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
        listed = json.loads(api.get(path.format(NAMESPACE, ""), JSON))["items"]
        for index, item in enumerate(listed[:OF_EACH.get(name, 1)]):
            save("decode", f"{name}-{index}", bytes([index]) + out_of_envelope(api.get(path.format(NAMESPACE, item["metadata"]["name"]))))
    save("decode", "namespace-0", b"\0" + out_of_envelope(api.get(f"/api/v1/namespaces/{NAMESPACE}")))
    node = json.loads(api.get("/api/v1/nodes", JSON))["items"][0]["metadata"]["name"]
    save("decode", "node-0", b"\0" + out_of_envelope(api.get(f"/api/v1/nodes/{node}")))


def twin_path(resource, version, kind):
    prefix = f"/apis/{version}" if "/" in version else f"/api/{version}"
    return prefix + ("" if kind in OF_CLUSTER else f"/namespaces/{NAMESPACE}") + "/" + resource


def in_both(ask):
    """What it answers in JSON and in protobuf, of one version: controllers may write meanwhile."""
    while True:
        before, twin, after = ask(JSON), ask(PROTOBUF), ask(JSON)
        if json.loads(before)["metadata"]["resourceVersion"] == json.loads(after)["metadata"]["resourceVersion"]:
            return after, out_of_envelope(twin)


def save_twin(api, number, resource, version, kind, content, status):
    """Makes it, deletes it, which its finalizer delays, and notes what it then is; with this status if there were such a one."""
    path = twin_path(resource, version, kind)
    api.ask("POST", path, body={"apiVersion": version, "kind": kind, "metadata": MARKS | {"name": "twin"}} | content)
    path += "/twin"
    api.ask("DELETE", path)

    def ask(accept):
        if status is None:
            return api.get(path, accept + (METADATA if kind == "ConfigMap" else ""))
        return api.ask("PATCH", path + "/status?dryRun=All", accept, {"status": status}, MERGE)
    in_json, in_protobuf = in_both(ask)
    save("decode", f"twin-{kind.lower()}", bytes([number]) + in_protobuf)
    save("decode", f"twin-{kind.lower()}.json", bytes([number]) + in_json)
    api.ask("PATCH", path, body={"metadata": {"finalizers": None}}, content_type=MERGE)


def save_twins(api):
    for number, twin in enumerate(TWINS):
        save_twin(api, number, *twin)


def save_streams(api):
    save("watch", "list", b"\0" + PIECES + api.get(f"/api/v1/namespaces/{NAMESPACE}/pods?limit=1"))
    save("watch", "empty-list", b"\0" + PIECES + api.get("/api/v1/namespaces/none/pods"))
    stream = PROTOBUF + ";stream=watch"
    watch = "/api/v1/namespaces?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=3"
    save("watch", "watch", b"\1" + PIECES + api.get(watch, stream)[:WATCH_BYTES])
    save("watch", "list.json", b"\0" + PIECES + api.get(f"/api/v1/namespaces/{NAMESPACE}/services?limit=1", JSON))
    save("watch", "watch.json", b"\1" + PIECES + api.get(watch, JSON)[:WATCH_BYTES])


def main(sandbox):
    objects = [{"apiVersion": version, "kind": kind, "metadata": {"name": "x", "namespace": NAMESPACE}, "spec": spec}
               for version, kind, spec in OBJECTS]
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE, "annotations": {"aegiops.io/ignore": "true"}}}
    kubectl(sandbox, "apply", "-f", "-", input=json.dumps({"apiVersion": "v1", "kind": "List", "items": [namespace, *objects]}))
    time.sleep(SETTLE_S)
    api = Api(sandbox)
    save_objects(api)
    save_twins(api)
    save_streams(api)
    kubectl(sandbox, "delete", "namespace", NAMESPACE, "--wait=false")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
