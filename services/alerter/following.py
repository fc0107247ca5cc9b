"""The findings and the open duties as Kafka has them: read from the beginning, and kept up with."""

import logging
from datetime import datetime
from typing import Self

from aiokafka import AIOKafkaConsumer
from pydantic import ValidationError

from schemas.verdicts import DossierMetrics, Finding
from services.runtime.topics import FINDINGS, METRICS

from . import metrics
from .known import Known
from .plan import Plan

log = logging.getLogger(__name__)

_PROGRESS = b"progress/"
_NOTHING_OPEN = b'"obligations":[]'


class Following:
    """Reads `ai.findings` and `ai.metrics` into the plan. Without a group: at every start all of
    both is read."""

    def __init__(self, consumer: AIOKafkaConsumer, plan: Plan) -> None:
        """Use `open`."""
        self._consumer = consumer
        self._plan = plan

    @classmethod
    async def open(cls, bootstrap: str, plan: Plan, now: datetime) -> Self:
        """Read what is there by now. Raises KafkaError, also if a topic is missing."""
        # Without a group it gets every partition, and later ones too.
        consumer = AIOKafkaConsumer(
            FINDINGS,
            METRICS,
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
        batches = await self._consumer.getmany(timeout_ms=timeout_ms)
        for place, records in batches.items():
            for record in records:
                if not record.value:
                    continue
                try:
                    self._learn(place.topic, record.key or b"", record.value, now)
                except (ValidationError, ValueError):
                    # Only the checker writes here: a defect, which must not keep others from being
                    # told.
                    metrics.UNREADABLE.inc()
                    log.exception("a record of %s cannot be read and is left out", place.topic)

    async def close(self) -> None:
        """Leave Kafka."""
        await self._consumer.stop()

    async def _catch_up(self, now: datetime) -> None:
        ends = await self._consumer.end_offsets(sorted(self._consumer.assignment()))
        for place, end in ends.items():
            while await self._consumer.position(place) < end:
                await self.take(now, 100)

    def _learn(self, topic: str, key: bytes, value: bytes, now: datetime) -> None:
        if topic == FINDINGS:
            self._plan.learn(Known.of(Finding.model_validate_json(value)), now)
        elif _NOTHING_OPEN in value:
            # Nearly all dossiers: not worth reading.
            self._plan.duties.forget(key.decode())
        elif not key.startswith(_PROGRESS):
            self._plan.duties.learn(DossierMetrics.model_validate_json(value), now)
