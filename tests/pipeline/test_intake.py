# SPDX-License-Identifier: Apache-2.0
"""What people ask for in plain words passes the same four desks, and is answered in plain words."""
import json

import pytest

from story import check_headers, check_splice, same_lap, Lap

QUESTION = "Why is the checkout slow? <!channel>"


def answer_to(pipeline, text):
    """The lap of the request with this text."""
    def wanted(record):
        request = record.document["observed"]["request"]
        return request and request["text"] == text
    notice = pipeline.topics.wait("notices", wanted, within=20, what=f"an answer to {text!r}")
    lap = Lap({topic: same_lap(pipeline.topics, topic, notice.document) for topic in ("incidents", "decisions", "outcomes")}
              | {"notices": notice})
    check_headers(lap)
    check_splice(lap)
    return lap


def check_answer(lap):
    assert (lap.observed["class"], lap.observed["target"], lap.observed["evidence"]) == (None, None, [])
    assert (lap.decided["intent"], lap.decided["rule"], lap.decided["actions"]) == ("EXPLAIN", "request_without_model", [])
    assert "language model" in lap.decided["explanation"] and "Nothing was changed" in lap.decided["explanation"]
    assert lap.acted["result"] == "none"
    assert lap.notified["state"] == "answered"


def test_text_is_answered(pipeline):
    pipeline.topics.write("intake", QUESTION.encode())
    check_answer(answer_to(pipeline, QUESTION))


def test_json_is_answered_and_says_who_asked(pipeline):
    text = "Deploy the shop with two replicas"
    pipeline.topics.write("intake", json.dumps({"text": text, "from": "ada"}).encode(), key=b"any")
    lap = answer_to(pipeline, text)
    check_answer(lap)
    assert lap.observed["request"]["from"] == "ada"
    assert text in pipeline.notifier.output.read_text()


@pytest.mark.parametrize("value", [b"", None, b" \n\t", b"x" * (16 * 1024 + 1), b"\xff\xfe\xfd", b'{"text": 7}', b'{"from": "ada"}', b'{"text": ""}'],
                         ids=["empty", "tombstone", "blank", "oversized", "no UTF-8", "text no string", "no text", "text empty"])
def test_what_is_no_request_is_kept_and_the_next_one_answered(pipeline, request, value):
    place = pipeline.topics.write("intake", value, partition=1)
    text = f"The one after: {request.node.name}"
    pipeline.topics.write("intake", text.encode(), partition=1)
    answer_to(pipeline, text)
    rejected = pipeline.topics.wait("rejected", lambda record: record.header("aegiops_from") == place, within=10)
    assert (rejected.value, rejected.key) == (value, None)
    assert rejected.header("aegiops_stage") and rejected.header("aegiops_error")
