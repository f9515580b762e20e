# SPDX-License-Identifier: Apache-2.0
"""What is proposed waits for a person, whose word comes back on `approvals`; here a client of the tests speaks for them. The actor
holds it against what it sealed, the clock and the cluster, and the API server's audit log says what it did then."""
import itertools
import json
import re
import time

import pytest

from cluster import BAD_IMAGE
from documents import NOW, encode, headers
from sandbox import effects
from story import read_lap
from waiting import eventually

GOOD_IMAGE = "nginx:1.25"
words = itertools.count(1)


@pytest.fixture
def reviewing(own_pipeline):
    """Makes a running pipeline that proposes what it would do: reviewing(approval_expiry="2s")."""
    def make(**actor):
        pipeline = own_pipeline({"policy": {"mode": "review"}, "actor": actor})
        pipeline.environment["actor"]["AEGIOPS_ACTOR_SEAL_KEY"] = "only the actor knows this key"
        return pipeline.start()
    return make


def propose(pipeline, namespace):
    """A rollback that waits for a person."""
    namespace.create_good()
    namespace.change(image=BAD_IMAGE)
    lap = read_lap(pipeline.topics, namespace.key())
    assert (lap.acted["result"], lap.acted["action"], lap.notified["state"]) == ("proposed", "rollback", "proposed")
    assert re.fullmatch("[0-9a-f]{64}", lap.acted["seal"]["mac"])
    assert effects(writes(pipeline, namespace)) == []
    return lap


def answer(pipeline, proposal, verdict="approved", **changes):
    """Sends the proposal back with a person's word, and returns what the actor made of it."""
    number = next(words)
    document = {name: value for name, value in proposal.document.items() if name != "notified"} | changes
    document["approved"] = {"at": NOW, "by": f"ada {number}", "verdict": verdict}
    pipeline.topics.write("approvals", encode(document), key=document["key"].encode(),
                          headers=headers("approvals", document["key"], document["id"], ce_id=f"{document['id']}.1.ada-{number}"))
    return pipeline.topics.wait("outcomes", lambda record: (record.document["acted"]["approved"] or {}).get("by") == f"ada {number}",
                                within=20).document


def edited(lap, path, value):
    """A deep copy of the document's sections with another value at a path."""
    copy = json.loads(json.dumps({name: lap.document[name] for name in ("observed", "decided", "acted")}))
    place = copy
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return copy


def writes(pipeline, namespace):
    return pipeline.sandbox.audit(user="aegiops-actor", namespace=namespace.name, writes=True)


def image(namespace):
    return namespace.deployment().spec.template.spec.containers[0].image


def test_what_is_approved_is_done_once_and_verified(reviewing, namespace):
    pipeline = reviewing()
    lap = propose(pipeline, namespace)
    done = answer(pipeline, lap)
    assert list(done) == ["v", "id", "key", "opened_at", "lap", "follows", "observed", "decided", "acted"]
    assert (done["acted"]["result"], done["acted"]["mode"]) == ("done", "review")
    assert done["acted"]["diff_sha256"] == lap.acted["diff_sha256"]
    eventually("the old image", lambda: image(namespace) == GOOD_IMAGE, within=10)
    assert len(effects(writes(pipeline, namespace))) == 1
    pipeline.topics.wait("notices", lambda record: record.document["id"] == lap.id and record.document["notified"]["state"] == "verifying",
                         within=20)
    pipeline.topics.wait("incidents", lambda record: record.document["key"] == namespace.key() and record.document["lap"] == 2 and
                         record.document["observed"]["verdict"] == "recovered", within=60)
    assert answer(pipeline, lap)["acted"]["result"] == "already"
    namespace.change(image=BAD_IMAGE)  # the very state for which it was approved, but by another hand since
    assert answer(pipeline, lap)["acted"]["result"] == "already"
    assert (image(namespace), len(effects(writes(pipeline, namespace)))) == (BAD_IMAGE, 1)


def test_what_is_declined_is_not_done_and_the_person_is_named(reviewing, namespace):
    pipeline = reviewing()
    lap = propose(pipeline, namespace)
    acted = answer(pipeline, lap, verdict="declined")["acted"]
    assert (acted["result"], acted["detail"]) == ("refused", f"declined by {acted['approved']['by']}")
    assert effects(writes(pipeline, namespace)) == []


def test_what_is_not_as_it_was_sealed_is_refused(reviewing, namespace):
    pipeline = reviewing()
    lap = propose(pipeline, namespace)
    for path, value in ((("decided", "actions", 0, "to", "revision"), "7"), (("acted", "diff_sha256"), "0" * 64),
                        (("acted", "seal", "expires_at"), "2099-01-01T00:00:00.000Z"), (("acted", "seal", "mac"), "0" * 64),
                        (("acted", "seal"), None), (("acted", "result"), "done")):
        acted = answer(pipeline, lap, **edited(lap, path, value))["acted"]
        assert acted["result"] == "refused" and ("seal" in acted["detail"] or "no proposal" in acted["detail"]), (path, acted["detail"])
    assert answer(pipeline, lap, lap=2)["acted"]["result"] == "refused"
    namespace.change(image="nginx:1.26")
    acted = answer(pipeline, lap)["acted"]
    assert acted["result"] == "refused" and "somebody is at work" in acted["detail"]
    assert effects(writes(pipeline, namespace)) == []


def test_an_approval_that_comes_too_late_is_refused(reviewing, namespace):
    pipeline = reviewing(approval_expiry="2s")
    lap = propose(pipeline, namespace)
    time.sleep(2.5)
    acted = answer(pipeline, lap)["acted"]
    assert acted["result"] == "refused" and "too late" in acted["detail"]
    assert effects(writes(pipeline, namespace)) == []


def test_what_was_done_is_taken_back_on_request(reviewing, namespace):
    """By whoever sends its outcome back with the word undo."""
    pipeline = reviewing()
    lap = propose(pipeline, namespace)
    outcome = answer(pipeline, lap)
    eventually("the old image", lambda: image(namespace) == GOOD_IMAGE, within=10)
    forged = json.loads(json.dumps(outcome["acted"]))
    forged["undo"]["to"]["replica_set"] = "another"
    refused = answer(pipeline, lap, verdict="undo", acted=forged)["acted"]
    assert (refused["result"], refused["action"]) == ("refused", "none") and "seal" in refused["detail"]
    undone = answer(pipeline, lap, verdict="undo", acted=outcome["acted"])["acted"]
    assert (undone["result"], undone["action"], undone["undo"]) == ("done", "undo", None)
    eventually("the bad image again", lambda: image(namespace) == BAD_IMAGE, within=10)
    assert answer(pipeline, lap, verdict="undo", acted=outcome["acted"])["acted"]["result"] == "already"
    assert len(effects(writes(pipeline, namespace))) == 2


def test_what_others_have_changed_since_is_not_taken_back(reviewing, namespace):
    pipeline = reviewing()
    lap = propose(pipeline, namespace)
    outcome = answer(pipeline, lap)
    eventually("the old image", lambda: image(namespace) == GOOD_IMAGE, within=10)
    namespace.change(image="nginx:1.26")
    refused = answer(pipeline, lap, verdict="undo", acted=outcome["acted"])["acted"]
    assert (refused["result"], refused["action"]) == ("refused", "undo"), refused["detail"]
    assert (image(namespace), len(effects(writes(pipeline, namespace)))) == ("nginx:1.26", 1)
