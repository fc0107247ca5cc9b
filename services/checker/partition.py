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
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Self

from pydantic import ValidationError

from schemas.base import Model
from schemas.errors import field_errors, summary
from schemas.policy import Policy
from schemas.records import DOSSIER_RECORD, Rejected
from schemas.verdicts import DossierMetrics, Finding
from services.order.fold import Fold, Step
from services.order.pool import Pool
from services.order.rule import Rule
from services.runtime import topics
from services.runtime.producer import TransactionalProducer

from . import observed
from .changelog import read_state
from .settings import CheckerSettings

log = logging.getLogger(__name__)

# As much as the changelog takes: what was said of one dossier, with every finding.
_LARGEST_RECORD_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True)
class Delivery:
    """One record of `ai.dossiers` as Kafka delivered it."""

    offset: int
    value: bytes
    appended: datetime


@dataclass
class Lot:
    """What the records of one transaction did. Of state and metrics only the last of each key is
    written: nobody has seen those before."""

    writes: dict[str, bytes | None] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    metrics: dict[str, DossierMetrics] = field(default_factory=dict)
    rejected: list[Rejected] = field(default_factory=list)

    def add(self, step: Step) -> None:
        """Take in what one more record did."""
        self.writes |= step.writes
        self.findings += step.findings
        self.metrics |= {metrics.dossier: metrics for metrics in step.metrics}


class Partition:
    """The only writer of one partition, until another checker opens it."""

    def __init__(
        self,
        number: int,
        group: str,
        producer: TransactionalProducer,
        fold: Fold,
        longest_seconds: float,
    ) -> None:
        self._number = number
        self._group = group
        self._producer = producer
        self._fold = fold
        self._longest = longest_seconds

    @classmethod
    async def open(
        cls,
        number: int,
        settings: CheckerSettings,
        rules: Sequence[Rule],
        policy: Policy,
        pool: Pool,
    ) -> Self:
        """Fence whoever had the partition, then read its state: nothing can be added meanwhile.

        `pool`: of facts, shared with the other partitions of this checker.
        """
        producer = await TransactionalProducer.open(
            settings.kafka,
            f"{settings.checker_group}-{number}",
            settings.checker_transaction_timeout_seconds,
            _LARGEST_RECORD_BYTES,
        )
        try:
            state = await read_state(settings.kafka, number)
            uses_wait = timedelta(seconds=settings.checker_uses_wait_seconds)
            most = settings.checker_judged_per_record
            fold = Fold(number, state, rules, policy, most, uses_wait, pool)
        except BaseException:
            await producer.close()
            raise
        longest = settings.checker_transaction_seconds
        return cls(number, settings.checker_group, producer, fold, longest)

    async def close(self) -> None:
        """Give the partition back."""
        await self._producer.close()

    async def apply(self, deliveries: Sequence[Delivery]) -> None:
        """Fold these records and publish what they did, in as few transactions as time allows.

        Raises services.runtime.producer.Fenced when another checker has taken the partition, and
        ProducerError when Kafka did not take all of it; then the partition must be opened anew.
        """
        fresh = [d for d in deliveries if d.offset > self._fold.applied]
        while fresh:
            fresh = fresh[await self._apply_some(fresh) :]

    async def _apply_some(self, deliveries: Sequence[Delivery]) -> int:
        """One transaction, of as many records as it can hold in its time; their number."""
        began = time.monotonic()
        lot, done = Lot(), 0
        for delivery in deliveries:
            self._fold_one(delivery, lot)
            done += 1
            if time.monotonic() - began > self._longest:
                break
            # Lets health pages and heartbeats have their turn.
            await asyncio.sleep(0)
        progress = self._fold.progress()
        async with self._producer.transaction():
            self._write_all(lot)
            self._send(topics.METRICS, f"progress/{self._number}", progress)
            reads_on = {(topics.DOSSIERS, self._number): (deliveries[done - 1].offset + 1, "")}
            await self._producer.commit(reads_on, self._group)
        observed.progressed(progress)
        return done

    def _fold_one(self, delivery: Delivery, lot: Lot) -> None:
        try:
            record = DOSSIER_RECORD.validate_json(delivery.value)
        except ValidationError as error:
            # Written by intake, so this is a defect; it must be seen and must not stop the rest.
            step = self._fold.skip(delivery.offset)
            reasons = [f"the checker cannot read this record: {summary(field_errors(error))}"]
        else:
            step = self._fold.apply(delivery.offset, record)
            observed.judged(step, len(record.entries))
            reasons = [f"{s} could not be judged: {error}" for s, error in step.failures]
        for reason in reasons:
            log.error("a defect", extra={"offset": delivery.offset, "reason": reason})
        observed.UNJUDGED.inc(len(reasons))
        lot.add(step)
        lot.rejected += [_rejected(self._number, delivery, reason) for reason in reasons]

    def _write_all(self, lot: Lot) -> None:
        for rejected in lot.rejected:
            self._send(topics.REJECTED, rejected.rejected_id, rejected)
        for finding in lot.findings:
            self._send(topics.FINDINGS, finding.finding_id, finding)
            self._send(topics.FINDING_HISTORY, finding.finding_id, finding)
        for metrics in lot.metrics.values():
            self._send(topics.METRICS, metrics.dossier, metrics)
        for key, value in lot.writes.items():
            self._producer.write(topics.CHECKER_CHANGELOG, self._number, key.encode(), value)

    def _send(self, topic: str, key: str, document: Model) -> None:
        value = document.model_dump_json(exclude_none=True).encode()
        self._producer.write(topic, self._number, key.encode(), value)


def _rejected(number: int, delivery: Delivery, reason: str) -> Rejected:
    """What the checker could not do, shown where refused input is shown."""
    identity = f"{topics.DOSSIERS} {number} {delivery.offset} {reason}"
    return Rejected(
        rejected_id="c-" + hashlib.sha256(identity.encode()).hexdigest()[:24],
        source="/checker",
        receivedtime=delivery.appended,
        topic=topics.DOSSIERS,
        partition=number,
        offset=delivery.offset,
        reason=reason,
        errors=[],
        size_bytes=len(delivery.value),
        sha256=hashlib.sha256(delivery.value).hexdigest(),
        excerpt="",
    )
