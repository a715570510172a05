"""Making topics of a broker, and reading all that stands in one: what a test compares with."""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

SECONDS = 60.0

_SOON = frozenset(
    {KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.LEADER_NOT_AVAILABLE, KafkaError.UNKNOWN_TOPIC_OR_PART}
)
"""What a broker answers about a partition that was made, or given to it, a moment ago."""


@dataclass(frozen=True, slots=True)
class Read:
    """A message as a consumer sees it."""

    partition: int
    offset: int
    key: str
    headers: dict[str, str]
    value: Any
    milliseconds: int


def make_topic(kafka: str, *, partitions: int = 3, **settings: str) -> str:
    """Make a topic of a new name; returns the name."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    topic = NewTopic(name, num_partitions=partitions, replication_factor=1, config=settings)
    admin = AdminClient({"bootstrap.servers": kafka})
    admin.create_topics([topic])[name].result(SECONDS)
    ends = time.monotonic() + SECONDS
    # The controller has it; the broker that is asked next learns so a moment later.
    while name not in admin.list_topics(timeout=SECONDS).topics and time.monotonic() < ends:
        time.sleep(0.02)
    return name


def topics_of(kafka: str) -> dict[str, int]:
    """The topics of a broker, each with the number of its partitions."""
    found = AdminClient({"bootstrap.servers": kafka}).list_topics(timeout=SECONDS).topics
    return {name: len(topic.partitions) for name, topic in found.items()}


def read_topic(kafka: str, topic: str) -> list[Read]:
    """All messages of a topic, those of a partition in order; only what is acknowledged can be read."""
    consumer = Consumer({"bootstrap.servers": kafka, "group.id": uuid.uuid4().hex, "enable.auto.commit": False})
    try:
        metadata = consumer.list_topics(topic, timeout=SECONDS).topics[topic]
        wanted = {}
        for number in metadata.partitions:
            first, end = _offsets(consumer, TopicPartition(topic, number))
            if first < end:
                wanted[number] = end
        consumer.assign([TopicPartition(topic, number, 0) for number in wanted])
        found: list[Read] = []
        ends = time.monotonic() + SECONDS
        while wanted:
            message = consumer.poll(1)
            assert time.monotonic() < ends, f"partitions {wanted} could not be read to their ends"
            if message is None or message.error():
                continue
            found.append(
                Read(
                    partition=message.partition(),
                    offset=message.offset(),
                    key=(message.key() or b"").decode(),
                    headers={name: value.decode() for name, value in message.headers() or ()},
                    value=json.loads(message.value()),
                    milliseconds=message.timestamp()[1],
                )
            )
            if message.offset() + 1 >= wanted.get(message.partition(), 0):
                wanted.pop(message.partition(), None)
        return found
    finally:
        consumer.close()


def _offsets(consumer: Consumer, partition: TopicPartition) -> tuple[int, int]:
    """Where a partition begins and ends, asked again while its broker does not know yet that it leads it."""
    ends = time.monotonic() + SECONDS
    while True:
        try:
            first, end = consumer.get_watermark_offsets(partition, timeout=SECONDS)
        except KafkaException as problem:
            if problem.args[0].code() not in _SOON or time.monotonic() > ends:
                raise
            time.sleep(0.05)
        else:
            return first, end
