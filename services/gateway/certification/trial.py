"""What a sandbox has sent, read from its own topic and left there."""

import asyncio
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from blotter_emitter.certify import Item, items_of


class NotReadable(Exception):
    """Kafka is away, or does not have the topic."""


@dataclass(frozen=True)
class Sent:
    """One record. `line`: its bytes on one line, an event or an array of them."""

    received: datetime
    line: bytes


@dataclass(frozen=True)
class Limits:
    """How much of a topic is looked at: the latest `records`, up to so many `bytes` and `since`.
    `seconds`: how long that may take."""

    records: int
    bytes: int
    seconds: float
    since: datetime | None = None


def items(sent: Iterable[Sent]) -> tuple[Item, ...]:
    """The events, in the order in which they came."""
    found = [item for each in sent for item in items_of(each.line, each.received)]
    return tuple(item._replace(place=place) for place, item in enumerate(found, 1))


async def read(bootstrap: str, topic: str, limits: Limits) -> list[Sent]:
    """The latest records of a topic of one partition. Raises NotReadable."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        group_id=None,
        isolation_level="read_committed",
        enable_auto_commit=False,
    )
    try:
        async with asyncio.timeout(limits.seconds):
            await consumer.start()
            return await _latest(consumer, TopicPartition(topic, 0), limits)
    except (KafkaError, OSError, TimeoutError) as error:
        raise NotReadable(type(error).__name__) from None
    finally:
        await consumer.stop()


async def _latest(consumer: AIOKafkaConsumer, place: TopicPartition, limits: Limits) -> list[Sent]:
    consumer.assign([place])
    end = (await consumer.end_offsets([place]))[place]
    start = max(await _start(consumer, place, limits.since, end), end - limits.records)
    consumer.seek(place, start)
    kept: deque[Sent] = deque()
    size = 0
    while await consumer.position(place) < end:
        for record in (await consumer.getmany(place, timeout_ms=100)).get(place, []):
            kept.append(_sent(record))
            size += len(kept[-1].line)
            while size > limits.bytes and len(kept) > 1:
                size -= len(kept.popleft().line)
    return list(kept)


async def _start(
    consumer: AIOKafkaConsumer, place: TopicPartition, since: datetime | None, end: int
) -> int:
    first: int = (await consumer.beginning_offsets([place]))[place]
    if since is None:
        return first
    found = (await consumer.offsets_for_times({place: int(since.timestamp() * 1000)}))[place]
    return end if found is None else max(first, found.offset)


def _sent(record: Any) -> Sent:
    received = datetime.fromtimestamp(record.timestamp / 1000, UTC)
    # Within JSON a line ends between its words only.
    return Sent(received, (record.value or b"").replace(b"\n", b" ").replace(b"\r", b" "))
