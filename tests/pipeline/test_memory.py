# SPDX-License-Identifier: Apache-2.0
"""The observer's memory is its topics: what was open before it was started is open to it, however long ago it was told."""
import time

import pytest

from cluster import BAD_IMAGE, GOOD_IMAGE
from documents import document, encode, headers
from story import read_lap
from topics import of_workload
from waiting import never

DAY_MS = 24 * 3600 * 1000
INCIDENT = "i-0123456789abcdef0123456789abcdef"


def stamp(at_ms):
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(at_ms / 1000))


def told_before(topics, deployment, key, at_ms):
    """An incident of then, which people were called for and which nobody has closed."""
    metadata = deployment.metadata
    for topic in ("incidents", "outcomes"):
        told = document(topic, key, INCIDENT, opened_at=stamp(at_ms))
        told["observed"] = told["observed"] | {"at": stamp(at_ms), "target": {
            "api_version": "apps/v1", "kind": "Deployment", "namespace": metadata.namespace, "name": metadata.name,
            "uid": metadata.uid, "resource_version": metadata.resource_version}}
        if topic == "outcomes":
            told["acted"] = told["acted"] | {"at": stamp(at_ms + 1000)}
        topics.write(topic, encode(told), key.encode(), headers(topic, key, INCIDENT), at_ms=at_ms)


@pytest.mark.parametrize("days", [0.1, 3, 6.9])
def test_what_has_been_open_for_long_is_not_told_again_and_is_closed_when_it_is_over(own_pipeline, namespace, days):
    pipeline = own_pipeline()
    pipeline.start("notifier")  # the topics are there now, and nobody yet who would answer to what stands in them
    at_ms = int(time.time() * 1000 - days * DAY_MS)
    deployment = namespace.create(image=BAD_IMAGE)
    told_before(pipeline.topics, deployment, namespace.key(), at_ms)
    pipeline.start("observer")
    about_it = of_workload(namespace.key())
    never("a second telling", lambda: pipeline.topics.find("incidents", about_it)[1:], during=6)
    pipeline.start("brain", "actor")
    namespace.change(image=GOOD_IMAGE)
    closed = read_lap(pipeline.topics, namespace.key(), lap=2, incident=INCIDENT)
    assert closed.observed["verdict"] == "recovered"
    assert closed.notified["state"] == "recovered"
    assert len(pipeline.topics.find("incidents", about_it)) == 2


def test_what_is_older_than_the_tail_is_told_anew(own_pipeline, namespace):
    pipeline = own_pipeline()
    pipeline.start("notifier")
    deployment = namespace.create(image=BAD_IMAGE)
    told_before(pipeline.topics, deployment, namespace.key(), int(time.time() * 1000 - 8 * DAY_MS))
    pipeline.start("observer")
    pipeline.topics.wait("incidents", lambda record: record.document["key"] == namespace.key() and record.document["id"] != INCIDENT)
