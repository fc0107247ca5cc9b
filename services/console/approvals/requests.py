"""Requests for an approval, what is known of each, and what has been decided on them."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from schemas.ai import OutputUsed, UseRecorded
from schemas.events import Event
from schemas.oversight import ApprovalDecided, ApprovalRequested, EventRetracted
from services.order.approver import Approvers, by_time
from services.order.authority import RELIEVED
from services.runtime import findings
from services.runtime.roster import Roster
from services.runtime.search import Body

from ..access import Viewer
from ..store import Store

_BATCH = 200
_MOST_AROUND = 10_000
_REQUESTED = "oversight.approval.requested.v1"
_AROUND = [
    "oversight.approval.decided.v1",
    "oversight.event.retracted.v1",
    "ai.use.recorded.v1",
    "ai.output.used.v1",
]
Tab = Literal["waiting", "decided"]


@dataclass(frozen=True)
class Authority:
    """By what a decision counts: the registry's people, and whether the department asks for
    somebody in the chain of command."""

    roster: Roster
    chain_required: bool


@dataclass(frozen=True)
class Line:
    """A request. `use`: the use, if it was reported. `used_at`: when the product was put to use, if
    it was. `decision`: the last one that counts; `void`: those that do not, each with the reason.
    `people`: who made, used or asked for it."""

    request: ApprovalRequested
    use: UseRecorded | None
    used_at: datetime | None
    decision: ApprovalDecided | None
    void: tuple[tuple[ApprovalDecided, str], ...]
    people: frozenset[str]

    @property
    def may_be_decided_anew(self) -> bool:
        """Of several decisions the last before the use counts."""
        return self.decision is not None and self.used_at is None


@dataclass(frozen=True)
class Lines:
    """A page of them, the newest first. `more`: there is another page. `is_cut`: older ones were
    not looked through."""

    lines: list[Line]
    more: bool
    is_cut: bool


def is_of(line: Line, tab: Tab) -> bool:
    """Whether a request is listed under a heading."""
    return (line.decision is None) == (tab == "waiting")


async def load(
    store: Store,
    viewer: Viewer,
    authority: Authority,
    tab: Tab,
    page: int,
    shown: int,
    most: int,
) -> Lines:
    """Requests that concern a viewer. `shown`: lines of a page; `most`: requests to look through
    for them. Raises Unavailable."""
    end, size = page * shown, min(_BATCH, most)
    wanted: list[Line] = []
    looked = 0
    async for lines in everything(store, viewer, authority, size):
        wanted += [line for line in lines if is_of(line, tab)]
        looked += size
        if len(wanted) > end or looked >= most:
            break
    return Lines(wanted[end - shown : end], len(wanted) > end, looked >= most)


async def everything(
    store: Store, viewer: Viewer, authority: Authority, size: int = _BATCH
) -> AsyncIterator[list[Line]]:
    """All requests that concern a viewer, the newest of each product, so many at a time. Raises
    Unavailable."""
    seen: set[tuple[str, str | None, str | None]] = set()
    after = None
    while True:
        body = _requests(viewer, size, after)
        hits = (await store.ask(store.indices.events, body))["hits"]["hits"]
        requests = _parsed(ApprovalRequested, [hit["_source"] for hit in hits])
        found = []
        for line in await _lines(store, authority, requests):
            data = line.request.data
            product = data.use_id, data.output_id, data.output_digest
            if product not in seen:
                seen.add(product)
                found.append(line)
        yield found
        if len(hits) < size:
            return
        after = hits[-1]["sort"]


async def one(
    store: Store, viewer: Viewer, authority: Authority, source: str, event_id: str
) -> Line | None:
    """One request, if it concerns the viewer. Raises Unavailable."""
    body = _requests(viewer, 1, None)
    body["query"]["bool"]["filter"] += [{"term": {"source": source}}, {"term": {"id": event_id}}]
    hits = (await store.ask(store.indices.events, body))["hits"]["hits"]
    requests = _parsed(ApprovalRequested, [hit["_source"] for hit in hits])
    lines = await _lines(store, authority, requests)
    return lines[0] if lines else None


async def is_there(store: Store, source: str, event_id: str) -> bool:
    """Whether an event can be found. Raises Unavailable."""
    wanted = [{"term": {"source": source}}, {"term": {"id": event_id}}]
    body: Body = {"query": {"bool": {"filter": wanted}}, "size": 1, "_source": False}
    return bool((await store.ask(store.indices.events, body))["hits"]["hits"])


async def _lines(
    store: Store, authority: Authority, requests: Sequence[ApprovalRequested]
) -> list[Line]:
    if not requests:
        return []
    wanted = [
        {"terms": {"type": _AROUND}},
        {"terms": {"subject": sorted({each.subject for each in requests})}},
    ]
    body: Body = {
        "query": {"bool": {"filter": wanted}},
        "_source": ["raw"],
        "sort": [{"time": {"order": "desc", "unmapped_type": "date"}}],
        "size": _MOST_AROUND,
    }
    hits = (await store.ask(store.indices.events, body))["hits"]["hits"]
    around = findings.events_of([hit["_source"] for hit in hits])
    return lines_of(requests, around, authority)


def lines_of(
    requests: Iterable[ApprovalRequested], around: Iterable[Event], authority: Authority
) -> list[Line]:
    """What is known of requests. `around`: other events on their uses."""
    around = list(around)
    retracted = {
        (e.data.event_source, e.data.event_id) for e in around if isinstance(e, EventRetracted)
    }
    by_use: dict[str, list[Event]] = defaultdict(list)
    for event in sorted(around, key=lambda e: e.time):
        if (event.source, event.id) not in retracted:
            by_use[event.subject].append(event)
    return [
        _line(request, by_use, authority)
        for request in requests
        if (request.source, request.id) not in retracted
    ]


def _line(
    request: ApprovalRequested, by_use: Mapping[str, list[Event]], authority: Authority
) -> Line:
    about = by_use.get(request.subject, [])
    uses = [each for each in about if isinstance(each, UseRecorded)]
    used = [each for each in about if isinstance(each, OutputUsed) and _is_of(each, request)]
    asker = request.data.employee_id
    maker = uses[-1].data.employee_id if uses else asker
    makers = frozenset({maker, *(each.data.employee_id for each in used)})
    approvers = Approvers(maker, makers, authority.roster.entry, authority.chain_required)
    decided = [each for each in about if isinstance(each, ApprovalDecided)]
    counting, void = [], []
    for decision in by_time(each for each in decided if covers(each, request)):
        why = approvers.objection(decision) or approvers.doubt(decision, "it")
        if why is None:
            counting.append(decision)
        else:
            void.append((decision, why))
    return Line(
        request=request,
        use=uses[-1] if uses else None,
        used_at=used[0].time if used else None,
        decision=counting[-1] if counting else None,
        void=tuple(void),
        people=makers | {asker},
    )


def covers(decision: ApprovalDecided, request: ApprovalRequested) -> bool:
    """Whether a decision answers a request: later, and on the same product as it was then."""
    said, asked = decision.data, request.data
    is_same = said.output_id in (None, asked.output_id)
    is_unedited = None in (said.output_digest, asked.output_digest) or (
        said.output_digest == asked.output_digest
    )
    return is_same and is_unedited and decision.time >= request.time


def _is_of(used: OutputUsed, request: ApprovalRequested) -> bool:
    return request.data.output_id in (None, used.data.output_id)


def objection(line: Line, me: str, authority: Authority) -> str | None:
    """Why a decision of this person would not count under clause C.1, as a sentence in plain words;
    None if it would."""
    if me in line.people:
        return "You made, used or asked for this yourself; somebody else decides on it."
    if (without := _without_authority(me, authority.roster)) is not None:
        return without
    employee_id = line.use.data.employee_id if line.use else line.request.data.employee_id
    if authority.chain_required and employee_id not in authority.roster.below(me):
        return (
            f"The department asks for somebody in the chain of command of {employee_id}, and the"
            " registry does not have you there."
        )
    if line.decision is not None and not line.may_be_decided_anew:
        return f"{_said(line.decision)}, and the product has been used since."
    return None


def overtaken(line: Line, seen: str) -> str | None:
    """What was decided since somebody saw the page, on which the last decision was the event
    `seen` or, where it is empty, there was none; None: nothing."""
    if line.decision is None or line.decision.id == seen:
        return None
    return f"{_said(line.decision)} meanwhile."


def _said(decision: ApprovalDecided) -> str:
    return f"It was {decision.data.decision} by {decision.data.approver_id}"


def _without_authority(me: str, roster: Roster) -> str | None:
    person = roster.people.get(me)
    if person is None:
        return f"The registry knows nobody under your number ({me}), so it would not count."
    if not person.is_supervisor:
        return "The registry does not have you as a supervisor, and only a supervisor approves."
    if person.status in RELIEVED:
        return f"The registry has you as {person.status}, so your decision would not count."
    return None


def _requests(viewer: Viewer, size: int, after: list[Any] | None) -> Body:
    """Those that concern the viewer: addressed to them, or by their people."""
    wanted: list[Body] = [{"term": {"type": _REQUESTED}}]
    if not viewer.may("everything"):
        mine = [
            {"term": {"data.approver_id": viewer.actor_id}},
            {"terms": {"data.employee_id": sorted(viewer.chain)}},
        ]
        me = {"term": {"data.employee_id": viewer.actor_id}}
        wanted.append({"bool": {"should": mine, "minimum_should_match": 1, "must_not": [me]}})
    body: Body = {
        "query": {"bool": {"filter": wanted}},
        "_source": ["raw"],
        "size": size,
        "sort": [
            {"time": {"order": "desc", "unmapped_type": "date"}},
            {"id": {"order": "asc", "unmapped_type": "keyword"}},
        ],
    }
    return body | {"search_after": after} if after else body


def _parsed(kind: type[ApprovalRequested], documents: list[Body]) -> list[ApprovalRequested]:
    return [each for each in findings.events_of(documents) if isinstance(each, kind)]
