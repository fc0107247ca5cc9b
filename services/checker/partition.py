"""One partition in the hands of this checker: its fold, and the transactions that publish it.

A transaction holds all that some records did: state, findings, history, metrics, the offset from
which to read on and, within the state, the offset of the last record. So either all of it happened
or nothing, a record that is delivered again does nothing, and a checker that was paused past its
session is fenced by the producer id that its successor took.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

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


@dataclass(frozen=True)
class Delivery:
    """One record of `ai.dossiers` as Kafka delivered it."""

    offset: int
    value: bytes


class Partition:
    """The only writer of one partition, until another checker opens it."""

    def __init__(self, number: int, group: str, producer: AIOKafkaProducer, fold: Fold) -> None:
        self._number = number
        self._place = TopicPartition(topics.DOSSIERS, number)
        self._group = group
        self._producer = producer
        self._fold = fold

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
        return cls(number, settings.checker_group, producer, fold)

    async def close(self) -> None:
        """Give the partition back."""
        await self._producer.stop()

    async def apply(self, deliveries: Sequence[Delivery]) -> None:
        """Fold these records and publish what they did, in one transaction.

        Raises aiokafka's ProducerFenced when another checker has taken the partition.
        """
        fresh = [d for d in deliveries if d.offset > self._fold.applied]
        if not fresh:
            return
        async with self._producer.transaction():
            for delivery in fresh:
                await self._publish(self._apply(delivery))
            progress = self._fold.progress()
            await self._send(topics.METRICS, f"progress/{self._number}", progress)
            await self._producer.send_offsets_to_transaction(
                {self._place: fresh[-1].offset + 1}, self._group
            )
        observed.progressed(progress)

    def _apply(self, delivery: Delivery) -> Step | Rejected:
        try:
            record = DOSSIER_RECORD.validate_json(delivery.value)
        except ValidationError as error:
            # Written by intake, so this is a defect; it must be seen and must not stop the rest.
            return _unreadable(self._number, delivery, error)
        step = self._fold.apply(delivery.offset, record)
        observed.judged(step, len(record.entries))
        return step

    async def _publish(self, did: Step | Rejected) -> None:
        if isinstance(did, Rejected):
            await self._send(topics.REJECTED, did.rejected_id, did)
            return
        for finding in did.findings:
            await self._send(topics.FINDINGS, finding.finding_id, finding)
            await self._send(topics.FINDING_HISTORY, finding.finding_id, finding)
        for metrics in did.metrics:
            await self._send(topics.METRICS, metrics.dossier, metrics)
        for key, value in did.writes.items():
            await self._write(topics.CHECKER_CHANGELOG, key, value)

    async def _send(self, topic: str, key: str, document: Model) -> None:
        await self._write(topic, key, document.model_dump_json(exclude_none=True).encode())

    async def _write(self, topic: str, key: str, value: bytes) -> None:
        """Hand over to the producer; the commit of the transaction awaits every write."""
        await self._producer.send(topic, value, key=key.encode(), partition=self._number)


def _unreadable(partition: int, delivery: Delivery, error: ValidationError) -> Rejected:
    errors = field_errors(error)
    observed.UNREADABLE.inc()
    return Rejected(
        rejected_id=f"{topics.DOSSIERS}-{partition}-{delivery.offset}",
        source="/checker",
        receivedtime=datetime.now(UTC),
        topic=topics.DOSSIERS,
        partition=partition,
        offset=delivery.offset,
        reason=f"the checker cannot read this record: {summary(errors)}",
        errors=errors,
        size_bytes=len(delivery.value),
        sha256=hashlib.sha256(delivery.value).hexdigest(),
        excerpt="",
    )
