"""One finding: what it says, what it rests on in time order, and how it came to be so."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from . import times, words
from .inbox import FindingView
from .store import Body, Store, sources, total
from .times import Clock

_LATE = timedelta(hours=24)
_MOST_REFERENCES = 200
_MOST_REVISIONS = 100


@dataclass(frozen=True)
class Line:
    """One event of the timeline. `late`: how long after it happened it was received, if long."""

    time: datetime
    text: str
    is_evidence: bool
    event: Body
    late: str | None


@dataclass(frozen=True)
class FindingPage:
    """`days`: the timeline by day. `events`: how many there are in all, shown or not.

    `missing`: evidence that is not in the index (yet).
    """

    finding: FindingView
    days: list[tuple[str, list[Line]]]
    events: int
    shown: int
    missing: list[dict[str, str]]
    history: list[FindingView]
    siblings: int


async def load(store: Store, finding_id: str, most_events: int, clock: Clock) -> FindingPage | None:
    """Read a finding; None if there is no such finding. Raises Unavailable."""
    found = sources(await store.search(store.indices.findings, _one(finding_id)))
    if not found:
        return None
    finding = FindingView.model_validate(found[0])
    events, history, siblings = await asyncio.gather(
        store.search(store.indices.events, _events(finding, most_events), missing_ok=True),
        store.search(store.indices.finding_history, _history(finding_id)),
        store.search(store.indices.findings, _siblings(finding)),
    )
    evidence = {(each["source"], each["id"]) for each in finding.evidence}
    lines = [_line(each, evidence) for each in sources(events)]
    seen = {(line.event.get("source"), line.event.get("id")) for line in lines}
    return FindingPage(
        finding=finding,
        days=[
            (day, list(of_day)) for day, of_day in groupby(lines, lambda line: clock.day(line.time))
        ],
        events=total(events),
        shown=len(lines),
        missing=[each for each in finding.evidence if (each["source"], each["id"]) not in seen],
        history=[FindingView.model_validate(each) for each in sources(history)],
        siblings=total(siblings) - 1,
    )


def _one(finding_id: str) -> Body:
    return {"query": {"term": {"finding_id": finding_id}}, "size": 1}


def _siblings(finding: FindingView) -> Body:
    same = [{"term": {"entry": finding.entry}}, {"term": {"state": finding.state}}]
    return {"query": {"bool": {"filter": same}}, "size": 0, "track_total_hits": True}


def _history(finding_id: str) -> Body:
    return {
        "query": {"term": {"finding_id": finding_id}},
        "sort": [{"revision": "desc"}],
        "size": _MOST_REVISIONS,
    }


def _events(finding: FindingView, most: int) -> Body:
    """The evidence, and everything else about the same subject; earliest first."""
    references = [
        {"bool": {"filter": [{"term": {"source": each["source"]}}, {"term": {"id": each["id"]}}]}}
        for each in finding.evidence[:_MOST_REFERENCES]
    ]
    subject = {"term": {"subject": finding.subject}}
    return {
        "query": {"bool": {"should": [*references, subject], "minimum_should_match": 1}},
        "sort": [{"time": {"order": "asc", "unmapped_type": "date"}}],
        "size": most,
        "track_total_hits": True,
    }


def _line(event: Body, evidence: set[tuple[str, str]]) -> Line:
    time = times.parse(event["time"])
    return Line(
        time=time,
        text=words.happened(event),
        is_evidence=(event.get("source"), event.get("id")) in evidence,
        event=event,
        late=_lateness(time, event.get("receivedtime")),
    )


def _lateness(time: datetime, received: Any) -> str | None:
    if not received:
        return None
    delay = times.parse(received) - time
    return times.duration(delay.total_seconds()) if delay > _LATE else None
