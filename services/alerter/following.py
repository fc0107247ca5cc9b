"""The findings as Kafka has them: read from the beginning, and kept up with."""

import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Self

from aiokafka import AIOKafkaConsumer
from pydantic import ValidationError

from schemas.verdicts import Finding
from services.runtime.topics import FINDINGS

from . import metrics
from .known import Known
from .plan import Plan

log = logging.getLogger(__name__)


class Findings:
    """Reads `ai.findings` into the plan. Without a group: at every start all of it is read."""

    def __init__(self, consumer: AIOKafkaConsumer, plan: Plan) -> None:
        """Use `open`."""
        self._consumer = consumer
        self._plan = plan

    @classmethod
    async def open(cls, bootstrap: str, plan: Plan, now: datetime) -> Self:
        """Read what is there by now. Raises KafkaError, also if the topic is missing."""
        # Without a group it gets every partition, and later ones too.
        consumer = AIOKafkaConsumer(
            FINDINGS,
            bootstrap_servers=bootstrap,
            group_id=None,
            client_id="blotter-alerter",
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
        )
        opened = cls(consumer, plan)
        try:
            await consumer.start()
            await opened._catch_up(now)
        except BaseException:
            await consumer.stop()
            raise
        return opened

    async def take(self, now: datetime, timeout_ms: int) -> None:
        """Learn what has come, or wait a little for something."""
        for values in (await self._consumer.getmany(timeout_ms=timeout_ms)).values():
            for known in _known(each.value for each in values):
                self._plan.learn(known, now)

    async def close(self) -> None:
        """Leave Kafka."""
        await self._consumer.stop()

    async def _catch_up(self, now: datetime) -> None:
        ends = await self._consumer.end_offsets(sorted(self._consumer.assignment()))
        for place, end in ends.items():
            while await self._consumer.position(place) < end:
                await self.take(now, 100)


def _known(values: Iterator[bytes | None]) -> Iterator[Known]:
    for value in values:
        if not value:
            continue
        try:
            yield Known.of(Finding.model_validate_json(value))
        except (ValidationError, ValueError):
            # Only the checker writes here: a defect, which must not keep others from being told.
            metrics.UNREADABLE.inc()
            log.exception("a record of %s cannot be read and is left out", FINDINGS)
