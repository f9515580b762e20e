# SPDX-License-Identifier: Apache-2.0
"""Workloads of kinds that AegiOps does not know: their owners are followed by reference, one after the other, and never guessed."""
import pytest
from kubernetes import client
from kubernetes.client.exceptions import ApiException

from cluster import CRASHING, GOOD_IMAGE
from faults import BUSYBOX
from story import read_lap
from waiting import eventually, never

WITHIN_S = 60
ROLLOUT = ("argoproj.io", "v1alpha1", "rollouts", "Rollout")   # which the observer may not read
RELEASE = ("example.com", "v1", "releases", "Release")         # which it may
FLEET = ("example.com", "v1", "fleets", "Fleet")
READER = "aegiops-observer-of-example"


@pytest.fixture(scope="module")
def kinds(cluster):
    """Custom resources, and the right to read some of them."""
    extensions, rbac = client.ApiextensionsV1Api(cluster.api), client.RbacAuthorizationV1Api(cluster.api)
    for kind in (ROLLOUT, RELEASE, FLEET):
        make_kind(extensions, *kind)
    for create, body in (
            (rbac.create_cluster_role, {"metadata": {"name": READER}, "rules": [
                {"apiGroups": ["example.com"], "resources": ["releases", "fleets"], "verbs": ["get"]}]}),
            (rbac.create_cluster_role_binding, {"metadata": {"name": READER}, "roleRef": {
                "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": READER}, "subjects": [
                    {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "aegiops-observer"}]})):
        unless_there(create, body)
    yield client.CustomObjectsApi(cluster.api)
    for kind in (ROLLOUT, RELEASE, FLEET):
        extensions.delete_custom_resource_definition(f"{kind[2]}.{kind[0]}")
    rbac.delete_cluster_role_binding(READER)
    rbac.delete_cluster_role(READER)


def unless_there(create, body):
    try:
        create(body)
    except ApiException as error:
        assert error.status == 409, error


def make_kind(extensions, group, version, plural, kind):
    name, anything = f"{plural}.{group}", {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    unless_there(extensions.create_custom_resource_definition, {"metadata": {"name": name}, "spec": {
        "group": group, "scope": "Namespaced", "names": {"plural": plural, "kind": kind},
        "versions": [{"name": version, "served": True, "storage": True, "schema": {"openAPIV3Schema": anything}}]}})

    def is_served():
        conditions = extensions.read_custom_resource_definition(name).status.conditions or ()
        return any(condition.type == "Established" and condition.status == "True" for condition in conditions)
    eventually(f"{kind} to be served", is_served, 30)


def make(kinds, namespace, kind, name="web", owner=None):
    """An object of a custom kind, and how others refer to it as their owner."""
    group, version, plural, word = kind
    body = {"apiVersion": f"{group}/{version}", "kind": word, "metadata": {"name": name, "ownerReferences": [owner] if owner else []}}
    made = kinds.create_namespaced_custom_object(group, version, namespace.name, plural, body)
    return {"apiVersion": body["apiVersion"], "kind": word, "name": name, "uid": made["metadata"]["uid"], "controller": True}


def make_set(namespace, owner, name, replicas=2, **container):
    labels = {"app": "web", "set": name}
    namespace.apps.create_namespaced_replica_set(namespace.name, {
        "metadata": {"name": name, "ownerReferences": [owner] if owner else []},
        "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": {
            "metadata": {"labels": labels}, "spec": {"containers": [{"name": "app", "image": GOOD_IMAGE} | container]}}}})


def key(namespace, kind, name="web"):
    return f"test/{namespace.name}/{kind}/{name}"


def keys_of(pipeline, namespace):
    return {record.document["key"] for record in pipeline.topics.look("incidents") if f"/{namespace.name}/" in record.document["key"]}


def owners_in(lap):
    return "\n".join(item["text"] for item in lap.observed["evidence"] if (item["kind"], item["trust"]) == ("owner", "K"))


def mend(namespace, owner):
    """As Argo Rollouts would: a set of the new template, and the old one scaled down."""
    make_set(namespace, owner, "web-new")
    namespace.apps.patch_namespaced_replica_set_scale("web-old", namespace.name, {"spec": {"replicas": 0}})


def check_recovered(pipeline, namespace, kind):
    lap = read_lap(pipeline.topics, key(namespace, kind), lap=2, within=WITHIN_S)
    assert (lap.observed["verdict"], lap.notified["state"]) == ("recovered", "recovered")
    assert "deleted" not in lap.observed["verified"] and " available, and nothing has failed" in lap.observed["verified"]


def test_set_of_a_rollout_is_the_rollouts_incident(pipeline, namespace, kinds):
    owner = make(kinds, namespace, ROLLOUT)
    make_set(namespace, owner, "web-old", command=CRASHING)
    lap = read_lap(pipeline.topics, key(namespace, "Rollout"), within=WITHIN_S)
    target = lap.observed["target"]
    assert (target["api_version"], target["kind"], target["name"]) == ("argoproj.io/v1alpha1", "Rollout", "web")
    assert target["uid"] == owner["uid"]
    assert (lap.observed["class"], lap.observed["affected"]) == ("CrashLoopBackOff", 2)
    assert "of 2 pods of Rollout " in lap.observed["summary"]
    assert " ← ReplicaSet web-old ← Rollout web (argoproj.io/v1alpha1, a kind that AegiOps does not know)" in owners_in(lap)
    refusal = [item["text"] for item in lap.observed["evidence"] if (item["kind"], item["trust"]) == ("owner", "W")]
    assert len(refusal) == 1 and "the Rollout could not be read" in refusal[0] and "403" in refusal[0]
    assert any("DATABASE_URL is not set" in item["text"] for item in lap.observed["evidence"] if item["kind"] == "log")
    mend(namespace, owner)
    check_recovered(pipeline, namespace, "Rollout")
    assert keys_of(pipeline, namespace) == {key(namespace, "Rollout")}


def test_owners_that_may_be_read_are_followed_to_the_top(pipeline, namespace, kinds):
    fleet = make(kinds, namespace, FLEET, "all")
    release = make(kinds, namespace, RELEASE, owner=fleet)
    make_set(namespace, release, "web-old", command=CRASHING)
    lap = read_lap(pipeline.topics, key(namespace, "Fleet", "all"), within=WITHIN_S)
    assert lap.observed["target"]["uid"] == fleet["uid"] and lap.observed["target"]["resource_version"]
    assert " ← ReplicaSet web-old ← Release web (example.com/v1, a kind that AegiOps does not know) ← Fleet all (" in owners_in(lap)
    assert keys_of(pipeline, namespace) == {key(namespace, "Fleet", "all")}


def test_set_that_nobody_owns_stands_for_itself(pipeline, namespace):
    make_set(namespace, None, "web-old", command=CRASHING)
    lap = read_lap(pipeline.topics, key(namespace, "ReplicaSet", "web-old"), within=WITHIN_S)
    assert lap.observed["target"]["resource_version"]
    assert owners_in(lap).endswith(" ← ReplicaSet web-old")
    asked = [entry for entry in pipeline.sandbox.audit(user="aegiops-observer", namespace=namespace.name)
             if entry["objectRef"]["resource"] == "replicasets"]
    assert 1 <= len(asked) <= 3, "whose it is is asked once; what it is and whose its pod is, for the document"


def test_jobs_of_a_cron_job_are_the_cron_jobs_incident(pipeline, namespace):
    client.BatchV1Api(namespace.cluster.api).create_namespaced_cron_job(namespace.name, {"metadata": {"name": "web"}, "spec": {
        "schedule": "* * * * *", "jobTemplate": {"spec": {"backoffLimit": 0, "template": {"spec": {
            "restartPolicy": "Never", "containers": [{"name": "app", "image": BUSYBOX, "command": CRASHING}]}}}}}})
    lap = read_lap(pipeline.topics, key(namespace, "CronJob"), within=2 * WITHIN_S)
    assert lap.observed["class"] == "JobFailed" and lap.observed["target"]["api_version"] == "batch/v1"
    assert " ← Job web-" in owners_in(lap) and owners_in(lap).endswith(" ← CronJob web")


def test_incident_of_a_rollout_survives_a_restart(own_pipeline, namespace, kinds):
    """After it, nobody has told yet whose the pods are: that must not look as if the Rollout were gone."""
    pipeline = own_pipeline().start()
    owner = make(kinds, namespace, ROLLOUT)
    make_set(namespace, owner, "web-old", command=CRASHING)
    lap = read_lap(pipeline.topics, key(namespace, "Rollout"), within=WITHIN_S)
    pipeline.observer.kill()
    pipeline.observer.start().wait_ready()
    never("another word", lambda: len(pipeline.topics.find("incidents", lambda record: namespace.name in record.document["key"])) > 1,
          during=6)
    mend(namespace, owner)
    pipeline.observer.kill()
    eventually("the new pods to be ready", lambda: is_ready(namespace), WITHIN_S)
    pipeline.observer.start().wait_ready()
    check_recovered(pipeline, namespace, "Rollout")
    assert keys_of(pipeline, namespace) == {lap.document["key"]}
    assert set(pipeline.stop().values()) == {0}


def is_ready(namespace):
    status = namespace.apps.read_namespaced_replica_set("web-new", namespace.name).status
    return status.ready_replicas == 2 and not [pod for pod in namespace.pods() if pod.metadata.labels["set"] == "web-old"]
