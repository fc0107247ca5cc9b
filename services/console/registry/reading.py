"""Reads the registry's facts from the index."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from schemas.events import Event
from services.runtime.findings import events_of

from ..parameters import LAST_PAGE, PAGE_SIZE
from ..store import Body, Store, sources
from .history import History, histories
from .kinds import Kind

_RETRACTED = "oversight.event.retracted.v1"
_MOST = 10_000
_LATEST: list[Body] = [{"time": {"order": "desc", "unmapped_type": "date"}}]


@dataclass(frozen=True)
class Listed:
    """One page of the subjects of a kind, those with the latest facts first."""

    histories: list[History]
    total: int
    pages: int


async def page(
    store: Store, kind: Kind, q: str, number: int, now: datetime, zone: ZoneInfo
) -> Listed:
    """Read one page; `q`: part of a subject's id. Raises Unavailable."""
    wanted: list[Body] = [{"term": {"type": kind.event_type}}]
    if q:
        pattern = "".join("\\" + each if each in "\\*?" else each for each in q)
        like = {"value": f"*{pattern}*", "case_insensitive": True}
        wanted.append({"wildcard": {"subject": like}})
    body: Body = {
        "query": {"bool": {"filter": wanted}},
        "collapse": {"field": "subject"},
        "_source": ["subject"],
        "sort": [*_LATEST, {"subject": {"order": "asc", "unmapped_type": "keyword"}}],
        "from": (number - 1) * PAGE_SIZE,
        "size": PAGE_SIZE,
        "aggs": {"subjects": {"cardinality": {"field": "subject", "precision_threshold": 40_000}}},
    }
    response = await store.ask(store.indices.events, body)
    subjects = [each["subject"] for each in sources(response)]
    found = int(response.get("aggregations", {}).get("subjects", {}).get("value", 0))
    known = histories(kind, await _facts(store, kind, subjects), now, zone)
    listed = [known[subject] for subject in subjects if subject in known]
    return Listed(listed, found, min(-(-found // PAGE_SIZE), LAST_PAGE))


async def history(
    store: Store, kind: Kind, subject: str, now: datetime, zone: ZoneInfo
) -> History | None:
    """All that is known about one subject; None: nothing. Raises Unavailable."""
    return histories(kind, await _facts(store, kind, [subject]), now, zone).get(subject)


async def is_there(store: Store, event_id: str) -> bool:
    """Whether an event of the console can be found. Raises Unavailable."""
    wanted = [{"term": {"source": "/console"}}, {"term": {"id": event_id}}]
    body: Body = {"query": {"bool": {"filter": wanted}}, "size": 1, "_source": False}
    return bool((await store.ask(store.indices.events, body))["hits"]["hits"])


async def _facts(store: Store, kind: Kind, subjects: Sequence[str]) -> list[Event]:
    """The facts about these subjects, and the retractions."""
    if not subjects:
        return []
    wanted: list[Body] = [
        {"terms": {"subject": list(subjects)}},
        {"terms": {"type": [kind.event_type, _RETRACTED]}},
    ]
    body: Body = {"query": {"bool": {"filter": wanted}}, "size": _MOST, "sort": _LATEST}
    return events_of(sources(await store.ask(store.indices.events, body)))
