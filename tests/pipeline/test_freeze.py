# SPDX-License-Identifier: Apache-2.0
"""What holds AegiOps back although policy lets it act: freeze, budgets, breaker; and a policy that changes while it runs."""
import json
import os

import pytest

from cluster import BAD_IMAGE
from processes import merged
from sandbox import effects, in_words
from story import read_lap
from waiting import eventually

SLOWLY = {"observer": {"settle": "4s"}}  # what was deferred is tried again no sooner
FROZEN = {"frozen": True, "by": "alice", "reason": "game day"}


@pytest.fixture
def start(own_pipeline):
    def make(settings=None):
        return own_pipeline(merged(SLOWLY, settings or {})).start()
    return make


def throw(pipeline, key, value):
    """Writes a record of control (None: a tombstone) and waits until the actor knows it."""
    before = len(pipeline.actor.logged(key=key))
    pipeline.topics.write("control", value if value is None or isinstance(value, bytes) else json.dumps(value).encode(), key=key)
    eventually(f"the actor to take {key}", lambda: len(pipeline.actor.logged(key=key)) > before, within=5, otherwise=pipeline.actor.tail)


def writes(pipeline, namespace):
    return pipeline.sandbox.audit(user="aegiops-actor", namespace=namespace.name, writes=True)


def break_it(namespace, name="web"):
    namespace.create_healthy(name)
    namespace.change(name, image=BAD_IMAGE)


def read_deferred(pipeline, namespace, name="web", lap=1):
    found = read_lap(pipeline.topics, namespace.key(name), lap=lap)
    assert (found.acted["result"], found.acted["mode"]) == ("deferred", "auto"), found.acted
    assert found.acted["audit_ids"] == []
    return found.acted["detail"]


def wait_repaired(pipeline, namespace, name="web", lap=1):
    assert read_lap(pipeline.topics, namespace.key(name), lap=lap).acted["result"] == "done"
    assert read_lap(pipeline.topics, namespace.key(name), lap=lap + 1, within=40).notified["state"] == "recovered"


def test_frozen_in_mid_incident_and_let_go_on(start, namespace):
    pipeline = start()
    break_it(namespace)
    throw(pipeline, "freeze", FROZEN)
    assert read_deferred(pipeline, namespace) == "frozen by alice: game day (the record freeze of the topic control)"
    assert writes(pipeline, namespace) == [], in_words(writes(pipeline, namespace))
    throw(pipeline, "freeze", {"frozen": False})
    wait_repaired(pipeline, namespace, lap=2)
    assert len(effects(writes(pipeline, namespace))) == 1


def test_freeze_outlives_the_actor_and_malformed_records(start, namespace):
    pipeline = start()
    throw(pipeline, "freeze", FROZEN)
    throw(pipeline, "freeze", b'{"frozen": "no"}')
    throw(pipeline, "freeze", b"false")
    throw(pipeline, "frieze", {"frozen": False})
    assert len(pipeline.actor.logged(message="a record of the topic control is not understood: everything stays as it was")) == 3
    assert pipeline.actor.stop() == 0
    break_it(namespace)
    pipeline.topics.wait("decisions", lambda record: record.document["key"] == namespace.key())
    pipeline.actor.start().wait_ready()
    assert "frozen by alice" in read_deferred(pipeline, namespace)
    assert writes(pipeline, namespace) == []
    throw(pipeline, "freeze", None)
    wait_repaired(pipeline, namespace, lap=2)


def test_mode_of_a_namespace_is_lowered_at_once(start, namespace):
    pipeline = start()
    throw(pipeline, f"mode/{namespace.name}", {"mode": "observe"})
    break_it(namespace)
    acted = read_lap(pipeline.topics, namespace.key()).acted
    assert (acted["result"], acted["mode"]) == ("none", "observe")
    assert f"the record mode/{namespace.name} of the topic control" in acted["detail"]
    assert writes(pipeline, namespace) == []


def test_budget_is_remembered_and_what_is_over_it_put_off(start, namespace):
    pipeline = start({"policy": {"max_per_hour": {"namespace": 1}}})
    break_it(namespace)
    wait_repaired(pipeline, namespace)
    assert pipeline.actor.stop() == 0
    pipeline.actor.start().wait_ready()
    break_it(namespace, "api")
    detail = read_deferred(pipeline, namespace, "api")
    assert "the budget of this namespace is used up: 1 actions within an hour (policy.max_per_hour.namespace" in detail
    assert "there is room again" in detail
    assert len(effects(writes(pipeline, namespace))) == 1


def test_breaker_stops_all_while_much_fails(start, namespace):
    pipeline = start({"policy": {"breaker": {"percent": 1, "workloads": 2}}})
    for name in ("web", "api"):
        namespace.create_healthy(name)
    for name in ("web", "api"):
        namespace.change(name, image=BAD_IMAGE)
    laps = [read_lap(pipeline.topics, namespace.key(name)) for name in ("web", "api")]
    for lap in laps:
        assert lap.observed["cluster"]["workloads"] >= lap.observed["cluster"]["failing"] >= 2
        assert lap.acted["result"] == "deferred" and "workloads fail, more than 1 %" in lap.acted["detail"]
    assert writes(pipeline, namespace) == []


def replace(path, settings):
    """As an editor does it: the new file takes the place of the old one in one step."""
    draft = path.with_suffix(".new")
    draft.write_text(settings if isinstance(settings, str) else json.dumps(settings, indent=2))
    os.replace(draft, path)


def wait_policy(pipeline, message, count):
    eventually(f"the actor to say: {message}", lambda: len(pipeline.actor.logged(message=message)) == count, within=6,
               otherwise=pipeline.actor.tail)


READ, UNREADABLE = "the policy was read anew", "the policy cannot be read; the last good one goes on to hold"


def test_changes_of_the_file_take_effect_and_bad_ones_do_not(start, namespace):
    pipeline = start()
    replace(pipeline.config, merged(pipeline.settings, {"policy": {"mode": "review"}}))
    wait_policy(pipeline, READ, 1)
    replace(pipeline.config, "policy:\n  mode: auto\n  namespaces:\n    shop: Auto\n")
    wait_policy(pipeline, UNREADABLE, 1)
    assert f"{pipeline.config}:4: policy.namespaces.shop must be one of" in pipeline.actor.logged(message=UNREADABLE)[0]["error"]
    assert pipeline.actor.metric("aegiops_policy_stale") == 1 and pipeline.actor.is_ready()
    break_it(namespace)
    acted = read_lap(pipeline.topics, namespace.key()).acted
    assert (acted["result"], acted["mode"]) == ("proposed", "review")
    assert effects(writes(pipeline, namespace)) == []
    replace(pipeline.config, merged(pipeline.settings, {"policy": {"freeze": True}}))
    wait_policy(pipeline, READ, 2)
    assert pipeline.actor.metric("aegiops_policy_stale") == 0
    break_it(namespace, "api")
    assert f"frozen (policy.freeze, {pipeline.config}:" in read_deferred(pipeline, namespace, "api")
    replace(pipeline.config, pipeline.settings)
    wait_policy(pipeline, READ, 3)
    wait_repaired(pipeline, namespace, "api", lap=2)
    assert len(pipeline.actor.logged(message=UNREADABLE)) == 1


def test_change_of_a_mounted_config_map(own_pipeline, tmp_path):
    """The kubelet writes a new folder and points a link to it."""
    pipeline = own_pipeline()
    for number, mode in enumerate(("auto", "observe")):
        (tmp_path / f"..{number}").mkdir()
        (tmp_path / f"..{number}/aegiops.yaml").write_text(json.dumps(merged(pipeline.settings, {"policy": {"mode": mode}})))
    (tmp_path / "..data").symlink_to("..0")
    (tmp_path / "aegiops.yaml").symlink_to("..data/aegiops.yaml")
    pipeline.actor.config = tmp_path / "aegiops.yaml"
    pipeline.start("actor")
    (tmp_path / "..next").symlink_to("..1")
    os.replace(tmp_path / "..next", tmp_path / "..data")
    wait_policy(pipeline, READ, 1)


def test_ill_api_server_is_said_and_stops_all(start, sandbox, namespace):
    pipeline = start()
    sandbox.kill("etcd")
    try:
        eventually("the actor to say that the API server is ill", lambda: pipeline.actor.parts().get("kube", "ready") != "ready", within=20,
                   otherwise=pipeline.actor.tail)
        assert pipeline.actor.logged(message="the API server is away or ill: waiting for it")
    finally:
        sandbox.start("etcd")
    pipeline.actor.wait_ready(within=40)
    break_it(namespace)
    wait_repaired(pipeline, namespace)
