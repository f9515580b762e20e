# SPDX-License-Identifier: Apache-2.0
"""Real incidents (tests/fixtures) told to brain and notifier once more: the same decision, the same word to people, no cluster.

New ones are captured with: make pipeline T="test_incidents.py --save-incidents" """
import json

import pytest

from documents import encode, headers
from sandbox import ROOT

PROCESSES = ("brain", "notifier")
AFTER = {"incidents": ("decided", "acted", "notified"), "outcomes": ("notified",)}  # the sections that are not there yet
LAPS = [(f"{path.stem}-{document['id'][:6]}.{document['lap']}", document)
        for path in sorted((ROOT / "tests/fixtures").glob("*.json")) for document in json.loads(path.read_text())]


def tell(pipeline, topic, document, answer):
    """Writes the document as it was on this topic, and returns what the desk made of it."""
    before = {name: value for name, value in document.items() if name not in AFTER[topic]}
    event = f"{document['id']}.{document['lap']}"
    pipeline.topics.write(topic, encode(before), key=document["key"].encode(),
                          headers=headers(topic, document["key"], document["id"], ce_id=event))
    return pipeline.topics.wait(answer, lambda record: record.header("ce_id") == event, within=15).document


def timeless(section):
    return {name: value for name, value in section.items() if name != "at"}


def test_there_are_incidents_to_replay():
    classes = {document["observed"]["class"] for _, document in LAPS}
    assert classes == {"ImagePullBackOff", "CrashLoopBackOff", "OOMKilled"}
    assert {document["notified"]["state"] for _, document in LAPS} >= {"verifying", "recovered", "escalated"}


@pytest.mark.parametrize("document", [document for _, document in LAPS], ids=[name for name, _ in LAPS])
def test_replay_decides_and_says_the_same(pipeline, document):
    decision = tell(pipeline, "incidents", document, "decisions")
    assert timeless(decision["decided"]) == timeless(document["decided"])
    notice = tell(pipeline, "outcomes", document, "notices")
    assert notice["notified"]["state"] == document["notified"]["state"]
