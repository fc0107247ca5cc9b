"""`/metrics` and `/health` of a process, served by its own event loop.

The loop that does the work also answers: a process that hangs does not look healthy.
"""

import time
from collections.abc import Callable

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest


class Health:
    """Whether a process does its work: every part of it goes round, and none has failed."""

    def __init__(self, max_age_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        """`max_age_seconds`: a part that has not gone round for so long hangs."""
        self._max_age = max_age_seconds
        self._clock = clock
        self._progress_at: dict[str, float] = {}
        self._failures: dict[str, str] = {}

    def progressed(self, part: str = "main") -> None:
        """A part went round: there is no work, or some of it was done."""
        self._progress_at[part] = self._clock()
        self._failures.pop(part, None)

    def failing(self, why: str, part: str = "main") -> None:
        """A part cannot do its work, for a reason without personal data."""
        self._failures[part] = why

    def state(self) -> tuple[bool, str]:
        """(healthy, why)."""
        if self._failures:
            return False, "; ".join(self._failures.values())
        if not self._progress_at:
            return False, "starting"
        part, last = min(self._progress_at.items(), key=lambda item: item[1])
        age = self._clock() - last
        if age > self._max_age:
            return False, f"no progress of {part} for {age:.0f} s"
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
