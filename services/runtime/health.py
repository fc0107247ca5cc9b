"""`/metrics` and `/health` of a process, served by its own event loop.

The loop that does the work also answers: a process that hangs does not look healthy.
"""

import time
from collections.abc import Callable

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest


class Health:
    """Whether a process does its work: ready, no failure, and progress not older than a limit."""

    def __init__(self, max_age_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._max_age = max_age_seconds
        self._clock = clock
        self._progress_at: float | None = None
        self._failure: str | None = None

    def progressed(self) -> None:
        """The main loop went round: there is no work, or some of it was done."""
        self._progress_at = self._clock()
        self._failure = None

    def failing(self, why: str) -> None:
        """The main loop cannot do its work, for a reason without personal data."""
        self._failure = why

    def state(self) -> tuple[bool, str]:
        """(healthy, why)."""
        if self._failure is not None:
            return False, self._failure
        if self._progress_at is None:
            return False, "starting"
        age = self._clock() - self._progress_at
        if age > self._max_age:
            return False, f"no progress for {age:.0f} s"
        return True, "ok"


async def serve(health: Health, host: str, port: int) -> web.AppRunner:
    """Serve both pages until the returned runner's `cleanup()` is awaited."""

    async def health_page(_: web.Request) -> web.Response:
        healthy, why = health.state()
        return web.json_response({"healthy": healthy, "why": why}, status=200 if healthy else 503)

    async def metrics_page(_: web.Request) -> web.Response:
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application()
    app.add_routes([web.get("/health", health_page), web.get("/metrics", metrics_page)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    return runner
