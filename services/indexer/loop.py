"""Takes batches from Kafka, has them indexed, and commits what is settled, in order."""

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError

from services.runtime import topics
from services.runtime.health import Health
from services.runtime.indices import Indices
from services.runtime.pace import Pace

from . import metrics
from .bulk import Bulk
from .documents import TOPICS, Action, Record, actions
from .leaves import Leaves, to_metadata

log = logging.getLogger(__name__)

Offsets = dict[TopicPartition, tuple[int, str]]
"""Next offset to read and its metadata."""

Taken = Mapping[TopicPartition, Sequence[Any]]
"""Consumer records, in order, by partition."""


@dataclass
class Batch:
    """Records taken together, and the offsets to commit once they are settled."""

    assignment: int
    actions: list[Action] = field(default_factory=list)
    offsets: Offsets = field(default_factory=dict)


class Indexer(ConsumerRebalanceListener):  # type: ignore[misc]
    """The main loop. While Elasticsearch works on one batch, the next is made ready."""

    def __init__(
        self,
        consumer: AIOKafkaConsumer,
        leaves: Leaves,
        bulk: Bulk,
        indices: Indices,
        health: Health,
        *,
        pace: Pace,
        poll_ms: int,
        batch_records: int,
        batches: int,
    ) -> None:
        self._consumer = consumer
        self._leaves = leaves
        self._bulk = bulk
        self._indices = indices
        self._health = health
        self._pace = pace
        self._has_more = False
        self._poll_ms = poll_ms
        self._batch_records = batch_records
        self._batches = batches
        self._waiting: deque[tuple[Batch, asyncio.Task[None]]] = deque()
        # Counts changes of assignment: a batch of an earlier one is not ours to commit.
        self._assignment = 0

    async def run(self, stop: asyncio.Event, stop_seconds: float) -> None:
        """Work until `stop` is set; then settle and commit what was taken, if that is quick."""
        self._consumer.subscribe(list(TOPICS), listener=self)
        try:
            while not stop.is_set():
                await self._round(stop)
            async with asyncio.timeout(stop_seconds):
                while self._waiting:
                    await self._finish_first()
        except TimeoutError:
            log.warning("stopped before a batch was settled; the next start takes it again")
        finally:
            for _, task in self._waiting:
                task.cancel()

    async def on_partitions_revoked(self, _: object) -> None:
        """Another process may take over; what is under way is repeated by whoever comes next."""
        self._assignment += 1
        self._leaves.forget()

    async def on_partitions_assigned(self, _: object) -> None:
        self._assignment += 1
        self._leaves.forget()

    async def _round(self, stop: asyncio.Event) -> None:
        await self._pace.next_round(at_once=self._has_more)
        taken: Taken = {}
        try:
            taken = await self._consumer.getmany(
                timeout_ms=self._poll_ms, max_records=self._batch_records
            )
            self._has_more = sum(map(len, taken.values())) >= self._batch_records
            batch = await self._prepare(taken)
        except (KafkaError, OSError) as error:
            self._put_back(taken)
            self._health.failing(f"kafka away ({type(error).__name__})")
            log.warning("kafka away", extra={"why": type(error).__name__})
            await asyncio.sleep(self._poll_ms / 1000)
            return
        if batch is not None:
            self._waiting.append((batch, asyncio.create_task(self._settle(batch))))
        while self._waiting and (
            len(self._waiting) >= self._batches or not taken or self._waiting[0][1].done()
        ):
            if not await self._first_settled(stop):
                return
            await self._finish_first()
        self._health.progressed()
        await self._measure_lag()

    async def _first_settled(self, stop: asyncio.Event) -> bool:
        """Wait for the oldest batch, or until the process is to stop."""
        stopping = asyncio.create_task(stop.wait())
        task = self._waiting[0][1]
        await asyncio.wait({task, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        return task.done()

    async def _prepare(self, taken: Taken) -> Batch | None:
        """The documents of what was taken; None if it has to be read again."""
        if not taken:
            return None
        batch = Batch(self._assignment)
        unknown = [
            partition
            for partition, records in taken.items()
            if partition.topic == topics.EVENTS
            and not self._leaves.knows(partition, records[0].offset)
        ]
        if unknown:
            offsets = await self._leaves.learn(unknown)
            # Asking takes a while: if the assignment changed meanwhile, the answer may be old.
            if batch.assignment != self._assignment:
                self._leaves.forget()
                self._put_back(taken)
                return None
            # Number and offset are one: read on exactly there, whatever was read until now.
            for partition, offset in offsets.items():
                self._consumer.seek(partition, offset)
        for partition, records in taken.items():
            if partition not in unknown:
                self._add(batch, partition, records)
        return batch if batch.offsets else None

    def _add(self, batch: Batch, partition: TopicPartition, records: Sequence[Any]) -> None:
        counted = partition.topic == topics.EVENTS
        next_offset = records[-1].offset + 1
        before = len(batch.actions)
        leaf = self._leaves.leaf(partition) if counted else 0
        for raw in records:
            record = Record(
                raw.topic,
                raw.partition,
                raw.offset,
                raw.timestamp,
                raw.key or b"",
                raw.value or b"",
            )
            # Every event of the log makes exactly one document.
            number = leaf + len(batch.actions) - before
            batch.actions += actions(record, self._indices, number)
        metadata = ""
        if counted:
            self._leaves.advance(partition, next_offset, len(batch.actions) - before)
            metadata = to_metadata(self._leaves.leaf(partition))
        batch.offsets[partition] = (next_offset, metadata)

    def _put_back(self, taken: Taken) -> None:
        """Have Kafka hand these records out again."""
        for partition, records in taken.items():
            with contextlib.suppress(IllegalStateError):  # no longer ours: whose it is reads it
                self._consumer.seek(partition, records[0].offset)

    async def _settle(self, batch: Batch) -> None:
        started = time.perf_counter()
        await self._bulk.settle(batch.actions)
        metrics.BATCH_SECONDS.observe(time.perf_counter() - started)

    async def _finish_first(self) -> None:
        """Commit the oldest batch; Kafka forgets an offset that is committed out of order."""
        batch, task = self._waiting[0]
        await task
        self._waiting.popleft()
        if batch.assignment != self._assignment:
            return
        try:
            await self._consumer.commit(batch.offsets)
        except (KafkaError, IllegalStateError) as error:
            # A later commit covers this one; a later start repeats it. Neither makes doubles.
            metrics.COMMIT_FAILURES.inc()
            log.warning("offsets not committed", extra={"why": type(error).__name__})

    async def _measure_lag(self) -> None:
        for partition in self._consumer.assignment():
            end = self._consumer.highwater(partition)
            if end is None:
                continue
            lag = end - await self._consumer.position(partition)
            metrics.LAG.labels(partition.topic, str(partition.partition)).set(max(lag, 0))
