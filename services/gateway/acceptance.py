"""From a request to events that Kafka has: the one way in, whatever the events came wrapped in."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import NamedTuple

from starlette.requests import Request

from services.runtime.topics import intake_topic

from .body import read
from .directory import Directory
from .door import Door, Visitor
from .judging import Judge, Result
from .limits import Buckets, InFlight
from .observed import ACCEPTED, REFUSED
from .outlet import NotAcknowledged, Outlet
from .refused import come_back
from .settings import GatewaySettings


class Visit(NamedTuple):
    """Somebody with a key, and what they brought."""

    visitor: Visitor
    body: bytes


class Gateway:
    """What every route is made of: `visit` reads a request, `accept` takes its events in."""

    def __init__(
        self, settings: GatewaySettings, directory: Directory, flight: InFlight, outlet: Outlet
    ) -> None:
        self.settings = settings
        self.door = Door(directory, settings.gateway_retry_seconds)
        self._flight = flight
        self._outlet = outlet
        self._judge = Judge(settings)
        self._buckets = Buckets(settings.gateway_events_per_second, settings.gateway_burst_events)

    @asynccontextmanager
    async def visit(self, request: Request) -> AsyncIterator[Visit]:
        """Read a request whose sender may come in. Raises Refused.

        What it holds counts as in flight until the end of the block.
        """
        visitor = self.door.let_in(request.headers.get("authorization"), datetime.now(UTC))
        self._buckets.enter(visitor.key_id)
        with self._flight.hold() as more:
            yield Visit(visitor, await read(request, self.settings, more))

    async def accept(self, visitor: Visitor, value: bytes) -> list[Result]:
        """Judge one event, or an array of them, and return once Kafka has those that are accepted.

        One result for each, in order. Raises Refused: the value holds no events, or Kafka has not
        acknowledged them; then the same must be sent again.
        """
        now = datetime.now(UTC)
        # Scanning takes time, and nobody else shall wait for it.
        results = await asyncio.to_thread(self._judge.results, visitor, value, now)
        self._buckets.pay(visitor.key_id, len(results) - 1)
        lines = [result.line for result in results if result.line is not None]
        try:
            await self._outlet.write(intake_topic(visitor.source), lines)
        except NotAcknowledged as error:
            told = f"Kafka has not acknowledged this ({error}); send the same again"
            raise come_back(503, "kafka", told, self.settings.gateway_retry_seconds) from None
        ACCEPTED.labels(visitor.source).inc(len(lines))
        REFUSED.labels("event").inc(len(results) - len(lines))
        return results
