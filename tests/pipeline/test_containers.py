# SPDX-License-Identifier: Apache-2.0
"""Each way in which a container fails, from the first sign to the word that it is over; and what looks like one and is none.

As in test_pods.py, all of it happens at the same time, each in a namespace of its own."""
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
from kubernetes import client

from cluster import BAD_IMAGE, CRASHING, GOOD_IMAGE, HUNGRY
from faults import BUSYBOX, FOREVER, NOWHERE, ON_PORT_80, STRESS, after
from story import read_lap
from topics import of_workload
from waiting import eventually, never

# Long enough that a pod whose startup probe fails is not only late.
# A registry is out only when three workloads wait for it: time enough for all of them to have said so.
SETTINGS = {"observer": {"settle": "4s", "pending_after": "40s"}}
WITHIN_S = 120
HANDS = 8  # how much is done at once
CROWD = 60
WELL = {"name": "app", "image": BUSYBOX, "command": FOREVER, "imagePullPolicy": None, "envFrom": None, "lifecycle": None,
        "livenessProbe": None, "startupProbe": None, "securityContext": None}


@dataclass(frozen=True)
class Failure:
    failure: str      # the class
    cannot: str       # what the summary says after the word "cannot", as a pattern
    container: dict   # what is peculiar about the container called app
    pod: dict = field(default_factory=dict)
    mended: dict = field(default_factory=dict)  # what people patch the pods' spec with; nothing: they mend the container

    def mend(self, namespace):
        namespace.apps.patch_namespaced_deployment("web", namespace.name, {
            "spec": {"template": {"spec": self.mended or {"containers": [WELL]}}}})


def init(name, mended, **container):
    """A failure of a container that comes first."""
    return after(name, **container) | {"mended": {"initContainers": [{"name": name} | mended]}}


FAILURES = {
    "image-name": Failure(
        "InvalidImageName", r'pull image "Nginx:1\.27": that is not the name of an image', {"image": "Nginx:1.27"}),
    "image-never-pulled": Failure(
        "ErrImageNeverPull", rf'have image "{BAD_IMAGE}": it is not on the node, and the pull policy is Never',
        {"image": BAD_IMAGE, "imagePullPolicy": "Never"}),
    "image-not-found": Failure("ImagePullBackOff", rf'pull image "(docker\.io/library/)?{BAD_IMAGE}"', {"image": BAD_IMAGE}),
    "registry-unreachable": Failure(
        "RegistryUnavailable", r'pull image "lone\.example/shop/web:1": registry lone\.example is not available',
        {"image": "lone.example/shop/web:1"}),
    "config-missing": Failure(
        "CreateContainerConfigError", r"be configured: a ConfigMap, Secret, key or setting that container app needs is not there",
        {"image": BUSYBOX, "command": FOREVER, "envFrom": [{"configMapRef": {"name": "missing-settings"}}]}),
    "cannot-create": Failure(
        "CreateContainerError", r"start: the runtime cannot create container app",
        {"image": BUSYBOX, "command": FOREVER,
         "securityContext": {"seccompProfile": {"type": "Localhost", "localhostProfile": "web.json"}}}),
    "hook-fails": Failure(
        "CreateContainerError", r"start: a hook around the start of container app fails \(restarts: \d+\)",
        {"image": BUSYBOX, "command": FOREVER, "lifecycle": {"postStart": {"exec": {"command": ["false"]}}}}),
    "cannot-start": Failure(
        "StartError", r"start: the program of container app cannot be run \(restarts: \d+\)",
        {"image": BUSYBOX, "command": ["no-such-program"]}),
    "shell-cannot-start": Failure(
        "StartError", r"start: the program of container app is not found \(exit code 127, restarts: \d+\)",
        {"image": BUSYBOX, "command": ["sh", "-c", "no-such-program"]}),
    "liveness": Failure(
        "LivenessProbeFailed", r"stay up: container app is killed because its liveness probe fails \(restarts: \d+\)",
        ON_PORT_80 | {"livenessProbe": NOWHERE}),
    "startup": Failure(
        "LivenessProbeFailed", r"stay up: container app is killed because its startup probe fails \(restarts: \d+\)",
        ON_PORT_80 | {"startupProbe": NOWHERE}),
    "init-fails": Failure(
        "InitCrashLoopBackOff", r"be initialized: init container prepare ends with exit code 4 \(restarts: \d+\)",
        **init("prepare", {"command": ["true"]}, command=["sh", "-c", "exit 4"])),
    "sidecar-ends": Failure(
        "SidecarCrashLoopBackOff", r"keep sidecar proxy up: it ends with exit code 5 \(restarts: \d+\)",
        **init("proxy", {"command": FOREVER}, restartPolicy="Always", command=["sh", "-c", "sleep 5; exit 5"])),
    "crash": Failure(
        "CrashLoopBackOff", r"stay up: container app ends with exit code 1 \(restarts: \d+\)", {"image": BUSYBOX, "command": CRASHING}),
    "ends": Failure(
        "CrashLoopBackOff", r"stay up: container app ends with exit code 0 \(restarts: \d+\)", {"image": BUSYBOX, "command": ["true"]}),
}


# --- What is no incident -----------------------------------------------------------------------------------------------------

def job(namespace, name, command, policy="Never", **spec):
    client.BatchV1Api(namespace.cluster.api).create_namespaced_job(namespace.name, {
        "metadata": {"name": name}, "spec": spec | {"template": {"spec": {
            "restartPolicy": policy, "containers": [{"name": "app", "image": BUSYBOX, "command": ["sh", "-c", command]}]}}}})


def pods_end_well(namespace):
    """As they may, and are not restarted."""
    for policy in ("Never", "OnFailure"):
        namespace.core.create_namespaced_pod(namespace.name, {"metadata": {"name": policy.lower()}, "spec": {
            "restartPolicy": policy, "containers": [{"name": "app", "image": BUSYBOX, "command": ["true"]}]}})


def jobs_try_again(namespace):
    job(namespace, "pods", "exit 1", backoffLimit=20)
    job(namespace, "containers", "exit 127", policy="OnFailure", backoffLimit=20)


def a_container_ends_once(namespace):
    """It is restarted at once, and is well then."""
    namespace.create(replicas=1, image=BUSYBOX, command=["sh", "-c", "sleep 20; exit 1"])
    eventually("its first end", lambda: restarts(namespace) == 1, 60)
    namespace.change(command=FOREVER)


def init_containers_get_through(namespace):
    parts = after("prepare", command=["sh", "-c", "sleep 2"])
    namespace.create_healthy(replicas=2, pod=parts["pod"], **parts["container"])


def is_rolled_out(namespace):
    namespace.create_healthy(replicas=3)
    namespace.change(image="nginx:1.26")
    namespace.wait_healthy(within=90)


def crashes_while_it_goes(namespace):
    namespace.create_healthy(replicas=2, image=BUSYBOX, command=["sh", "-c", "trap 'exit 1' TERM; while :; do sleep 1; done"])
    namespace.apps.patch_namespaced_deployment_scale("web", namespace.name, {"spec": {"replicas": 0}})
    eventually("no pod to be left", lambda: not namespace.pods(), 60)


def restarts(namespace):
    return max((status.restart_count for pod in namespace.pods() for status in pod.status.container_statuses or ()), default=0)


QUIET = {happen.__name__: happen for happen in [
    pods_end_well, jobs_try_again, a_container_ends_once, init_containers_get_through, is_rolled_out, crashes_while_it_goes]}


# --- What is told of it ------------------------------------------------------------------------------------------------------

def break_by(failure, namespace):
    namespace.create(pod=failure.pod, **failure.container)


@pytest.fixture(scope="module")
def happenings(pipeline, namespace_maker):
    """Of each name its namespace, and what to wait for until all of it has happened."""
    assert pipeline.observer.is_running()
    namespaces = {name: namespace_maker() for name in FAILURES | QUIET}
    with ThreadPoolExecutor(HANDS) as pool:
        happening = {name: pool.submit(break_by, failure, namespaces[name]) for name, failure in FAILURES.items()}
        happening |= {name: pool.submit(happen, namespaces[name]) for name, happen in QUIET.items()}
        yield {name: (namespaces[name], happening[name]) for name in namespaces}
    for namespace in namespaces.values():
        namespace.delete()


def told_of(pipeline, namespace):
    return pipeline.topics.find("incidents", lambda record: record.document["key"].split("/")[1] == namespace.name)


@pytest.mark.parametrize("name", FAILURES)
def test_failure_is_told(pipeline, happenings, name):
    failure, (namespace, happening) = FAILURES[name], happenings[name]
    happening.result(timeout=WITHIN_S)
    lap = read_lap(pipeline.topics, namespace.key(), within=WITHIN_S)
    observed, target = lap.observed, lap.observed["target"]
    assert observed["class"] == failure.failure, observed["summary"]
    assert (target["kind"], target["namespace"], target["name"]) == ("Deployment", namespace.name, "web")
    subject = rf"\d of \d pods of Deployment {namespace.name}/web"
    assert re.fullmatch(rf"{subject} cannot {failure.cannot}", observed["summary"]), observed["summary"]
    assert 1 <= len(observed["pods"]) <= 3 and all(pod["name"].startswith("web-") for pod in observed["pods"])
    assert any(item["kind"] == "status" and item["trust"] == "K" for item in observed["evidence"])
    assert (lap.decided["status"], lap.acted["result"], lap.notified["state"]) == ("FATAL", "none", "escalated")
    failure.mend(namespace)


@pytest.mark.parametrize("name", FAILURES)
def test_failure_that_people_mend_has_recovered(pipeline, happenings, name):
    namespace, _ = happenings[name]
    lap = read_lap(pipeline.topics, namespace.key(), lap=2, within=WITHIN_S)
    assert (lap.observed["verdict"], lap.notified["state"]) == ("recovered", "recovered")
    assert len(told_of(pipeline, namespace)) == 2, "one incident, from beginning to end"


@pytest.mark.parametrize("name", QUIET)
def test_what_is_no_incident_is_not_told(pipeline, happenings, name):
    namespace, happening = happenings[name]
    happening.result(timeout=2 * WITHIN_S)
    never("an incident", lambda: told_of(pipeline, namespace), during=3)


# --- Of what nobody replaces, and of Jobs --------------------------------------------------------------------------------------

def test_lone_pod_that_cannot_be_initialized_has_failed(pipeline, namespace):
    namespace.core.create_namespaced_pod(namespace.name, {"metadata": {"name": "alone"}, "spec": {
        "restartPolicy": "Never", "initContainers": [{"name": "prepare", "image": BUSYBOX, "command": ["sh", "-c", "exit 4"]}],
        "containers": [{"name": "app", "image": BUSYBOX, "command": FOREVER}]}})
    key = f"test/{namespace.name}/Pod/alone"
    observed = read_lap(pipeline.topics, key, within=WITHIN_S).observed
    assert observed["class"] == "InitCrashLoopBackOff"
    assert observed["summary"] == (
        f"Pod {namespace.name}/alone cannot be initialized: init container prepare has failed, and is not tried again")
    namespace.core.delete_namespaced_pod("alone", namespace.name)
    assert read_lap(pipeline.topics, key, lap=2, within=WITHIN_S).notified["state"] == "recovered"


def test_job_that_waits_for_its_configuration_would_wait_for_ever(pipeline, namespace):
    pod = {"restartPolicy": "Never", "containers": [
        {"name": "app", "image": BUSYBOX, "command": ["true"], "envFrom": [{"secretRef": {"name": "missing-secret"}}]}]}
    client.BatchV1Api(namespace.cluster.api).create_namespaced_job(namespace.name, {
        "metadata": {"name": "load"}, "spec": {"template": {"spec": pod}}})
    observed = read_lap(pipeline.topics, f"test/{namespace.name}/Job/load", within=WITHIN_S).observed
    assert (observed["class"], observed["target"]["kind"]) == ("CreateContainerConfigError", "Job")


def test_memory_that_an_init_container_lacks_is_told(pipeline, namespace):
    parts = after("prepare", image=STRESS, command=HUNGRY, resources={"limits": {"memory": "64Mi"}})
    namespace.create(pod=parts["pod"], **parts["container"])
    observed = read_lap(pipeline.topics, namespace.key(), within=WITHIN_S).observed
    assert observed["class"] == "OOMKilled"
    assert re.fullmatch(rf"\d of 2 pods of Deployment {namespace.name}/web cannot stay within the memory limit: container prepare is "
                        r"OOM killed \(restarts: \d+\)", observed["summary"]), observed["summary"]
    assert (observed["before"]["container"], observed["before"]["memory_limit"]) == ("prepare", "64Mi")


# --- Many ----------------------------------------------------------------------------------------------------------------------

def test_many_crashing_replicas_are_one_incident(pipeline, namespace):
    namespace.create(replicas=CROWD, image=BUSYBOX, command=CRASHING)
    lap = read_lap(pipeline.topics, namespace.key(), within=WITHIN_S)
    assert lap.observed["class"] == "CrashLoopBackOff"
    assert len(lap.observed["pods"]) == 3 <= lap.observed["affected"] <= CROWD == lap.observed["replicas"]
    assert lap.observed["summary"].startswith(f"{lap.observed['affected']} of {CROWD} pods of Deployment {namespace.name}/web cannot ")
    eventually("all of them to have crashed again", lambda: sum(restarts_of(pod) > 0 for pod in namespace.pods()) == CROWD, WITHIN_S)
    never("a second incident", lambda: len(told_of(pipeline, namespace)) > 1, during=3)


def restarts_of(pod):
    return sum(status.restart_count for status in pod.status.container_statuses or ())


def test_outage_of_a_registry_is_one_incident(pipeline, namespace):
    host, names = f"{namespace.name}.example", ("one", "two", "three", "four")
    key = f"test/-/Registry/{host}"
    for name in names:
        namespace.create(name, image=f"{host}/shop/{name}:1")
    lap = read_lap(pipeline.topics, key, within=WITHIN_S)
    observed = lap.observed
    assert observed["class"] == "RegistryUnavailable"
    assert observed["target"] == {"api_version": "", "kind": "Registry", "namespace": "-", "name": host, "uid": host,
                                  "resource_version": None}
    counted = re.fullmatch(rf"Registry {re.escape(host)} cannot serve images: ([34]) workloads wait for them, with (\d) pods",
                           observed["summary"])
    assert counted and int(counted[2]) == observed["affected"] >= int(counted[1]), observed["summary"]
    assert (lap.decided["status"], lap.acted["result"], lap.notified["state"]) == ("FATAL", "none", "escalated")
    never("an incident of a workload", lambda: told_of(pipeline, namespace), during=8)
    for name in names:  # as a mirror would
        namespace.change(name, image=GOOD_IMAGE)
    second = read_lap(pipeline.topics, key, lap=2, within=WITHIN_S)
    assert (second.observed["verdict"], second.notified["state"]) == ("recovered", "recovered")
    assert second.observed["verified"].startswith(f"no outage of registry {host} has been seen for ")
    assert told_of(pipeline, namespace) == []


def test_two_workloads_that_wait_for_a_registry_are_two_incidents(pipeline, namespace):
    host = f"{namespace.name}.example"
    for name in ("one", "two"):
        namespace.create(name, image=f"{host}/shop/{name}:1")
    for name in ("one", "two"):
        assert read_lap(pipeline.topics, namespace.key(name), within=WITHIN_S).observed["class"] == "RegistryUnavailable"
    assert pipeline.topics.find("incidents", of_workload(f"test/-/Registry/{host}")) == []
