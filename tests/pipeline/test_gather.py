# SPDX-License-Identifier: Apache-2.0
"""What a document brings beside the failure itself: what an expert would have asked for next, each thing from where it stands.

All workloads of this module are broken at once, each in a namespace of its own; the tests then read what was gathered of each."""
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Callable

import pytest
from kubernetes import client

from cluster import BAD_IMAGE, CRASHING, GOOD_IMAGE
from faults import BUSYBOX
from story import read_lap
from topics import NAMES
from waiting import eventually, never

SETTINGS = {"observer": {"pending_after": "8s", "stuck_after": "10s"}, "policy": {"mode": "review"}}  # nothing is mended here
WITHIN_S = 90
GOOD_AFTER_S = 5  # more than the soak of the tests: then a revision is known as good
HANDS = 8


def text_of(lap, kind, trust="K"):
    """All items of a kind, as one text."""
    return "\n".join(item["text"] for item in lap.observed["evidence"] if (item["kind"], item["trust"]) == (kind, trust))


def labelled(name="web", **containers):
    return {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "app", "image": GOOD_IMAGE} | containers]}}


# --- Broken workloads, and what is to be known of each -----------------------------------------------------------------------

def crash_between_many_others(namespace):
    """A Deployment that Argo CD made, with a Service, an autoscaler and a disruption budget, whose new revision crashes."""
    core, api = namespace.core, namespace.cluster.api
    core.create_namespaced_config_map(namespace.name, {"metadata": {"name": "settings"}, "data": {"host": "db", "port": "5432"}})
    core.create_namespaced_secret(namespace.name, {"metadata": {"name": "db"}, "stringData": {"password": "x"}})
    core.create_namespaced_service(namespace.name, {"metadata": {"name": "front"}, "spec": {
        "selector": {"app": "web"}, "ports": [{"port": 80}]}})
    namespace.cluster.policy.create_namespaced_pod_disruption_budget(namespace.name, {
        "metadata": {"name": "web"}, "spec": {"maxUnavailable": 1, "selector": {"matchLabels": {"app": "web"}}}})
    client.AutoscalingV2Api(api).create_namespaced_horizontal_pod_autoscaler(namespace.name, {"metadata": {"name": "web"}, "spec": {
        "minReplicas": 2, "maxReplicas": 4, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}}})
    namespace.create_healthy()
    time.sleep(GOOD_AFTER_S)
    namespace.apps.patch_namespaced_deployment("web", namespace.name, {"metadata": {"annotations": {
        "argocd.argoproj.io/tracking-id": "shop:apps/Deployment:shop/web"}}})
    namespace.change(command=CRASHING, env=[
        {"name": "URL", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "url", "optional": False}}},
        {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}}])


def what_crashed_between_many_others(lap, namespace):
    set_name = lap.observed["onset"]["good"]["replica_set"]
    references, owners = text_of(lap, "reference"), text_of(lap, "owner")
    assert 'ConfigMap settings: exists, has no key "url", which env URL needs; keys: host, port' in references
    assert "Secret db: exists; keys: password" in references
    assert "env (names only): URL from ConfigMap settings/url, PASSWORD from Secret db/password" in text_of(lap, "spec")
    assert "Service front selects its pods: " in text_of(lap, "service")
    assert "HorizontalPodAutoscaler web sets the number of replicas" in text_of(lap, "policy")
    assert "PodDisruptionBudget web protects its pods" in text_of(lap, "policy")
    assert f"← ReplicaSet web-{lap.observed['onset']['template_hash']} ← Deployment web\n" in owners
    assert "Argo CD keeps Deployment web as it is: annotation argocd.argoproj.io/tracking-id" in owners
    assert lap.observed["managed_by"] == "Argo CD"
    assert set_name.startswith("web-") and "command: (unset) →" in text_of(lap, "diff")
    assert ": ready, no pressure" in text_of(lap, "node")
    assert lap.observed["before"]["replicas"] == 2 and lap.observed["before"]["image"] == GOOD_IMAGE
    assert lap.observed["before"]["revision"]["template_hash"] == lap.observed["onset"]["template_hash"]


def roll_out_a_bad_stateful_set(namespace):
    sets, labels = namespace.apps, {"app": "web"}
    sets.create_namespaced_stateful_set(namespace.name, {"metadata": {"name": "web"}, "spec": {
        "replicas": 2, "serviceName": "web", "selector": {"matchLabels": labels}, "template": labelled()}})
    eventually("the StatefulSet to be ready",
               lambda: sets.read_namespaced_stateful_set("web", namespace.name).status.ready_replicas == 2, 60)
    sets.patch_namespaced_stateful_set("web", namespace.name, {"spec": {"template": {"spec": {
        "containers": [{"name": "app", "image": BAD_IMAGE}]}}}})


def roll_out_a_bad_daemon_set(namespace):
    sets, labels = namespace.apps, {"app": "web"}
    sets.create_namespaced_daemon_set(namespace.name, {"metadata": {"name": "web"}, "spec": {
        "selector": {"matchLabels": labels}, "template": labelled()}})

    def is_ready():
        status = sets.read_namespaced_daemon_set("web", namespace.name).status
        return status.desired_number_scheduled and status.number_available == status.desired_number_scheduled
    eventually("the DaemonSet to be ready", is_ready, 60)
    sets.patch_namespaced_daemon_set("web", namespace.name, {"spec": {"template": {"spec": {
        "containers": [{"name": "app", "image": BAD_IMAGE}]}}}})


def what_was_rolled_out(lap, namespace):
    """Of both kinds: the revisions are those that the API server keeps, and the good one is known, to which the way back is proposed."""
    onset = lap.observed["onset"]
    kept = {revision.metadata.name: revision.revision
            for revision in namespace.apps.list_namespaced_controller_revision(namespace.name).items}
    assert onset["new_revision"] is True and onset["revision"] == "2"
    assert onset["good"]["revision"] == "1" and kept[onset["good"]["replica_set"]] == 1
    assert kept[lap.observed["before"]["revision"]["replica_set"]] == 2
    assert f"spec.containers[app].image: {GOOD_IMAGE} → {BAD_IMAGE}" in text_of(lap, "diff")
    assert lap.observed["summary"].endswith("since revision 2")
    assert (lap.action["type"], lap.action["to"]) == ("rollback", onset["good"])


def exceed_the_quota(namespace):
    namespace.core.create_namespaced_resource_quota(namespace.name, {"metadata": {"name": "team"}, "spec": {"hard": {"pods": "1"}}})
    namespace.core.create_namespaced_limit_range(namespace.name, {"metadata": {"name": "sizes"}, "spec": {"limits": [
        {"type": "Container", "default": {"memory": "64Mi"}}]}})
    namespace.create(replicas=3)


def what_exceeded_the_quota(lap, _):
    assert "ResourceQuota team: pods 1 of 1 used" in text_of(lap, "quota")
    assert "LimitRange sizes: Container, default memory 64Mi" in text_of(lap, "quota")
    assert "Warning FailedCreate ×" in text_of(lap, "event") and ", ReplicaSet web-" in text_of(lap, "event")
    assert "exceeded quota: team" in text_of(lap, "event", "W")
    assert lap.observed["pods"] == []


def select_nothing(namespace):
    namespace.create_healthy()
    namespace.core.create_namespaced_service(namespace.name, {"metadata": {"name": "web"}, "spec": {
        "selector": {"app": "wbe"}, "ports": [{"name": "http", "port": 80, "targetPort": "http"}]}})


def what_selected_nothing(lap, _):
    told = text_of(lap, "service")
    assert "Service web selects app=wbe\nport http 80/TCP is sent to port http\n" in told
    assert "Deployment web is nearly selected: it has app=web instead of app=wbe" in told
    assert ": type ClusterIP, 1 ports, 0 endpoints" in text_of(lap, "status")


def claim_without_a_class(namespace):
    namespace.core.create_namespaced_persistent_volume_claim(namespace.name, {"metadata": {"name": "web"}, "spec": {
        "storageClassName": "nowhere", "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}})


def what_claimed(lap, _):
    assert "PersistentVolumeClaim web: Pending, class nowhere, asks for 1Gi, ReadWriteOnce" in text_of(lap, "reference")
    assert "StorageClass nowhere: does not exist" in text_of(lap, "reference")
    assert "ProvisioningFailed" in text_of(lap, "event")


def want_too_much(namespace):
    namespace.create(replicas=1, resources={"requests": {"cpu": "1000"}}, pod={"nodeSelector": {"kubernetes.io/os": "linux"}})


def what_wanted_too_much(lap, _):
    told = text_of(lap, "node")
    assert "nodes are available: " in told and "Insufficient cpu" in told
    assert "container app requests cpu 1k\n" in told
    assert "allocatable cpu" in told
    assert 'nodeSelector: {"kubernetes.io/os":"linux"}' in text_of(lap, "spec")


def fail_a_job(namespace):
    client.BatchV1Api(namespace.cluster.api).create_namespaced_job(namespace.name, {"metadata": {"name": "web"}, "spec": {
        "backoffLimit": 0, "template": {"spec": {"restartPolicy": "Never", "containers": [
            {"name": "app", "image": BUSYBOX, "command": ["sh", "-c", "echo 'FATAL: no disk'; exit 4"]}]}}}})


def what_failed_as_a_job(lap, _):
    assert "failed: BackoffLimitExceeded since" in text_of(lap, "status")
    assert "ended, Error, exit code 4" in text_of(lap, "status")
    assert "FATAL: no disk" in text_of(lap, "log", "W")
    assert "backoffLimit: 0" in text_of(lap, "spec")
    assert "← Job web" in text_of(lap, "owner")


@dataclass(frozen=True)
class Case:
    happen: Callable
    kind: str
    failure: str
    told: Callable  # asserts what the document knows


CASES = {case.happen.__name__: case for case in [
    Case(crash_between_many_others, "Deployment", "CreateContainerConfigError|CrashLoopBackOff", what_crashed_between_many_others),
    Case(roll_out_a_bad_stateful_set, "StatefulSet", "ImagePullBackOff", what_was_rolled_out),
    Case(roll_out_a_bad_daemon_set, "DaemonSet", "ImagePullBackOff", what_was_rolled_out),
    Case(exceed_the_quota, "Deployment", "FailedCreate", what_exceeded_the_quota),
    Case(select_nothing, "Service", "ServiceWithoutEndpoints", what_selected_nothing),
    Case(claim_without_a_class, "PersistentVolumeClaim", "ClaimPending", what_claimed),
    Case(want_too_much, "Deployment", "Unschedulable", what_wanted_too_much),
    Case(fail_a_job, "Job", "JobFailed", what_failed_as_a_job),
]}


@pytest.fixture(scope="module")
def happenings(pipeline, namespace_maker):
    assert pipeline.observer.is_running()
    namespaces = {name: namespace_maker() for name in CASES}
    with ThreadPoolExecutor(HANDS) as pool:
        yield {name: (namespaces[name], pool.submit(CASES[name].happen, namespaces[name])) for name in CASES}
    for namespace in namespaces.values():
        namespace.delete()


@pytest.mark.parametrize("name", CASES)
def test_what_is_gathered(pipeline, happenings, name):
    case, (namespace, happening) = CASES[name], happenings[name]
    happening.result(timeout=WITHIN_S)
    lap = read_lap(pipeline.topics, f"test/{namespace.name}/{case.kind}/web", within=WITHIN_S)
    assert lap.observed["class"] in case.failure.split("|")
    assert lap.observed["target"]["resource_version"]
    assert not [item for item in lap.observed["evidence"] if "could not be read" in item["text"]]
    case.told(lap, namespace)


@pytest.fixture
def no_right_to_secrets(cluster):
    """As a cluster is whose people have left that ClusterRole out."""
    rbac, name = client.RbacAuthorizationV1Api(cluster.api), "aegiops-observer-references"
    taken = rbac.read_cluster_role_binding(name)
    rbac.delete_cluster_role_binding(name)
    yield
    taken.metadata = client.V1ObjectMeta(name=name)
    rbac.create_cluster_role_binding(taken)


def test_without_the_right_to_secrets_the_evidence_says_so(pipeline, namespace, no_right_to_secrets):
    namespace.core.create_namespaced_secret(namespace.name, {"metadata": {"name": "db"}, "stringData": {"password": "x"}})
    namespace.create(command=CRASHING, envFrom=[{"secretRef": {"name": "db"}}])
    lap = read_lap(pipeline.topics, namespace.key(), within=WITHIN_S)
    assert text_of(lap, "reference") == "Secret db: AegiOps may not look whether it exists"


# --- Secrets -----------------------------------------------------------------------------------------------------------------

HIDDEN = {place: f"hunter2-{place}" for place in (
    "env", "log", "command", "argument", "annotation", "template-annotation", "header", "secret", "config-map", "event", "termination")}


def plant_secrets(namespace):
    """Wherever people put them, and wherever a program could repeat them."""
    core = namespace.core
    core.create_namespaced_secret(namespace.name, {"metadata": {"name": "s", "annotations": {"note": HIDDEN["annotation"]}},
                                                   "stringData": {"password": HIDDEN["secret"]}})
    core.create_namespaced_config_map(namespace.name, {"metadata": {"name": "c"}, "data": {"conf": HIDDEN["config-map"]}})
    namespace.create_healthy(template={"annotations": {"note": "none"}})
    namespace.apps.patch_namespaced_deployment("web", namespace.name, {
        "metadata": {"annotations": {"note": HIDDEN["annotation"]}},
        "spec": {"template": {"metadata": {"annotations": {"note": HIDDEN["template-annotation"]}}, "spec": {"containers": [{
            "name": "app", "terminationMessagePolicy": "FallbackToLogsOnError",
            "command": ["sh", "-c", f"echo start password={HIDDEN['log']}; echo DB_PASSWORD={HIDDEN['termination']} is wrong; exit 1",
                        f"--password={HIDDEN['command']}"],
            "args": ["--api-token", HIDDEN["argument"]],
            "env": [{"name": "PASSWORD", "value": HIDDEN["env"]},
                    {"name": "S", "valueFrom": {"secretKeyRef": {"name": "s", "key": "password"}}},
                    {"name": "C", "valueFrom": {"configMapKeyRef": {"name": "c", "key": "conf"}}}],
            "readinessProbe": {"httpGet": {"port": 80, "httpHeaders": [{"name": "X-Auth", "value": HIDDEN["header"]}]}}}]}}}})
    pod = eventually("the new pod", lambda: [pod for pod in namespace.pods() if pod.spec.containers[0].env], 30)[0]
    about = {"apiVersion": "v1", "kind": "Pod", "namespace": namespace.name, "name": pod.metadata.name, "uid": pod.metadata.uid}
    core.create_namespaced_event(namespace.name, {
        "metadata": {"name": "planted"}, "type": "Warning", "reason": "Planted", "involvedObject": about, "count": 1,
        "message": f"cannot log in with password: {HIDDEN['event']}", "lastTimestamp": pod.metadata.creation_timestamp,
        "source": {"component": "kubelet"}})


def test_no_planted_secret_reaches_a_topic(pipeline, namespace):
    plant_secrets(namespace)
    lap = read_lap(pipeline.topics, namespace.key(), within=WITHIN_S)
    assert "DB_PASSWORD=<S" in text_of(lap, "log", "W") and "start password=<S" in text_of(lap, "log", "W")
    assert "DB_PASSWORD=<S" in text_of(lap, "status", "W"), "the termination message was not there to be hidden"
    assert "password: <S" in text_of(lap, "event", "W")
    assert "--password=<S" in text_of(lap, "spec")
    assert "Secret s: exists; keys: password" in text_of(lap, "reference")
    assert "ConfigMap c: exists; keys: conf" in text_of(lap, "reference")
    assert "metadata.annotations.note: changed (values are not shown)" in text_of(lap, "diff")
    never("a secret in a topic", lambda: found_secrets(pipeline), during=5)


def found_secrets(pipeline):
    """Where a planted text stands, in the bytes of any record of any topic, or in what a process wrote."""
    found = [f"{secret} in {record}" for topic in NAMES for record in pipeline.topics.look(topic) for secret in HIDDEN.values()
             for part in (record.key, record.value, *(value for _, value in record.headers)) if part and secret.encode() in part]
    written = [path for path in pipeline.folder.rglob("*") if path.is_file()]
    return found + [f"{secret} in {path}" for path in written for secret in HIDDEN.values() if secret.encode() in path.read_bytes()]
