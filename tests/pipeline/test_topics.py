# SPDX-License-Identifier: Apache-2.0
"""The topics that a process makes where they are missing: partitions, retention, compaction."""
import pytest
from confluent_kafka.admin import ConfigResource

from processes import EXIT_BROKEN, NAMES, run_to_end

DAY_MS = 24 * 3600 * 1000
EXPECTED = {  # topic: partitions, clean-up, days
    "intake": (12, "delete", 7), "incidents": (12, "delete", 30), "questions": (12, "delete", 7), "decisions": (12, "delete", 30),
    "outcomes": (12, "delete", 30), "approvals": (12, "delete", 30), "notices": (12, "compact", None), "control": (1, "compact", None),
    "samples": (12, "compact", None), "rejected": (12, "delete", 90)}


@pytest.fixture(scope="module")
def made(request, sandbox, tmp_path_factory):
    """The topics as the brain alone made them, with the default number of partitions."""
    from conftest import new_pipeline
    pipeline = new_pipeline(request, sandbox, tmp_path_factory, {"kafka": {"partitions": 12}})
    pipeline.start("brain")
    pipeline.stop()
    yield pipeline.topics
    pipeline.close()


def test_no_other_topics_are_made(made):
    present = made.admin.list_topics(timeout=10).topics
    assert {name.removeprefix(made.prefix) for name in present if name.startswith(made.prefix)} == set(EXPECTED)


@pytest.mark.parametrize("topic", EXPECTED)
def test_topic_is_made_as_designed(made, topic):
    partitions, cleanup, days = EXPECTED[topic]
    assert len(made.admin.list_topics(timeout=10).topics[made.name(topic)].partitions) == partitions
    resource = ConfigResource(ConfigResource.Type.TOPIC, made.name(topic))
    config = made.admin.describe_configs([resource])[resource].result(timeout=10)
    assert config["cleanup.policy"].value == cleanup
    if days:
        assert int(config["retention.ms"].value) == days * DAY_MS


@pytest.mark.parametrize("process", NAMES)
def test_missing_topic_that_may_not_be_created_ends_the_process_with_its_name(own_pipeline, process):
    pipeline = own_pipeline({"kafka": {"create_topics": False}})
    environment = pipeline.processes[process].environment
    code, _, errors = run_to_end(process, "--config", pipeline.config, f"--{process}-listen", "", **environment)
    assert code == EXIT_BROKEN
    assert f"{pipeline.prefix}incidents" in errors and "kafka.create_topics" in errors
    assert not pipeline.topics.exist()


def test_topics_that_people_made_are_left_as_they_are(own_pipeline):
    from confluent_kafka.admin import NewTopic
    pipeline = own_pipeline()
    mine = NewTopic(pipeline.topics.name("incidents"), num_partitions=5, config={"retention.ms": "3600000"})
    pipeline.topics.admin.create_topics([mine])[mine.topic].result(timeout=10)
    pipeline.start("brain")
    resource = ConfigResource(ConfigResource.Type.TOPIC, mine.topic)
    assert pipeline.topics.admin.describe_configs([resource])[resource].result(timeout=10)["retention.ms"].value == "3600000"
    assert len(pipeline.topics.admin.list_topics(timeout=10).topics[mine.topic].partitions) == 5
    assert pipeline.topics.exist()
