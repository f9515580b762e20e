# SPDX-License-Identifier: Apache-2.0
"""One lap of one incident as it stands in the topics, and what must hold of any lap, whatever it is about."""
import hashlib
import re
from dataclasses import dataclass

DESKS = {"incidents": ("observed", "observer"), "decisions": ("decided", "brain"), "outcomes": ("acted", "actor"),
         "notices": ("notified", "notifier")}
TYPES = {"incidents": "aegiops.incident.v1", "decisions": "aegiops.decision.v1", "outcomes": "aegiops.outcome.v1",
         "notices": "aegiops.notice.v1"}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-01")
ENDS = ("recovered", "escalated", "answered", "refused", "observed", "proposed")


@dataclass
class Lap:
    """The same document at four desks."""
    records: dict  # of each topic, its Record

    @property
    def document(self):
        return self.records["notices"].document

    def __getattr__(self, section):
        if section in ("observed", "decided", "acted", "notified"):
            return self.document[section]
        raise AttributeError(section)

    @property
    def id(self):
        return self.document["id"]

    @property
    def action(self):
        return self.decided["actions"][0]


def read_lap(topics, key, lap=1, within=30, incident=None):
    """Waits until people were told of this lap of a workload's incident, and checks what must hold of every lap. `incident` picks
    one where the workload has had several."""
    def wanted(record):
        document = record.document
        return document["key"] == key and document["lap"] == lap and incident in (None, document["id"])
    notice = topics.wait("notices", wanted, within, f"the notice of lap {lap} of {key}")
    records = {topic: same_lap(topics, topic, notice.document) for topic in ("incidents", "decisions", "outcomes")}
    found = Lap(records | {"notices": notice})
    check_headers(found)
    check_splice(found)
    check_evidence(found)
    check_actions(found)
    return found


def same_lap(topics, topic, document):
    """The one record of a topic that is this document at an earlier desk; a second one would be a duplicate."""
    found = topics.find(topic, lambda record: (record.document["id"], record.document["lap"]) == (document["id"], document["lap"]))
    assert len(found) == 1, f"{len(found)} records in {topic} for {document['id']}.{document['lap']}"
    return found[0]


def check_headers(lap):
    document, traces, spans = lap.document, set(), set()
    assert re.fullmatch(r"i-[0-9a-f]{32}", document["id"])
    for topic, record in lap.records.items():
        _, process = DESKS[topic]
        names = [name for name, _ in record.headers]
        assert len(names) == len(set(names)), f"{topic}: a header stands twice: {names}"
        assert record.header("ce_id") == f"{document['id']}.{document['lap']}"
        assert record.header("ce_specversion") == "1.0"
        assert record.header("ce_type") == TYPES[topic]
        assert re.fullmatch(rf"/aegiops/{process}/[\w.-]+", record.header("ce_source")), topic
        assert record.header("content-type") == "application/json"
        assert TIME.fullmatch(record.header("ce_time"))
        assert record.key.decode() == (document["id"] if topic == "notices" else document["key"])
        assert record.header("ce_subject") == record.key.decode()
        trace, span = TRACEPARENT.fullmatch(record.header("traceparent")).groups()
        traces.add(trace)
        spans.add(span)
    assert len(traces) == 1, f"one incident is one trace, but: {traces}"
    assert len(spans) == len(lap.records), "each desk is a span of its own"


def check_splice(lap):
    """Every desk appended its section, and left each byte before it as it was."""
    head = ["v", "id", "key", "opened_at", "lap", "follows"]
    before = None
    for number, (topic, (section, _)) in enumerate(DESKS.items()):
        record = lap.records[topic]
        expected = head + [name for name, _ in list(DESKS.values())[:number + 1]]
        assert list(record.document) == expected, topic
        assert TIME.fullmatch(record.document[section]["at"])
        if before:
            untouched = before.value[:before.value.rindex(b"}")]
            assert record.value.startswith(untouched + b","), f"{topic} does not begin with the bytes of {before.topic}"
        before = record
    assert lap.document["v"] == 1


def check_evidence(lap):
    """References are unique, and a decision quotes what stands there and what the API server vouches for."""
    items = {item["ref"]: item for item in lap.observed["evidence"]}
    assert len(items) == len(lap.observed["evidence"])
    assert all(item["trust"] in ("K", "W") for item in items.values())
    assert all(item["trust"] == "W" for item in items.values() if item["kind"] == "log")
    for quoted in lap.decided["evidence"]:
        assert items[quoted["ref"]]["trust"] == "K", f"{quoted} rests on what a workload wrote"
        assert items[quoted["ref"]]["text"].startswith(quoted["quote"].removesuffix("…"))
    if lap.decided["actions"]:
        assert lap.decided["evidence"], "an action that rests on nothing"


def check_actions(lap):
    document, actions = lap.document, lap.decided["actions"]
    assert len(actions) <= 1
    for index, action in enumerate(actions):
        parts = "".join(f"{part}\0" for part in (document["id"], document["lap"], index))
        assert action["id"] == "a-" + hashlib.sha256(parts.encode()).hexdigest()[:32]
        assert action["target"] == lap.observed["target"]
        assert lap.acted["action_id"] == action["id"]
        assert lap.acted["action"] == action["type"]
    if not actions:
        assert (lap.acted["action"], lap.acted["action_id"], lap.acted["result"]) == ("none", None, "none")


def final_notices(topics, key):
    """The notices after which nothing more is to be said about a workload's incidents, each with its incident."""
    return [(record.document["id"], record.document["notified"]["state"])
            for record in topics.find("notices", lambda record: record.document["key"] == key)
            if record.document["notified"]["state"] in ENDS]
