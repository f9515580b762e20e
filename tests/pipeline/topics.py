# SPDX-License-Identifier: Apache-2.0
"""Kafka with the official client: what stands in the topics, as any consumer would see it."""
import json
from dataclasses import dataclass
from functools import cached_property

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from waiting import eventually

NAMES = ("intake", "incidents", "questions", "decisions", "outcomes", "approvals", "notices", "control", "samples", "rejected")
READING_PAUSE_S = 0.05
SHOWN_CHARACTERS = 600


class Unreadable(dict):
    """The document of a record that has none: no field of it is anything."""

    def __missing__(self, _):
        return None


@dataclass(frozen=True)
class Record:
    topic: str  # without the prefix
    partition: int
    offset: int
    key: bytes
    value: bytes
    headers: tuple  # pairs, in their order

    def header(self, name):
        return next((value.decode() for key, value in self.headers if key == name), None)

    @cached_property
    def document(self):
        try:
            value = json.loads(self.value)
        except (ValueError, TypeError, RecursionError):
            value = None
        return value if isinstance(value, dict) else Unreadable()

    def __str__(self):
        text = self.value.decode(errors="replace") if self.value else "(tombstone)"
        return f"{self.topic}/{self.partition}/{self.offset} {self.key} {text[:SHOWN_CHARACTERS]}"


def of_workload(key):
    """For wait(): whether a record is about this workload."""
    return lambda record: record.document["key"] == key


class Topics:
    """The topics of one prefix. Every record that was ever read stays; each look reads on from where the last one ended."""

    def __init__(self, brokers, prefix):
        self.brokers, self.prefix, self.records = brokers, prefix, []
        self.admin = AdminClient({"bootstrap.servers": brokers, "log_level": 0})
        self.consumer = None
        self.producer = Producer({"bootstrap.servers": brokers, "log_level": 0, "linger.ms": 0})

    def name(self, topic):
        return self.prefix + topic

    def exist(self):
        present = self.admin.list_topics(timeout=10).topics
        return all(self.name(topic) in present for topic in NAMES)

    def _open(self):
        self.consumer = Consumer({"bootstrap.servers": self.brokers, "group.id": f"{self.prefix}tests", "enable.auto.commit": False,
                                  "isolation.level": "read_committed", "fetch.wait.max.ms": 20, "log_level": 0})
        present = self.admin.list_topics(timeout=10).topics
        self.consumer.assign([TopicPartition(self.name(topic), partition, 0)
                              for topic in NAMES for partition in present[self.name(topic)].partitions])

    def look(self, topic):
        """All records of a topic so far, in the order in which they were read."""
        if not self.consumer:
            if not self.exist():
                return []
            self._open()
        while messages := self.consumer.consume(500, READING_PAUSE_S):
            self.records += [Record(message.topic().removeprefix(self.prefix), message.partition(), message.offset(), message.key(),
                                    message.value(), tuple(message.headers() or ())) for message in messages if not message.error()]
        return [record for record in self.records if record.topic == topic]

    def find(self, topic, wanted):
        return [record for record in self.look(topic) if wanted(record)]

    def wait(self, topic, wanted, within=30, what=None):
        """The first record of a topic that is wanted, awaited."""
        found = eventually(what or f"a record in {topic}", lambda: self.find(topic, wanted), within, self.summary)
        return found[0]

    def summary(self):
        """The last records of each topic, for a failure that must be understood."""
        shown = []
        for topic in NAMES:
            records = [record for record in self.records if record.topic == topic]
            shown += [f"--- {topic}: {len(records)} records", *(str(record) for record in records[-2:])]
        return "\n".join(shown)

    def write(self, topic, value, key=None, headers=None, partition=None, at_ms=None):
        """Writes a record as it is and returns its place, as `aegiops_from` words it. at_ms: its timestamp, if not now."""
        places = []
        where = ({} if partition is None else {"partition": partition}) | ({} if at_ms is None else {"timestamp": at_ms})
        self.producer.produce(self.name(topic), value=value, key=key, headers=headers, **where,
                              on_delivery=lambda error, message: places.append((error, message)))
        assert self.producer.flush(15) == 0, f"Kafka took no record for {topic}"
        error, message = places[0]
        assert error is None, error
        return f"{topic}/{message.partition()}/{message.offset()}"

    def committed(self, group, topic):
        """The offsets that a consumer group has committed, by partition."""
        from confluent_kafka import ConsumerGroupTopicPartitions
        wanted = [ConsumerGroupTopicPartitions(self.prefix + group)]
        answer = self.admin.list_consumer_group_offsets(wanted)[self.prefix + group].result(timeout=10)
        return {place.partition: place.offset for place in answer.topic_partitions if place.topic == self.name(topic)}

    def close(self):
        if self.consumer:
            self.consumer.close()

    def delete(self):
        """Only to keep the broker small: where a test has left it dead, that test is the one to fail."""
        self.close()
        try:
            present = [name for name in self.admin.list_topics(timeout=10).topics if name.startswith(self.prefix)]
            for future in self.admin.delete_topics(present).values() if present else ():
                future.exception(timeout=15)
        except KafkaException:
            pass
