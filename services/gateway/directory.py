"""Keys and sources as Kafka has them, kept up with while it answers and remembered while not."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from services.runtime.health import Health
from services.runtime.sources import Sources
from services.runtime.topics import KEYS, SOURCES

from .keys import Keys
from .settings import GatewaySettings

log = logging.getLogger(__name__)

_PATIENCE_SECONDS = 10


class Known(NamedTuple):
    """What is known, and nothing older than its owner allows."""

    keys: Keys
    sources: Sources


class NotSetUp(Exception):
    """A topic is missing."""


class Directory:
    """Follows both topics. What cannot be refreshed for long opens nothing: a key may have been
    revoked since."""

    def __init__(self, settings: GatewaySettings, health: Health) -> None:
        self._settings = settings
        self._health = health
        self._known: Known | None = None
        self._read_at = 0.0

    def known(self) -> Known | None:
        """None before the first reading, and after too long without one."""
        age = time.monotonic() - self._read_at
        return self._known if age <= self._settings.gateway_max_age_seconds else None

    async def follow(self) -> None:
        """Until cancelled. When Kafka fails, all is read again from the beginning."""
        while True:
            try:
                async with self._opened() as known:
                    await self._keep_up(known)
            except (KafkaError, OSError, TimeoutError, NotSetUp) as error:
                why = str(error) if isinstance(error, NotSetUp) else type(error).__name__
                log.warning("keys and sources cannot be read: %s", why)
                self._health.failing(f"keys and sources cannot be read: {why}", "directory")
            await asyncio.sleep(self._settings.gateway_refresh_seconds)

    async def _keep_up(self, known: Known) -> None:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await known.keys.start()
            await known.sources.start()
        self._known = known
        while True:
            self._read_at = time.monotonic()
            self._health.progressed("directory")
            await asyncio.sleep(self._settings.gateway_refresh_seconds)
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await known.keys.refresh()
                await known.sources.refresh()

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[Known]:
        async with AsyncExitStack() as stack:
            consumers = []
            for _ in Known._fields:
                consumer = _consumer(self._settings.kafka)
                stack.push_async_callback(consumer.stop)
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    await consumer.start()
                consumers.append(consumer)
            there = await consumers[0].topics()
            for name in (KEYS, SOURCES):
                if name not in there:
                    raise NotSetUp(f"topic {name} is missing: run `blotter setup`")
            yield Known(Keys(consumers[0]), Sources(consumers[1]))


def _consumer(bootstrap: str) -> AIOKafkaConsumer:
    return AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        group_id=None,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
