# SPDX-License-Identifier: Apache-2.0
"""Real containers: what a kubelet makes of every fault, whether the simulated nodes show the same, and incidents from beginning to end."""
import threading

import pytest
from kubernetes import watch

from cluster import Cluster
from conftest import skip_without_real_node
from faults import BUSYBOX, FAULTS, FOREVER, signs
from story import read_lap
from topics import of_workload
from waiting import eventually

# Two dozen pods that start at once keep a kubelet busy: what is only late by then is none of its faults.
SETTINGS = {"observer": {"pending_after": "40s", "stuck_after": "10s"}}
OF_A_NODE = [(name, kind) for name, fault in FAULTS.items() for kind in ("real", "simulated") if kind == "real" or fault.simulated]


class Exhibition:
    """Every fault as a Deployment of its own in one namespace, and all that is ever to be seen of their pods."""

    def __init__(self, sandbox, namespace):
        self.namespace, self.seen = namespace, {}
        self.watching = watch.Watch()
        self.thread = threading.Thread(target=self._look, args=(Cluster(sandbox.admin),), daemon=True)
        self.thread.start()

    def _look(self, cluster):
        for event in self.watching.stream(cluster.core.list_namespaced_pod, self.namespace.name, timeout_seconds=600):
            pod = event["object"]
            self.seen.setdefault(pod.metadata.labels["app"], set()).update(signs(pod))

    def add(self, name, fault):
        self.namespace.create(name, replicas=1, pod={"terminationGracePeriodSeconds": 1} | fault.pod, **fault.container)

    def signs(self, name):
        return self.seen.get(name, set())

    def events(self, name):
        found = self.namespace.core.list_namespaced_event(self.namespace.name).items
        return {f"{event.reason}: {event.message}" for event in found if event.involved_object.name.startswith(f"{name}-")}

    def close(self):
        self.watching.stop()
        self.namespace.delete()


@pytest.fixture(scope="module")
def exhibitions(sandbox, pipeline, namespace_maker):
    """One on each kind of node, at the same time; AegiOps, which runs by then, sees to the real one alone."""
    kinds = [kind for kind in ("real", "simulated") if kind == "simulated" or sandbox.has_real_node()]
    made = {kind: Exhibition(sandbox, namespace_maker(kind)) for kind in kinds}
    made["simulated"].namespace.ignore()
    for name, kind in OF_A_NODE:
        if kind in made:
            made[kind].add(name, FAULTS[name])
    yield made
    for exhibition in made.values():
        exhibition.close()


@pytest.mark.parametrize("name, kind", OF_A_NODE)
def test_fault_shows_what_detectors_go_by(exhibitions, name, kind):
    if kind not in exhibitions:
        skip_without_real_node()
    fault, exhibition = FAULTS[name], exhibitions[kind]
    eventually(f"{name} on the {kind} node to show {fault.shows}", lambda: set(fault.shows) <= exhibition.signs(name), 120,
               lambda: f"seen: {sorted(exhibition.signs(name))}")
    for beginning in fault.events:
        eventually(f"an event \"{beginning}\"", lambda: any(text.startswith(beginning) for text in exhibition.events(name)), 20,
                   lambda: "\n".join(exhibition.events(name)))


@pytest.mark.parametrize("kind", ["real", "simulated"])
def test_pod_with_a_finalizer_ends_and_stays(namespace_maker, kind):
    namespace = namespace_maker(kind)
    namespace.ignore()
    namespace.create(replicas=1, template={"finalizers": ["example.com/keep"]}, pod={"terminationGracePeriodSeconds": 1},
                     image=BUSYBOX, command=FOREVER)
    namespace.wait_healthy()
    namespace.apps.delete_namespaced_deployment("web", namespace.name)
    held = eventually("the pod to have ended", lambda: [pod for pod in namespace.pods() if "Succeeded, being deleted" in signs(pod)], 20,
                      lambda: [sorted(signs(pod)) for pod in namespace.pods()])[0]
    assert "app terminated Completed 0" in signs(held)
    namespace.core.patch_namespaced_pod(held.metadata.name, namespace.name, {"metadata": {"finalizers": None}})
    eventually("the pod to be gone", lambda: not namespace.pods(), 20)


@pytest.mark.parametrize("kind", ["real", "simulated"])
def test_logs_of_a_crashing_container(namespace_maker, kind):
    """Between two runs the one that has just ended is the current one, and the run before has been removed: a kubelet says so with
    status 200, as if that were the log."""
    namespace = namespace_maker(kind)
    namespace.ignore()
    namespace.create(replicas=1, image=BUSYBOX, command=["sh", "-c", "echo begin; sleep 4; echo end; exit 1"])

    def logs(state):
        """The logs of this run and of the run before, once a container is in that state for the second time."""
        for pod in namespace.pods():
            for status in pod.status.container_statuses or ():
                if status.restart_count and getattr(status.state, state):
                    return [namespace.core.read_namespaced_pod_log(pod.metadata.name, namespace.name, container="app", previous=previous)
                            for previous in (False, True)]
        return None
    current, before = eventually("the second run", lambda: logs("running"), 30)
    assert current.startswith("begin\n") and before == "begin\nend\n"

    def is_removed():
        """That state is gone within a second or two, maybe between two looks; then the next run's end has it again."""
        current, before = logs("terminated") or ("", "")
        return current == "begin\nend\n" and before.startswith("unable to retrieve container logs for containerd://")
    eventually("the log of the run before the one that has just ended to be gone", is_removed, 90)


@pytest.mark.parametrize("name", FAULTS)
def test_fault_on_the_real_node_is_one_incident_of_its_class(pipeline, exhibitions, name):
    if "real" not in exhibitions:
        skip_without_real_node()
    key = exhibitions["real"].namespace.key(name)
    lap = read_lap(pipeline.topics, key, within=120)
    assert lap.observed["class"] == FAULTS[name].failure, lap.observed["summary"]
    assert (lap.observed["target"]["kind"], lap.observed["target"]["name"]) == ("Deployment", name)
    found = pipeline.topics.find("incidents", of_workload(key))
    assert {record.document["id"]: record.document["observed"]["class"] for record in found} == {lap.id: FAULTS[name].failure}


REPAIRS = {  # of faults: what is done, and whether an earlier revision ran well
    "image-not-found": ("rollback", True),
    "crash": ("rollback", True),
    "out-of-memory": ("set_resources", False),
}


@pytest.mark.parametrize("name", REPAIRS)
def test_fault_on_the_real_node_is_repaired(pipeline, real_namespace, name):
    fault, (action, after_good) = FAULTS[name], REPAIRS[name]
    if after_good:
        real_namespace.create_good()
        real_namespace.change(**fault.container)
    else:
        real_namespace.create(**fault.container)
    lap = read_lap(pipeline.topics, real_namespace.key(), within=60)
    assert (lap.observed["class"], lap.acted["action"], lap.acted["result"]) == (fault.failure, action, "done")
    second = read_lap(pipeline.topics, real_namespace.key(), lap=2, within=60)
    assert (second.id, second.observed["verdict"], second.notified["state"]) == (lap.id, "recovered", "recovered")
    assert real_namespace.is_healthy()
