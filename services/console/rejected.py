"""Refused input, for the engineers of those who sent it."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.runtime.search import Body

from . import times
from .access import require
from .context import Context
from .parameters import LAST_PAGE, PAGE_SIZE, RejectedQuery, parse
from .store import Store, sources, total


class RejectedView(BaseModel):
    """A refused input as it is stored; whatever is missing is shown as missing."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    source: str = ""
    receivedtime: datetime | None = None
    topic: str = ""
    partition: int | None = None
    offset: int | None = None
    item: int | None = None
    event_id: str | None = None
    event_type: str | None = None
    reason: str = ""
    errors: list[dict[str, str]] = []
    size_bytes: int = 0
    sha256: str = ""
    excerpt: str = ""


@dataclass(frozen=True)
class RejectedPage:
    """Newest first. `choices`: what the filters offer."""

    items: list[RejectedView]
    total: int
    pages: int
    choices: dict[str, list[str]]


def routes(context: Context) -> list[BaseRoute]:
    """The page of refused input."""

    async def page(request: Request) -> Response:
        viewer = require(request, "everything")
        query = parse(RejectedQuery, request.query_params)
        found = await load(context.store, query, context.zone)
        given = str(request.query_params) or None
        await context.recorder.accessed(viewer, "searched", "rejected", given)
        return context.render(request, "rejected.html", query=query, page=found, active="rejected")

    return [Route("/rejected", page)]


def body(query: RejectedQuery, zone: ZoneInfo) -> Body:
    """Newest first; the choices are counted over everything."""
    found: list[Body] = []
    if query.source:
        found.append({"term": {"source": query.source}})
    if query.reason:
        found.append({"term": {"reason.keyword": query.reason}})
    if days := times.bounds(query.from_, query.to, zone):
        found.append({"range": {"receivedtime": days}})
    choices = {
        name: {"terms": {"field": field, "size": 50}}
        for name, field in (("source", "source"), ("reason", "reason.keyword"))
    }
    return {
        "query": {"bool": {"filter": found}},
        "sort": [{"receivedtime": "desc"}, {"rejected_id": "asc"}],
        "from": (query.page - 1) * PAGE_SIZE,
        "size": PAGE_SIZE,
        "track_total_hits": True,
        "aggs": {"all": {"global": {}, "aggs": choices}},
    }


async def load(store: Store, query: RejectedQuery, zone: ZoneInfo) -> RejectedPage:
    """Read one page. Raises Unavailable."""
    response = await store.search(store.indices.rejected, body(query, zone))
    found = total(response)
    return RejectedPage(
        items=[RejectedView.model_validate(each) for each in sources(response)],
        total=found,
        pages=min(-(-found // PAGE_SIZE), LAST_PAGE),
        choices={
            name: [bucket["key"] for bucket in response["aggregations"]["all"][name]["buckets"]]
            for name in ("source", "reason")
        },
    )
