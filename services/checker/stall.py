"""Notices that records wait and none is delivered.

A member of a consumer group can sit there with partitions of its own and be given nothing: each of
Faust's parts is well, and what one of them waits for never comes. Only Kafka knows, and is asked
beside Faust.
"""

import asyncio
import time
from collections.abc import Callable, Mapping

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from services.runtime.topics import DOSSIERS

_LOOKS = 10
"""So many times within the time after which it counts."""


class Stalled(Exception):
    """Records wait in a partition of ours, and none has been delivered for too long."""


class Stall:
    """How long records have waited, by partition."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        # By partition: its end and what it had brought when nothing was known to wait, and when.
        self._since: dict[int, tuple[int, int, float]] = {}

    def look(self, brought: Mapping[int, int], ends: Mapping[int, int]) -> None:
        """Compare with the last look. Of each partition, `brought`: how many records it has brought
        so far; `ends`: where it ends.

        Raises Stalled. A partition of which either is not known begins anew.
        """
        now = self._clock()
        before, self._since = self._since, {}
        for number in brought.keys() & ends.keys():
            end, records = ends[number], brought[number]
            was_end, was_records, since = before.get(number, (end, records, now))
            if end == was_end or records != was_records:
                was_end, was_records, since = end, records, now
            elif now - since > self._seconds:
                raise Stalled(
                    f"partition {number} has records, and brings none: {now - since:.0f} s"
                )
            self._since[number] = was_end, was_records, since


async def watch(bootstrap: str, brought: Callable[[], Mapping[int, int]], seconds: float) -> None:
    """Raise Stalled when it is so. Runs until cancelled; while Kafka does not answer it waits."""
    stall = Stall(seconds)
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, isolation_level="read_committed")
    await consumer.start()
    try:
        while True:
            await asyncio.sleep(seconds / _LOOKS)
            places = [TopicPartition(DOSSIERS, number) for number in brought()]
            try:
                ends = await consumer.end_offsets(places)
            except KafkaError:
                ends = {}
            stall.look(brought(), {place.partition: end for place, end in ends.items()})
    finally:
        await consumer.stop()
