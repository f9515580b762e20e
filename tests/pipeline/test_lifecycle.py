# SPDX-License-Identifier: Apache-2.0
"""How processes start, stop, stand in for each other and share the work."""
import time

import pytest

from cluster import BAD_IMAGE
from documents import document, encode, headers
from processes import EXIT_FENCED, NAMES
from sandbox import effects, in_words
from story import final_notices, read_lap
from test_rejected import incident_of
from waiting import eventually

BURST = 300


@pytest.mark.parametrize("process", NAMES)
def test_sigterm_ends_a_process_well_and_soon(own_pipeline, process):
    pipeline = own_pipeline()
    pipeline.start(process)
    begin = time.monotonic()
    assert pipeline.stop() == {process: 0}
    assert time.monotonic() - begin < 5
    assert pipeline.processes[process].logged(message="stopped")


def write_burst(topics, name, count=BURST):
    """Many incidents for many workloads, as fast as Kafka takes them; their ids."""
    ids = []
    for number in range(count):
        key, incident = f"test/burst/Deployment/{name}-{number}", incident_of(f"{name} {number}")
        topics.producer.produce(topics.name("incidents"), key=key.encode(), value=encode(document("incidents", key, incident)),
                                headers=headers("incidents", key, incident))
        ids.append(incident)
    assert topics.producer.flush(15) == 0
    return set(ids)


def ids_in(topics, topic, wanted):
    return [record.document["id"] for record in topics.look(topic) if record.document["id"] in wanted]


def check_each_once(pipeline, wanted, topic="notices"):
    eventually(f"all {len(wanted)} in {topic}", lambda: len(set(ids_in(pipeline.topics, topic, wanted))) == len(wanted), 40,
               lambda: {name: len(set(ids_in(pipeline.topics, name, wanted))) for name in ("incidents", "decisions", "outcomes", "notices")})
    for name in ("decisions", "outcomes", "notices"):
        assert sorted(ids_in(pipeline.topics, name, wanted)) == sorted(wanted), f"{name} has repeats"


@pytest.mark.parametrize("process", ["brain", "actor", "notifier"])
def test_sigterm_in_mid_work_loses_and_repeats_nothing(own_pipeline, process):
    pipeline = own_pipeline().start("brain", "actor", "notifier")
    wanted = write_burst(pipeline.topics, process)
    for _ in range(3):
        time.sleep(0.3)
        assert pipeline.stop(process) == {process: 0}
        pipeline.start(process)
    check_each_once(pipeline, wanted)


@pytest.mark.parametrize("process", NAMES)
def test_second_process_of_the_same_name_takes_over_and_the_first_ends_fenced(own_pipeline, process):
    pipeline = own_pipeline()
    others = [name for name in ("brain", "actor", "notifier") if name != process]
    pipeline.start(process, *others)
    first = pipeline.processes[process]
    second = pipeline.make(process)
    second.log = pipeline.folder / "second.log"
    second.start(**pipeline.environment[process]).wait_ready()
    try:
        wanted = set()

        def ended_under_load():
            """Each takes the other's transactional id over until one has been fenced twice: it takes work to notice."""
            if process == "observer":
                pipeline.topics.write("intake", b"Who is there?")
            else:
                wanted.update(write_burst(pipeline.topics, f"{process}-{len(wanted)}", 10))
            return [run.popen.poll() for run in (first, second) if not run.is_running()]
        codes = eventually("one of the two to end", ended_under_load, 40, lambda: f"{first.tail()}\n--- second\n{second.tail()}")
        assert codes == [EXIT_FENCED], f"{first.tail()}\n--- second\n{second.tail()}"
        ended = first if not first.is_running() else second
        assert "instance" in ended.log.read_text()
        if wanted:
            check_each_once(pipeline, wanted)
    finally:
        second.kill()


def test_two_replicas_share_the_work_and_one_effect_comes_of_it(own_pipeline, namespace):
    pipeline = own_pipeline().start()
    replicas = [pipeline.make(name, f"{name}-2").start(**pipeline.environment[name]) for name in ("brain", "actor")]
    try:
        for replica in replicas:
            replica.wait_ready()
        wanted = write_burst(pipeline.topics, "shared")
        check_each_once(pipeline, wanted)
        time.sleep(3)  # until both are members
        wanted = write_burst(pipeline.topics, "settled")
        check_each_once(pipeline, wanted)
        for topic, process in (("decisions", "brain"), ("outcomes", "actor")):
            sources = {record.header("ce_source") for record in pipeline.topics.look(topic) if record.document["id"] in wanted}
            assert sources == {f"/aegiops/{process}/{process}", f"/aegiops/{process}/{process}-2"}, f"{topic}: one did all the work"
        namespace.create_healthy()
        namespace.change(image=BAD_IMAGE)
        first = read_lap(pipeline.topics, namespace.key())
        read_lap(pipeline.topics, namespace.key(), lap=2, within=40)
        done = effects(pipeline.sandbox.audit(user="aegiops-actor", namespace=namespace.name))
        assert len(done) == 1, in_words(done)
        assert final_notices(pipeline.topics, namespace.key()) == [(first.id, "recovered")]
    finally:
        for replica in replicas:
            replica.kill()


def test_replica_that_dies_leaves_its_work_to_the_other(own_pipeline):
    pipeline = own_pipeline().start("brain", "actor", "notifier")
    other = pipeline.make("brain", "brain-2").start()
    try:
        other.wait_ready()
        wanted = write_burst(pipeline.topics, "bereaved")
        pipeline.brain.kill()
        check_each_once(pipeline, wanted)
    finally:
        other.kill()


def test_observer_that_restarts_knows_which_incidents_are_open(own_pipeline, namespace):
    pipeline = own_pipeline().start()
    namespace.create(image=BAD_IMAGE)
    first = read_lap(pipeline.topics, namespace.key())
    pipeline.observer.kill()
    pipeline.start("observer")
    time.sleep(3)
    incidents = pipeline.topics.find("incidents", lambda record: record.document["key"] == namespace.key())
    assert [record.document["id"] for record in incidents] == [first.id], "it has told the same again"
    namespace.change(image="nginx:1.26")
    second = read_lap(pipeline.topics, namespace.key(), lap=2, within=40)
    assert (second.id, second.notified["state"]) == (first.id, "recovered")


@pytest.mark.parametrize("process", NAMES)
def test_metrics_are_prometheus(own_pipeline, process):
    pipeline = own_pipeline().start(process)
    status, text = pipeline.processes[process].get("/metrics")
    assert status == 200
    seen = [line.split()[2] for line in text.splitlines() if line.startswith("# TYPE ")]
    assert len(seen) == len(set(seen)) and "aegiops_ready" in seen
    assert pipeline.processes[process].metric("aegiops_ready") == 1
