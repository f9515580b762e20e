# SPDX-License-Identifier: Apache-2.0
"""Each way in which a pod as a whole fails, from the first sign to the word that it is over; and what looks like one and is none.

All that is to happen happens at the same time, each in a namespace of its own; the tests then ask what was told of it. Where a
kubelet is needed to say something that the simulated ones never would, `Kubelet` says it to the API server in its place."""
import datetime
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Callable

import pytest
from kubernetes import client
from kubernetes.client.exceptions import ApiException

from cluster import CRASHING, GOOD_IMAGE
from faults import BUSYBOX, FOREVER
from story import read_lap
from waiting import eventually, never

# Long enough for a simulated kubelet on a busy machine, short enough to wait for.
PENDING_S, STUCK_S = 10, 12
SETTINGS = {"observer": {"pending_after": f"{PENDING_S}s", "stuck_after": f"{STUCK_S}s"}}
WITHIN_S = 90
HANDS = 8  # how much is done at once
KEPT = "example.com/keep"
CLOSED = {"readinessProbe": {"tcpSocket": {"port": 81}, "periodSeconds": 2}, "ports": [{"containerPort": 80}]}
OPEN = {"readinessProbe": {"tcpSocket": {"port": 80}, "periodSeconds": 2}}
TOO_MUCH = {"resources": {"requests": {"cpu": "1000"}}}
MOST_OF_A_NODE = {"resources": {"requests": {"cpu": "5"}}}  # of the 7.9 that a simulated one has
MODEST = {"resources": {"requests": {"cpu": "100m"}}}


class Kubelet:
    """What a kubelet would write of one pod."""

    def __init__(self, namespace, pod):
        self.core, self.pod = namespace.core, pod

    def patch(self, status):
        self.core.patch_namespaced_pod_status(self.pod.metadata.name, self.pod.metadata.namespace, {"status": status})

    def now(self):
        return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")

    def evict(self):
        killed = {"terminated": {"exitCode": 137, "reason": "Error", "finishedAt": self.now()}}
        self.patch({"phase": "Failed", "reason": "Evicted",
                    "message": "Pod ephemeral local storage usage exceeds the total limit of containers 20Mi. ",
                    "conditions": [{"type": "Ready", "status": "False", "reason": "PodFailed", "lastTransitionTime": self.now()}],
                    "containerStatuses": [{"name": "app", "image": GOOD_IMAGE, "imageID": "", "ready": False, "started": False,
                                           "restartCount": 0, "state": killed}]})

    def refuse(self, reason):
        """It never let the pod in, so it knows nothing of containers."""
        found = self.core.read_namespaced_pod(self.pod.metadata.name, self.pod.metadata.namespace)
        found.status.phase, found.status.reason = "Failed", reason
        found.status.message = "Pod was rejected: Node didn't have enough resource: cpu, capacity: 7900"
        found.status.container_statuses = found.status.conditions = None
        self.core.replace_namespaced_pod_status(self.pod.metadata.name, self.pod.metadata.namespace, found)

    def answer_resize(self, reason):
        message = "Node didn't have enough capacity: cpu, requested: 100000, capacity: 7900"
        self.patch({"conditions": [{"type": "PodResizePending", "status": "True", "reason": reason, "message": message,
                                    "lastTransitionTime": self.now()}]})

    def warn(self, reason, message, count):
        """An event, which is repeated by counting it up."""
        metadata, name = self.pod.metadata, f"{self.pod.metadata.name}.{reason.lower()}"
        about = {"apiVersion": "v1", "kind": "Pod", "namespace": metadata.namespace, "name": metadata.name, "uid": metadata.uid}
        event = {"metadata": {"name": name}, "type": "Warning", "reason": reason, "message": message, "count": count,
                 "firstTimestamp": self.now(), "lastTimestamp": self.now(), "involvedObject": about,
                 "source": {"component": "kubelet", "host": self.pod.spec.node_name}}
        if count == 1:
            self.core.create_namespaced_event(metadata.namespace, event)
        else:
            self.core.patch_namespaced_event(name, metadata.namespace, {"count": count, "lastTimestamp": event["lastTimestamp"]})


def is_ready(found):
    return any(condition.type == "Ready" and condition.status == "True" for condition in found.status.conditions or ())


def running(namespace, name="web", besides=()):
    """A pod that is ready, awaited."""
    def ready():
        return [pod for pod in namespace.pods(name) if pod.metadata.name not in besides and not pod.metadata.deletion_timestamp
                and is_ready(pod)]
    return eventually(f"a ready pod of {namespace.name}/{name}", ready, WITHIN_S,
                      lambda: [(pod.metadata.name, pod.status.phase, pod.status.conditions) for pod in namespace.pods(name)])[0]


def lone_pod(namespace, name="alone", **spec):
    namespace.core.create_namespaced_pod(namespace.name, {"metadata": {"name": name, "labels": {"app": name}},
                                                          "spec": {"containers": [{"name": "app", "image": GOOD_IMAGE}]} | spec})
    return running(namespace, name)


def make_nodes(namespace, count):
    """Nodes for this namespace alone: what to put into the spec of its pods, and their names."""
    label, own = {"example.com/for": namespace.name}, {"key": "example.com/for", "effect": "NoSchedule"}
    names = [f"{namespace.name}-{number}" for number in range(count)]
    for name in names:
        namespace.core.create_node({"metadata": {"name": name, "labels": label | {"kubernetes.io/hostname": name}},
                                    "spec": {"taints": [own | {"value": namespace.name}]}})
    for name in names:
        eventually(f"node {name} to be ready", lambda node=name: is_ready(namespace.core.read_node(node)), 30)
    return {"nodeSelector": label, "tolerations": [own | {"operator": "Exists"}]}, names


def remove_nodes(namespace):
    for node in namespace.core.list_node(label_selector=f"example.com/for={namespace.name}").items:
        namespace.core.delete_node(node.metadata.name)


def priority_class(namespace):
    """High enough to have others make room."""
    name = f"urgent-{namespace.name}"
    client.SchedulingV1Api(namespace.cluster.api).create_priority_class({"metadata": {"name": name}, "value": 1000})
    return name


def remove_leftovers(namespace):
    """What it made outside itself."""
    remove_nodes(namespace)
    for remove, name in ((client.SchedulingV1Api(namespace.cluster.api).delete_priority_class, f"urgent-{namespace.name}"),
                         (client.NodeV1Api(namespace.cluster.api).delete_runtime_class, namespace.name)):
        try:
            remove(name)
        except ApiException as error:
            assert error.status == 404, error


def patch_template(namespace, **spec):
    namespace.apps.patch_namespaced_deployment("web", namespace.name, {"spec": {"template": {"spec": spec}}})


# --- What goes wrong, and how people mend it ---------------------------------------------------------------------------------

def lack_a_volume(namespace):
    namespace.create(image=BUSYBOX, command=FOREVER, volumeMounts=[{"name": "data", "mountPath": "/data"}],
                     pod={"volumes": [{"name": "data", "configMap": {"name": "missing-settings"}}]})


def have_the_volume(namespace):
    patch_template(namespace, volumes=[{"name": "data", "configMap": {"name": "settings"}}])


def lack_a_runtime(namespace):
    client.NodeV1Api(namespace.cluster.api).create_runtime_class({"metadata": {"name": namespace.name}, "handler": "nowhere"})
    namespace.create(pod={"runtimeClassName": namespace.name})


def take_the_default_runtime(namespace):
    patch_template(namespace, runtimeClassName=None)


def crash_a_static_pod(namespace):
    """Its node owns it, as it is written in a file there: what the API server has is a picture."""
    node = namespace.core.read_node("node-1")
    namespace.core.create_namespaced_pod(namespace.name, {
        "metadata": {"name": "alone", "annotations": {"kubernetes.io/config.mirror": "d1", "kubernetes.io/config.source": "file"},
                     "ownerReferences": [{"apiVersion": "v1", "kind": "Node", "name": "node-1", "uid": node.metadata.uid,
                                          "controller": True}]},
        "spec": {"nodeName": "node-1", "containers": [{"name": "app", "image": BUSYBOX, "command": CRASHING}]}})


def ask_for_too_much(namespace):
    namespace.create(**TOO_MUCH)


def ask_for_less(namespace):
    namespace.change(**MODEST)


def starve(namespace):
    """Somebody more important takes the only place there is."""
    place, _ = make_nodes(namespace, 1)
    namespace.create_healthy(replicas=1, pod=place, **MOST_OF_A_NODE)
    namespace.create("urgent", replicas=1, pod=place | {"priorityClassName": priority_class(namespace)}, **MOST_OF_A_NODE)


def give_room(namespace):
    namespace.apps.delete_namespaced_deployment("urgent", namespace.name)


def evict_again_and_again(namespace):
    namespace.create_healthy(replicas=1)
    evicted = []
    while len(evicted) < 3:
        pod = running(namespace, besides=evicted)
        Kubelet(namespace, pod).evict()
        evicted.append(pod.metadata.name)
    namespace.wait_healthy()  # and still it is an incident


def evict_what_nobody_replaces(namespace):
    Kubelet(namespace, lone_pod(namespace)).evict()


def refuse_what_nobody_replaces(namespace):
    Kubelet(namespace, lone_pod(namespace)).refuse("OutOfcpu")


def delete_alone(namespace):
    namespace.core.delete_namespaced_pod("alone", namespace.name)


def hold_by_a_finalizer(namespace):
    namespace.create_healthy(replicas=1)
    pod = running(namespace)
    namespace.core.patch_namespaced_pod(pod.metadata.name, namespace.name, {"metadata": {"finalizers": [KEPT]}})
    namespace.core.delete_namespaced_pod(pod.metadata.name, namespace.name, grace_period_seconds=1)


def let_go(namespace):
    for pod in namespace.pods():
        if pod.metadata.finalizers:
            namespace.core.patch_namespaced_pod(pod.metadata.name, namespace.name, {"metadata": {"finalizers": None}})


def lose_the_node(namespace):
    place, (node,) = make_nodes(namespace, 1)
    namespace.create(replicas=1, pod=place | {"terminationGracePeriodSeconds": 1}, template={"finalizers": [KEPT]})
    pod = running(namespace)
    namespace.apps.patch_namespaced_deployment_scale("web", namespace.name, {"spec": {"replicas": 0}})
    eventually("the pod to be deleted", lambda: namespace.pods()[0].metadata.deletion_timestamp, 30)
    namespace.core.delete_node(node)
    assert pod.spec.node_name == node


def resize_beyond_all_nodes(namespace):
    namespace.create_healthy(replicas=1, **MODEST)
    Kubelet(namespace, running(namespace)).answer_resize("Infeasible")


def replace_what_was_resized(namespace):
    namespace.core.delete_namespaced_pod(running(namespace).metadata.name, namespace.name)


def never_become_ready(namespace):
    namespace.create(replicas=1, **CLOSED)


def open_the_port(namespace):
    namespace.change(**OPEN)


def fail_probes_now_and_then(namespace):
    namespace.create_healthy(replicas=1)
    pod = running(namespace)
    for count in range(1, 21):
        Kubelet(namespace, pod).warn("Unhealthy", "Liveness probe failed: Get \"http://10.0.0.5/\": context deadline exceeded", count)
        never("a restart", lambda: namespace.pods()[0].status.container_statuses[0].restart_count, during=1)


def hang_in_an_init_container(namespace):
    namespace.create(replicas=1, pod={"initContainers": [{"name": "migrate", "image": BUSYBOX, "command": FOREVER}]})


def migrate_at_once(namespace):
    patch_template(namespace, initContainers=[{"name": "migrate", "command": ["true"]}])


@dataclass(frozen=True)
class Failure:
    happen: Callable
    failure: str              # the class
    cannot: str               # what the summary says, as a pattern, after the word "cannot"
    mend: Callable = None     # None: it takes longer than a test may wait
    kind: str = "Deployment"
    name: str = "web"

    def key(self, namespace):
        return f"test/{namespace.name}/{self.kind}/{self.name}"


FAILURES = {failure.happen.__name__: failure for failure in [
    Failure(lack_a_volume, "FailedMount", r"mount a volume", have_the_volume),
    Failure(lack_a_runtime, "FailedCreatePodSandBox", r"be made: node node-\d cannot make a sandbox", take_the_default_runtime),
    Failure(crash_a_static_pod, "CrashLoopBackOff", r"stay up: container app ends with exit code 1 .*", kind="Pod", name="alone"),
    Failure(ask_for_too_much, "Unschedulable", r"be scheduled: too little CPU is free.*", ask_for_less),
    Failure(starve, "Preempted", r"be scheduled again: pods of a higher priority have taken their place", give_room),
    Failure(evict_again_and_again, "Evicted", r"stay: evicted from node node-\d, for exceeding a storage limit"),
    Failure(evict_what_nobody_replaces, "Evicted", r"stay: evicted from node node-\d, for exceeding a storage limit", delete_alone,
            kind="Pod", name="alone"),
    Failure(refuse_what_nobody_replaces, "PodAdmissionFailed", r"stay on node node-\d: refused, OutOfcpu", delete_alone,
            kind="Pod", name="alone"),
    Failure(hold_by_a_finalizer, "StuckTerminating", r"be deleted: 1 finalizer has not been removed", let_go),
    Failure(lose_the_node, "StuckTerminating", r"be deleted: its node .* is gone", let_go),
    Failure(resize_beyond_all_nodes, "PodResizeFailed", r"be resized on node node-\d: Infeasible", replace_what_was_resized),
    Failure(never_become_ready, "ReadinessProbeFailed", r"become ready: container app runs, but does not pass its readiness probe",
            open_the_port),
    Failure(fail_probes_now_and_then, "ProbeUnstable",
            r"pass the liveness probe reliably: it fails again and again, but kills nothing"),
    Failure(hang_in_an_init_container, "InitOverdue", r"start: init container migrate runs far longer than usual, and does not end",
            migrate_at_once),
]}


# --- What is no incident -----------------------------------------------------------------------------------------------------

def scale_down(namespace):
    """Its pods take their time to go."""
    namespace.create_healthy(replicas=3, image=BUSYBOX, command=["sh", "-c", "trap '' TERM; while :; do sleep 1; done"],
                             pod={"terminationGracePeriodSeconds": PENDING_S + 5})
    namespace.apps.patch_namespaced_deployment_scale("web", namespace.name, {"spec": {"replicas": 1}})
    eventually("one pod to be left", lambda: len(namespace.pods()) == 1, 60, lambda: namespace.describe())


def drain(namespace):
    """As kubectl drain: nothing new comes to the node, and its pods are evicted as the budget allows."""
    place, (first, other) = make_nodes(namespace, 2)
    namespace.create_healthy(replicas=3, pod=place)
    namespace.cluster.policy.create_namespaced_pod_disruption_budget(namespace.name, {
        "metadata": {"name": "web"}, "spec": {"maxUnavailable": 1, "selector": {"matchLabels": {"app": "web"}}}})
    namespace.core.patch_node(first, {"spec": {"unschedulable": True}})
    eventually("the node to be empty", lambda: evict_all(namespace, first), 90, lambda: namespace.describe())
    namespace.wait_healthy()
    assert {pod.spec.node_name for pod in namespace.pods()} == {other}


def evict_all(namespace, node):
    """Asks once for each pod that is there; whether none is."""
    there = [pod for pod in namespace.pods() if pod.spec.node_name == node]
    for pod in there:
        try:
            namespace.core.create_namespaced_pod_eviction(pod.metadata.name, namespace.name,
                                                          {"metadata": {"name": pod.metadata.name}})
        except ApiException as error:
            assert error.status in (404, 429), error  # it has gone; not now
    return not there


def roll_out_slowly(namespace):
    """The new pods take longer than a pod may outside a rollout."""
    namespace.create_healthy(replicas=3, **OPEN)
    namespace.change(readinessProbe={"initialDelaySeconds": PENDING_S + 4})
    namespace.wait_healthy(within=150)


def preempt_where_there_is_room(namespace):
    place, names = make_nodes(namespace, 2)
    namespace.create_healthy(replicas=1, pod=place, **MOST_OF_A_NODE)
    full = running(namespace).spec.node_name
    namespace.create("urgent", replicas=1, **MOST_OF_A_NODE, pod=place | {
        "priorityClassName": priority_class(namespace), "nodeSelector": {"kubernetes.io/hostname": full}})
    eventually("the urgent one to have taken the place", lambda: running(namespace, "urgent").spec.node_name == full, 60)
    namespace.wait_healthy(within=60)
    assert running(namespace).spec.node_name in set(names) - {full}


def complete_jobs(namespace):
    """One that succeeds, and one that may try again as often as it has failed yet."""
    batch = client.BatchV1Api(namespace.cluster.api)
    for name, command in {"done": "sleep 1", "failing": "exit 1"}.items():
        pod = {"restartPolicy": "Never", "containers": [{"name": "app", "image": BUSYBOX, "command": ["sh", "-c", command]}]}
        batch.create_namespaced_job(namespace.name, {"metadata": {"name": name}, "spec": {
            "backoffLimit": 6, "template": {"spec": pod}}})
    eventually("the Job to be done", lambda: batch.read_namespaced_job("done", namespace.name).status.succeeded, 60)
    eventually("the other to try again",
               lambda: (batch.read_namespaced_job("failing", namespace.name).status.failed or 0) > 1, 60)


def evict_one_that_is_replaced(namespace):
    namespace.create_healthy(replicas=2)
    victim = running(namespace)
    Kubelet(namespace, victim).evict()
    running(namespace, besides=[victim.metadata.name])
    namespace.wait_healthy()


def refuse_one_that_is_replaced(namespace):
    namespace.create_healthy(replicas=1)
    victim = running(namespace)
    Kubelet(namespace, victim).refuse("NodeAffinity")
    running(namespace, besides=[victim.metadata.name])


def wait_at_a_gate(namespace):
    """Nobody has opened it yet; that is no shortage."""
    namespace.create(replicas=1, pod={"schedulingGates": [{"name": "example.com/quota"}]})


def defer_a_resize_for_a_moment(namespace):
    namespace.create_healthy(replicas=1, **MODEST)
    pod = running(namespace)
    Kubelet(namespace, pod).answer_resize("Deferred")
    never("a change of mind", lambda: running(namespace).metadata.uid != pod.metadata.uid, during=PENDING_S / 3)
    Kubelet(namespace, pod).patch({"conditions": [{"type": "PodResizePending", "$patch": "delete"}]})


QUIET = {happen.__name__: happen for happen in [
    scale_down, drain, roll_out_slowly, preempt_where_there_is_room, complete_jobs, evict_one_that_is_replaced,
    refuse_one_that_is_replaced, wait_at_a_gate, defer_a_resize_for_a_moment]}


# --- What is told of it ------------------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def happenings(pipeline, namespace_maker):
    """Of each name its namespace, and what to wait for until all of it has happened."""
    assert pipeline.observer.is_running()
    happen = {name: failure.happen for name, failure in FAILURES.items()} | QUIET
    namespaces = {name: namespace_maker() for name in happen}
    with ThreadPoolExecutor(HANDS) as pool:
        yield {name: (namespaces[name], pool.submit(happen[name], namespaces[name])) for name in happen}
    for namespace in namespaces.values():
        namespace.delete()
        remove_leftovers(namespace)


def told_of(pipeline, namespace):
    return pipeline.topics.find("incidents", lambda record: record.document["key"].split("/")[1] == namespace.name)


@pytest.mark.parametrize("name", FAILURES)
def test_failure_is_told(pipeline, happenings, name):
    failure, (namespace, happening) = FAILURES[name], happenings[name]
    happening.result(timeout=3 * WITHIN_S)
    lap = read_lap(pipeline.topics, failure.key(namespace), within=WITHIN_S)
    observed, target = lap.observed, lap.observed["target"]
    assert observed["class"] == failure.failure
    assert (target["kind"], target["namespace"], target["name"]) == (failure.kind, namespace.name, failure.name)
    subject = rf"Pod {namespace.name}/alone" if failure.kind == "Pod" else rf"\d( of \d)? pods? of Deployment {namespace.name}/web"
    assert re.fullmatch(rf"{subject} cannot {failure.cannot}", observed["summary"]), observed["summary"]
    assert 1 <= len(observed["pods"]) <= 3 and all(pod["name"].startswith(failure.name) for pod in observed["pods"])
    assert (lap.decided["status"], lap.acted["result"], lap.notified["state"]) == ("FATAL", "none", "escalated")
    if failure.mend:
        failure.mend(namespace)


@pytest.mark.parametrize("name", [name for name, failure in FAILURES.items() if failure.mend])
def test_failure_that_people_mend_has_recovered(pipeline, happenings, name):
    failure, (namespace, _) = FAILURES[name], happenings[name]
    lap = read_lap(pipeline.topics, failure.key(namespace), lap=2, within=WITHIN_S)
    assert (lap.observed["verdict"], lap.notified["state"]) == ("recovered", "recovered")
    assert len(told_of(pipeline, namespace)) == 2, "one incident, from beginning to end"


@pytest.mark.parametrize("name", QUIET)
def test_what_is_no_incident_is_not_told(pipeline, happenings, name):
    namespace, happening = happenings[name]
    happening.result(timeout=3 * WITHIN_S)
    never("an incident", lambda: told_of(pipeline, namespace), during=3)
