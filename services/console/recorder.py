"""Writes what people do at the console into the log, by way of its own intake topic."""

import asyncio
import contextlib
import logging
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar
from uuid import uuid4

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from schemas.base import Data
from schemas.envelope import Envelope
from schemas.events import Event, dump
from schemas.review import LogAccessed, LogAccessedData
from services.runtime.topics import CONSOLE, intake_topic

from .access.viewer import Viewer
from .store import Unavailable

log = logging.getLogger(__name__)

What = Literal["viewed", "searched", "exported", "signed_in", "sign_in_failed", "verified"]
AnyEvent = TypeVar("AnyEvent", bound=Envelope)
_AWAY = "The log does not take anything in at the moment, and what is done here must be recorded."
_LOOKING = "The log does not take anything in at the moment, and looking must be recorded."
_LONGEST = 20_000


def fresh(kind: type[AnyEvent], subject: str, data: Data) -> AnyEvent:
    """A new event of the console, happening now. Raises pydantic.ValidationError."""
    whole: dict[str, Any] = {
        "specversion": "1.0",
        "id": f"console-{uuid4().hex}",
        "source": CONSOLE,
        "subject": subject,
        "time": datetime.now(UTC),
        "data": data,
    }
    return kind(**whole)


class Recorder:
    """Connects at first need, and again after a failure."""

    def __init__(self, bootstrap: str, seconds: float) -> None:
        """`seconds`: how long Kafka may take to have an event."""
        self._bootstrap = bootstrap
        self._seconds = seconds
        self._producer: AIOKafkaProducer | None = None
        self._connecting = asyncio.Lock()

    async def write(self, event: Event, why: str = _AWAY) -> str:
        """Write an event, and return its id once Kafka has acknowledged it.

        Raises Unavailable, saying `why`: then it may be in the log or not, and the same may be
        written again.
        """
        try:
            async with asyncio.timeout(self._seconds):
                producer = await self._connected()
                await producer.send_and_wait(intake_topic(CONSOLE), dump(event))
        except (KafkaError, OSError, TimeoutError) as error:
            log.warning("an event could not be recorded: %s", type(error).__name__)
            raise Unavailable(why) from None
        return event.id

    async def accessed(
        self, viewer: Viewer, what: What, target: str | None = None, query: str | None = None
    ) -> str:
        """Record that somebody looks, before it is shown to them. Raises Unavailable.

        `target`: at what, e.g. `finding/<id>`. `query`: by what they searched or chose.
        """
        return await self.accessed_by(viewer.actor_id, what, target, query)

    async def accessed_by(
        self, actor_id: str, what: What, target: str | None = None, query: str | None = None
    ) -> str:
        """As `accessed`, of somebody who is not signed in, or not yet."""
        data = LogAccessedData(
            actor_id=actor_id,
            what=what,
            target=target and target[:_LONGEST],
            query=query and query[:_LONGEST],
        )
        return await self.write(fresh(LogAccessed, f"source{CONSOLE}", data), _LOOKING)

    async def close(self) -> None:
        """Disconnect."""
        if self._producer is not None:
            with contextlib.suppress(KafkaError, OSError, TimeoutError):
                async with asyncio.timeout(self._seconds):
                    await self._producer.stop()

    async def _connected(self) -> AIOKafkaProducer:
        async with self._connecting:
            if self._producer is None:
                producer = AIOKafkaProducer(
                    bootstrap_servers=self._bootstrap,
                    acks="all",
                    # What a person has been told to send again is not to arrive late as well.
                    request_timeout_ms=int(self._seconds * 1000),
                )
                try:
                    await producer.start()
                except BaseException:
                    await asyncio.shield(producer.stop())
                    raise
                self._producer = producer
            return self._producer
