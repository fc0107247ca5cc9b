"""The sources: who may send, what came of it, and whether it is complete."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from schemas.events import Event
from schemas.policy import Policy
from schemas.registry import SourceChangedData
from schemas.verdicts import SourceMetrics
from services.order.registry import Registry
from services.runtime import findings
from services.runtime.search import Body
from services.runtime.topics import CONSOLE

from .access import require
from .context import Context
from .inbox import ON_TRIAL, OPEN
from .parameters import NoQuery, parse
from .store import Store, sources

_MOST = 5000
_KIND = "source"


@dataclass(frozen=True)
class SourceRow:
    """One source. `registered`: what the registry says of it, if anything. `seen`: what came from
    it, as far as it was judged. `findings`: that are open, about its completeness."""

    name: str
    registered: SourceChangedData | None
    seen: SourceMetrics | None
    findings: int

    @property
    def address(self) -> str:
        """Where it stands on the page of all sources."""
        return f"/sources#{quote(self.name)}"

    @property
    def state(self) -> str:
        """In a word or two."""
        if self.name == CONSOLE:
            return "the department's own"
        return self.registered.status if self.registered else "not registered"


def routes(context: Context) -> list[BaseRoute]:
    """The page of all sources."""

    async def page(request: Request) -> Response:
        viewer = require(request, "everything")
        parse(NoQuery, request.query_params)
        found = await load(context.store, datetime.now(UTC))
        await context.recorder.accessed(viewer, "viewed", "sources")
        return context.render(request, "sources.html", page=found, active="sources")

    return [Route("/sources", page)]


async def load(store: Store, now: datetime) -> list[SourceRow]:
    """Every source that is registered or was heard of, by name. Raises Unavailable."""
    registrations, metrics, found = await asyncio.gather(
        findings.registrations(store.ask, store.indices),
        store.search(store.indices.metrics, _metrics()),
        store.search(store.indices.findings, _findings()),
    )
    registered = _registered(registrations, now)
    seen = _seen(sources(metrics))
    open_findings = {
        _name(bucket["key"]): int(bucket["doc_count"])
        for bucket in found["aggregations"]["subjects"]["buckets"]
    }
    return [
        SourceRow(name, registered.get(name), seen.get(name), open_findings.get(name, 0))
        for name in sorted(registered.keys() | seen.keys() | open_findings.keys())
    ]


def _metrics() -> Body:
    return {"query": {"term": {"kind": _KIND}}, "size": _MOST, "sort": [{"dossier": "asc"}]}


def _findings() -> Body:
    open_ones = [OPEN, {"prefix": {"subject": f"{_KIND}/"}}]
    return {
        "query": {"bool": {"filter": open_ones, "must_not": [ON_TRIAL]}},
        "size": 0,
        "aggs": {"subjects": {"terms": {"field": "subject", "size": _MOST}}},
    }


def _registered(events: Iterable[Event], now: datetime) -> dict[str, SourceChangedData]:
    registry = Registry(Policy())
    for event in events:
        registry.add(event)
    active = registry.sources_at(now)
    return {e.data.source: e.data for e in (*active, *registry.sources_at(now, active=False))}


def _seen(documents: Iterable[Body]) -> dict[str, SourceMetrics]:
    seen = {}
    for document in documents:
        try:
            seen[_name(document["dossier"])] = SourceMetrics.model_validate(document.get("source"))
        except ValidationError:
            continue
    return seen


def _name(subject: str) -> str:
    """`/records/rms` of `source/records/rms`."""
    return subject.removeprefix(_KIND)
