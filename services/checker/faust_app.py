"""The one place where a `faust.App` is made, and our ways around what Faust 0.15.3 does not do.

- Faust reads uncommitted records unless its own (broken) exactly-once mode is on; intake writes
  transactions, so what an aborted one wrote must not be read.
- An exception in an agent acknowledges the event it was working on, and commits stall on the
  offsets that transactions take for their own records: one such gap is passed per commit. So
  nothing is acknowledged here; each partition commits its offset within its transaction.
"""

import asyncio
import os
import tempfile
from collections.abc import Awaitable, Callable, Collection
from pathlib import Path
from typing import Any

import faust
from aiokafka import AIOKafkaConsumer
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from yarl import URL

from .settings import CheckerSettings

Event = Any
"""A Faust event; Faust's own types are not exported to type checkers."""


class _ReadCommittedThread(driver.AIOKafkaConsumerThread):
    def _create_worker_consumer(self, transport: driver.Transport) -> AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        consumer._isolation_level = "read_committed"
        return consumer


class _Consumer(driver.Consumer):
    """Reads what was committed, and leaves committing to the partitions."""

    def _new_consumer_thread(self) -> driver.AIOKafkaConsumerThread:
        return _ReadCommittedThread(self, loop=self.loop, beacon=self.beacon)

    async def commit(self, *_: Any, **__: Any) -> bool:
        """Nothing is acknowledged to Faust, so it has nothing to commit."""
        return False

    async def _add_gap(self, *_: Any) -> None:
        """Gaps would be kept for ever: they are forgotten by commits only."""

    def verify_event_path(self, *_: Any) -> None:
        """Would complain that nothing is ever committed."""


class _Transport(driver.Transport):
    Consumer = _Consumer


def create(settings: CheckerSettings) -> faust.App:
    """A Faust application that makes no topics, serves no pages and keeps no tables."""
    brokers = ";".join(f"kafka://{address}" for address in settings.kafka.split(","))
    app = faust.App(
        settings.checker_group,
        broker=brokers,
        # Faust insists on a folder, and we keep nothing in it.
        datadir=str(Path(tempfile.gettempdir()) / f"{settings.checker_group}-faust-{os.getuid()}"),
        key_serializer="raw",
        value_serializer="raw",
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        consumer_auto_offset_reset="earliest",
        broker_session_timeout=settings.checker_session_timeout_seconds,
        broker_heartbeat_interval=settings.checker_session_timeout_seconds / 10,
        # What was not applied stays unacknowledged and is delivered again: nothing to wait for.
        stream_wait_empty=False,
    )
    urls = [URL(url) for url in brokers.split(";")]
    app.transport = _Transport(urls, app, loop=app.loop)
    return app


def connect(
    app: faust.App,
    topic: str,
    put: Callable[[Event], Awaitable[None]],
    release: Callable[[], Awaitable[None]],
    resume: Callable[[Collection[int]], Awaitable[None]],
) -> None:
    """Hand every event of a topic to `put`, unacknowledged; call `release` before partitions are
    taken away and `resume` with those that have been assigned (all of them, on every rebalance)."""

    @app.agent(app.topic(topic, key_type=bytes, value_type=bytes))
    async def check(stream: Any) -> None:
        async for event in stream.noack().events():
            await put(event)

    async def on_revoked(*_: Any, **__: Any) -> None:
        await release()

    async def on_assigned(*arguments: Any, **_: Any) -> None:
        assigned: set[TP] = arguments[1]
        await resume([place.partition for place in assigned if place.topic == topic])

    app.on_partitions_revoked.connect(on_revoked)
    app.on_partitions_assigned.connect(on_assigned)


async def watch(app: faust.App, every_seconds: float = 1) -> None:
    """Raise when a part of Faust has crashed: it would sit there, a member of its group, and do
    nothing. Runs until cancelled."""
    while True:
        parts = [app, app.consumer, app._fetcher, app.tables, app.topics, app.agents]
        crashed = [part for part in parts if getattr(part, "crashed", False)]
        if crashed:
            raise RuntimeError(f"{type(crashed[0]).__name__} of Faust crashed")
        await asyncio.sleep(every_seconds)
