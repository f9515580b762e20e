# SPDX-License-Identifier: Apache-2.0
"""Every action on a real API server, from a decision that was written by hand: what it does to the cluster, what the audit log holds of
it, that a repeat does it no second time, what forbids it, and that it is put back."""
import hashlib
import itertools
import time
from dataclasses import dataclass
from typing import Callable

import pytest
from kubernetes import client

from cluster import BAD_IMAGE
from documents import DECIDED, OBSERVED, document, encode, headers
from manifests import daemon_set, deployment, stateful_set
from sandbox import effects, in_words, is_dry_run
from waiting import eventually

PROCESSES = ("actor",)
SETTINGS = {"policy": {"actions": {name: "auto" for name in (
    "delete_pod", "restart_rollout", "rollback", "set_resources", "set_image", "set_env", "set_probe", "scale", "quarantine_namespace",
    "restore_namespace")}}}
numbers = itertools.count(1)
RESTARTED = "kubectl.kubernetes.io/restartedAt"
PREVIOUS = "aegiops.io/previous-replicas"
UNKNOWN = "a-" + 32 * "0"


def target_of(found, kind, api_version="apps/v1"):
    return {"api_version": api_version, "kind": kind, "namespace": found.metadata.namespace or "", "name": found.metadata.name,
            "uid": found.metadata.uid, "resource_version": found.metadata.resource_version}


class Incident:
    """One incident of a workload: decisions about it, and what the actor made of them."""

    def __init__(self, pipeline, target, **observed):
        self.pipeline, self.target = pipeline, target
        self.key = f"test/{target['namespace']}/{target['kind']}/{target['name']}"
        self.id = "i-" + hashlib.sha256(f"{self.key} {next(numbers)}".encode()).hexdigest()[:32]
        self.observed, self.tried, self.lap = OBSERVED | {"target": target, "affected": 1} | observed, [], 0
        self.meanwhile = lambda: None

    def action_id(self):
        return "a-" + hashlib.sha256(f"{self.id}\0{self.lap}\0000\0".encode()).hexdigest()[:32]

    def decide(self, type, fields=None, **observed):
        """The next lap: its acted section."""
        self.lap += 1
        action = {"type": type, "id": self.action_id(), "target": self.target} | (fields or {})
        return self.send([action], **observed)

    def send(self, actions, **observed):
        self.lap = self.lap or 1
        self.sent = encode(document("decisions", self.key, self.id, lap=self.lap, observed=self.observed | {"tried": self.tried} | observed,
                                    decided=DECIDED | {"status": "CONFIG", "actions": actions}))
        acted = self.outcome(f"{self.id}.{self.lap}")
        self.tried = [*self.tried, {"lap": self.lap, "status": "CONFIG", "action": acted["action"], "action_id": acted["action_id"],
                                    "result": acted["result"], "detail": acted["detail"], "undo": acted["undo"]}]
        return acted

    def repeat(self):
        """The same decision once more, under another id, as the actor drops a record that it knows."""
        return self.outcome(f"{self.id}.{self.lap}.again")

    def outcome(self, event):
        topics = self.pipeline.topics
        before = len(topics.find("outcomes", self.is_mine))
        topics.write("decisions", self.sent, key=self.key.encode(), headers=headers("decisions", self.key, self.id, ce_id=event))
        self.meanwhile()
        found = eventually(f"the outcome of {event}", lambda: topics.find("outcomes", self.is_mine)[before:], 20, self.pipeline.actor.tail)
        return found[0].document["acted"]

    def is_mine(self, record):
        return (record.document["id"], record.document["lap"]) == (self.id, self.lap)


def writes(namespace, pipeline):
    return pipeline.sandbox.audit(user="aegiops-actor", namespace=namespace.name, writes=True)


def check_audit(pipeline, namespace, *acted):
    """The API server's account: what was done was done once, after a dry run, and is known by its Audit-Ids."""
    sent = writes(namespace, pipeline)
    done = effects(sent)
    told = [audit_id for one in acted for audit_id in one["audit_ids"]]
    assert [entry["auditID"] for entry in done] == told, in_words(sent)
    assert len([entry for entry in sent if is_dry_run(entry)]) >= len(done)
    for entry in sent:
        assert "fieldManager=aegiops" in entry["requestURI"] and "fieldValidation=Strict" in entry["requestURI"]


def later():
    """managedFields know whole seconds: what follows is not of the same one."""
    time.sleep(1.1)


# ---- Deployments: web has two revisions ----

RESOURCES = {"limits": {"memory": "64Mi", "cpu": "500m"}, "requests": {"memory": "32Mi", "cpu": "100m"}}
PROBE = {"tcpSocket": {"port": 80}, "timeoutSeconds": 1, "failureThreshold": 3, "periodSeconds": 10}


def replica_sets(namespace):
    """As revisions of a document, oldest first."""
    found = namespace.apps.list_namespaced_replica_set(namespace.name, label_selector="app=web").items
    found.sort(key=lambda one: int(one.metadata.annotations["deployment.kubernetes.io/revision"]))
    return [{"template_hash": one.metadata.labels["pod-template-hash"], "replica_set": one.metadata.name,
             "revision": one.metadata.annotations["deployment.kubernetes.io/revision"]} for one in found]


def two_revisions(namespace):
    namespace.create(resources=RESOURCES, livenessProbe=PROBE, env=[{"name": "A", "value": "1"}, {"name": "MODE_2", "value": "good"}])
    eventually("the first revision", lambda: len(replica_sets(namespace)) == 1, 20)
    namespace.change(image="nginx:1.27", env=[{"name": "MODE_2", "value": "bad"}])
    eventually("the second revision", lambda: len(replica_sets(namespace)) == 2, 20)
    later()
    return replica_sets(namespace)


@pytest.fixture
def web(pipeline, namespace):
    """(good, incident): the older revision of web, and an incident of the newer one."""
    good, bad = two_revisions(namespace)
    onset = bad | {"since": OBSERVED["at"], "new_revision": True, "good": good}
    return good, Incident(pipeline, target_of(namespace.deployment(), "Deployment"), onset=onset)


def spec(namespace, name="web"):
    found = namespace.cluster.api.sanitize_for_serialization(namespace.deployment(name))["spec"]
    return {"replicas": found["replicas"], "template": found["template"]}


def app(namespace):
    return spec(namespace)["template"]["spec"]["containers"][0]


def pointer(revision):
    return {"template_hash": revision["template_hash"], "replica_set": revision["replica_set"]}


def variable(namespace, name):
    return next((one.get("value") for one in app(namespace)["env"] if one["name"] == name), None)


@dataclass(frozen=True)
class Deed:
    fields: Callable  # of the older revision
    look: Callable    # of the namespace
    before: object
    after: object
    writes: int = 1


DEEDS = {
    "restart_rollout": Deed(lambda good: {}, lambda at: RESTARTED in spec(at)["template"]["metadata"].get("annotations", {}), False, True),
    "rollback": Deed(lambda good: {"to": good}, lambda at: (app(at)["image"], variable(at, "MODE_2")), ("nginx:1.27", "bad"),
                     ("nginx:1.25", "good")),
    "set_resources": Deed(lambda good: {
        "container": "app", "memory_limit": "128Mi", "memory_request": "64Mi", "cpu_limit": "1", "cpu_request": "150m",
        "from": {"memory_limit": "64Mi", "memory_request": "32Mi", "cpu_limit": "0.5", "cpu_request": "100m"}},
        lambda at: app(at)["resources"], RESOURCES,
        {"limits": {"memory": "128Mi", "cpu": "1"}, "requests": {"memory": "64Mi", "cpu": "150m"}}),
    "set_image": Deed(lambda good: {"container": "app", "to": pointer(good)}, lambda at: (app(at)["image"], variable(at, "MODE_2")),
                      ("nginx:1.27", "bad"), ("nginx:1.25", "bad")),
    "set_env": Deed(lambda good: {"container": "app", "variable": "MODE_2", "to": pointer(good)},
                    lambda at: (app(at)["image"], variable(at, "MODE_2")), ("nginx:1.27", "bad"), ("nginx:1.27", "good")),
    "set_probe": Deed(lambda good: {"container": "app", "probe": "liveness", "field": "timeoutSeconds", "value": "2", "from": {"value": "1"}},
                      lambda at: app(at)["livenessProbe"]["timeoutSeconds"], 1, 2),
    "scale": Deed(lambda good: {"replicas": "3", "from": {"replicas": "2"}}, lambda at: spec(at)["replicas"], 2, 3, writes=2),
}


@pytest.mark.parametrize("name", DEEDS)
def test_it_is_done_once_and_put_back(pipeline, namespace, web, name):
    good, incident = web
    deed, before = DEEDS[name], spec(namespace)
    assert deed.look(namespace) == deed.before
    first = incident.decide(name, deed.fields(good))
    assert (first["result"], first["mode"], first["action"]) == ("done", "auto", name), first["detail"]
    assert deed.look(namespace) == deed.after
    assert namespace.deployment().metadata.annotations["aegiops.io/action"] == incident.action_id()
    assert len(first["audit_ids"]) == deed.writes and first["diff"]

    again = incident.repeat()
    assert (again["result"], again["undo"]) == ("already", first["undo"]), again["detail"]
    check_audit(pipeline, namespace, first)

    later()
    undone = incident.decide("undo", {"of": first["action_id"]}, verdict="worse")
    assert (undone["result"], undone["undo"]) == ("done", None), undone["detail"]
    assert spec(namespace) == before
    assert incident.repeat()["result"] == "already"
    check_audit(pipeline, namespace, first, undone)


def test_undo_waits_for_a_person_where_it_is_not_worse(pipeline, namespace, web):
    _, incident = web
    first = incident.decide("scale", DEEDS["scale"].fields(None))
    second = incident.decide("undo", {"of": first["action_id"]}, verdict="unchanged")
    assert (second["result"], second["mode"]) == ("proposed", "review")
    assert spec(namespace)["replicas"] == 3


@pytest.mark.parametrize("name", ["set_resources", "scale"])
def test_undo_is_refused_after_somebody_else_wrote(pipeline, namespace, web, name):
    good, incident = web
    first = incident.decide(name, DEEDS[name].fields(good))
    later()
    namespace.change(image="nginx:1.26")
    before = spec(namespace)
    undone = incident.decide("undo", {"of": first["action_id"]}, verdict="worse")
    assert undone["result"] == "refused" and "by OpenAPI-Generator" in undone["detail"]
    assert spec(namespace) == before
    check_audit(pipeline, namespace, first)


def test_undo_is_refused_after_somebody_only_removed_something(pipeline, namespace, web):
    """Which leaves no trace in managedFields."""
    good, incident = web
    first = incident.decide("scale", DEEDS["scale"].fields(good))
    client.AppsV1Api(namespace.cluster.api).patch_namespaced_deployment(
        "web", namespace.name, [{"op": "remove", "path": "/spec/template/spec/containers/0/env/0"}], field_manager="remover")
    before = spec(namespace)
    undone = incident.decide("undo", {"of": first["action_id"]}, verdict="worse")
    assert undone["result"] == "refused" and "do not name" in undone["detail"], undone["detail"]
    assert spec(namespace) == before
    check_audit(pipeline, namespace, first)


def test_undo_is_refused_where_another_action_came_after(pipeline, namespace, web):
    good, incident = web
    first = incident.decide("set_probe", DEEDS["set_probe"].fields(good))
    second = incident.decide("scale", DEEDS["scale"].fields(good))
    undone = incident.decide("undo", {"of": first["action_id"]}, verdict="worse")
    assert undone["result"] == "refused" and second["action_id"] in undone["detail"]
    check_audit(pipeline, namespace, first, second)


def test_undo_of_what_was_never_done(pipeline, namespace, web):
    _, incident = web
    assert "no earlier lap" in incident.decide("undo", {"of": UNKNOWN}, verdict="worse")["detail"]
    assert writes(namespace, pipeline) == []


# ---- What forbids it ----

def patch(namespace, body):
    namespace.apps.patch_namespaced_deployment("web", namespace.name, body)


def autoscale(namespace):
    client.AutoscalingV2Api(namespace.cluster.api).create_namespaced_horizontal_pod_autoscaler(namespace.name, {
        "metadata": {"name": "web-scaler"}, "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}, "minReplicas": 1, "maxReplicas": 5}})


HINDRANCES = {
    "paused": (lambda at: patch(at, {"spec": {"paused": True}}), DEEDS, "paused"),
    "Argo CD": (lambda at: patch(at, {"metadata": {"labels": {"argocd.argoproj.io/instance": "shop"}}}), DEEDS, "Argo CD"),
    "another template": (lambda at: patch(at, {"spec": {"template": {"metadata": {"labels": {"more": "x"}}}}}),
                         ("restart_rollout", "rollback", "set_image", "set_env"), "somebody is at work"),
    "another limit": (lambda at: at.change(resources={"limits": {"memory": "96Mi"}}), ("set_resources",), "is 96Mi by now, not 64Mi"),
    "another number": (lambda at: patch(at, {"spec": {"replicas": 4}}), ("scale",), "has 4 replicas by now, not 2"),
    "another timeout": (lambda at: at.change(livenessProbe={"timeoutSeconds": 4}), ("set_probe",), "is 4 by now, not 1"),
    "autoscaler": (autoscale, ("scale",), "HorizontalPodAutoscaler web-scaler sets the replicas"),
}


@pytest.mark.parametrize("hindrance", HINDRANCES)
def test_it_is_refused(pipeline, namespace, web, hindrance):
    good, incident = web
    hinder, names, says = HINDRANCES[hindrance]
    hinder(namespace)
    before = spec(namespace)
    for name in names:
        acted = incident.decide(name, DEEDS[name].fields(good))
        assert acted["result"] == "refused" and says in acted["detail"], acted["detail"]
        assert acted["undo"] is None
    assert writes(namespace, pipeline) == []
    assert spec(namespace) == before


def test_object_of_another_uid_is_another_object(pipeline, namespace, web):
    good, incident = web
    namespace.apps.delete_namespaced_deployment("web", namespace.name, propagation_policy="Foreground")
    eventually("web to be gone", lambda: not namespace.apps.list_namespaced_deployment(namespace.name).items, 30)
    namespace.create(resources=RESOURCES, livenessProbe=PROBE)
    for name, deed in DEEDS.items():
        acted = incident.decide(name, deed.fields(good))
        assert acted["result"] == "failed" and "was replaced" in acted["detail"], acted["detail"]
    assert writes(namespace, pipeline) == []


@pytest.fixture
def keda(cluster):
    """The one kind of KEDA that matters here, without KEDA."""
    kinds = client.ApiextensionsV1Api(cluster.api)
    kinds.create_custom_resource_definition({
        "metadata": {"name": "scaledobjects.keda.sh"}, "spec": {
            "group": "keda.sh", "scope": "Namespaced", "names": {"kind": "ScaledObject", "plural": "scaledobjects", "singular": "scaledobject"},
            "versions": [{"name": "v1alpha1", "served": True, "storage": True, "schema": {
                "openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}}]}})
    objects = client.CustomObjectsApi(cluster.api)

    def make(namespace, name):
        def create():
            try:
                return objects.create_namespaced_custom_object("keda.sh", "v1alpha1", namespace.name, "scaledobjects", {
                    "apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "metadata": {"name": name},
                    "spec": {"scaleTargetRef": {"name": "web"}}})
            except client.ApiException as refused:
                assert refused.status == 404  # the kind is not served yet
        eventually("the kind ScaledObject to be served", create, 20)
    yield make
    kinds.delete_custom_resource_definition("scaledobjects.keda.sh")


def test_what_keda_scales_is_not_scaled(pipeline, namespace, web, keda):
    _, incident = web
    keda(namespace, "web-by-queue")
    acted = incident.decide("scale", DEEDS["scale"].fields(None))
    assert acted["result"] == "refused" and "ScaledObject web-by-queue sets the replicas" in acted["detail"]
    assert writes(namespace, pipeline) == []


def test_quota_that_forbids_the_new_pods_is_found_before(pipeline, namespace, web):
    """A Deployment's own dry run does not ask for its pods."""
    good, incident = web
    namespace.core.create_namespaced_limit_range(namespace.name, {"metadata": {"name": "most"}, "spec": {"limits": [
        {"type": "Container", "max": {"memory": "100Mi", "cpu": "2"}}]}})
    acted = incident.decide("set_resources", DEEDS["set_resources"].fields(good))
    assert acted["result"] == "failed" and "no pod could be made" in acted["detail"], acted["detail"]
    assert effects(writes(namespace, pipeline)) == []


def test_pod_is_evicted_unless_a_budget_protects_it(pipeline, namespace):
    namespace.create_healthy(replicas=2)
    budget = {"metadata": {"name": "web"}, "spec": {"minAvailable": 2, "selector": {"matchLabels": {"app": "web"}}}}
    namespace.cluster.policy.create_namespaced_pod_disruption_budget(namespace.name, budget)
    read = namespace.cluster.policy.read_namespaced_pod_disruption_budget_status
    eventually("the budget to know its pods", lambda: read("web", namespace.name).status.expected_pods == 2, 30)
    pod = namespace.pods()[0].metadata
    incident = Incident(pipeline, target_of(namespace.deployment(), "Deployment"))
    fields = {"pod": {"name": pod.name, "uid": pod.uid}}
    acted = incident.decide("delete_pod", fields)
    assert acted["result"] == "deferred" and "budget" in acted["detail"]
    assert effects(writes(namespace, pipeline)) == []
    namespace.cluster.policy.delete_namespaced_pod_disruption_budget("web", namespace.name)
    acted = incident.decide("delete_pod", fields)
    assert acted["result"] == "done" and acted["undo"] is None and "no undo" in acted["detail"]
    assert incident.repeat()["result"] == "already"
    check_audit(pipeline, namespace, acted)


# ---- StatefulSets and DaemonSets ----

def controller_revisions(namespace, name):
    """As revisions of a document, oldest first; a StatefulSet's pods carry the whole name."""
    found = namespace.apps.list_namespaced_controller_revision(namespace.name, label_selector=f"app={name}").items
    found.sort(key=lambda one: one.revision)
    return [{"template_hash": one.metadata.name if one.metadata.owner_references[0].kind == "StatefulSet"
             else one.metadata.labels["controller-revision-hash"], "replica_set": one.metadata.name, "revision": str(one.revision)}
            for one in found]


def image(found):
    return found.spec.template.spec.containers[0].image


def test_stuck_statefulset_is_rolled_back_and_its_pod_deleted(pipeline, namespace):
    read = namespace.apps.read_namespaced_stateful_set
    namespace.put(stateful_set())
    eventually("db to be ready", lambda: read("db", namespace.name).status.ready_replicas == 2, 40)
    namespace.apps.patch_namespaced_stateful_set("db", namespace.name, {"spec": {"template": {"spec": {"containers": [
        {"name": "app", "image": BAD_IMAGE}]}}}})
    eventually("db to be stuck", lambda: (read("db", namespace.name).status.updated_replicas or 0) == 1
               and read("db", namespace.name).status.ready_replicas == 1, 40)
    later()
    good, bad = controller_revisions(namespace, "db")
    incident = Incident(pipeline, target_of(read("db", namespace.name), "StatefulSet"),
                        onset=bad | {"since": OBSERVED["at"], "new_revision": True, "good": good})
    first = incident.decide("rollback", {"to": good})
    assert first["result"] == "done" and "it has to be deleted" in first["detail"], first["detail"]
    assert image(read("db", namespace.name)) == "nginx:1.25"
    assert incident.repeat()["result"] == "already"

    broken = namespace.core.read_namespaced_pod("db-1", namespace.name)
    assert broken.spec.containers[0].image == BAD_IMAGE
    second = incident.decide("delete_pod", {"pod": {"name": "db-1", "uid": broken.metadata.uid}})
    assert second["result"] == "done", second["detail"]
    eventually("db to be ready again", lambda: read("db", namespace.name).status.ready_replicas == 2, 40)
    check_audit(pipeline, namespace, first, second)


def test_daemonset_is_rolled_back_and_forth(pipeline, namespace):
    read = namespace.apps.read_namespaced_daemon_set
    namespace.put(daemon_set())
    eventually("the first revision", lambda: len(controller_revisions(namespace, "agent")) == 1, 20)
    namespace.apps.patch_namespaced_daemon_set("agent", namespace.name, {"spec": {"template": {"spec": {"containers": [
        {"name": "app", "image": BAD_IMAGE}]}}}})
    eventually("the second revision", lambda: len(controller_revisions(namespace, "agent")) == 2, 20)
    later()
    good, bad = controller_revisions(namespace, "agent")
    incident = Incident(pipeline, target_of(read("agent", namespace.name), "DaemonSet"),
                        onset=bad | {"since": OBSERVED["at"], "new_revision": True, "good": good})
    first = incident.decide("rollback", {"to": good})
    assert first["result"] == "done", first["detail"]
    assert image(read("agent", namespace.name)) == "nginx:1.25"
    assert first["undo"] == {"type": "rollback", "to": bad}
    later()
    undone = incident.decide("undo", {"of": first["action_id"]}, verdict="worse")
    assert undone["result"] == "done", undone["detail"]
    assert image(read("agent", namespace.name)) == BAD_IMAGE
    check_audit(pipeline, namespace, first, undone)


def test_restart_where_pods_are_replaced_by_hand(pipeline, namespace):
    namespace.put(daemon_set(updateStrategy={"type": "OnDelete"}))
    found = namespace.apps.read_namespaced_daemon_set("agent", namespace.name)
    acted = Incident(pipeline, target_of(found, "DaemonSet")).decide("restart_rollout")
    assert acted["result"] == "refused" and "OnDelete" in acted["detail"]


# ---- Namespaces ----

def scales(namespace):
    """The number of each workload, and the number that it has noted."""
    found = [*namespace.apps.list_namespaced_deployment(namespace.name).items, *namespace.apps.list_namespaced_stateful_set(namespace.name).items]
    return {one.metadata.name: (one.spec.replicas, (one.metadata.annotations or {}).get(PREVIOUS)) for one in found}


def test_namespace_is_quarantined_and_restored(pipeline, namespace):
    namespace.put(deployment("web", 2), deployment("api", 3), deployment("idle", 0), stateful_set("db", 1))
    autoscale(namespace)
    found = namespace.core.read_namespace(namespace.name)
    incident = Incident(pipeline, target_of(found, "Namespace", "v1"))
    before = {"web": (2, None), "api": (3, None), "idle": (0, None), "db": (1, None)}
    assert scales(namespace) == before
    eventually("the controllers to be done with it", lambda: all(
        "deployment.kubernetes.io/revision" in (one.metadata.annotations or {})
        for one in namespace.apps.list_namespaced_deployment(namespace.name).items), 20)
    later()
    first = incident.decide("quarantine_namespace")
    assert first["result"] == "done", first["detail"]
    assert "left alone: Deployment web" in first["detail"]
    assert any("HorizontalPodAutoscaler web-scaler" in warning for warning in first["warnings"])
    quarantined = {"web": (2, None), "api": (0, "3"), "idle": (0, None), "db": (0, "1")}
    assert scales(namespace) == quarantined
    assert incident.repeat()["result"] == "already"
    check_audit(pipeline, namespace, first)

    second = incident.decide("restore_namespace")
    assert second["result"] == "done", second["detail"]
    assert scales(namespace) == before
    assert incident.repeat()["result"] == "already"
    check_audit(pipeline, namespace, first, second)

    third = incident.decide("quarantine_namespace")
    later()
    namespace.apps.patch_namespaced_stateful_set("db", namespace.name, {"spec": {"minReadySeconds": 1}})
    undone = incident.decide("undo", {"of": third["action_id"]}, verdict="worse")
    assert undone["result"] == "done" and "StatefulSet db" in undone["detail"], undone["detail"]
    assert any("by OpenAPI-Generator" in warning for warning in undone["warnings"])
    assert scales(namespace) == before | {"db": (0, "1")}


def test_protected_namespace_is_not_quarantined(pipeline, cluster):
    found = cluster.core.read_namespace("kube-system")
    acted = Incident(pipeline, target_of(found, "Namespace", "v1")).decide("quarantine_namespace")
    assert acted["result"] == "refused" and "protected" in acted["detail"]


# ---- kill -9 ----

@pytest.fixture
def dying(own_pipeline):
    """An actor that dies after the first write that changes something, and is started again."""
    pipeline = own_pipeline(SETTINGS)
    pipeline.actor.start(AEGIOPS_CRASH_AT="act.applied").wait_ready()

    def revive():
        pipeline.actor.wait_killed("act.applied")
        pipeline.actor.start().wait_ready()
    return pipeline, revive


@pytest.mark.parametrize("name", ["restart_rollout", "set_image", "set_resources"])
def test_way_back_is_found_again_after_kill_9(dying, namespace, name):
    pipeline, revive = dying
    good, bad = two_revisions(namespace)
    before = spec(namespace)
    incident = Incident(pipeline, target_of(namespace.deployment(), "Deployment"), onset=bad)
    incident.meanwhile = revive
    first = incident.decide(name, DEEDS[name].fields(good))
    assert first["result"] == "already" and first["undo"], first["detail"]
    assert DEEDS[name].look(namespace) == DEEDS[name].after
    incident.meanwhile = lambda: None
    undone = incident.decide("undo", {"of": first["action_id"]}, verdict="worse")
    assert undone["result"] == "done", undone["detail"]
    assert spec(namespace) == before
    assert len(effects(writes(namespace, pipeline))) == 2


def test_quarantine_goes_on_after_kill_9(dying, namespace):
    pipeline, revive = dying
    namespace.put(deployment("web", 2), deployment("api", 3), stateful_set("db", 1))
    incident = Incident(pipeline, target_of(namespace.core.read_namespace(namespace.name), "Namespace", "v1"))
    incident.meanwhile = revive
    acted = incident.decide("quarantine_namespace")
    assert acted["result"] == "done" and acted["undo"] == {"type": "restore_namespace"}, acted["detail"]
    assert scales(namespace) == {"web": (0, "2"), "api": (0, "3"), "db": (0, "1")}
    done = effects(writes(namespace, pipeline))
    assert len(done) == 3, in_words(done)


# ---- Bad input ----

TO = {"template_hash": "a", "replica_set": "web-a"}
BAD_ACTIONS = {
    "unknown action": {"type": "delete_namespace"},
    "unknown field": {"type": "restart_rollout", "force": "true"},
    "a literal image": {"type": "set_image", "container": "app", "image": "evil:1", "to": TO},
    "a literal value": {"type": "set_env", "container": "app", "variable": "A", "value": "x", "to": TO},
    "a path for a name": {"type": "rollback", "to": {"template_hash": "a", "replica_set": "../../secrets/x"}},
    "a query in a name": {"type": "delete_pod", "pod": {"name": "web?force=true", "uid": "x"}},
    "a negative quantity": {"type": "set_resources", "container": "app", "memory_limit": "-1", "from": {"memory_limit": "64Mi"}},
    "a number that is no text": {"type": "scale", "replicas": 3, "from": {"replicas": "2"}},
    "an absurd number": {"type": "scale", "replicas": "1000000000000", "from": {"replicas": "2"}},
    "more pods than anybody needs": {"type": "scale", "replicas": "1001", "from": {"replicas": "2"}},
    "none at all": {"type": "scale", "replicas": "0", "from": {"replicas": "2"}},
    "a probe that there is not": {"type": "set_probe", "container": "app", "probe": "life", "field": "timeoutSeconds", "value": "2",
                                  "from": {"value": "1"}},
    "a value without its old one": {"type": "set_resources", "container": "app", "cpu_limit": "2"},
    "another target": {"type": "restart_rollout", "target": {"api_version": "apps/v1", "kind": "Deployment", "namespace": "kube-system",
                                                              "name": "web", "uid": "x", "resource_version": "1"}},
    "another lap's id": {"type": "restart_rollout", "id": UNKNOWN},
    "a namespace's action": {"type": "quarantine_namespace"},
}


def test_bad_input_is_refused_and_nothing_is_sent(pipeline, namespace):
    namespace.create()
    target = target_of(namespace.deployment(), "Deployment")
    for what, action in BAD_ACTIONS.items():
        incident = Incident(pipeline, target)
        acted = incident.decide(action["type"], action)
        assert acted["result"] == "refused" and acted["detail"], what
    acted = Incident(pipeline, target).send([{}] * 10_000)
    assert acted["result"] == "refused" and "10000 actions" in acted["detail"]
    assert writes(namespace, pipeline) == []


def test_bounds_are_those_of_the_cluster_and_not_of_the_document(pipeline, namespace, web):
    """Whatever the decision says was there."""
    good, incident = web
    for fields in ({"memory_limit": "256Mi", "from": {"memory_limit": "128Mi"}}, {"memory_limit": "129Mi", "from": {"memory_limit": "64Mi"}},
                   {"cpu_request": "1", "from": {"cpu_request": "100m"}}, {"memory_limit": "1e30", "from": {"memory_limit": "64Mi"}}):
        acted = incident.decide("set_resources", {"container": "app"} | fields)
        assert acted["result"] == "refused", acted["detail"]
    assert writes(namespace, pipeline) == []
