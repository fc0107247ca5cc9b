"""What holds for every answer: who may ask, the security headers, and the counting."""

import re
import time
from collections.abc import Iterable

from prometheus_client import Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

REQUESTS = Counter(
    "blotter_console_requests_total", "Answers by page and status", ["page", "status"]
)
SECONDS = Histogram("blotter_console_seconds", "Time to answer", ["page"])

LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")
# Asked for by the machinery under names of its own; they tell nothing about anybody.
_OPEN_PATHS = ("/health", "/metrics")
_HEADERS = {
    # Only our own script file, nothing from elsewhere, no form that sends elsewhere.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # With no-referrer, browsers would send the origin of our own forms as "null".
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class Guard:
    """Wraps the whole application, its error pages included.

    A web site can give its own name the address of this machine and so have a browser here read
    the pages for it: therefore only known host names are answered.
    """

    def __init__(self, app: ASGIApp, hosts: Iterable[str], pages: Iterable[str]) -> None:
        """`pages`: paths of the routes, for the metrics."""
        self._app = app
        self._pages = frozenset(map(_first, pages)) | {"static"}
        self._hosts = frozenset((*LOOPBACK_NAMES, *hosts))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        page = self._page(scope["path"])

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(_HEADERS)
                headers["Cache-Control"] = "no-cache" if page == "static" else "no-store"
                REQUESTS.labels(page, str(message["status"])).inc()
            await send(message)

        app = self._app if self._is_known(scope) else _unknown_host
        await app(scope, receive, with_headers)
        SECONDS.labels(page).observe(time.perf_counter() - started)

    def _page(self, path: str) -> str:
        """A name with few values."""
        first = _first(path)
        return "inbox" if path == "/" else first if first in self._pages else "other"

    def _is_known(self, scope: Scope) -> bool:
        host = Headers(scope=scope).get("host", "").lower()
        return scope["path"] in _OPEN_PATHS or re.sub(r":\d*$", "", host) in self._hosts


async def _unknown_host(scope: Scope, receive: Receive, send: Send) -> None:
    answer = PlainTextResponse("This name is not one of the console’s.\n", status_code=421)
    await answer(scope, receive, send)


def _first(path: str) -> str:
    return path.lstrip("/").partition("/")[0]
