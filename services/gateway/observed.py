"""What the gateway tells Prometheus."""

import time
from collections.abc import Collection

from prometheus_client import Counter, Gauge, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ACCEPTED = Counter("blotter_gateway_accepted_total", "Events that Kafka has", ["source"])
REFUSED = Counter(
    "blotter_gateway_refused_total",
    "Requests refused as a whole, by why; `event`: single events that break the contract",
    ["reason"],
)
SECONDS = Histogram(
    "blotter_gateway_seconds", "Time to answer", ["route", "status"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)  # fmt: skip
IN_FLIGHT = Gauge(
    "blotter_gateway_inflight_bytes", "Bytes being read, or not yet acknowledged by Kafka"
)


class Observed:
    """Wraps the whole application and times every answer."""

    def __init__(self, app: ASGIApp, routes: Collection[str]) -> None:
        self._app = app
        self._routes = frozenset(routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        route = scope["path"] if scope["path"] in self._routes else "other"

        async def timed(message: Message) -> None:
            if message["type"] == "http.response.start":
                seconds = time.perf_counter() - started
                SECONDS.labels(route, str(message["status"])).observe(seconds)
            await send(message)

        await self._app(scope, receive, timed)
