"""What intake cannot surpass: batches are validated, and their bytes written on."""

import asyncio
import time
from typing import Any

from confluent_kafka import Consumer, TopicPartition

from schemas.events import EVENTS
from services.runtime import topics
from services.runtime.producer import TransactionalProducer

from ..child import in_child
from ..contender import Bench, Contender, Measure
from ..load import CONSOLE
from ..sending import send

_RECORDS = 5
"""Of a transaction: about what intake is given at once."""


def run(bench: Bench) -> Measure:
    """Everything once, into an empty log."""
    sent = send(bench.kafka, bench.load, bench.sizes)
    sent.release()
    ends = dict(sent.ends)
    del ends[topics.intake_topic(CONSOLE)]
    group = f"{bench.folder.name}-{bench.round}"
    done = in_child(bench.folder, measure, bench.kafka, group, ends, bench.sizes.partitions)
    events, seconds, cpu = done.value
    if events != sent.events:
        raise RuntimeError(f"{events} of {sent.events} events were read")
    spent = 1e6 * cpu / events
    return Measure(events, seconds, done.peak_mib, {"cpu_us": spent, "per_core": 1e6 / spent})


def measure(
    kafka: str, group: str, ends: dict[str, int], partitions: int
) -> tuple[int, float, float]:
    """Events, seconds from the first record read to the last commit, and CPU seconds."""
    return asyncio.run(_pass_on(kafka, group, ends, partitions))


async def _pass_on(
    kafka: str, group: str, ends: dict[str, int], partitions: int
) -> tuple[int, float, float]:
    producer = await TransactionalProducer.open(kafka, group, 60, 4 * 1024 * 1024)
    consumer = Consumer({"bootstrap.servers": kafka, "group.id": group})
    consumer.assign([TopicPartition(topic, 0, 0) for topic in ends])
    left, events = sum(ends.values()), 0
    began, worked = 0.0, 0.0
    while left:
        messages = consumer.consume(_RECORDS, timeout=0.1)
        if messages and not began:
            began, worked = time.monotonic(), time.process_time()
        if not messages:
            continue
        async with producer.transaction():
            stands = {}
            for message in messages:
                value: Any = message.value()
                place: Any = (message.topic(), message.partition())
                events += len(EVENTS.validate_json(value))
                producer.write(topics.EVENTS, left % partitions, None, value)
                stands[place] = (int(message.offset() or 0) + 1, "")
                left -= 1
            await producer.commit(stands, group)
    seconds, cpu = time.monotonic() - began, time.process_time() - worked
    await producer.close()
    consumer.close()
    return events, seconds, cpu


CONTENDER = Contender("intake-bare", "intake", run)
