# SPDX-License-Identifier: Apache-2.0
"""Kafka or the API server goes away in the middle of an incident and comes back: nothing is lost, nothing is done twice."""
import pytest

from cluster import BAD_IMAGE
from processes import NAMES
from sandbox import effects, in_words
from story import final_notices, read_lap
from waiting import eventually


@pytest.fixture
def running(own_pipeline):
    return own_pipeline().start()


def away(process, part):
    """Whether /readyz says that a part is away."""
    status, _ = process.get("/readyz")
    assert process.is_running(), f"{process.name} ended with {process.popen.returncode}\n{process.tail()}"
    return status == 503 and any(why != "ready" for name, why in process.parts().items() if name.split(":")[0] == part)


def check_one_repair(running, namespace, generation):
    """In the first lap, or in the one after it where the API server stayed away for longer than a lane waits."""
    key = namespace.key()
    last = running.topics.wait("notices", lambda record: record.document["key"] == key and record.document["notified"]["state"] == "recovered",
                               within=120).document["lap"]
    laps = [read_lap(running.topics, key, lap=number) for number in range(1, last + 1)]
    assert [lap.acted["action"] for lap in laps[:-1]] == ["rollback"] * (last - 1)
    assert [lap.acted["result"] for lap in laps[:-2]] == ["deferred"] * (last - 2) and laps[-2].acted["result"] in ("done", "already")
    done = effects(running.sandbox.audit(user="aegiops-actor", namespace=namespace.name))
    assert len(done) == 1, in_words(done)
    assert namespace.deployment().metadata.generation == generation + 1
    assert final_notices(running.topics, key) == [(laps[0].id, "recovered")]


@pytest.mark.parametrize("after, how", [("breakage", "kill"), ("incidents", "stop"), ("outcomes", "kill")])
def test_kafka_restarts_in_mid_incident(running, sandbox, namespace, after, how):
    namespace.create_healthy()
    generation = namespace.change(image=BAD_IMAGE).metadata.generation
    if after != "breakage":
        running.topics.wait(after, lambda record: record.document["key"] == namespace.key())
    getattr(sandbox, how)("kafka")
    try:
        for name in NAMES:
            eventually(f"/readyz of the {name} to say that Kafka is away", lambda: away(running.processes[name], "kafka"), 20,
                       lambda: f"{running.processes[name].get('/readyz')}\n{running.processes[name].tail()}")
            assert running.processes[name].get("/healthz")[0] == 200
    finally:
        sandbox.start("kafka")
    check_one_repair(running, namespace, generation)
    for name in NAMES:
        running.processes[name].wait_ready()


@pytest.mark.parametrize("after", ["breakage", "incidents", "outcomes"])
def test_api_server_restarts_in_mid_incident(running, sandbox, namespace, after):
    namespace.create_healthy()
    generation = namespace.change(image=BAD_IMAGE).metadata.generation
    if after != "breakage":
        running.topics.wait(after, lambda record: record.document["key"] == namespace.key())
    sandbox.kill("apiserver")
    try:
        eventually("/readyz of the observer to say that the API server is away", lambda: away(running.observer, "kube"), 20,
                   lambda: f"{running.observer.get('/readyz')}\n{running.observer.tail()}")
    finally:
        sandbox.start("apiserver")
    check_one_repair(running, namespace, generation)
    for name in NAMES:
        running.processes[name].wait_ready(within=30)


def test_both_are_away_when_the_processes_start(own_pipeline, sandbox, namespace):
    namespace.create_healthy()
    generation = namespace.change(image=BAD_IMAGE).metadata.generation
    pipeline = own_pipeline()
    sandbox.kill("kafka")
    sandbox.kill("apiserver")
    try:
        for process in pipeline.processes.values():
            process.start()
        eventually("all to say that they wait", lambda: all(process.get("/readyz")[0] == 503 for process in pipeline.processes.values()),
                   within=10)
    finally:
        sandbox.start("apiserver")
        sandbox.start("kafka")
    for process in pipeline.processes.values():
        process.wait_ready(within=40)
    check_one_repair(pipeline, namespace, generation)
