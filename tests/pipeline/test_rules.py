# SPDX-License-Identifier: Apache-2.0
"""Rules that a Deployment with a bad image does not show: each from the failure to the last word, all four processes running."""
import pytest

from cluster import BAD_IMAGE, GOOD_IMAGE, HUNGRY
from manifests import daemon_set, deployment, service, stateful_set
from sandbox import effects
from story import read_lap
from waiting import eventually, never

READ = {"StatefulSet": "read_namespaced_stateful_set", "DaemonSet": "read_namespaced_daemon_set"}
SETTINGS = {"observer": {"pending_after": "5s"}}
PATCH = {"StatefulSet": "patch_namespaced_stateful_set", "DaemonSet": "patch_namespaced_daemon_set"}


def acts(pipeline, namespace):
    return effects(pipeline.sandbox.audit(user="aegiops-actor", namespace=namespace.name))


def says(lap):
    return lap.decided["rule"], lap.decided["status"], lap.acted["action"], lap.acted["result"], lap.notified["state"]


def read(namespace, kind, name):
    return getattr(namespace.apps, READ[kind])(name, namespace.name)


def is_ready(found):
    status = found.status
    wanted = found.spec.replicas if hasattr(found.spec, "replicas") else status.desired_number_scheduled
    ready = status.ready_replicas if hasattr(status, "ready_replicas") else status.number_ready
    return wanted and ready == wanted and status.observed_generation == found.metadata.generation


def put_good(namespace, kind, name, manifest):
    """Well for so long that its revision counts as good."""
    namespace.put(manifest)
    eventually(f"{kind} {name} to be ready", lambda: is_ready(read(namespace, kind, name)), within=60)
    never(f"a failure of {kind} {name}", lambda: not is_ready(read(namespace, kind, name)), during=6)


def break_image(namespace, kind, name):
    getattr(namespace.apps, PATCH[kind])(name, namespace.name, {"spec": {"template": {"spec": {"containers": [
        {"name": "app", "image": BAD_IMAGE}]}}}})


def image(found):
    return found.spec.template.spec.containers[0].image


def test_a_stateful_set_is_rolled_back_and_freed_of_the_pod_that_blocks_it(pipeline, namespace):
    put_good(namespace, "StatefulSet", "db", stateful_set())
    break_image(namespace, "StatefulSet", "db")
    key = namespace.key("db", kind="StatefulSet")
    assert says(read_lap(pipeline.topics, key, within=60)) == ("rollback_new_revision", "CONFIG", "rollback", "done", "verifying")
    second = read_lap(pipeline.topics, key, lap=2, within=90)
    assert second.observed["verdict"] == "unchanged"
    assert says(second) == ("free_the_stateful_set", "TRANSIENT", "delete_pod", "done", "verifying")
    third = read_lap(pipeline.topics, key, lap=3, within=90)
    assert (third.observed["verdict"], third.decided["rule"], third.notified["state"]) == ("recovered", "recovered", "recovered")
    assert image(read(namespace, "StatefulSet", "db")) == GOOD_IMAGE and is_ready(read(namespace, "StatefulSet", "db"))
    assert len(acts(pipeline, namespace)) == 2


def test_a_daemon_set_is_rolled_back(pipeline, namespace):
    put_good(namespace, "DaemonSet", "agent", daemon_set())
    break_image(namespace, "DaemonSet", "agent")
    key = namespace.key("agent", kind="DaemonSet")
    assert says(read_lap(pipeline.topics, key, within=60)) == ("rollback_new_revision", "CONFIG", "rollback", "done", "verifying")
    second = read_lap(pipeline.topics, key, lap=2, within=90)
    assert (second.observed["verdict"], second.notified["state"]) == ("recovered", "recovered")
    assert image(read(namespace, "DaemonSet", "agent")) == GOOD_IMAGE


def test_what_was_scaled_to_zero_is_proposed_to_be_scaled_back(pipeline, namespace):
    namespace.put(deployment(), service())
    namespace.wait_healthy(within=60)
    never("a failure", lambda: not namespace.is_healthy(), during=3)
    namespace.apps.patch_namespaced_deployment_scale("web", namespace.name, {"spec": {"replicas": 0}})
    lap = read_lap(pipeline.topics, namespace.key(), within=60)
    assert says(lap) == ("scale_back", "CONFIG", "scale", "proposed", "proposed")
    assert (lap.action["replicas"], lap.action["from"]) == ("2", {"replicas": "0"})
    assert lap.decided["command"] == f"kubectl -n {namespace.name} scale deployment/web --replicas=2"
    assert (namespace.deployment().spec.replicas, acts(pipeline, namespace)) == (0, [])


@pytest.fixture
def full_node(cluster):
    """A node that takes no more pods than those of before cordon()."""
    def set_unschedulable(value):
        cluster.core.patch_node("node-1", {"spec": {"unschedulable": value}})
    yield lambda: set_unschedulable(True)
    set_unschedulable(False)


def test_what_made_it_worse_is_taken_back_and_then_people_are_called(pipeline, namespace, full_node):
    """More memory is no cure where the pods that have it find no node."""
    here = {"nodeSelector": {"kubernetes.io/hostname": "node-1"}}
    limited = {"command": HUNGRY, "image": "polinux/stress:1.0.4", "resources": {"limits": {"memory": "64Mi"}}}
    namespace.put(deployment(pod=here, container=limited))
    eventually("the pods to be placed", lambda: len(namespace.pods()) == 2 and all(pod.spec.node_name for pod in namespace.pods()), within=30)
    full_node()
    first = read_lap(pipeline.topics, namespace.key(), within=60)
    assert says(first) == ("raise_memory_limit", "CONFIG", "set_resources", "done", "verifying")
    second = read_lap(pipeline.topics, namespace.key(), lap=2, within=120)
    assert second.observed["verdict"] == "worse" and second.observed["tried"][0]["undo"] == first.acted["undo"]
    assert says(second) == ("undo_what_made_it_worse", "CONFIG", "undo", "done", "verifying")
    assert second.action["of"] == first.action["id"]
    assert namespace.container().resources.limits["memory"] == "64Mi"
    third = read_lap(pipeline.topics, namespace.key(), lap=3, within=120)
    assert (third.decided["rule"], third.decided["status"], third.notified["state"]) == ("laps_exhausted", "FATAL", "escalated")
    assert "set_resources, done" in third.decided["explanation"] and "undo, done" in third.decided["explanation"]
    assert len(acts(pipeline, namespace)) == 2
