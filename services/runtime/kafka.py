"""Topics as Blotter needs them, and how far readers have come (kafka-python; not for hot loops)."""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import (
    ConfigResource,
    ConfigResourceType,
    KafkaAdminClient,
    OffsetSpec,
)
from kafka.errors import RetriableError, TopicAlreadyExistsError
from kafka.protocol.consumer.offsets import IsolationLevel

from .topics import INTAKE_PREFIX, Topic

_TIMEOUT_MS = 10_000
_PAUSE_SECONDS = 0.2


class WrongPartitions(Exception):
    """A topic has another number of partitions than it must have; the message says what to do."""


@contextmanager
def admin(bootstrap: str) -> Iterator[KafkaAdminClient]:
    """An administration client; raises kafka.errors.KafkaError if Kafka does not answer."""
    client = KafkaAdminClient(
        bootstrap_servers=bootstrap,
        bootstrap_timeout_ms=_TIMEOUT_MS,
        request_timeout_ms=_TIMEOUT_MS,
    )
    try:
        yield client
    finally:
        client.close()


def create_topics(client: KafkaAdminClient, wanted: Sequence[Topic]) -> list[str]:
    """Create what is missing and set what is configured otherwise; returns the names changed.

    Raises WrongPartitions before anything is changed: records are where their key's partition
    was, so a topic cannot change its count.
    """
    existing = partition_counts(client)
    for topic in wanted:
        count = existing.get(topic.name, topic.partitions)
        if count != topic.partitions:
            raise WrongPartitions(
                f"topic {topic.name} has {count} partitions, not {topic.partitions}: "
                f"another count needs an empty Kafka and a new reading of the log"
            )
    missing = [topic for topic in wanted if topic.name not in existing]
    for topic in missing:
        _create(client, topic)
    present = [topic for topic in wanted if topic.name in existing]
    return [topic.name for topic in missing] + _configure(client, present)


def partition_counts(client: KafkaAdminClient) -> dict[str, int]:
    """Every topic with the number of its partitions."""
    return {found["name"]: len(found["partitions"]) for found in client.describe_topics()}


def _create(client: KafkaAdminClient, topic: Topic) -> None:
    # Without a replication factor, the broker's default holds.
    new = {topic.name: {"num_partitions": topic.partitions, "configs": topic.config}}
    try:
        client.create_topics(new, timeout_ms=_TIMEOUT_MS, wait_for_metadata=True)
    except TopicAlreadyExistsError:
        # Somebody else was quicker, with the same settings.
        return


def _configure(client: KafkaAdminClient, topics: Sequence[Topic]) -> list[str]:
    changed = []
    for topic in topics:
        actual = topic_config(client, topic.name)
        if any(actual.get(key) != value for key, value in topic.config.items()):
            resource = ConfigResource(ConfigResourceType.TOPIC, topic.name, topic.config)
            client.alter_configs([resource], incremental=True)
            changed.append(topic.name)
    return changed


def topic_config(client: KafkaAdminClient, name: str) -> dict[str, str]:
    """The settings that a topic has of its own."""
    found: Any = client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)])
    return {key: entry["value"] for key, entry in found["topic"][name].items()}


@contextmanager
def reader(bootstrap: str) -> Iterator[KafkaConsumer]:
    """A consumer of no group, which reads what was committed, from the beginning."""
    consumer = KafkaConsumer(
        bootstrap_servers=bootstrap,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        bootstrap_timeout_ms=_TIMEOUT_MS,
    )
    try:
        yield consumer
    finally:
        consumer.close()


def read_to_end(
    consumer: KafkaConsumer, partitions: Sequence[TopicPartition]
) -> Iterator[tuple[bytes | None, bytes | None]]:
    """(key, value) of every record that was committed when the reading began."""
    consumer.assign(partitions)
    consumer.seek_to_beginning(*partitions)
    ends = consumer.end_offsets(partitions)
    # By position, not by the last record: what ends a transaction takes an offset too.
    while any(consumer.position(each) < ends[each] for each in partitions):
        for tp, records in consumer.poll(timeout_ms=500).items():
            for record in records:
                if record.offset < ends[tp]:
                    yield record.key, record.value


def write(bootstrap: str, topic: str, key: bytes, value: bytes) -> None:
    """Write one record, and see it acknowledged. Raises kafka.errors.KafkaError."""
    producer = KafkaProducer(
        bootstrap_servers=bootstrap, acks="all", bootstrap_timeout_ms=_TIMEOUT_MS
    )
    try:
        producer.send(topic, value, key).get(timeout=_TIMEOUT_MS / 1000)
    finally:
        producer.close()


def lag(client: KafkaAdminClient, group: str, topics: Iterable[str] = ()) -> int:
    """Records between what a group has read and the end, over the topics that it has read.

    Of `topics` also the partitions count that it has not begun.
    """
    counts = partition_counts(client)
    read = _committed(client, group)
    partitions = {tp for tp in read if tp.partition < counts.get(tp.topic, 0)}
    partitions |= {TopicPartition(t, p) for t in topics for p in range(counts.get(t, 0))}
    starts = _offsets(client, partitions, OffsetSpec.EARLIEST)
    ends = _offsets(client, partitions, OffsetSpec.LATEST)
    begun = {tp: read[tp].offset if tp in read else starts[tp] for tp in partitions}
    return sum(_behind(tp.topic, ends[tp] - begun[tp]) for tp in partitions)


def _behind(topic: str, offsets: int) -> int:
    """Vendors send single records; in all else, a last single offset is a transaction's end."""
    is_marker = offsets == 1 and not topic.startswith(INTAKE_PREFIX)
    return 0 if is_marker else max(0, offsets)


def _committed(client: KafkaAdminClient, group: str) -> dict[TopicPartition, Any]:
    """A new Kafka needs a moment until it can speak of groups."""
    deadline = time.monotonic() + _TIMEOUT_MS / 1000
    while True:
        try:
            found: dict[TopicPartition, Any] = client.list_group_offsets([group])[group]
        except RetriableError:
            if time.monotonic() >= deadline:
                raise
            time.sleep(_PAUSE_SECONDS)
        else:
            return found


def _offsets(
    client: KafkaAdminClient, partitions: Iterable[TopicPartition], spec: OffsetSpec
) -> dict[TopicPartition, int]:
    found = client.list_partition_offsets(
        dict.fromkeys(partitions, spec), isolation_level=IsolationLevel.READ_COMMITTED
    )
    return {tp: entry.offset for tp, entry in found.items()}
