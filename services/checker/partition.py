"""One partition in the hands of this checker: its fold, and the transactions that publish it.

A transaction holds all that some records did: state, findings, history, metrics, the offset from
which to read on and, within the state, the offset of the last record. So either all of it happened
or nothing, a record that is delivered again does nothing, and a checker that was paused past its
session is fenced by the producer id that its successor took.
"""

import asyncio
import hashlib
import logging
import time
from asyncio import Future
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from aiokafka import AIOKafkaProducer, TopicPartition
from pydantic import ValidationError

from schemas.base import Model
from schemas.errors import field_errors, summary
from schemas.policy import Policy
from schemas.records import DOSSIER_RECORD, Rejected
from services.order.fold import Fold, Step
from services.order.rule import Rule
from services.runtime import topics

from . import observed
from .changelog import read_state
from .settings import CheckerSettings

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Delivery:
    """One record of `ai.dossiers` as Kafka delivered it."""

    offset: int
    value: bytes
    appended: datetime


class Partition:
    """The only writer of one partition, until another checker opens it."""

    def __init__(
        self,
        number: int,
        group: str,
        producer: AIOKafkaProducer,
        fold: Fold,
        longest_seconds: float,
    ) -> None:
        self._number = number
        self._place = TopicPartition(topics.DOSSIERS, number)
        self._group = group
        self._producer = producer
        self._fold = fold
        self._longest = longest_seconds

    @classmethod
    async def open(
        cls, number: int, settings: CheckerSettings, rules: Sequence[Rule], policy: Policy
    ) -> Self:
        """Fence whoever had the partition, then read its state: nothing can be added meanwhile."""
        producer = AIOKafkaProducer(
            bootstrap_servers=settings.kafka,
            transactional_id=f"{settings.checker_group}-{number}",
            transaction_timeout_ms=int(settings.checker_transaction_timeout_seconds * 1000),
            # The broker asks for patience while it finishes the transaction before: milliseconds.
            retry_backoff_ms=10,
            max_request_size=16 * 1024 * 1024,
        )
        await producer.start()
        try:
            state = await read_state(settings.kafka, number)
            fold = Fold(number, state, rules, policy, settings.checker_judged_per_record)
        except BaseException:
            await producer.stop()
            raise
        longest = settings.checker_transaction_seconds
        return cls(number, settings.checker_group, producer, fold, longest)

    async def close(self) -> None:
        """Give the partition back."""
        await self._producer.stop()

    async def apply(self, deliveries: Sequence[Delivery]) -> None:
        """Fold these records and publish what they did, in as few transactions as time allows.

        Raises aiokafka's ProducerFenced when another checker has taken the partition.
        """
        fresh = [d for d in deliveries if d.offset > self._fold.applied]
        while fresh:
            fresh = fresh[await self._apply_some(fresh) :]

    async def _apply_some(self, deliveries: Sequence[Delivery]) -> int:
        """One transaction, of as many records as it can hold in its time; their number."""
        began = time.monotonic()
        done = 0
        async with self._producer.transaction():
            sent: list[Future[Any]] = []
            for delivery in deliveries:
                sent += await self._publish(delivery, self._apply(delivery))
                done += 1
                if time.monotonic() - began > self._longest:
                    break
                # Lets health pages and heartbeats have their turn.
                await asyncio.sleep(0)
            progress = self._fold.progress()
            sent.append(await self._send(topics.METRICS, f"progress/{self._number}", progress))
            # A commit does not look at what became of the writes.
            await asyncio.gather(*sent)
            await self._producer.send_offsets_to_transaction(
                {self._place: deliveries[done - 1].offset + 1}, self._group
            )
        observed.progressed(progress)
        return done

    def _apply(self, delivery: Delivery) -> Step | ValidationError:
        try:
            record = DOSSIER_RECORD.validate_json(delivery.value)
        except ValidationError as error:
            return error
        step = self._fold.apply(delivery.offset, record)
        observed.judged(step, len(record.entries))
        return step

    async def _publish(
        self, delivery: Delivery, did: Step | ValidationError
    ) -> list["Future[Any]"]:
        """Hand what one record did to the producer."""
        if isinstance(did, ValidationError):
            # Written by intake, so this is a defect; it must be seen and must not stop the rest.
            log.error("a record cannot be read", extra={"offset": delivery.offset})
            errors = field_errors(did)
            reason = f"the checker cannot read this record: {summary(errors)}"
            rejected = [_rejected(self._place, delivery, reason)]
            did = self._fold.skip(delivery.offset)
        else:
            reasons = [f"{s} could not be judged: {error}" for s, error in did.failures]
            rejected = [_rejected(self._place, delivery, reason) for reason in reasons]
        observed.UNJUDGED.inc(len(rejected))
        sent = [await self._send(topics.REJECTED, r.rejected_id, r) for r in rejected]
        for finding in did.findings:
            for topic in (topics.FINDINGS, topics.FINDING_HISTORY):
                sent.append(await self._send(topic, finding.finding_id, finding))
        for metrics in did.metrics:
            sent.append(await self._send(topics.METRICS, metrics.dossier, metrics))
        for key, value in did.writes.items():
            sent.append(await self._write(topics.CHECKER_CHANGELOG, key, value))
        return sent

    async def _send(self, topic: str, key: str, document: Model) -> "Future[Any]":
        return await self._write(topic, key, document.model_dump_json(exclude_none=True).encode())

    async def _write(self, topic: str, key: str, value: bytes | None) -> "Future[Any]":
        """Hand one record to the producer; the future tells what became of it."""
        future: Future[Any] = await self._producer.send(
            topic, value, key=key.encode(), partition=self._number
        )
        return future


def _rejected(place: TopicPartition, delivery: Delivery, reason: str) -> Rejected:
    """What the checker could not do, shown where refused input is shown."""
    identity = f"{place.topic} {place.partition} {delivery.offset} {reason}"
    return Rejected(
        rejected_id="c-" + hashlib.sha256(identity.encode()).hexdigest()[:24],
        source="/checker",
        receivedtime=delivery.appended,
        topic=place.topic,
        partition=place.partition,
        offset=delivery.offset,
        reason=reason,
        errors=[],
        size_bytes=len(delivery.value),
        sha256=hashlib.sha256(delivery.value).hexdigest(),
        excerpt="",
    )
