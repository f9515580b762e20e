# SPDX-License-Identifier: Apache-2.0
"""How far AegiOps may go, and the API server's word that it went no further."""
import hashlib

import pytest

from cluster import BAD_IMAGE
from processes import EXIT_OPTIONS, run_to_end
from sandbox import effects, in_words, is_dry_run, session_name
from story import read_lap
from waiting import eventually

CORNERS = {what: f"{what}-{session_name()}" for what in ("observe", "review", "protected", "labelled", "one-action")}
LABEL = f"tests.aegiops.io/{session_name()}"
SETTINGS = {"policy": {"mode": "auto", "protected_namespaces": ["kube-system", CORNERS["protected"]],
                       "namespaces": {CORNERS["observe"]: "observe", CORNERS["review"]: "review", f"{LABEL}=careful": "review",
                                      f"{CORNERS['one-action']}/rollback": "observe", f"{CORNERS['one-action']}/set_resources": "auto"},
                       "actions": {"delete_pod": "review"}}}


@pytest.fixture
def corner(cluster, request):
    """The namespace for which the policy above says something."""
    labels = {LABEL: "careful"} if request.param == "labelled" else {}
    made = cluster.namespace(CORNERS[request.param], **labels)
    yield made
    made.delete()


def broken_by_a_new_revision(namespace):
    namespace.create_healthy()
    namespace.change(image=BAD_IMAGE)
    return namespace.deployment()


def writes(pipeline, namespace):
    return pipeline.sandbox.audit(user="aegiops-actor", namespace=namespace.name, writes=True)


def notes(deployment):
    """Its annotations, but for the one in which the Deployment controller counts revisions in its own time."""
    return {name: value for name, value in deployment.metadata.annotations.items() if name != "deployment.kubernetes.io/revision"}


def check_unchanged(pipeline, namespace, before):
    after = namespace.deployment()
    assert effects(writes(pipeline, namespace)) == []
    assert (after.metadata.generation, notes(after)) == (before.metadata.generation, notes(before))


@pytest.mark.parametrize("corner", ["observe"], indirect=True)
def test_observe_says_what_it_would_do_and_sends_no_write_at_all(pipeline, corner):
    before = broken_by_a_new_revision(corner)
    lap = read_lap(pipeline.topics, corner.key())
    assert (lap.action["type"], lap.acted["action"], lap.acted["mode"]) == ("rollback", "rollback", "observe")
    assert lap.notified["state"] == "observed"
    assert lap.acted["audit_ids"] == []
    sent = writes(pipeline, corner)
    assert sent == [], in_words(sent)
    check_unchanged(pipeline, corner, before)


@pytest.mark.parametrize("corner", ["review"], indirect=True)
def test_review_dry_runs_and_proposes_and_changes_nothing(pipeline, corner):
    before = broken_by_a_new_revision(corner)
    lap = read_lap(pipeline.topics, corner.key())
    acted = lap.acted
    assert (acted["result"], acted["mode"], acted["action"]) == ("proposed", "review", "rollback")
    assert lap.notified["state"] == "proposed"
    assert BAD_IMAGE in acted["diff"] and acted["diff_sha256"] == hashlib.sha256(acted["diff"].encode()).hexdigest()
    sent = writes(pipeline, corner)
    assert sent and all(is_dry_run(entry) for entry in sent), in_words(sent)
    check_unchanged(pipeline, corner, before)


@pytest.mark.parametrize("corner", ["protected"], indirect=True)
def test_protected_namespace_is_refused_and_people_are_told(pipeline, corner):
    before = broken_by_a_new_revision(corner)
    lap = read_lap(pipeline.topics, corner.key())
    assert (lap.acted["result"], lap.notified["state"]) == ("refused", "refused")
    assert corner.name in lap.acted["detail"] and "policy.protected_namespaces" in lap.acted["detail"]
    assert effects(writes(pipeline, corner)) == []
    check_unchanged(pipeline, corner, before)


@pytest.mark.parametrize("corner, result, mode, line", [
    ("labelled", "proposed", "review", f"policy.namespaces.{LABEL}=careful"),
    ("one-action", "none", "observe", f"policy.namespaces.{CORNERS['one-action']}/rollback")], indirect=["corner"])
def test_line_for_a_label_and_line_for_one_action(pipeline, corner, result, mode, line):
    before = broken_by_a_new_revision(corner)
    lap = read_lap(pipeline.topics, corner.key())
    assert (lap.acted["result"], lap.acted["mode"], lap.acted["action"]) == (result, mode, "rollback")
    assert f"{line}, {pipeline.config}:" in lap.acted["detail"]
    check_unchanged(pipeline, corner, before)


def test_explanation_names_the_line_and_needs_nobody(tmp_path):
    path = tmp_path / "aegiops.yaml"
    path.write_text("kube: {kubeconfig: nowhere}\npolicy:\n  namespaces:\n    shop: review\n    env=prod: observe\n  freeze: true\n")
    code, output, errors = run_to_end("actor", "--explain-policy", "shop", "rollback", "--config", path)
    assert (code, errors) == (0, "")
    assert output.startswith(f"rollback in namespace shop: review (policy.namespaces.shop, {path}:4)\n")
    assert [line.split() for line in output.splitlines() if "env=prod" in line] == [["policy.namespaces.env=prod", "observe", f"{path}:5"]]
    assert f"{path}:6" in output and "put off" in output
    for words in (("shop", "rolback"), ("Shop", "rollback"), ("shop",)):
        code, output, errors = run_to_end("actor", "--config", path, "--explain-policy", *words)
        assert (code, output) == (EXIT_OPTIONS, "") and len(errors.splitlines()) == 1


def test_mode_of_an_action_holds_too(pipeline, namespace):
    namespace.create_healthy(replicas=3)
    pods = sorted(pod.metadata.uid for pod in namespace.pods())
    namespace.damage(min(pod.metadata.name for pod in namespace.pods()))
    lap = read_lap(pipeline.topics, namespace.key())
    assert (lap.acted["result"], lap.acted["mode"], lap.acted["action"]) == ("proposed", "review", "delete_pod")
    assert effects(writes(pipeline, namespace)) == []
    assert sorted(pod.metadata.uid for pod in namespace.pods()) == pods


def marked(namespace, metadata):
    """The Deployment has this among its metadata from the beginning."""
    namespace.apps.patch_namespaced_deployment("web", namespace.name, {"metadata": metadata})


@pytest.mark.parametrize("metadata, belongs", [
    ({"annotations": {"argocd.argoproj.io/tracking-id": "shop:apps/Deployment:shop/web"}}, "Argo CD, Application shop"),
    ({"labels": {"kustomize.toolkit.fluxcd.io/name": "shop", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}},
     "Flux, Kustomization flux-system/shop"),
    ({"annotations": {"meta.helm.sh/release-name": "shop", "meta.helm.sh/release-namespace": "apps"}}, "Helm, release apps/shop"),
], ids=["Argo CD", "Flux", "Helm"])
def test_what_belongs_elsewhere_is_not_patched_and_people_learn_where(pipeline, namespace, metadata, belongs):
    namespace.create_healthy()
    marked(namespace, metadata)
    namespace.change(image=BAD_IMAGE)
    before = namespace.deployment()
    lap = read_lap(pipeline.topics, namespace.key())
    assert (lap.acted["result"], lap.notified["state"]) == ("refused", "refused")
    assert belongs in lap.acted["detail"]
    check_unchanged(pipeline, namespace, before)


def test_pod_that_a_budget_protects_is_not_taken(sandbox, own_pipeline, namespace):
    namespace.create_healthy(replicas=1)
    namespace.cluster.policy.create_namespaced_pod_disruption_budget(namespace.name, {
        "metadata": {"name": "web"}, "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}}})
    budget = namespace.cluster.policy.read_namespaced_pod_disruption_budget_status
    eventually("the budget to know its pod", lambda: budget("web", namespace.name).status.expected_pods == 1, within=30)
    pod = namespace.pods()[0].metadata
    pipeline = own_pipeline().start()
    namespace.damage(pod.name)
    lap = read_lap(pipeline.topics, namespace.key())
    assert lap.action["type"] == "delete_pod"
    assert lap.acted["result"] == "deferred"
    assert "budget" in lap.acted["detail"]
    assert effects(writes(pipeline, namespace)) == []


def of_process(pipeline, name):
    """What it asked, with whatever account."""
    return [entry for entry in pipeline.sandbox.audit() if entry.get("userAgent", "").startswith(name)]


def test_only_the_actor_wrote_and_the_observer_only_read(pipeline, namespace):
    """Over the whole session: what the audit log holds of all tests so far."""
    broken_by_a_new_revision(namespace)
    lap = read_lap(pipeline.topics, namespace.key())
    assert lap.acted["result"] == "done"
    assert writes(pipeline, namespace)
    seen = {entry["verb"] for entry in of_process(pipeline, "aegiops-observer")}
    assert {"list", "watch"} & seen and seen <= {"get", "list", "watch"}
    others = {entry["user"]["username"] for entry in pipeline.sandbox.audit(namespace=namespace.name, writes=True)}
    assert others <= {"aegiops-actor", "kubernetes-admin", "admin"}, others
    written = [entry for entry in of_process(pipeline, "aegiops-actor") if entry["verb"] not in ("get", "list")]
    assert {entry["verb"] for entry in written} <= {"patch", "create"}
    assert all(is_dry_run(entry) or entry["objectRef"].get("subresource") == "eviction" or
               entry["objectRef"]["resource"] == "selfsubjectaccessreviews" for entry in written if entry["verb"] == "create")
