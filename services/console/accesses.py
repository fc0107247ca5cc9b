"""Who looked at what: signing in, looking, searching and exporting, as the log has it."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from schemas.review import LogAccessed
from services.runtime.search import Body

from . import times
from .access import require
from .context import Context
from .parameters import LAST_PAGE, PAGE_SIZE, Page, Query, Words, parse
from .recorder import What
from .store import Store, sources, total
from .tables import Cell, Column, Table

TYPE: str = LogAccessed.model_fields["type"].default
WHATS: dict[What, str] = {
    "viewed": "Looked at",
    "searched": "Searched",
    "exported": "Exported",
    "signed_in": "Signed in",
    "sign_in_failed": "Failed to sign in",
    "verified": "Verified the log",
}
COLUMNS = (
    Column("time", "When", "time"),
    Column("actor_id", "Who", "text"),
    Column("what", "Did", "text"),
    Column("target", "At what", "text"),
    Column("query", "By which filters", "text"),
)
_PATH = "/accesses"


class AccessesQuery(Query):
    """`actor`: an employee id. `target`: what it begins with, say `finding/`."""

    actor: Words | None = None
    target: Words | None = None
    what: What | None = None
    page: Page = 1


@dataclass(frozen=True)
class AccessesPage:
    """Newest first."""

    table: Table
    total: int
    pages: int


def routes(context: Context) -> list[BaseRoute]:
    """`/accesses`."""

    async def page(request: Request) -> Response:
        viewer = require(request, "everything")
        query = parse(AccessesQuery, request.query_params)
        found = await load(context.store, query, context.zone)
        given = str(request.query_params) or None
        await context.recorder.accessed(viewer, "searched", "accesses", given)
        return context.render(
            request, "accesses.html", active="accesses", query=query, page=found, whats=WHATS
        )

    return [Route(_PATH, page)]


def wanted(query: AccessesQuery, zone: ZoneInfo) -> Body:
    """What is asked for, as a query on the events."""
    found: list[Body] = [{"term": {"type": TYPE}}]
    if query.actor:
        found.append({"term": {"data.actor_id": query.actor}})
    if query.target:
        found.append({"prefix": {"data.target.keyword": query.target}})
    if query.what:
        found.append({"term": {"data.what": query.what}})
    if days := times.bounds(query.from_, query.to, zone):
        found.append({"range": {"time": days}})
    return {"bool": {"filter": found}}


async def load(store: Store, query: AccessesQuery, zone: ZoneInfo) -> AccessesPage:
    """Read one page. Raises Unavailable."""
    body: Body = {
        "query": wanted(query, zone),
        "sort": [
            {"time": {"order": "desc", "unmapped_type": "date"}},
            {"id": {"order": "asc", "unmapped_type": "keyword"}},
        ],
        "from": (query.page - 1) * PAGE_SIZE,
        "size": PAGE_SIZE,
        "track_total_hits": True,
        "_source": ["time", "data"],
    }
    response = await store.ask(store.indices.events, body)
    rows = [_row(each, query) for each in flat(sources(response))]
    count = total(response)
    pages = min(-(-count // PAGE_SIZE), LAST_PAGE)
    return AccessesPage(Table("accesses", "Who looked at what", COLUMNS, rows), count, pages)


async def exported(found: AsyncIterator[list[Body]]) -> AsyncIterator[list[Body]]:
    """Rows of an export, from batches of events."""
    async for batch in found:
        yield list(flat(batch))


def flat(events: Iterable[Body]) -> Iterable[Body]:
    """What the columns hold, by name."""
    for event in events:
        data: dict[str, Any] = event["data"]
        yield {"time": event["time"], **{c.name: data.get(c.name) for c in COLUMNS[1:]}}


def _row(access: Body, query: AccessesQuery) -> list[Cell]:
    return [
        Cell(times.parse(access["time"])),
        Cell(access["actor_id"], _narrowed(query, "actor", access["actor_id"])),
        Cell(WHATS.get(access["what"], access["what"])),
        Cell(access["target"] or "", _narrowed(query, "target", access["target"])),
        Cell(access["query"] or ""),
    ]


def _narrowed(query: AccessesQuery, name: str, value: str | None) -> str | None:
    """To those of one person, or on one thing."""
    is_short = value is not None and len(value) <= 200 and value == value.strip()
    return query.url(_PATH, **{name: value}) if is_short else None
