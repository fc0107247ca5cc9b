"""The inbox: findings by entry (one cause and one clause), filtered, sorted, paged."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from . import times
from .parameters import LAST_PAGE, PAGE_SIZE, InboxQuery
from .store import Body, Store, sources, total

_SORTS: dict[str, list[Body]] = {
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
}
_IDS = ("finding_id", "subject", "employee_id", "system_id", "unit", "clause", "rule", "group")
ON_TRIAL: Body = {"term": {"shadow": True}}
"""Findings by rules that are being tried out."""
VIEWS: dict[str, Body] = {
    "open": {"term": {"state": "open"}},
    "violation": {
        "bool": {"filter": [{"term": {"state": "open"}}, {"term": {"verdict": "violation"}}]}
    },
    "undetermined": {
        "bool": {"filter": [{"term": {"state": "open"}}, {"term": {"verdict": "undetermined"}}]}
    },
    "cured": {"bool": {"filter": [{"term": {"state": "open"}}, {"term": {"verdict": "cured"}}]}},
    "withdrawn": {"term": {"state": "withdrawn"}},
}
"""What the tabs show, by name."""


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


@dataclass(frozen=True)
class Entry:
    """One line of the inbox: its first finding, and what all of its findings have in common."""

    finding: FindingView
    count: int
    employees: int
    units: int
    systems: int
    first: datetime | None
    last: datetime | None


@dataclass(frozen=True)
class Inbox:
    """One page of the inbox. `views`: findings behind each tab; `choices`: what filters offer."""

    entries: list[Entry]
    findings: int
    total: int
    pages: int
    views: dict[str, int]
    choices: dict[str, list[str]]


def conditions(query: InboxQuery, zone: ZoneInfo) -> list[Body]:
    """All filters but state and verdict, which the tabs count separately."""
    found: list[Body] = [
        {"term": {field: getattr(query, name)}}
        for name, field in _TERMS.items()
        if getattr(query, name) is not None
    ]
    if days := times.bounds(query.from_, query.to, zone):
        found.append({"range": {"occurred_at": days}})
    if query.trial == "only":
        found.append(ON_TRIAL)
    if query.trial is None:
        found.append({"bool": {"must_not": [ON_TRIAL]}})
    if query.q:
        found.append(_words(query.q))
    return found


def _words(q: str) -> Body:
    """All words in one text, or an id that is exactly this."""
    text = {
        "query": q,
        "type": "bool_prefix",
        "operator": "and",
        "fields": ["sentence", "reason", "title"],
    }
    exact = [{"term": {field: {"value": q, "case_insensitive": True}}} for field in _IDS]
    of_a_kind = {"wildcard": {"subject": {"value": "*/" + _literal(q), "case_insensitive": True}}}
    return {"bool": {"should": [{"multi_match": text}, *exact, of_a_kind]}}


def _literal(q: str) -> str:
    """For a wildcard query: what people type is no pattern."""
    return "".join("\\" + each if each in "\\*?" else each for each in q)


def _view(query: InboxQuery) -> Body:
    wanted: list[Body] = []
    if query.state != "all":
        wanted.append({"term": {"state": query.state}})
    if query.verdict:
        wanted.append({"term": {"verdict": query.verdict}})
    return {"bool": {"filter": wanted}}


def search_body(query: InboxQuery, zone: ZoneInfo) -> Body:
    """The page's findings, one of each entry, with the counts around them."""
    view = _view(query)
    terms = {
        name: {"terms": {"field": field, "size": 200, "order": {"_key": "asc"}}}
        for name, field in _TERMS.items()
        if name in ("clause", "system", "unit")
    }
    body: Body = {
        "query": {"bool": {"filter": conditions(query, zone)}},
        "post_filter": view,
        "sort": [*_SORTS[query.sort], {"finding_id": "asc"}],
        "from": (query.page - 1) * PAGE_SIZE,
        "size": PAGE_SIZE,
        "track_total_hits": True,
        "aggs": {
            "views": {"filters": {"filters": VIEWS}},
            "shown": {
                "filter": view,
                "aggs": {
                    "entries": {"cardinality": {"field": "entry", "precision_threshold": 40_000}}
                },
            },
            "all": {"global": {}, "aggs": terms},
        },
    }
    if query.entry is None:
        body["collapse"] = {"field": "entry"}
    return body


def entries_body(query: InboxQuery, zone: ZoneInfo, keys: list[str]) -> Body:
    """What the findings behind each shown entry have in common."""
    several = {
        name: {"cardinality": {"field": field}}
        for name, field in (
            ("employees", "employee_id"),
            ("units", "unit"),
            ("systems", "system_id"),
        )
    }
    return {
        "query": {"bool": {"filter": [*conditions(query, zone), _view(query)]}},
        "size": 0,
        "aggs": {
            "entries": {
                "terms": {"field": "entry", "include": keys, "size": len(keys)},
                "aggs": {
                    **several,
                    "first": {"min": {"field": "occurred_at"}},
                    "last": {"max": {"field": "occurred_at"}},
                },
            }
        },
    }


async def load(store: Store, query: InboxQuery, zone: ZoneInfo) -> Inbox:
    """Read one page. Raises Unavailable."""
    response = await store.search(store.indices.findings, search_body(query, zone))
    findings = [FindingView.model_validate(each) for each in sources(response)]
    buckets: dict[str, Body] = {}
    if findings and query.entry is None:
        keys = [each.entry for each in findings]
        around = await store.search(store.indices.findings, entries_body(query, zone, keys))
        buckets = {each["key"]: each for each in around["aggregations"]["entries"]["buckets"]}
    counts = response["aggregations"]
    listed = total(response) if query.entry else counts["shown"]["entries"]["value"]
    return Inbox(
        entries=[_entry(each, buckets.get(each.entry, {})) for each in findings],
        findings=total(response),
        total=listed,
        pages=min(-(-listed // PAGE_SIZE), LAST_PAGE),
        views={name: each["doc_count"] for name, each in counts["views"]["buckets"].items()},
        choices={
            name: [bucket["key"] for bucket in counts["all"][name]["buckets"]]
            for name in ("clause", "system", "unit")
        },
    )


def _entry(finding: FindingView, bucket: Body) -> Entry:
    def number(name: str) -> int:
        return int(bucket.get(name, {}).get("value", 0))

    def moment(name: str) -> Any:
        text = bucket.get(name, {}).get("value_as_string")
        return times.parse(text) if text else finding.occurred_at

    return Entry(
        finding=finding,
        count=bucket.get("doc_count", 1),
        employees=number("employees"),
        units=number("units"),
        systems=number("systems"),
        first=moment("first"),
        last=moment("last"),
    )
