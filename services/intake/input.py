"""One input: one partition of a source's intake topic, in the hands of this process alone.

A transaction holds all that some records led to, and the offset after them with the tick that was
told, so that all of it happened or nothing. The producer id fences a predecessor that was paused.
"""

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from textwrap import shorten
from typing import Any, Self

from aiokafka import TopicPartition
from aiokafka.structs import OffsetAndMetadata
from pydantic import TypeAdapter

from schemas.ai import SourceHeartbeat
from schemas.base import EARLIEST
from schemas.errors import MOST_ERRORS
from schemas.events import Event, dump
from schemas.records import Rejected
from schemas.scanner import scan_event
from services.runtime import presidio
from services.runtime.admission import Admission
from services.runtime.decode import Decoded, Refusal, decode
from services.runtime.offsets import committed
from services.runtime.producer import TransactionalProducer
from services.runtime.sources import Sources
from services.runtime.topics import SOURCES

from . import observed
from .duplicates import Duplicates
from .masking import excerpt
from .outbox import Outbox
from .settings import IntakeSettings

log = logging.getLogger(__name__)

_TIME = TypeAdapter(datetime)
_TICK = "tick="
_LONGEST_REASON = 2000
_INSTANT = timedelta(microseconds=1)
_LOG_APPEND_TIME = 1
_LARGEST_RECORD = 4 * 1024 * 1024


class Input:
    """Reads nothing itself: it is given the records, and says from where it wants them."""

    def __init__(
        self,
        place: TopicPartition,
        producer: TransactionalProducer,
        sources: Sources,
        settings: IntakeSettings,
        start: OffsetAndMetadata,
    ) -> None:
        self._place = place
        self._producer = producer
        self._sources = sources
        self._settings = settings
        self._extra = presidio.recognisers(settings.scanner_presidio)
        self._key = settings.digest_key.get_secret_value().encode()
        self._next_offset: int = max(0, start.offset)
        self._tick = _from_metadata(start.metadata)
        self._told_everywhere = EARLIEST
        self._duplicates = Duplicates(settings.intake_duplicates_remembered)
        self._committing: asyncio.Task[None] | None = None
        self._heartbeats = observed.Heartbeats()

    @classmethod
    async def open(cls, place: TopicPartition, sources: Sources, settings: IntakeSettings) -> Self:
        """Fence whoever had the input, then learn where it stands: nobody can move it meanwhile."""
        producer = await TransactionalProducer.open(
            settings.kafka,
            f"{settings.intake_group}-{place.topic}-{place.partition}",
            settings.intake_transaction_timeout_seconds,
            _LARGEST_RECORD,
        )
        stands = await committed(settings.kafka, settings.intake_group, [place])
        start = stands.get(place, OffsetAndMetadata(-1, ""))
        return cls(place, producer, sources, settings, start)

    @property
    def next_offset(self) -> int:
        """From where to read."""
        return self._next_offset

    async def close(self) -> None:
        """Give the input back, when what was passed on last is committed."""
        try:
            await self._committed()
        finally:
            await self._producer.close()

    async def take_in(self, records: Sequence[Any]) -> None:
        """Read these records (aiokafka's ConsumerRecord, in order) and pass them on.

        The caller has refreshed the directory of sources since it read the records. Returns while
        Kafka commits; a failure is raised by what is asked of the input next.
        """
        outbox = Outbox(self._settings.partitions, self._owner)
        tick_before = received = self._tick
        for record in records:
            received = self._received(record)
            if not self._is_tried_out(received):
                self._take_in(record, received, outbox)
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

    def _is_tried_out(self, received: datetime) -> bool:
        """Whether the source was a sandbox then: what it sent stays on its own topic, for the
        gateway to judge, and leaves no other trace."""
        source = self._owner
        registered = self._sources.registered(source, received) if source is not None else None
        if registered is None or not registered.sandbox:
            return False
        observed.TRIED_OUT.labels(source).inc()
        return True

    def _take_in(self, record: Any, received: datetime, outbox: Outbox) -> None:
        limits = self._settings
        decoded = decode(
            record.value, limits.intake_max_event_bytes, limits.intake_max_batch_events
        )
        source = self._owner or f"(owner of {self._place.topic})"
        registered = self._sources.registered(source, received)
        ahead = timedelta(seconds=limits.intake_max_ahead_seconds)
        admission = Admission(source, registered, received, ahead)
        counts = {observed.ACCEPTED: 0, observed.REJECTED: 0, observed.REPEATED: 0}
        for place, outcome in enumerate(decoded.outcomes):
            admitted = self._admitted(outcome, admission)
            if isinstance(admitted, Refusal):
                rejected = self._rejected(decoded, place, admitted, source, record, received)
                outbox.refuse(rejected)
                counts[observed.REJECTED] += 1
                continue
            event, line = admitted
            memory = self._duplicates.remember(event.id, line)
            if memory == "repetition":
                counts[observed.REPEATED] += 1
                continue
            outbox.accept(*stamped(event, line, received), is_conflict=memory == "conflict")
            if isinstance(event, SourceHeartbeat):
                self._heartbeats.told(event)
            counts[observed.ACCEPTED] += 1
        for counter, count in counts.items():
            counter.labels(source).inc(count)

    def _admitted(
        self, outcome: Event | Refusal, admission: Admission
    ) -> tuple[Event, bytes] | Refusal:
        """The event as it goes into the log and its bytes, or why it does not.

        A defect of ours in handling one event must be seen, and must not stop all others.
        """
        if isinstance(outcome, Refusal):
            return outcome
        try:
            refusal = admission.refuse(outcome)
            if refusal is not None:
                return refusal
            # Without content, and with masks for what else is protected: what a scanner finds is
            # kept as class, kind and digest.
            event = scan_event(outcome, self._key, self._extra)
            line = dump(event)
        except Exception as error:
            log.exception("an event could not be handled and is refused")
            return Refusal(f"intake could not handle this event: {type(error).__name__}")
        if len(line) > 2 * self._settings.intake_max_event_bytes:
            return Refusal(
                f"the event has {len(line)} bytes after scanning; it holds too much to be kept"
            )
        return event, line

    def _rejected(
        self,
        decoded: Decoded,
        place: int,
        refusal: Refusal,
        source: str,
        record: Any,
        received: datetime,
    ) -> Rejected:
        item = place if decoded.is_batch else None
        identity = f"{record.topic} {record.partition} {record.offset} {item}"
        outcome, raw = decoded.outcomes[place], decoded.raw(place)
        event = None if isinstance(outcome, Refusal) else outcome
        return Rejected(
            rejected_id="r-" + hashlib.sha256(identity.encode()).hexdigest()[:24],
            source=source,
            receivedtime=received,
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            item=item,
            event_id=event.id if event else None,
            event_type=event.type if event else None,
            reason=shorten(refusal.reason, _LONGEST_REASON, placeholder=" …"),
            errors=list(refusal.errors[:MOST_ERRORS]),
            size_bytes=len(raw),
            sha256=hashlib.sha256(raw).hexdigest(),
            excerpt=excerpt(raw),
        )

    async def _publish(self, outbox: Outbox, tick_before: datetime, tick: datetime) -> None:
        """One transaction. Every partition hears of a tick at least every tick interval; but of a
        topic that belongs to nobody, from which nothing is accepted, none does."""
        interval = timedelta(seconds=self._settings.intake_tick_seconds)
        # A little early is as good: ticks are taken at the time of the last fetch.
        everywhere = self._owner is not None and tick - self._told_everywhere >= interval / 2
        writes = list(outbox.writes(self._name, tick_before, tick, everywhere))
        await self._committed()
        self._tick = tick
        if everywhere:
            self._told_everywhere = tick
        self._producer.begin()
        for each in writes:
            self._producer.write(each.topic, each.partition, each.key, each.value)
        self._committing = asyncio.create_task(self._commit(self._next_offset, tick))
        if any(each.topic == SOURCES for each in writes):
            # Whoever sends once this registration was sent finds it in the directory.
            await self._committed()

    async def _commit(self, offset: int, tick: datetime) -> None:
        place = self._place.topic, self._place.partition
        stands = offset, _TICK + tick.isoformat()
        with observed.TRANSACTION_SECONDS.time():
            await self._producer.commit({place: stands}, self._settings.intake_group)
        observed.TICK.labels(self._name).set(tick.timestamp())

    async def _committed(self) -> None:
        """Wait for the transaction in hand. Raises ProducerError: where the input stands is then
        known to Kafka alone, and whoever has it must open it again."""
        if self._committing is not None:
            await self._committing
            self._committing = None

    @property
    def _name(self) -> str:
        """The input's name in the log: its source, as the registry knows it."""
        suffix = f"#{self._place.partition}" if self._place.partition else ""
        return (self._owner or self._place.topic) + suffix


def stamped(event: Event, line: bytes, received: datetime) -> tuple[Event, bytes]:
    """The event with its receipt, and the bytes that `dump` would give for it.

    `line`: `dump(event)`. The event itself is changed, for it is nobody else's yet: a copy and a
    second `dump` would take as long as all of its validation.
    """
    event.__dict__["receivedtime"] = received
    # No text can hold this, for within one every quotation mark has a backslash before it.
    begin = line.index(b',"data":{')
    return event, b'%b,"receivedtime":%b%b' % (line[:begin], _stamp(received), line[begin:])


@lru_cache(maxsize=1)
def _stamp(received: datetime) -> bytes:
    return _TIME.dump_json(received)


def _from_metadata(metadata: str) -> datetime:
    """The tick that was told with a committed offset."""
    if not metadata.startswith(_TICK):
        return EARLIEST
    return datetime.fromisoformat(metadata.removeprefix(_TICK))
