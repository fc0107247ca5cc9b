"""The inbox: findings by entry (what has one cause), filtered, sorted, paged."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict

from schemas.finding_review import DECIDED
from services.runtime.search import Body

from . import times
from .parameters import LAST_PAGE, PAGE_SIZE, InboxQuery
from .store import Store, sources, total

_SORTS: dict[str, list[Body]] = {
    # Of the verdicts, violation comes before undetermined and cured: their names happen to fall.
    "pressing": [{"severity_rank": "desc"}, {"verdict": "desc"}, {"first_found_at": "asc"}],
    "newest": [{"first_found_at": "desc"}],
    "oldest": [{"first_found_at": "asc"}],
    "severity": [{"severity_rank": "desc"}, {"first_found_at": "desc"}],
    "occurred": [{"occurred_at": {"order": "desc", "missing": "_last"}}],
    "deadline": [{"deadline": {"order": "asc", "missing": "_last"}}],
}
_TERMS = {
    "severity": "severity",
    "clause": "clause",
    "system": "system_id",
    "unit": "unit",
    "employee": "employee_id",
    "family": "family",
    "entry": "entry",
    "assignee": "review.assignee_id",
}
_SEVERITIES = {1: "low", 2: "medium", 3: "high"}
"""By the rank that the index has."""
_IDS = ("finding_id", "subject", "employee_id", "system_id", "unit", "clause", "rule", "group")
_NUMBERS = (
    "case_number.keyword", "incident_number.keyword", "authorization_ref.keyword", "document_id",
    "report_number", "cad_log", "output_id",
)  # fmt: skip
"""Of an event: by what people know what it is about, besides its subject."""
_MOST_SAID = 1000
_LOOKED_AT = (
    "acknowledged",
    "information_requested",
    "dismissal_requested",
    "dismissed",
    "confirmed",
    "closed",
)
ON_TRIAL: Body = {"term": {"shadow": True}}
"""Findings by rules that are being tried out."""
_IS_DECIDED: Body = {"terms": {"status": sorted(DECIDED)}}
_IS_NEW: Body = {"bool": {"must_not": [{"terms": {"status": _LOOKED_AT}}]}}
OPEN: Body = {"bool": {"filter": [{"term": {"state": "open"}}], "must_not": [_IS_DECIDED]}}
"""Findings that wait for somebody."""


def _open(verdict: str) -> Body:
    return {"bool": {"filter": [OPEN, {"term": {"verdict": verdict}}]}}


TABS: dict[str, Body] = {
    "open": OPEN,
    "violation": _open("violation"),
    "undetermined": _open("undetermined"),
    "cured": _open("cured"),
    "decided": {"bool": {"filter": [{"term": {"state": "open"}}, _IS_DECIDED]}},
    "withdrawn": {"term": {"state": "withdrawn"}},
}
"""What the tabs show, by name."""


@dataclass(frozen=True)
class Looking:
    """Who looks, and when. `scope`: filters on findings that they may see. `times`: how long there
    is to acknowledge a finding, by severity. `mine`: a filter on what is theirs to look at.
    `named`: whom somebody may mean by a name."""

    me: str
    now: datetime
    scope: list[Body] = field(default_factory=list)
    times: Mapping[str, timedelta] = field(default_factory=dict)
    mine: Body = field(default_factory=lambda: {"match_none": {}})
    named: Callable[[str], Collection[str]] = lambda _: ()

    def views(self) -> dict[str, Body]:
        """What is theirs to look at, what should have been looked at by now, and all."""
        return {"mine": self.mine, "overdue": self._overdue(), "all": {"match_all": {}}}

    def _overdue(self) -> Body:
        late: list[Body] = [
            {"bool": {"filter": [{"term": {"severity": severity}}, _found_before(self.now - time)]}}
            for severity, time in self.times.items()
        ]
        is_open = {"term": {"state": "open"}}
        wanted = [is_open, _IS_NEW, any_of(late)]
        return {"bool": {"filter": wanted, "must_not": [ON_TRIAL]}}


def _found_before(time: datetime) -> Body:
    return {"range": {"first_found_at": {"lt": time.isoformat()}}}


def any_of(wanted: list[Body]) -> Body:
    """At least one of these; none of none."""
    return {"bool": {"should": wanted, "minimum_should_match": 1}} if wanted else {"match_none": {}}


class ActView(BaseModel):
    """One action on a finding as it is stored."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    event_id: str = ""
    action: str = ""
    actor_id: str = ""
    at: datetime | None = None
    reason: str | None = None
    comment: str | None = None
    assignee_id: str | None = None
    refused: str | None = None


class ReviewView(BaseModel):
    """What people made of a finding as it is stored."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    status: str = "new"
    assignee_id: str | None = None
    acknowledged_at: datetime | None = None
    dismissal_requested_by: str | None = None
    acts: list[str] = []
    last: ActView = ActView()


def _or_none_yet(value: Any) -> Any:
    return ReviewView() if value is None else value


class FindingView(BaseModel):
    """A finding as it is stored; whatever is missing is shown as missing."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    finding_id: str
    revision: int = 0
    state: str = "open"
    clause: str = ""
    rule: str = ""
    title: str = ""
    subject: str = ""
    verdict: str = ""
    severity: str = ""
    group: str = ""
    sentence: str = ""
    reason: str = ""
    evidence: list[dict[str, str]] = []
    deadline: datetime | None = None
    occurred_at: datetime | None = None
    first_found_at: datetime | None = None
    judged_at: datetime | None = None
    edition: str = ""
    employee_id: str | None = None
    supervisor_id: str | None = None
    unit: str | None = None
    system_id: str | None = None
    family: str | None = None
    log_partition: int | None = None
    log_offset: int | None = None
    shadow: bool = False
    entry: str = ""
    review: Annotated[ReviewView, BeforeValidator(_or_none_yet)] = ReviewView()

    @property
    def status(self) -> str:
        """Where people stand with it."""
        return self.review.status

    def due(self, times: Mapping[str, timedelta]) -> datetime | None:
        """By when somebody has to acknowledge it; None if somebody has, or nobody needs to."""
        waits = self.state == "open" and self.status == "new" and not self.shadow
        if not waits or self.first_found_at is None or self.severity not in times:
            return None
        return self.first_found_at + times[self.severity]


@dataclass(frozen=True)
class Entry:
    """One line of the inbox: its first finding, and what all of its findings have in common.

    `severity`: the gravest of them. `statuses`: how many findings stand where. `revisions`: the sum
    over all of them, which tells whether any has changed since.
    """

    finding: FindingView
    count: int
    severity: str
    clauses: int
    employees: int
    units: int
    systems: int
    first: datetime | None
    last: datetime | None
    statuses: dict[str, int]
    revisions: int


@dataclass(frozen=True)
class Inbox:
    """One page of the inbox. `findings`: how many there are on all pages; `revisions`: the sum of
    theirs. `tabs`, `views`: findings behind each; `choices`: what filters offer."""

    entries: list[Entry]
    findings: int
    revisions: int
    total: int
    pages: int
    tabs: dict[str, int]
    views: dict[str, int]
    choices: dict[str, list[str]]


@dataclass(frozen=True)
class Elsewhere:
    """Where what is searched for stands, if not in a finding itself. `said`: findings of which
    somebody said it, in a comment or a reason. `subjects`: what events are about that have it as
    the number of a case, a report or the like."""

    said: list[str] = field(default_factory=list)
    subjects: list[str] = field(default_factory=list)


def conditions(
    query: InboxQuery, zone: ZoneInfo, looking: Looking, elsewhere: Elsewhere | None = None
) -> list[Body]:
    """All filters but the view, the state and the verdict, which the tabs count separately."""
    found: list[Body] = [*looking.scope]
    found += [
        {"term": {field: getattr(query, name)}}
        for name, field in _TERMS.items()
        if getattr(query, name) is not None
    ]
    if query.status:
        found.append(_IS_NEW if query.status == "new" else {"term": {"status": query.status}})
    if days := times.bounds(query.from_, query.to, zone):
        found.append({"range": {"occurred_at": days}})
    if query.trial == "only":
        found.append(ON_TRIAL)
    if query.trial is None:
        found.append({"bool": {"must_not": [ON_TRIAL]}})
    if query.q:
        found.append(_words(query.q, looking, elsewhere or Elsewhere()))
    return found


def _words(q: str, looking: Looking, elsewhere: Elsewhere) -> Body:
    """All words in one text, an id that is exactly this, or somebody's name."""
    text = {
        "query": q,
        "type": "bool_prefix",
        "operator": "and",
        "fields": ["sentence", "reason", "title"],
    }
    exact = [{"term": {field: {"value": q, "case_insensitive": True}}} for field in _IDS]
    of_a_kind = {"wildcard": {"subject": {"value": "*/" + _literal(q), "case_insensitive": True}}}
    people = sorted(looking.named(q))
    listed = {
        "employee_id": people,
        "review.assignee_id": people,
        "finding_id": elsewhere.said,
        "subject": elsewhere.subjects,
    }
    terms = [{"terms": {name: values}} for name, values in listed.items() if values]
    return any_of([{"multi_match": text}, *exact, of_a_kind, *terms])


def _said_body(q: str) -> Body:
    """Findings of which somebody said this: an earlier comment is in an earlier revision only."""
    text = {
        "query": q,
        "type": "bool_prefix",
        "operator": "and",
        "fields": ["review.last.comment", "review.last.reason"],
    }
    return {
        "query": {"multi_match": text},
        "collapse": {"field": "finding_id"},
        "sort": [{"judged_at": "desc"}],
        "_source": ["finding_id"],
        "size": _MOST_SAID,
    }


def _numbered_body(q: str) -> Body:
    """Events that have this as a number: one of each subject."""
    exact: list[Body] = [
        {"term": {f"data.{name}": {"value": q, "case_insensitive": True}}} for name in _NUMBERS
    ]
    return {
        "query": any_of(exact),
        "collapse": {"field": "subject"},
        "sort": [{"time": {"order": "desc", "unmapped_type": "date"}}],
        "_source": ["subject"],
        "size": _MOST_SAID,
    }


async def elsewhere(store: Store, query: InboxQuery) -> Elsewhere:
    """Where what is searched for stands besides; the latest of very many. Raises Unavailable."""
    if not query.q:
        return Elsewhere()
    said, numbered = await asyncio.gather(
        store.search(store.indices.finding_history, _said_body(query.q)),
        store.ask(store.indices.events, _numbered_body(query.q)),
    )
    return Elsewhere(
        said=[each["finding_id"] for each in sources(said)],
        subjects=[each["subject"] for each in sources(numbered)],
    )


def _literal(q: str) -> str:
    """For a wildcard query: what people type is no pattern."""
    return "".join("\\" + each if each in "\\*?" else each for each in q)


def shown(query: InboxQuery, looking: Looking) -> Body:
    """What the chosen view and tab show."""
    wanted: list[Body] = [looking.views()[query.view or "all"]]
    if query.state != "all":
        wanted.append(TABS[query.state])
    if query.verdict:
        wanted.append({"term": {"verdict": query.verdict}})
    return {"bool": {"filter": wanted}}


def search_body(query: InboxQuery, filters: list[Body], looking: Looking) -> Body:
    """The page's findings, one of each entry, with the counts around them."""
    view = shown(query, looking)
    views = looking.views()
    terms = {
        name: {"terms": {"field": field, "size": 200, "order": {"_key": "asc"}}}
        for name, field in _TERMS.items()
        if name in ("clause", "system", "unit")
    }
    choices = {"bool": {"filter": looking.scope}} if looking.scope else {"match_all": {}}
    waiting = {name: {"bool": {"filter": [OPEN, each]}} for name, each in views.items()}
    body: Body = {
        "query": {"bool": {"filter": filters}},
        "post_filter": view,
        "sort": [*_SORTS[query.order], {"finding_id": "asc"}],
        "from": (query.page - 1) * PAGE_SIZE,
        "size": PAGE_SIZE,
        "track_total_hits": True,
        "aggs": {
            "views": {"filters": {"filters": waiting}},
            "tabs": {
                "filter": views[query.view or "all"],
                "aggs": {"tabs": {"filters": {"filters": TABS}}},
            },
            "shown": {
                "filter": view,
                "aggs": {
                    "entries": {"cardinality": {"field": "entry", "precision_threshold": 40_000}},
                    "revisions": {"sum": {"field": "revision"}},
                },
            },
            "all": {"global": {}, "aggs": {"seen": {"filter": choices, "aggs": terms}}},
        },
    }
    if query.entry is None:
        body["collapse"] = {"field": "entry"}
    return body


def entries_body(filters: list[Body], view: Body, keys: list[str]) -> Body:
    """What the findings behind each shown entry have in common."""
    several = {
        name: {"cardinality": {"field": field}}
        for name, field in (
            ("clauses", "clause"),
            ("employees", "employee_id"),
            ("units", "unit"),
            ("systems", "system_id"),
        )
    }
    return {
        "query": {"bool": {"filter": [*filters, view]}},
        "size": 0,
        "aggs": {
            "entries": {
                "terms": {"field": "entry", "include": keys, "size": len(keys)},
                "aggs": {
                    **several,
                    "first": {"min": {"field": "occurred_at"}},
                    "last": {"max": {"field": "occurred_at"}},
                    "statuses": {"terms": {"field": "status", "missing": "new", "size": 10}},
                    "revisions": {"sum": {"field": "revision"}},
                    "severity": {"max": {"field": "severity_rank"}},
                },
            }
        },
    }


async def load(store: Store, query: InboxQuery, zone: ZoneInfo, looking: Looking) -> Inbox:
    """Read one page. Raises Unavailable."""
    filters = conditions(query, zone, looking, await elsewhere(store, query))
    body = search_body(query, filters, looking)
    response = await store.search(store.indices.findings, body)
    findings = [FindingView.model_validate(each) for each in sources(response)]
    buckets: dict[str, Body] = {}
    if findings:
        keys = sorted({each.entry for each in findings})
        wanted = entries_body(filters, shown(query, looking), keys)
        around = await store.search(store.indices.findings, wanted)
        buckets = {each["key"]: each for each in around["aggregations"]["entries"]["buckets"]}
    counts = response["aggregations"]
    listed = total(response) if query.entry else counts["shown"]["entries"]["value"]
    offered = counts["all"]["seen"]
    return Inbox(
        entries=[_entry(each, buckets.get(each.entry, {})) for each in findings],
        findings=total(response),
        revisions=int(counts["shown"]["revisions"]["value"]),
        total=listed,
        pages=min(-(-listed // PAGE_SIZE), LAST_PAGE),
        tabs=_counts(counts["tabs"]["tabs"]),
        views=_counts(counts["views"]),
        choices={
            name: [bucket["key"] for bucket in offered[name]["buckets"]]
            for name in ("clause", "system", "unit")
        },
    )


def _counts(aggregation: Body) -> dict[str, int]:
    return {name: each["doc_count"] for name, each in aggregation["buckets"].items()}


def _entry(finding: FindingView, bucket: Body) -> Entry:
    def number(name: str) -> int:
        return int(bucket.get(name, {}).get("value", 0))

    def moment(name: str) -> Any:
        text = bucket.get(name, {}).get("value_as_string")
        return times.parse(text) if text else finding.occurred_at

    stand = bucket.get("statuses", {}).get("buckets", [])
    return Entry(
        finding=finding,
        count=bucket.get("doc_count", 1),
        severity=_SEVERITIES.get(number("severity"), finding.severity),
        clauses=number("clauses"),
        employees=number("employees"),
        units=number("units"),
        systems=number("systems"),
        first=moment("first"),
        last=moment("last"),
        statuses={each["key"]: each["doc_count"] for each in stand},
        revisions=number("revisions"),
    )
