"""The main loop of intake: one consumer over all intake topics, one `Input` per partition."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition

from services.runtime.health import Health

from . import observed
from .input import Input
from .settings import IntakeSettings
from .sources import Sources

log = logging.getLogger(__name__)

POLL_MS = 100


class Intake(ConsumerRebalanceListener):  # type: ignore[misc]
    """Reads, hands over, ticks. Inputs come and go with the consumer group's assignment."""

    def __init__(
        self, consumer: AIOKafkaConsumer, sources: Sources, settings: IntakeSettings, health: Health
    ) -> None:
        self._consumer = consumer
        self._sources = sources
        self._settings = settings
        self._health = health
        self._inputs: dict[TopicPartition, Input] = {}
        self._told_at: dict[TopicPartition, datetime] = {}
        # Held while records are read and passed on: inputs are given back in between only.
        self._busy = asyncio.Lock()
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Finish what is in hand, then return from `run`."""
        self._stopping.set()

    async def run(self) -> None:
        """Until `stop`. Raises whatever Kafka does; nothing uncommitted has happened then."""
        while not self._stopping.is_set():
            async with self._busy:
                await self._round()
            self._health.progressed("intake")
            # Lets a waiting rebalance have the lock.
            await asyncio.sleep(0)
        async with self._busy:
            await self._close_inputs()

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Called by the consumer before others may have these."""
        async with self._busy:
            await self._close_inputs()

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Called by the consumer; reading starts where each input was left."""
        async with self._busy:
            await self._close_inputs()
            opened = await asyncio.gather(
                *(Input.open(place, self._sources, self._settings) for place in assigned)
            )
            self._inputs = dict(zip(assigned, opened, strict=True))
            for place, opened_input in self._inputs.items():
                if opened_input.next_offset is not None:
                    self._consumer.seek(place, opened_input.next_offset)
            log.info("inputs assigned", extra={"inputs": len(assigned)})

    async def _round(self) -> None:
        if not self._inputs:
            await asyncio.sleep(POLL_MS / 1000)
            return
        batches = await self._consumer.getmany(
            timeout_ms=POLL_MS, max_records=self._settings.intake_records_per_transaction
        )
        lots = [(place, records) for place, records in batches.items() if records]
        await asyncio.gather(*(self._inputs[place].take_in(records) for place, records in lots))
        await asyncio.gather(*(self._tell(place) for place in self._inputs))

    async def _tell(self, place: TopicPartition) -> None:
        """A tick for an input that has been read to its end, as of the time that was found out."""
        end = self._consumer.last_stable_offset(place)
        polled_ms = self._consumer.last_poll_timestamp(place)
        if end is None or polled_ms is None:
            return
        behind = end - await self._consumer.position(place)
        observed.LAG.labels(f"{place.topic}/{place.partition}").set(max(0, behind))
        polled = datetime.fromtimestamp(polled_ms / 1000, UTC)
        interval = timedelta(seconds=self._settings.intake_tick_seconds)
        last = self._told_at.get(place)
        if behind <= 0 and (last is None or polled - last >= interval):
            self._told_at[place] = polled
            await self._inputs[place].tell(polled)

    async def _close_inputs(self) -> None:
        await asyncio.gather(*(closing.close() for closing in self._inputs.values()))
        self._inputs.clear()
        self._told_at.clear()
