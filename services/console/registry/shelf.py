"""Finds all facts about many subjects, however many they are."""

import asyncio
from collections.abc import Iterable
from typing import Any

from schemas.events import Event
from services.runtime.findings import events_of
from services.runtime.search import Body

from ..store import Store
from .kinds import Kind

_RETRACTED = "oversight.event.retracted.v1"
_PAGE = 5000
_MOST_TERMS = 1000
_ORDER = [
    {field: {"order": "asc", "unmapped_type": kind}}
    for field, kind in (("log_partition", "integer"), ("log_leaf", "long"), ("id", "keyword"))
]


async def facts(store: Store, kind: Kind, about: Iterable[str]) -> list[Event]:
    """All facts of a kind about subjects, and what was retracted of them. Raises Unavailable."""
    found: list[Event] = []
    wanted = sorted(set(about))
    for first in range(0, len(wanted), _MOST_TERMS):
        found += await _facts(store, kind, wanted[first : first + _MOST_TERMS])
    return found


async def _facts(store: Store, kind: Kind, about: list[str]) -> list[Event]:
    types = [kind.event_type, _RETRACTED]
    body: Body = {
        "query": {"bool": {"filter": [{"terms": {"type": types}}, {"terms": {"subject": about}}]}},
        "_source": ["raw"],
        "size": _PAGE,
        "sort": _ORDER,
        "track_total_hits": False,
    }
    found: list[Event] = []
    after: list[Any] | None = None
    while True:
        asked = body if after is None else {**body, "search_after": after}
        hits = (await store.ask(store.indices.events, asked))["hits"]["hits"]
        found += await asyncio.to_thread(events_of, [hit["_source"] for hit in hits])
        if len(hits) < _PAGE:
            return found
        after = hits[-1]["sort"]
