"""Reads the registry's facts from the index."""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from schemas.events import Event
from services.runtime.findings import events_of
from services.runtime.search import Body

from ..parameters import LAST_PAGE, PAGE_SIZE
from ..store import Store, sources
from . import shelf
from .history import History, histories
from .kinds import Kind

_RETRACTED = "oversight.event.retracted.v1"
_USED = ["ai.use.recorded.v1", "ai.output.used.v1"]
_MOST = 10_000
_MOST_TERMS = 1000
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
    """Read one page; `q`: part of a subject's id or name. Raises Unavailable."""
    body: Body = {
        "query": _wanted(kind, q),
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


async def everything(
    store: Store, kind: Kind, q: str, size: int, now: datetime, zone: ZoneInfo
) -> AsyncIterator[list[History]]:
    """All of them, so many at a time, in the order of their ids. Raises Unavailable."""
    after: list[str] = []
    while True:
        body: Body = {
            "query": _wanted(kind, q),
            "collapse": {"field": "subject"},
            "_source": ["subject"],
            "sort": [{"subject": {"order": "asc", "unmapped_type": "keyword"}}],
            "size": size,
            "track_total_hits": False,
        }
        asked = body | {"search_after": after} if after else body
        subjects = [
            each["subject"] for each in sources(await store.ask(store.indices.events, asked))
        ]
        known = histories(kind, await shelf.facts(store, kind, subjects), now, zone)
        yield [known[subject] for subject in subjects if subject in known]
        if len(subjects) < size:
            return
        after = subjects[-1:]


async def uses_of(store: Store, employee_id: str, events: Iterable[Event]) -> frozenset[str]:
    """The uses that events are about, if they are this employee's. Raises Unavailable."""
    about = sorted({each.subject for each in events if each.subject.startswith("use/")})
    found: set[str] = set()
    for first in range(0, len(about), _MOST_TERMS):
        wanted: list[Body] = [
            {"terms": {"subject": about[first : first + _MOST_TERMS]}},
            {"terms": {"type": _USED}},
            {"term": {"data.employee_id": employee_id}},
        ]
        body: Body = {
            "query": {"bool": {"filter": wanted}},
            "collapse": {"field": "subject"},
            "_source": ["subject"],
            "size": _MOST_TERMS,
        }
        found |= {each["subject"] for each in sources(await store.ask(store.indices.events, body))}
    return frozenset(found)


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


def _wanted(kind: Kind, q: str) -> Body:
    """Facts of a kind about subjects whose id, or whose name at some time, holds these words."""
    wanted: list[Body] = [{"term": {"type": kind.event_type}}]
    if q:
        pattern = "".join("\\" + each if each in "\\*?" else each for each in q)
        like = {"value": f"*{pattern}*", "case_insensitive": True}
        fields = ("subject", *(f"data.{name}.keyword" for name in kind.called))
        anywhere = [{"wildcard": {field: like}} for field in fields]
        # A wildcard takes no account of capitals beyond ASCII, and of the order of words.
        words = [
            {"match_bool_prefix": {f"data.{name}": {"query": q, "operator": "and"}}}
            for name in kind.called
        ]
        wanted.append({"bool": {"should": [*anywhere, *words], "minimum_should_match": 1}})
    return {"bool": {"filter": wanted}}


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
