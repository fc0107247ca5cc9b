"""Saved filters: queries of the inbox under names, by account, in the compacted topic `ai.filters`.

They are read when they are needed, and not again for a while: they are few and rarely change.
"""

import asyncio
import logging
import time
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError
from pydantic import BaseModel, ConfigDict, ValidationError

from services.runtime.compacted import Compacted, Learn
from services.runtime.topics import FILTERS

from ..settings import ConsoleSettings
from ..store import Unavailable

log = logging.getLogger(__name__)

MOST = 30
_AWAY = "Saved filters cannot be changed at the moment."


class Saved(BaseModel):
    """A record's value: queries by their names."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    filters: dict[str, str] = {}


@dataclass(frozen=True)
class _Read:
    at: float
    by_account: dict[str, Saved]


class SavedFilters:
    """Of every account."""

    def __init__(self, settings: ConsoleSettings) -> None:
        self._settings = settings
        self._lock = asyncio.Lock()
        self._read = _Read(float("-inf"), {})

    async def of(self, account: str) -> dict[str, str]:
        """Queries by name. While Kafka is away those that were read last: no page needs them."""
        async with self._lock:
            try:
                await self._refresh()
            except Unavailable:
                self._read = _Read(time.monotonic(), self._read.by_account)
            return self._of(account)

    async def change(self, account: str, name: str, query: str | None) -> None:
        """Save a query under a name; None removes it. Raises Unavailable."""
        async with self._lock:
            await self._refresh()
            filters = self._of(account)
            filters.pop(name, None)
            if query is not None:
                filters[name] = query
            saved = Saved(filters=dict(list(filters.items())[-MOST:]))
            await self._write(account, saved)
            self._read.by_account[account] = saved

    def _of(self, account: str) -> dict[str, str]:
        return dict(self._read.by_account.get(account, Saved()).filters)

    async def _refresh(self) -> None:
        age = time.monotonic() - self._read.at
        if age < self._settings.console_filters_seconds:
            return
        found: dict[str, Saved] = {}
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._settings.kafka,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
        )
        try:
            async with asyncio.timeout(self._settings.console_timeout_seconds):
                await consumer.start()
                if FILTERS in await consumer.topics():
                    await Compacted(consumer, FILTERS, _learner(found)).start()
        except (KafkaError, OSError, TimeoutError) as error:
            log.warning("saved filters cannot be read: %s", type(error).__name__)
            raise Unavailable(_AWAY) from None
        finally:
            await consumer.stop()
        self._read = _Read(time.monotonic(), found)

    async def _write(self, account: str, saved: Saved) -> None:
        producer = AIOKafkaProducer(bootstrap_servers=self._settings.kafka, acks="all")
        try:
            async with asyncio.timeout(self._settings.console_timeout_seconds):
                await producer.start()
                value = saved.model_dump_json().encode()
                await producer.send_and_wait(FILTERS, value, key=account.encode())
        except (KafkaError, OSError, TimeoutError) as error:
            log.warning("a filter could not be saved: %s", type(error).__name__)
            raise Unavailable(_AWAY) from None
        finally:
            await producer.stop()


def _learner(found: dict[str, Saved]) -> Learn:
    def learn(key: bytes | None, value: bytes | None) -> None:
        account = (key or b"").decode(errors="replace")
        try:
            found[account] = Saved.model_validate_json(value or b"{}")
        except ValidationError:
            log.warning("a record of %s cannot be read and is left out", FILTERS)

    return learn
