"""The main loop of intake: one consumer over all intake topics, one `Input` per partition."""

import asyncio
import contextlib
import logging
import math
import time
from collections.abc import Iterator
from datetime import UTC, datetime

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import IllegalStateError

from services.runtime.health import Health
from services.runtime.pace import Pace
from services.runtime.sources import Sources

from . import observed
from .input import Input
from .settings import IntakeSettings

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
        self._told_at = -math.inf
        self._pace = Pace(settings.intake_pace_seconds)
        self._has_more = False
        # Held while records are read and passed on: inputs are given back in between only.
        self._busy = asyncio.Lock()
        self._stopping = asyncio.Event()
        self._failure: Exception | None = None
        # Counts changes of assignment.
        self._assignment = 0

    def stop(self) -> None:
        """Finish what is in hand, then return from `run`."""
        self._stopping.set()

    async def run(self) -> None:
        """Until `stop`. Raises whatever Kafka does; nothing uncommitted has happened then."""
        rounds = asyncio.create_task(self._rounds())
        stopping = asyncio.create_task(self._stopping.wait())
        await asyncio.wait({rounds, stopping}, return_when=asyncio.FIRST_COMPLETED)
        async with self._busy:
            if rounds.done():
                rounds.result()
            rounds.cancel()
            await self._close_inputs()

    async def _rounds(self) -> None:
        while True:
            if self._failure is not None:
                raise self._failure
            await self._round()
            self._health.progressed("intake")

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Called by the consumer before others may have these."""
        with self._noticing_failure():
            async with self._busy:
                await self._close_inputs()

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Called by the consumer; reading starts where each input was left."""
        with self._noticing_failure():
            await self._open_inputs(assigned)

    @contextlib.contextmanager
    def _noticing_failure(self) -> Iterator[None]:
        """aiokafka logs what a listener raises and goes on: without inputs, for ever."""
        try:
            yield
        except Exception as error:
            self._failure = error
            raise

    async def _open_inputs(self, assigned: set[TopicPartition]) -> None:
        async with self._busy:
            await self._close_inputs()
            opened = await asyncio.gather(
                *(Input.open(place, self._sources, self._settings) for place in assigned)
            )
            inputs = dict(zip(assigned, opened, strict=True))
            await self._report_lost(inputs)
            self._inputs = inputs
            self._read_from_where_inputs_stand()
            log.info("inputs assigned", extra={"inputs": len(assigned)})

    async def _round(self) -> None:
        if not self._inputs:
            await asyncio.sleep(POLL_MS / 1000)
            return
        await self._pace.next_round(at_once=self._has_more)
        assignment, most = self._assignment, self._settings.intake_records_per_transaction
        # Not while busy: during a rebalance this waits for its end, which waits for us.
        batches = await self._consumer.getmany(timeout_ms=POLL_MS, max_records=most)
        self._has_more = sum(map(len, batches.values())) >= most
        async with self._busy:
            if assignment != self._assignment:
                self._read_from_where_inputs_stand()
                return
            lots = [(place, records) for place, records in batches.items() if records]
            if lots:
                await self._sources.refresh()
            await asyncio.gather(*(self._inputs[p].take_in(records) for p, records in lots))
            await self._tell_all()

    def _read_from_where_inputs_stand(self) -> None:
        """What was just read was asked for in an assignment that is over, and is dropped."""
        for place, opened in self._inputs.items():
            # Not assigned any more: then another assignment is on its way, and will seek too.
            with contextlib.suppress(IllegalStateError):
                self._consumer.seek(place, opened.next_offset)

    async def _tell_all(self) -> None:
        """Ticks for all inputs at once, so that the checker takes them in one lot."""
        interval = self._settings.intake_tick_seconds
        if time.monotonic() - self._told_at < interval:
            return
        self._told_at = time.monotonic()
        # A topic that is new ends the assignment before it is called revoked.
        still = self._inputs.keys() & self._consumer.assignment()
        await asyncio.gather(*(self._tell(place) for place in still))

    async def _tell(self, place: TopicPartition) -> None:
        """A tick for an input that has been read to its end, as of the time that was found out."""
        end = self._consumer.last_stable_offset(place)
        polled_ms = self._consumer.last_poll_timestamp(place)
        position = await self._position(place)
        if end is None or polled_ms is None or position is None:
            return
        behind = end - position
        observed.LAG.labels(f"{place.topic}/{place.partition}").set(max(0, behind))
        if behind <= 0:
            await self._inputs[place].tell(datetime.fromtimestamp(polled_ms / 1000, UTC))

    async def _position(self, place: TopicPartition) -> int | None:
        """Where reading stands, or None while that is unknown.

        aiokafka would wait for a rebalance to end, which waits for us.
        """
        try:
            position: int = await asyncio.wait_for(
                self._consumer.position(place), timeout=POLL_MS / 1000
            )
        except (TimeoutError, IllegalStateError):
            return None
        return position

    async def _report_lost(self, opened: dict[TopicPartition, Input]) -> None:
        """Records that Kafka has deleted before they were read must not go unnoticed."""
        starts = await self._consumer.beginning_offsets(list(opened))
        for place, start in starts.items():
            lost = start - opened[place].next_offset
            if lost > 0:
                observed.LOST.labels(f"{place.topic}/{place.partition}").inc(lost)
                log.error("records deleted unread", extra={"topic": place.topic, "records": lost})

    async def _close_inputs(self) -> None:
        await asyncio.gather(*(closing.close() for closing in self._inputs.values()))
        self._inputs.clear()
        self._told_at = -math.inf
        self._assignment += 1
