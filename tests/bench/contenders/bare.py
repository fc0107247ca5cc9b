"""The ceiling: a loop that reads and validates the checker's records, and does nothing else."""

import asyncio
import time

from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.records import DOSSIER_RECORD
from services.runtime import topics

from ..child import in_child
from ..contender import Bench, Contender, Measure, Row
from ..dossiers import fill


def run(bench: Bench) -> Measure:
    """Everything once, from the first record of the load."""
    filled = fill(bench.kafka, bench.load, bench.sizes)
    filled.release()
    done = in_child(bench.folder, measure, bench.kafka, filled.starts, filled.ends)
    return Measure(bench.load.count, done.value, done.peak_mib)


def measure(bootstrap: str, starts: list[int], ends: list[int]) -> float:
    """Seconds."""
    return asyncio.run(_read(bootstrap, starts, ends))


async def _read(bootstrap: str, starts: list[int], ends: list[int]) -> float:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        isolation_level="read_committed",
        enable_auto_commit=False,
        max_partition_fetch_bytes=8 * 1024 * 1024,
    )
    await consumer.start()
    try:
        places = [TopicPartition(topics.DOSSIERS, n) for n in range(len(ends))]
        consumer.assign(places)
        for place in places:
            consumer.seek(place, starts[place.partition])
        left = sum(ends) - sum(starts)
        began = time.monotonic()
        while left:
            batches = await consumer.getmany(timeout_ms=1000, max_records=200)
            for records in batches.values():
                left -= len(records)
                for record in records:
                    DOSSIER_RECORD.validate_json(record.value)
        return time.monotonic() - began
    finally:
        await consumer.stop()


CONTENDER = Contender("bare", "checker", run)

ROWS = [
    Row(
        "The checker against a bare loop",
        "checker",
        "the loop validates the same records and does nothing else: no state, no output",
        against="bare",
    ),
]
