# SPDX-License-Identifier: Apache-2.0
"""What a desk cannot read is kept byte for byte, people hear of it, and the record behind it is worked on."""
import hashlib
import json

import pytest

from documents import document, encode, headers

DESKS = {"incidents": ("decide", "decisions"), "decisions": ("act", "outcomes"), "outcomes": ("notify", "notices")}
PROCESSES = ("brain", "actor", "notifier")
TOO_LONG = 600 * 1024


def incident_of(name):
    return "i-" + hashlib.sha256(name.encode()).hexdigest()[:32]


def nested(depth):
    return b'{"v":1,"deep":' + b"[" * depth + b"]" * depth + b"}"


# What is wrong: (value, headers), from the topic, a key and an incident id of its own.
POISON = {
    "broken JSON": lambda *of: (encode(document(*of))[:-1], headers(*of)),
    "no JSON": lambda *of: (b"\x00\xff\xfe nobody wrote this", headers(*of)),
    "no object": lambda *of: (b"[1,2,3]", headers(*of)),
    "trailing bytes": lambda *of: (encode(document(*of)) + b"{}", headers(*of)),
    "a key twice": lambda *of: (b'{"v":1,' + encode(document(*of))[1:], headers(*of)),
    "nested without end": lambda *of: (nested(20_000), headers(*of)),
    "unknown major version": lambda *of: (encode(document(*of, v=2)), headers(*of)),
    "another type": lambda *of: (encode(document(*of)), headers(*of, ce_type="aegiops.incident.v2")),
    "no ce_id": lambda *of: (encode(document(*of)), headers(*of, ce_id=None)),
    "no headers": lambda *of: (encode(document(*of)), []),
    "oversized": lambda *of: (encode(document(*of, padding="x" * TOO_LONG)), headers(*of)),
    "tombstone": lambda *of: (None, headers(*of)),
    "a lap of a million": lambda *of: (encode(document(*of, lap=1_000_000)), headers(*of)),
    "a strange id": lambda *of: (encode(document(*of, id="i-../../etc")), headers(*of)),
    "no section": lambda *of: (encode({name: value for name, value in document(*of).items() if name != "observed"}), headers(*of)),
}


@pytest.mark.parametrize("topic", DESKS)
@pytest.mark.parametrize("poison", POISON)
def test_unreadable_record_is_kept_as_it_was(pipeline, topic, poison):
    topics = pipeline.topics
    stage, next_topic = DESKS[topic]
    key = f"test/poison/Deployment/{topic}-{list(POISON).index(poison)}"
    value, sent_headers = POISON[poison](topic, key, incident_of(f"{key} bad"))
    place = topics.write(topic, value, key=key.encode(), headers=sent_headers, partition=0)
    behind = incident_of(f"{key} good")
    topics.write(topic, encode(document(topic, key, behind)), key=key.encode(), headers=headers(topic, key, behind), partition=0)

    answered = topics.wait(next_topic, lambda record: record.document["id"] == behind, within=15,
                           what=f"the record behind the {poison} on {topic}")
    assert answered.value.startswith(encode(document(topic, key, behind))[:-1])

    rejected = topics.wait("rejected", lambda record: record.header("aegiops_from") == place, within=15)
    assert rejected.value == value
    assert rejected.key == key.encode()
    assert list(rejected.headers[:len(sent_headers)]) == sent_headers
    added = dict(rejected.headers[len(sent_headers):])
    assert set(added) == {"aegiops_stage", "aegiops_error", "aegiops_from"}
    assert added["aegiops_stage"].decode() == stage
    error = added["aegiops_error"].decode()
    assert error and "\n" not in error

    told = topics.wait("notices", lambda record: record.document["key"] == key and record.document["id"] != behind, within=15,
                       what="a word to people about what could not be read") if topic != "outcomes" else None
    if told:
        assert told.document["decided"]["status"] == "FATAL"
        assert told.document["notified"]["state"] in ("escalated", "failed")
        assert json.dumps(error[:60])[1:-1] in json.dumps(told.document)


def test_unreadable_outcome_is_told_by_the_notifier_itself(pipeline):
    place = pipeline.topics.write("outcomes", b"not an outcome", key=b"test/poison/Deployment/told", headers=[])
    pipeline.topics.wait("rejected", lambda record: record.header("aegiops_from") == place, within=15)
    assert "test/poison/Deployment/told" in pipeline.notifier.output.read_text()


def test_record_without_a_key_is_kept_too(pipeline):
    place = pipeline.topics.write("incidents", b"lost", headers=[])
    rejected = pipeline.topics.wait("rejected", lambda record: record.header("aegiops_from") == place, within=15)
    assert (rejected.key, rejected.value) == (None, b"lost")


def test_document_on_the_wrong_topic_is_not_worked_on_again(pipeline):
    key = "test/poison/Deployment/lost-its-way"
    decided = document("decisions", key, incident_of(key))
    place = pipeline.topics.write("incidents", encode(decided), key=key.encode(), headers=headers("incidents", key, incident_of(key)))
    rejected = pipeline.topics.wait("rejected", lambda record: record.header("aegiops_from") == place, within=15)
    assert "decided" in rejected.header("aegiops_error")


def test_unknown_fields_survive_all_desks(pipeline):
    """So that a newer observer may say more than an older brain understands."""
    key, extra = "test/future/Deployment/web", {"of": ["tomorrow", 1.50, None]}
    sent = document("incidents", key, incident_of(key), extra=extra)
    sent["observed"] = sent.pop("observed") | {"extra": extra}
    raw = encode(sent).replace(b"1.5,", b"1.50,")  # which no JSON library would write again
    pipeline.topics.write("incidents", raw, key=key.encode(), headers=headers("incidents", key, incident_of(key)))
    notice = pipeline.topics.wait("notices", lambda record: record.document["id"] == incident_of(key), within=15)
    assert notice.value.startswith(raw[:-1] + b',"decided":')


def test_repeat_is_dropped_at_every_desk(pipeline):
    topics, key = pipeline.topics, "test/again/Deployment/web"
    incident = incident_of(key)
    for _ in range(3):
        topics.write("incidents", encode(document("incidents", key, incident)), key=key.encode(), headers=headers("incidents", key, incident))
    topics.wait("notices", lambda record: record.document["id"] == incident, within=15)
    behind = incident_of(f"{key} behind")
    topics.write("incidents", encode(document("incidents", key, behind)), key=key.encode(), headers=headers("incidents", key, behind))
    topics.wait("notices", lambda record: record.document["id"] == behind, within=15)
    for topic in ("decisions", "outcomes", "notices"):
        assert len(topics.find(topic, lambda record: record.document["id"] == incident)) == 1, topic
