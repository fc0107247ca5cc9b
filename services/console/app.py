"""The pages: from a request to HTML, and what to say when something is wrong."""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from schemas import contract_page
from services.order import sentences

from . import dashboard, finding, inbox, order, rejected, sources, times, words
from .guard import Guard
from .parameters import (
    BadParameter,
    DashboardQuery,
    InboxQuery,
    NoQuery,
    RejectedQuery,
    link,
    parse,
)
from .settings import ConsoleSettings
from .store import Store, Unavailable
from .times import Clock

FOLDER = Path(__file__).parent
# The contract brings the style of its page along.
_STYLES: list[str | tuple[str, str]] = [("schemas", "static")]

# Characters that turn the direction of text around, or cannot be seen: they could make a name or
# a reason read as something else.
_RANGES = (
    (0x00, 0x08),
    (0x0B, 0x1F),
    (0x7F, 0x9F),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x2069),
    (0xFEFF, 0xFEFF),
)
_HIDDEN = {code: "\ufffd" for first, last in _RANGES for code in range(first, last + 1)}


def visible(value: Any) -> Any:
    """What a template is about to write, with hidden characters made visible."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return value.translate(_HIDDEN)
    return value


def environment(clock: Clock) -> Environment:
    """Templates that escape whatever they are given and refuse names that do not exist."""
    made = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=visible,
    )
    made.filters.update(
        when=clock.when,
        timed=times.timed,
        duration=sentences.duration,
        plain=words.plain,
        heading=words.heading,
        number=lambda value: f"{value:,}",
    )
    made.globals.update(
        words=words,
        link=link,
        finding_url=finding_url,
        shown=dashboard.SHOWN,
        dimensions=dashboard.DIMENSIONS,
        chart=dashboard.CHART,
    )
    return made


def finding_url(finding_id: str) -> str:
    return f"/findings/{quote(finding_id, safe='')}"


class Pages:
    """The handlers. Each reads what it shows and renders it."""

    def __init__(self, store: Store, settings: ConsoleSettings) -> None:
        self._store = store
        self._settings = settings
        self._zone = settings.zone
        self._clock = Clock(settings.zone)
        self._templates = environment(self._clock)

    def render(self, template: str, status: int = 200, **context: Any) -> HTMLResponse:
        html = self._templates.get_template(template).render(zone=self._zone.key, **context)
        return HTMLResponse(html, status_code=status)

    async def inbox(self, request: Request) -> Response:
        query = parse(InboxQuery, request.query_params)
        page = await inbox.load(self._store, query, self._zone)
        return self.render("inbox.html", query=query, page=page, active="inbox")

    async def finding(self, request: Request) -> Response:
        finding_id = request.path_params["finding_id"]
        most = self._settings.console_timeline_events
        page = await finding.load(self._store, finding_id, most)
        if page is None:
            raise HTTPException(404)
        return self.render("finding.html", page=page, finding=page.finding, active="inbox")

    async def sources(self, request: Request) -> Response:
        parse(NoQuery, request.query_params)
        page = await sources.load(self._store, datetime.now(UTC))
        return self.render("sources.html", page=page, active="sources")

    async def order(self, request: Request) -> Response:
        parse(NoQuery, request.query_params)
        page = await order.load(self._store, datetime.now(UTC))
        return self.render("order.html", page=page, active="order")

    async def contract(self, request: Request) -> Response:
        parse(NoQuery, request.query_params)
        content = await run_in_threadpool(contract_page.content)
        return self.render("contract.html", content=content, active="contract")

    async def dashboard(self, request: Request) -> Response:
        query = parse(DashboardQuery, request.query_params)
        page = await dashboard.load(self._store, query, self._zone)
        return self.render("dashboard.html", query=query, page=page, active="dashboard")

    async def rejected(self, request: Request) -> Response:
        query = parse(RejectedQuery, request.query_params)
        page = await rejected.load(self._store, query, self._zone)
        return self.render("rejected.html", query=query, page=page, active="rejected")

    async def health(self, _: Request) -> Response:
        healthy = await self._store.is_there()
        why = "ok" if healthy else "elasticsearch away"
        return JSONResponse({"healthy": healthy, "why": why}, status_code=200 if healthy else 503)

    async def metrics(self, _: Request) -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    async def problem(
        self, _: Request, error: Exception, *, status: int, title: str, text: str
    ) -> Response:
        """A page that says what is wrong; `{error}` in `text` is the error's own words."""
        said = text.format(error=error)
        return self.render("message.html", status, title=title, text=said, active="")

    async def bad_parameter(self, _: Request, error: Exception) -> Response:
        assert isinstance(error, BadParameter)
        text = f"“{error.name}” {error.why}."
        title = "This page cannot be asked for like that"
        return self.render("message.html", 400, title=title, text=text, active="")


def create_app(store: Store, settings: ConsoleSettings) -> ASGIApp:
    """The whole console."""
    pages = Pages(store, settings)
    app = Starlette(
        routes=[
            Route("/", pages.inbox),
            Route("/findings/{finding_id:path}", pages.finding),
            Route("/dashboard", pages.dashboard),
            Route("/sources", pages.sources),
            Route("/order", pages.order),
            Route("/contract", pages.contract),
            Route("/rejected", pages.rejected),
            Route("/health", pages.health),
            Route("/metrics", pages.metrics),
            Mount("/static", StaticFiles(directory=FOLDER / "static", packages=_STYLES)),
        ],
        exception_handlers={
            BadParameter: pages.bad_parameter,
            Unavailable: partial(
                pages.problem, status=503, title="Not available just now",
                text="{error} Nothing is lost: try again in a minute. If this lasts, tell whoever"
                " runs the system.",
            ),
            404: partial(
                pages.problem, status=404, title="There is no such page",
                text="The address may be mistyped, or the finding may not have arrived yet.",
            ),
            405: partial(
                pages.problem, status=405, title="This page can only be read",
                text="Nothing can be sent to it.",
            ),
            Exception: partial(
                pages.problem, status=500, title="Something went wrong here",
                text="It is our fault, not yours, and has been logged. Other pages may work.",
            ),
        },
    )  # fmt: skip
    return Guard(app, settings.console_hosts)
