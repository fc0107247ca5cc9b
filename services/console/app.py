"""The console put together: its areas, what stands before them, and what to say when something is
wrong."""

from collections.abc import Callable, Iterable
from functools import partial

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route, Router
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from . import accesses, contract, dashboard, order, rejected, sources
from .access import Forbidden
from .access.accounts import Accounts
from .access.gate import Access, Gate
from .access.pages import SignIn
from .access.sessions import Sessions
from .approvals import pages as approvals
from .context import Context
from .guard import Guard
from .parameters import BadParameter
from .registry import importing
from .registry import pages as registry
from .review import pages as review
from .store import Unavailable
from .templates import FOLDER

AREAS: tuple[Callable[[Context], Iterable[BaseRoute]], ...] = (
    review.routes,
    approvals.routes,
    dashboard.routes,
    registry.routes,
    importing.routes,
    sources.routes,
    accesses.routes,
    order.routes,
    contract.routes,
    rejected.routes,
)
"""What makes the pages for people who are signed in; the first route that fits answers."""

# The contract brings the style of its page along.
_STYLES: list[str | tuple[str, str]] = [("schemas", "static")]


class Machinery:
    """Pages for what watches the console; they tell nothing about anybody."""

    def __init__(self, context: Context, accounts: Accounts) -> None:
        self._store = context.store
        self._accounts = accounts

    async def health(self, _: Request) -> Response:
        """Whether pages can be shown: 200, or 503 and why not."""
        why = []
        if not await self._store.is_there():
            why.append("elasticsearch away")
        if not self._accounts.is_fresh:
            why.append("accounts cannot be read from kafka")
        said = {"healthy": not why, "why": "; ".join(why) or "ok"}
        return JSONResponse(said, status_code=503 if why else 200)

    async def metrics(self, _: Request) -> Response:
        """For Prometheus."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    def routes(self) -> list[BaseRoute]:
        """Open to everybody who can reach the console."""
        static = StaticFiles(directory=FOLDER / "static", packages=_STYLES)
        return [
            Route("/health", self.health),
            Route("/metrics", self.metrics),
            Mount("/static", static),
        ]


class Problems:
    """Pages that say what is wrong."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def _page(self, request: Request, status: int, title: str, text: str) -> Response:
        return self._context.render(request, "message.html", status, title=title, text=text)

    async def told(
        self, request: Request, error: Exception, *, status: int, title: str, text: str
    ) -> Response:
        """`{error}` in `text` is the error's own words."""
        return self._page(request, status, title, text.format(error=error))

    async def bad_parameter(self, request: Request, error: Exception) -> Response:
        """Names what cannot be asked for."""
        assert isinstance(error, BadParameter)
        title = "This page cannot be asked for like that"
        return self._page(request, 400, title, f"“{error.name}” {error.why}.")

    async def not_so(self, request: Request, error: Exception) -> Response:
        """Any other status that a page ends with, by the words it brings."""
        assert isinstance(error, HTTPException)
        return self._page(request, error.status_code, "This does not work", error.detail)

    def handlers(self) -> dict[int | type[Exception], Callable[..., object]]:
        """By error or status."""
        return {
            BadParameter: self.bad_parameter,
            HTTPException: self.not_so,
            Forbidden: partial(
                self.told, status=403, title="This is not for you to see or do", text="{error}"
            ),
            Unavailable: partial(
                self.told, status=503, title="Not available just now",
                text="{error} Nothing is lost: try again in a minute. If this lasts, tell whoever"
                " runs the system.",
            ),
            404: partial(
                self.told, status=404, title="There is no such page",
                text="The address may be mistyped, the finding may not have arrived yet, or it is"
                " not among those that your account is for.",
            ),
            405: partial(
                self.told, status=405, title="This page can only be read",
                text="Nothing can be sent to it.",
            ),
            413: partial(
                self.told, status=413, title="That is too large", text="Send it in smaller parts.",
            ),
            Exception: partial(
                self.told, status=500, title="Something went wrong here",
                text="It is our fault, not yours, and has been logged. Other pages may work.",
            ),
        }  # fmt: skip


def create_app(context: Context, accounts: Accounts) -> ASGIApp:
    """The whole console."""
    own = context.settings
    sessions = Sessions(own.console_idle_seconds, own.console_session_seconds)
    access = Access(accounts, sessions, context)
    signing = SignIn(context, access)
    open_routes = [*signing.open_routes(), *Machinery(context, accounts).routes()]
    pages = pages_of(context, signing)
    app = Starlette(
        routes=[*open_routes, Mount("/", Gate(Router(pages), access))],
        exception_handlers=Problems(context).handlers(),  # type: ignore[arg-type]
    )
    paths = [each.path for each in (*open_routes, *pages) if isinstance(each, Route)]
    return Guard(app, own.console_hosts, paths)


def pages_of(context: Context, signing: SignIn) -> list[BaseRoute]:
    """Every route behind the gate."""
    return [*signing.routes(), *(route for area in AREAS for route in area(context))]
