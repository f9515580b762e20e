# SPDX-License-Identifier: Apache-2.0
"""Nodes whose kubelet is the test: they report when it says so, and their pods run when it says so."""
from datetime import datetime, timezone

from cluster import REAL_NODE

PRESSURES = ("MemoryPressure", "DiskPressure", "PIDPressure")
KEEP_AWAY = next(iter(REAL_NODE["nodeSelector"].items()))  # by this label simulated kubelets know what is not theirs


def now():
    return datetime.now(timezone.utc).isoformat()


class KeptNode:
    """Who says no more for 50 s is lost."""

    def __init__(self, cluster, name):
        self.core, self.name, self.word = cluster.core, name, None
        mark, value = KEEP_AWAY
        self.core.create_node({"metadata": {"name": name, "labels": {mark: value, "kubernetes.io/hostname": name}},
                               "spec": {"taints": [{"key": mark, "value": value, "effect": "NoSchedule"}]}})
        self.report()

    def report(self, pressure=None):
        """What a kubelet says that is well, or short of something."""
        self.word = [{"type": "Ready", "status": "True", "reason": "KubeletReady"},
                     *({"type": kind, "status": str(kind == pressure), "reason": "Kubelet"} for kind in PRESSURES)]
        self.say([condition | {"lastTransitionTime": now()} for condition in self.word])

    def repeat(self):
        if self.word:
            self.say(self.word)

    def fall_silent(self):
        self.word = None

    def say(self, conditions):
        capacity = {"cpu": "4", "memory": "8Gi", "pods": "20"}
        self.core.patch_node_status(self.name, {"status": {
            "capacity": capacity, "allocatable": capacity,
            "conditions": [condition | {"lastHeartbeatTime": now()} for condition in conditions]}})

    def cordon(self):
        self.core.patch_node(self.name, {"spec": {"unschedulable": True}})

    def placement(self):
        """For a pod's spec: here and nowhere else."""
        return {"nodeSelector": {"kubernetes.io/hostname": self.name}, "tolerations": REAL_NODE["tolerations"]}

    def run_pods(self, namespace):
        """All pods that are here become ready; returns how many."""
        pods = self.core.list_namespaced_pod(namespace, field_selector=f"spec.nodeName={self.name}").items
        for pod in pods:
            statuses = [{"name": container.name, "image": container.image, "imageID": "", "ready": True, "restartCount": 0, "started": True,
                         "state": {"running": {"startedAt": now()}}} for container in pod.spec.containers]
            self.core.patch_namespaced_pod_status(pod.metadata.name, namespace, {"status": {
                "phase": "Running", "startTime": now(), "containerStatuses": statuses,
                "conditions": [{"type": kind, "status": "True", "lastTransitionTime": now()} for kind in ("ContainersReady", "Ready")]}})
        return len(pods)

    def delete(self):
        self.core.delete_node(self.name)
