"""One input: one partition of a source's intake topic, in the hands of this process alone.

A transaction holds all that some records led to, and the offset after them with the tick that was
told, so that all of it happened or nothing. The producer id fences a predecessor that was paused.
"""

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from textwrap import shorten
from typing import Any, Self

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.structs import OffsetAndMetadata

from schemas.base import EARLIEST
from schemas.errors import MOST_ERRORS
from schemas.events import Event, dump
from schemas.records import Rejected
from schemas.scanner import scan_event
from services.runtime import presidio
from services.runtime.offsets import committed

from . import observed
from .admission import refuse
from .decode import Item, Refusal, decode
from .duplicates import Duplicates
from .masking import excerpt
from .outbox import Outbox
from .settings import IntakeSettings
from .sources import Sources

log = logging.getLogger(__name__)

_TICK = "tick="
_LONGEST_REASON = 2000
_INSTANT = timedelta(microseconds=1)
_LOG_APPEND_TIME = 1


class Input:
    """Reads nothing itself: it is given the records, and says from where it wants them."""

    def __init__(
        self,
        place: TopicPartition,
        producer: AIOKafkaProducer,
        sources: Sources,
        settings: IntakeSettings,
        start: OffsetAndMetadata,
    ) -> None:
        self._place = place
        self._producer = producer
        self._sources = sources
        self._settings = settings
        self._extra = presidio.recognisers(settings.scanner_presidio)
        self._next_offset: int = max(0, start.offset)
        self._tick = _from_metadata(start.metadata)
        self._told_everywhere = EARLIEST
        self._duplicates = Duplicates(settings.intake_duplicates_remembered)

    @classmethod
    async def open(cls, place: TopicPartition, sources: Sources, settings: IntakeSettings) -> Self:
        """Fence whoever had the input, then learn where it stands: nobody can move it meanwhile."""
        producer = AIOKafkaProducer(
            bootstrap_servers=settings.kafka,
            transactional_id=f"{settings.intake_group}-{place.topic}-{place.partition}",
            transaction_timeout_ms=int(settings.intake_transaction_timeout_seconds * 1000),
            # The broker asks for patience while it finishes the transaction before: milliseconds.
            retry_backoff_ms=10,
            max_request_size=4 * 1024 * 1024,
        )
        await producer.start()
        stands = await committed(settings.kafka, settings.intake_group, [place])
        start = stands.get(place, OffsetAndMetadata(-1, ""))
        return cls(place, producer, sources, settings, start)

    @property
    def next_offset(self) -> int:
        """From where to read."""
        return self._next_offset

    async def close(self) -> None:
        """Give the input back."""
        await self._producer.stop()

    async def take_in(self, records: Sequence[Any]) -> None:
        """Read these records (aiokafka's ConsumerRecord, in order) and pass them on.

        The caller has refreshed the directory of sources since it read the records.
        """
        outbox = Outbox(self._settings.partitions, self._owner)
        tick_before = received = self._tick
        for record in records:
            received = self._received(record)
            for item in self._decode(record.value):
                self._take_in(item, record, received, outbox)
        self._next_offset = records[-1].offset + 1
        await self._publish(outbox, tick_before, received)

    async def tell(self, now: datetime) -> None:
        """Say that nothing was received up to `now` that has not been passed on."""
        await self._publish(Outbox(self._settings.partitions), self._tick, max(now, self._tick))

    @property
    def _owner(self) -> str | None:
        return self._sources.owner(self._place.topic)

    def _received(self, record: Any) -> datetime:
        """When the broker had the record, but always after the last tick, which promised that
        nothing up to it is still to come."""
        by_broker = record.timestamp_type == _LOG_APPEND_TIME
        appended = datetime.fromtimestamp(record.timestamp / 1000, UTC)
        # A time that the sender set says nothing about receipt.
        return max(appended if by_broker else datetime.now(UTC), self._tick + _INSTANT)

    def _decode(self, value: bytes | None) -> list[Item]:
        limits = self._settings
        return list(decode(value, limits.intake_max_event_bytes, limits.intake_max_batch_events))

    def _take_in(self, item: Item, record: Any, received: datetime, outbox: Outbox) -> None:
        source = self._owner or f"(owner of {self._place.topic})"
        outcome = self._admitted(item.outcome, source, received)
        if isinstance(outcome, Refusal):
            outbox.refuse(self._rejected(item, outcome, source, record, received))
            observed.REJECTED.labels(source).inc()
            return
        memory = self._duplicates.remember(outcome)
        if memory == "repetition":
            observed.REPEATED.labels(source).inc()
            return
        stamped = outcome.model_copy(update={"receivedtime": received})
        outbox.accept(stamped, is_conflict=memory == "conflict")
        observed.ACCEPTED.labels(source).inc()

    def _admitted(
        self, outcome: Event | Refusal, source: str, received: datetime
    ) -> Event | Refusal:
        """The event as it goes into the log, or why it does not.

        A defect of ours in handling one event must be seen, and must not stop all others.
        """
        if isinstance(outcome, Refusal):
            return outcome
        ahead = timedelta(seconds=self._settings.intake_max_ahead_seconds)
        try:
            refusal = refuse(
                outcome, source, self._sources.registered(source, received), received, ahead
            )
            return refusal or self._fitting(self._scanned(outcome))
        except Exception as error:
            log.exception("an event could not be handled and is refused")
            return Refusal(f"intake could not handle this event: {type(error).__name__}")

    def _fitting(self, event: Event) -> Event | Refusal:
        """What a scanner has added may have made the event too large."""
        size = len(dump(event))
        if size <= 2 * self._settings.intake_max_event_bytes:
            return event
        return Refusal(f"the event has {size} bytes after scanning; it holds too much to be kept")

    def _scanned(self, event: Event) -> Event:
        """Without content, and with masks for what else is protected: what a scanner finds is
        kept as class, kind and digest."""
        return scan_event(event, self._settings.digest_key.get_secret_value().encode(), self._extra)

    def _rejected(
        self, item: Item, refusal: Refusal, source: str, record: Any, received: datetime
    ) -> Rejected:
        place = f"{record.topic} {record.partition} {record.offset} {item.place}"
        event = item.outcome if not isinstance(item.outcome, Refusal) else None
        return Rejected(
            rejected_id="r-" + hashlib.sha256(place.encode()).hexdigest()[:24],
            source=source,
            receivedtime=received,
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            item=item.place,
            event_id=event.id if event else None,
            event_type=event.type if event else None,
            reason=shorten(refusal.reason, _LONGEST_REASON, placeholder=" …"),
            errors=list(refusal.errors[:MOST_ERRORS]),
            size_bytes=len(item.raw),
            sha256=hashlib.sha256(item.raw).hexdigest(),
            excerpt=excerpt(item.raw),
        )

    async def _publish(self, outbox: Outbox, tick_before: datetime, tick: datetime) -> None:
        """One transaction. Every partition hears of a tick at least every tick interval; but of a
        topic that belongs to nobody, from which nothing is accepted, none does."""
        interval = timedelta(seconds=self._settings.intake_tick_seconds)
        # A little early is as good: ticks are taken at the time of the last fetch.
        everywhere = self._owner is not None and tick - self._told_everywhere >= interval / 2
        writes = list(outbox.writes(self._name, tick_before, tick, everywhere))
        offset = OffsetAndMetadata(self._next_offset, _TICK + tick.isoformat())
        with observed.TRANSACTION_SECONDS.time():
            async with self._producer.transaction():
                sent = [
                    await self._producer.send(w.topic, w.value, key=w.key, partition=w.partition)
                    for w in writes
                ]
                # A commit does not look at what became of the writes.
                await asyncio.gather(*sent)
                await self._producer.send_offsets_to_transaction(
                    {self._place: offset}, self._settings.intake_group
                )
        self._tick = tick
        if everywhere:
            self._told_everywhere = tick
        observed.TICK.labels(self._name).set(tick.timestamp())

    @property
    def _name(self) -> str:
        """The input's name in the log: its source, as the registry knows it."""
        suffix = f"#{self._place.partition}" if self._place.partition else ""
        return (self._owner or self._place.topic) + suffix


def _from_metadata(metadata: str) -> datetime:
    """The tick that was told with a committed offset."""
    if not metadata.startswith(_TICK):
        return EARLIEST
    return datetime.fromisoformat(metadata.removeprefix(_TICK))
