"""The roster, read again and again."""

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime

from elastic_transport import TransportError
from elasticsearch import ApiError, AsyncElasticsearch

from services.runtime import roster
from services.runtime.health import Health
from services.runtime.indices import Indices
from services.runtime.search import Body, search

log = logging.getLogger(__name__)

_PULSE_SECONDS = 0.5


class Rostering:
    """Keeps the roster. While Elasticsearch is away the last one counts."""

    def __init__(
        self, client: AsyncElasticsearch, indices: Indices, health: Health, seconds: float
    ) -> None:
        """`seconds`: how old it may be."""
        self._client = client
        self._indices = indices
        self._health = health
        self._seconds = seconds
        self.roster: roster.Roster | None = None
        """None before the first reading."""

    async def keep(self, is_wanted: Callable[[], bool]) -> None:
        """Until cancelled. `is_wanted`: whether somebody is looked for who is not on it."""
        read_at = 0.0
        while True:
            age = time.monotonic() - read_at
            if self.roster is None or age > self._seconds or is_wanted():
                await self._read()
                read_at = time.monotonic()
            await asyncio.sleep(_PULSE_SECONDS)

    async def _read(self) -> None:
        try:
            read = await roster.read(self._search, self._indices, datetime.now(UTC))
        except (TransportError, ApiError) as error:
            log.warning("the roster cannot be read", extra={"why": type(error).__name__})
            self._health.failing("the roster cannot be read from Elasticsearch", "roster")
            return
        # The same one stays, so that nothing is looked at again for it.
        if read != self.roster:
            self.roster = read
        self._health.progressed("roster")

    async def _search(self, index: str, body: Body) -> Body:
        # Before the first event there is no index of events. Whatever fails is asked again soon.
        return await search(self._client, index, body, missing_ok=True, patience_seconds=0)
