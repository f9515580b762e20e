# SPDX-License-Identifier: Apache-2.0
"""Each failure class from the first sign to the last word: what every desk wrote, and what became of the cluster."""
import hashlib
import json

import pytest

from cluster import BAD_IMAGE, CRASHING, GOOD_IMAGE, HUNGRY
from sandbox import ROOT, effects, in_words
from story import final_notices, read_lap
from waiting import eventually


@pytest.fixture(autouse=True)
def captured(request, pipeline, namespace):
    """With --save-incidents, each incident here becomes a fixture: its laps, as the notifier wrote them, which hold all that came before."""
    yield
    if request.config.getoption("--save-incidents"):
        laps = [record.document for record in pipeline.topics.find("notices", lambda record: record.document["key"] == namespace.key())]
        path = ROOT / "tests/fixtures" / f"{request.node.name.removeprefix('test_')}.json"
        path.write_text(json.dumps(laps, indent=1, ensure_ascii=False) + "\n")


def actors_effects(pipeline, namespace):
    return effects(pipeline.sandbox.audit(user="aegiops-actor", namespace=namespace.name))


def check_observed(lap, deployment, failure, affected=None):
    observed, target = lap.observed, lap.observed["target"]
    assert observed["class"] == failure
    assert (target["api_version"], target["kind"]) == ("apps/v1", "Deployment")
    assert (target["namespace"], target["name"]) == (deployment.metadata.namespace, deployment.metadata.name)
    assert target["uid"] == deployment.metadata.uid
    assert observed["replicas"] == deployment.spec.replicas
    assert observed["affected"] >= 1 if affected is None else observed["affected"] == affected
    assert 1 <= len(observed["pods"]) <= 3
    assert observed["request"] is None
    assert observed["evidence"][0]["kind"] == "status" and observed["evidence"][0]["trust"] == "K"
    assert deployment.metadata.name in observed["summary"]


def check_first_lap(lap):
    assert (lap.document["lap"], lap.document["follows"]) == (1, None)
    assert lap.observed["verdict"] is None and lap.observed["tried"] == []


def check_done(lap, pipeline, namespace, action, rule, status):
    decided, acted = lap.decided, lap.acted
    assert (decided["intent"], decided["status"], decided["source"], decided["rule"]) == ("REMEDIATE", status, "rule", rule)
    assert lap.action["type"] == action
    assert (acted["result"], acted["mode"], acted["action"]) == ("done", "auto", action)
    assert acted["diff_sha256"] == (hashlib.sha256(acted["diff"].encode()).hexdigest() if acted["diff"] else None)
    assert decided["command"].startswith("kubectl ")
    assert lap.notified["state"] == "verifying"
    done = actors_effects(pipeline, namespace)
    assert len(done) == 1, in_words(done)
    assert acted["audit_ids"][-1:] == [done[0]["auditID"]], "the audit log does not know the write that the outcome tells of"


def check_recovered(pipeline, namespace, first):
    """The second lap: verified by the observer, closed by the brain, told to people, and then silence."""
    second = read_lap(pipeline.topics, namespace.key(), lap=2, within=40)
    assert second.id == first.id and second.document["opened_at"] == first.document["opened_at"]
    assert second.document["follows"] == f"{first.id}.1"
    assert second.observed["verdict"] == "recovered" and second.observed["verified"]
    tried = second.observed["tried"]
    assert len(tried) == 1
    assert {name: tried[0][name] for name in ("lap", "status", "action", "action_id", "result")} == {
        "lap": 1, "status": first.decided["status"], "action": first.acted["action"], "action_id": first.acted["action_id"],
        "result": first.acted["result"]}
    assert (second.decided["status"], second.decided["rule"], second.decided["actions"]) == ("HEALTHY", "recovered", [])
    assert second.notified["state"] == "recovered"
    assert final_notices(pipeline.topics, namespace.key()) == [(first.id, "recovered")]
    assert namespace.is_healthy()
    return second


def check_escalated(lap, rule):
    assert (lap.decided["status"], lap.decided["rule"], lap.decided["actions"]) == ("FATAL", rule, [])
    assert lap.decided["command"].startswith("kubectl ")
    assert lap.acted["result"] == "none"
    assert lap.notified["state"] == "escalated"


def check_printed(pipeline, namespace, lap):
    """What people read on the terminal, where no Slack is configured."""
    said = pipeline.notifier.output.read_text()
    for text in (f"{namespace.name}/web", lap.observed["class"], lap.decided["root_cause"], lap.decided["command"], lap.id):
        assert text in said, f"{text!r} is not in:\n{said}"


def carries_mark(metadata, action_id):
    return action_id in (metadata.annotations or {}).values()


def test_image_that_cannot_be_pulled_after_a_new_revision_is_rolled_back(pipeline, namespace):
    before = namespace.create_healthy()
    namespace.change(image=BAD_IMAGE)
    lap = read_lap(pipeline.topics, namespace.key())
    check_first_lap(lap)
    check_observed(lap, before, "ImagePullBackOff")
    onset = lap.observed["onset"]
    assert onset["new_revision"] is True
    assert (onset["revision"], onset["good"]["revision"]) == ("2", "1")
    assert onset["good"]["replica_set"] == f"web-{onset['good']['template_hash']}"
    assert onset["good"]["template_hash"] != onset["template_hash"]
    assert lap.observed["pods"][0]["reason"] in ("ErrImagePull", "ImagePullBackOff")
    assert any(BAD_IMAGE in item["text"] and GOOD_IMAGE in item["text"] for item in lap.observed["evidence"] if item["kind"] == "diff")
    check_done(lap, pipeline, namespace, "rollback", "rollback_new_revision", "CONFIG")
    assert lap.action["to"] == onset["good"]
    assert BAD_IMAGE in lap.acted["diff"] and GOOD_IMAGE in lap.acted["diff"] and lap.acted["undo"]
    check_recovered(pipeline, namespace, lap)
    after = namespace.deployment()
    assert after.spec.template.spec.containers[0].image == GOOD_IMAGE
    assert after.metadata.generation == before.metadata.generation + 2, "people changed it once, the actor once"
    assert carries_mark(after.metadata, lap.action["id"])


def test_crash_loop_after_a_new_revision_is_rolled_back(pipeline, namespace):
    before = namespace.create_good()
    namespace.change(command=CRASHING)
    lap = read_lap(pipeline.topics, namespace.key())
    check_first_lap(lap)
    check_observed(lap, before, "CrashLoopBackOff")
    assert lap.observed["onset"]["new_revision"] is True
    assert (lap.observed["pods"][0]["container"], lap.observed["pods"][0]["exit_code"]) == ("app", 1)
    logs = [item["text"] for item in lap.observed["evidence"] if item["kind"] == "log"]
    assert any("DATABASE_URL is not set" in text for text in logs), "the log that says why is not among the evidence"
    check_done(lap, pipeline, namespace, "rollback", "rollback_new_revision", "CONFIG")
    check_recovered(pipeline, namespace, lap)
    assert namespace.container().command is None


def test_memory_limit_that_is_too_low_is_raised(pipeline, namespace):
    before = namespace.create(image="polinux/stress:1.0.4", command=HUNGRY,
                              resources={"limits": {"memory": "64Mi"}, "requests": {"memory": "32Mi"}})
    lap = read_lap(pipeline.topics, namespace.key())
    check_first_lap(lap)
    check_observed(lap, before, "OOMKilled")
    assert lap.observed["onset"]["new_revision"] is False
    now = lap.observed["before"]
    assert (now["container"], now["memory_limit"], now["memory_request"]) == ("app", "64Mi", "32Mi")
    assert (now["image"], now["replicas"], now["revision"]["revision"]) == ("polinux/stress:1.0.4", 2, "1")
    assert lap.observed["pods"][0]["exit_code"] == 137
    check_done(lap, pipeline, namespace, "set_resources", "raise_memory_limit", "CONFIG")
    assert (lap.action["container"], lap.action["memory_limit"], lap.action["from"]) == ("app", "128Mi", {"memory_limit": "64Mi"})
    check_recovered(pipeline, namespace, lap)
    resources = namespace.container().resources
    assert (resources.limits["memory"], resources.requests["memory"]) == ("128Mi", "32Mi")
    assert namespace.deployment().metadata.generation == before.metadata.generation + 1
    assert carries_mark(namespace.deployment().metadata, lap.action["id"])


def test_lone_crashing_pod_is_replaced_once_and_escalated_when_it_comes_back(pipeline, namespace):
    before = namespace.create_healthy(replicas=3)
    pods = {pod.metadata.name: pod.metadata.uid for pod in namespace.pods()}
    victim = min(pods)
    namespace.damage(victim)
    lap = read_lap(pipeline.topics, namespace.key())
    check_first_lap(lap)
    check_observed(lap, before, "CrashLoopBackOff", affected=1)
    assert lap.observed["onset"]["new_revision"] is False
    check_done(lap, pipeline, namespace, "delete_pod", "replace_lone_pod", "TRANSIENT")
    assert lap.action["pod"] == {"name": victim, "uid": pods[victim]}
    check_recovered(pipeline, namespace, lap)
    now = {pod.metadata.name: pod.metadata.uid for pod in namespace.pods()}
    assert victim not in now and len(now) == 3 and set(pods.items()) - set(now.items()) == {(victim, pods[victim])}
    assert namespace.deployment().metadata.generation == before.metadata.generation

    namespace.damage(min(now))
    again = eventually("a second incident", lambda: pipeline.topics.find("incidents", lambda record: record.document["id"] != lap.id and
                       record.document["key"] == namespace.key()), 30, pipeline.topics.summary)[0]
    back = read_lap(pipeline.topics, namespace.key(), incident=again.document["id"])
    check_first_lap(back)
    history = back.observed["history"][0]
    assert (history["id"], history["action"], history["result"], history["verdict"]) == (lap.id, "delete_pod", "done", "recovered")
    check_escalated(back, "came_back")
    assert len(actors_effects(pipeline, namespace)) == 1


def test_repair_that_did_not_help_is_escalated_with_what_was_tried(pipeline, namespace):
    namespace.create_healthy(replicas=3)
    pods = {pod.metadata.name for pod in namespace.pods()}
    namespace.damage(min(pods))
    lap = read_lap(pipeline.topics, namespace.key())
    successor = eventually("the successor to run", lambda: [
        pod.metadata.name for pod in namespace.pods() if pod.metadata.name not in pods and pod.status.phase == "Running"], within=10)[0]
    namespace.damage(successor)
    second = read_lap(pipeline.topics, namespace.key(), lap=2, within=40)
    assert second.id == lap.id and second.document["follows"] == f"{lap.id}.1"
    assert second.observed["verdict"] in ("unchanged", "worse")
    check_escalated(second, "laps_exhausted")
    assert "delete_pod, done" in second.decided["explanation"]
    assert len(actors_effects(pipeline, namespace)) == 1
    assert final_notices(pipeline.topics, namespace.key()) == [(lap.id, "escalated")]


def test_image_that_cannot_be_pulled_at_the_first_revision_is_escalated_and_closed_when_people_mend_it(pipeline, namespace):
    created = namespace.create(image=BAD_IMAGE)
    lap = read_lap(pipeline.topics, namespace.key())
    check_first_lap(lap)
    check_observed(lap, created, "ImagePullBackOff", affected=2)
    assert lap.observed["onset"]["new_revision"] is False and lap.observed["onset"]["good"] is None
    check_escalated(lap, "escalate")
    check_printed(pipeline, namespace, lap)
    assert actors_effects(pipeline, namespace) == []
    namespace.change(image=GOOD_IMAGE)
    second = read_lap(pipeline.topics, namespace.key(), lap=2, within=40)
    assert (second.id, second.observed["verdict"], second.notified["state"]) == (lap.id, "recovered", "recovered")
    assert "changed nothing" in second.decided["explanation"]
    assert actors_effects(pipeline, namespace) == []
