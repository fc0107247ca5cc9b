"""The topic `ai.alerts`: who was alerted, when, and about what."""

import asyncio
import logging
from collections.abc import Iterable
from typing import Self

from aiokafka import AIOKafkaConsumer
from pydantic import BaseModel, ValidationError

from schemas.alerts import ALERT, BEGUN_KEY, Alert, AlertsBegun
from services.runtime.compacted import Compacted
from services.runtime.producer import TransactionalProducer
from services.runtime.topics import ALERTS

from . import metrics

log = logging.getLogger(__name__)

_TRANSACTION_SECONDS = 20
_LARGEST_RECORD = 1_000_000


class Journal:
    """Written by one process only: whoever opens it fences the one before."""

    def __init__(self, producer: TransactionalProducer) -> None:
        """Use `open`."""
        self._producer = producer
        self._one_at_a_time = asyncio.Lock()
        self.alerts: list[Alert] = []
        """As they were when it was opened, in the order in which they were last written."""
        self.begun: AlertsBegun | None = None

    @classmethod
    async def open(cls, bootstrap: str) -> Self:
        """Fence whoever wrote before, and read all. Raises ProducerError and KafkaError."""
        opened = cls(
            await TransactionalProducer.open(
                bootstrap, "blotter-alerter", _TRANSACTION_SECONDS, _LARGEST_RECORD
            )
        )
        try:
            await opened._read(bootstrap)
        except BaseException:
            await opened.close()
            raise
        return opened

    async def begin(self, begun: AlertsBegun) -> None:
        """Write when alerting began. Raises ProducerError."""
        await self._write([(BEGUN_KEY, begun)])
        self.begun = begun

    async def write(self, alerts: Iterable[Alert]) -> None:
        """Return once Kafka has them, all or none. Raises ProducerError."""
        await self._write([(alert.alert_id.encode(), alert) for alert in alerts])

    async def close(self) -> None:
        """Another may open it then. Raises ProducerError."""
        await self._producer.close()

    async def _write(self, records: list[tuple[bytes, BaseModel]]) -> None:
        async with self._one_at_a_time, self._producer.transaction():
            for key, value in records:
                text = value.model_dump_json(exclude_none=True)
                self._producer.write(ALERTS, 0, key, text.encode())
            await self._producer.commit({}, "")

    async def _read(self, bootstrap: str) -> None:
        found: dict[bytes, Alert] = {}

        def learn(key: bytes | None, value: bytes | None) -> None:
            try:
                if key == BEGUN_KEY:
                    self.begun = AlertsBegun.model_validate_json(value or b"")
                elif key is not None:
                    found.pop(key, None)
                    found[key] = ALERT.validate_json(value or b"")
            except ValidationError:
                metrics.UNREADABLE.inc()
                log.exception("a record of %s cannot be read and is left out", ALERTS)

        consumer = AIOKafkaConsumer(
            bootstrap_servers=bootstrap,
            group_id=None,
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
        )
        try:
            await consumer.start()
            await Compacted(consumer, ALERTS, learn).start()
        finally:
            await consumer.stop()
        self.alerts = list(found.values())
