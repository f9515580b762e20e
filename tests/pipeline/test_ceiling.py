# SPDX-License-Identifier: Apache-2.0
"""What the actor's account can do at all, whatever the actor: its rights, and the admission policy of deploy/kubernetes, which holds
even for an account that may do everything. The requests are sent by a plain client with the actor's certificate."""
import copy

import pytest
from kubernetes import client
from kubernetes.client.exceptions import ApiException

from cluster import BAD_IMAGE, Cluster
from sandbox import session_name
from story import read_lap
from waiting import eventually

MARK = {"aegiops.io/action": "a-00112233445566778899aabbccddeeff"}
BINDING = f"actor-may-do-everything-{session_name()}"


@pytest.fixture(scope="module")
def actor(sandbox):
    return Cluster(sandbox.actor)


@pytest.fixture
def mighty(sandbox, cluster, actor):
    """The actor's account with every right that there is."""
    rbac = client.RbacAuthorizationV1Api(cluster.api)
    rbac.create_cluster_role_binding({
        "metadata": {"name": BINDING}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "aegiops-actor"}]})
    eventually("the rights to arrive", lambda: may_list_secrets(actor), within=20)
    yield actor
    rbac.delete_cluster_role_binding(BINDING)
    eventually("the rights to be gone", lambda: not may_list_secrets(actor), within=20)


def may_list_secrets(actor):
    try:
        return actor.core.list_namespaced_secret("default") is not None
    except ApiException:
        return False


def refused(call, *arguments, **named):
    """The API server's reason for a 403 or 422."""
    with pytest.raises(ApiException) as error:
        call(*arguments, **named)
    assert error.value.status in (403, 422), error.value
    return error.value.body


def patched(actor, namespace, change, kind="deployment", name="web", **named):
    call = getattr(actor.apps, f"patch_namespaced_{kind}")
    return call(name, namespace.name, change, dry_run="All", **named)


def template(change):
    return {"metadata": {"annotations": MARK}, "spec": {"template": change}}


def test_its_rights_end_where_its_actions_end(actor, namespace):
    namespace.create_healthy()
    pod = namespace.pods()[0].metadata.name
    for call, arguments in (
            (actor.core.delete_namespaced_pod, (pod, namespace.name)), (actor.core.list_namespaced_secret, (namespace.name,)),
            (actor.core.list_namespaced_pod, (namespace.name,)), (actor.apps.delete_namespaced_deployment, ("web", namespace.name)),
            (actor.core.delete_namespace, (namespace.name,)), (actor.core.patch_namespace, (namespace.name, {})),
            (actor.core.read_namespaced_config_map, ("kube-root-ca.crt", namespace.name)),
            (actor.core.patch_namespaced_config_map, ("kube-root-ca.crt", namespace.name, {})),
            (actor.apps.create_namespaced_deployment, (namespace.name, {"metadata": {"name": "x"}}))):
        assert "cannot" in refused(call, *arguments)
    assert namespace.deployment().metadata.deletion_timestamp is None


def test_what_it_does_it_may(mighty, namespace):
    namespace.create_healthy()
    assert patched(mighty, namespace, template({"spec": {"containers": [{"name": "app", "image": "nginx:1.26"}]}}))
    assert mighty.apps.patch_namespaced_deployment_scale("web", namespace.name, {"spec": {"replicas": 3}}, dry_run="All")
    assert patched(mighty, namespace, {"metadata": {"annotations": MARK | {"aegiops.io/previous-replicas": "2"}}, "spec": {"replicas": 0}})
    pod = namespace.pods()[0]
    assert mighty.core.create_namespaced_pod_eviction(pod.metadata.name, namespace.name, {"metadata": {"name": pod.metadata.name}},
                                                      dry_run="All")
    assert mighty.core.create_namespaced_pod(namespace.name, {"metadata": {"generateName": "try-"}, "spec": {
        "containers": [{"name": "app", "image": "nginx:1.25"}]}}, dry_run="All")


def test_an_administrator_could_not_do_with_it_what_it_never_does(mighty, namespace):
    namespace.create_healthy()
    pod = namespace.pods()[0].metadata.name
    never_done = {
        "DELETE /pods": (mighty.core.delete_namespaced_pod, (pod, namespace.name)),
        "DELETE apps/deployments": (mighty.apps.delete_namespaced_deployment, ("web", namespace.name)),
        "DELETE /namespaces": (mighty.core.delete_namespace, (namespace.name,)),
        "UPDATE /namespaces": (mighty.core.patch_namespace, (namespace.name, {"metadata": {"labels": {"a": "b"}}})),
        "CREATE /secrets": (mighty.core.create_namespaced_secret, (namespace.name, {"metadata": {"name": "s"}})),
        "CREATE apps/deployments": (mighty.apps.create_namespaced_deployment, (namespace.name, {
            "metadata": {"name": "x"}, "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": {
                "metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}}})),
        "CREATE /serviceaccounts/token": (mighty.core.create_namespaced_service_account_token, (
            "default", namespace.name, {"spec": {"audiences": []}})),
        "CONNECT /pods/exec": (mighty.core.connect_post_namespaced_pod_exec, (pod, namespace.name)),
    }
    for what, (call, arguments) in never_done.items():
        assert f"AegiOps never does this: {what}" in refused(call, *arguments), what
    assert "dry runs only" in refused(mighty.core.create_namespaced_pod, namespace.name, {
        "metadata": {"name": "real"}, "spec": {"containers": [{"name": "app", "image": "nginx:1.25"}]}})
    assert len(namespace.pods()) == 2


def test_nothing_is_changed_in_protected_namespaces(mighty, cluster):
    manifest = {"metadata": {"name": "web", "namespace": "kube-public"}, "spec": {
        "replicas": 0, "selector": {"matchLabels": {"a": "b"}}, "template": {
            "metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "app", "image": "nginx:1.25"}]}}}}
    cluster.apps.create_namespaced_deployment("kube-public", manifest)
    try:
        assert "changes nothing in the namespace kube-public" in refused(
            mighty.apps.patch_namespaced_deployment, "web", "kube-public", {"metadata": {"annotations": MARK}})
    finally:
        cluster.apps.delete_namespaced_deployment("web", "kube-public")


HOSTILE = {
    "no mark": ({"spec": {"paused": True}}, "leaves its mark"),
    "replicas": ({"metadata": {"annotations": MARK}, "spec": {"replicas": 9}}, "through the scale subresource"),
    "finalizer": ({"metadata": {"annotations": MARK, "finalizers": ["example.com/x"]}}, "neither finalizers nor owners"),
    "owner": ({"metadata": {"annotations": MARK, "ownerReferences": [
        {"apiVersion": "v1", "kind": "ConfigMap", "name": "x", "uid": "00000000-0000-0000-0000-000000000000"}]}}, "neither finalizers nor owners"),
    "host network": (template({"spec": {"hostNetwork": True}}), "network, processes or IPC"),
    "host processes": (template({"spec": {"hostPID": True}}), "network, processes or IPC"),
    "privileged": (template({"spec": {"containers": [{"name": "app", "securityContext": {"privileged": True}}]}}), "no container privileged"),
    "a path of the node": (template({"spec": {"volumes": [{"name": "root", "hostPath": {"path": "/"}}]}}), "path of its node"),
    "another account": (template({"spec": {"serviceAccountName": "admin"}}), "another service account"),
}


@pytest.mark.parametrize("change, says", HOSTILE.values(), ids=HOSTILE)
def test_no_patch_takes_more_than_actions_do(mighty, namespace, change, says):
    namespace.create_healthy()
    assert says in refused(patched, mighty, namespace, copy.deepcopy(change))


@pytest.mark.parametrize("metadata, says", [
    ({"annotations": {"aegiops.io/ignore": "true"}}, "marked aegiops.io/ignore"),
    ({"annotations": {"argocd.argoproj.io/tracking-id": "shop:apps/Deployment:shop/web"}}, "Argo CD or Flux"),
    ({"labels": {"kustomize.toolkit.fluxcd.io/name": "shop"}}, "Argo CD or Flux"),
    ({"labels": {"helm.toolkit.fluxcd.io/name": "shop"}}, "Argo CD or Flux"),
], ids=["ignored", "Argo CD", "Flux", "Flux's Helm"])
def test_what_others_own_is_left_to_them(mighty, namespace, metadata, says):
    namespace.create_healthy()
    namespace.apps.patch_namespaced_deployment("web", namespace.name, {"metadata": metadata})
    assert says in refused(patched, mighty, namespace, template({"metadata": {"annotations": {"a": "b"}}}))


def told_rights(pipeline):
    return [line["missing"] for line in pipeline.processes["actor"].lines() if "lacks rights" in line["message"]]


def test_an_account_with_all_its_rights_misses_none(own_pipeline):
    """A pipeline that ends with the test, lest it repair what the next one breaks."""
    pipeline = own_pipeline().start()
    actor = pipeline.processes["actor"]
    eventually("the rights to be known", lambda: "aegiops_rights_missing" in actor.get("/metrics")[1], within=20)
    assert (actor.metric("aegiops_rights_missing"), told_rights(pipeline)) == (0, [])


def test_a_missing_right_is_told_at_the_start_and_is_an_outcome_later(own_pipeline, sandbox, namespace):
    """The actor with the observer's account, which may read what the actor reads, and write nothing."""
    pipeline = own_pipeline()
    pipeline.processes["actor"].environment["KUBECONFIG"] = str(sandbox.observer)
    pipeline.start()
    eventually("the rights to be told", lambda: told_rights(pipeline), within=20)
    missing, = told_rights(pipeline)
    assert "patch deployments.apps (rollback" in missing and "create pods/eviction (delete_pod)" in missing
    assert "get deployments.apps" not in missing
    assert pipeline.processes["actor"].metric("aegiops_rights_missing") == missing.count("; ") + 1
    namespace.create_good()
    namespace.change(image=BAD_IMAGE)
    lap = read_lap(pipeline.topics, namespace.key(), within=60)
    assert (lap.acted["action"], lap.acted["result"]) == ("rollback", "failed")
    assert "the actor lacks a right" in lap.acted["detail"] and "cannot patch resource" in lap.acted["detail"]
    assert pipeline.processes["actor"].is_running()
