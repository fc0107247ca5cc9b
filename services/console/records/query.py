"""Which dossiers are asked for. The dashboards count by these same conditions."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Literal
from urllib.parse import quote
from zoneinfo import ZoneInfo

from pydantic import Field

from schemas.verdicts import VERDICT_KINDS, VerdictKind
from services.runtime.search import Body

from .. import times
from ..parameters import Family, Page, Query, Words

Kind = Literal["use", "action", "share", "system", "employee", "procurement", "source"]
Result = Literal["judged", "clean", "questioned"]
Duty = Literal["any", "open", "due", "overdue"]
Length = Annotated[float, Field(ge=0, le=1e12)]

DECIDED: tuple[VerdictKind, ...] = ("compliant", "violation", "undetermined", "cured")
"""Verdicts that decide something: a clause that is still open, waived, or does not apply does
not."""
QUESTIONED: tuple[VerdictKind, ...] = ("violation", "undetermined")
RESULTS: dict[Result, str] = {
    "judged": "Judged",
    "clean": "As the order asks",
    "questioned": "Possible violation or needs a look",
}
DUTIES: dict[Duty, str] = {"open": "Open", "due": "Due soon", "overdue": "Overdue"}
KINDS: dict[Kind, str] = {
    "use": "Uses", "action": "Actions", "share": "Shares", "system": "Systems",
    "employee": "Employees", "procurement": "Procurements", "source": "Sources",
}  # fmt: skip


class RecordsQuery(Query):
    """`clause` belongs to whichever of verdict, duty and measure is given; without any, to any
    verdict. `over`, `within`: at least, and less than, so many seconds did `measure` take."""

    kind: Kind | None = None
    result: Result | None = None
    verdict: VerdictKind | None = None
    clause: Words | None = None
    system: Words | None = None
    unit: Words | None = None
    employee: Words | None = None
    family: Family | None = None
    duty: Duty | None = None
    measure: Words | None = None
    over: Length | None = None
    within: Length | None = None
    page: Page = 1


@dataclass(frozen=True)
class Reckoning:
    """What conditions need besides a query: the zone of its days, the time, and how soon a duty
    is due soon."""

    zone: ZoneInfo
    now: datetime
    due: timedelta


FIELDS = {
    "system": "system_id",
    "unit": "unit",
    "employee": "employee_id",
    "family": "family",
    "kind": "kind",
}

JUDGED: Body = {
    "bool": {
        "should": [{"exists": {"field": kind}} for kind in DECIDED],
        "minimum_should_match": 1,
    }
}
CLEAN: Body = {
    "bool": {
        "filter": [JUDGED],
        "must_not": [{"exists": {"field": kind}} for kind in QUESTIONED],
    }
}
_QUESTIONED: Body = {
    "bool": {
        "should": [{"exists": {"field": kind}} for kind in QUESTIONED],
        "minimum_should_match": 1,
    }
}
_RESULTS: dict[Result, Body] = {"judged": JUDGED, "clean": CLEAN, "questioned": _QUESTIONED}


def conditions(query: RecordsQuery, on: Reckoning) -> list[Body]:
    """Filters on the index of metrics."""
    found: list[Body] = [
        {"term": {field: getattr(query, name)}}
        for name, field in FIELDS.items()
        if getattr(query, name) is not None
    ]
    if days := times.bounds(query.from_, query.to, on.zone):
        found.append({"range": {"occurred_at": days}})
    if query.result:
        found.append(_RESULTS[query.result])
    if query.verdict:
        found.append(_verdict(query.verdict, query.clause))
    if query.duty:
        found.append(_nested("obligations", [duty(query.duty, on)], query.clause))
    if measured := _measured(query):
        found.append(_nested("measures", measured, query.clause))
    if query.clause and not (query.verdict or query.duty or measured):
        found.append({"bool": {"should": [{"term": {k: query.clause}} for k in VERDICT_KINDS]}})
    return found


def duty(name: Duty, on: Reckoning) -> Body:
    """Of one obligation: `open` holds `due` too, which ends soon or should have."""
    if name == "any":
        return {"exists": {"field": "obligations.state"}}
    if name == "overdue":
        return {"term": {"obligations.state": "overdue"}}
    is_open: Body = {"term": {"obligations.state": "open"}}
    if name == "open":
        return is_open
    soon = (on.now + on.due).isoformat()
    ends_soon = {"range": {"obligations.deadline": {"lt": soon}}}
    return {"bool": {"filter": [is_open, ends_soon]}}


def _verdict(verdict: str, clause: str | None) -> Body:
    return {"term": {verdict: clause}} if clause else {"exists": {"field": verdict}}


def _nested(path: str, wanted: list[Body], clause: str | None) -> Body:
    about = [{"term": {f"{path}.clause": clause}}] if clause else []
    return {"nested": {"path": path, "query": {"bool": {"filter": [*wanted, *about]}}}}


def _measured(query: RecordsQuery) -> list[Body]:
    found: list[Body] = []
    if query.measure:
        found.append({"term": {"measures.name": query.measure}})
    span = {"gte": query.over, "lt": query.within}
    given = {name: value for name, value in span.items() if value is not None}
    if given:
        found.append({"range": {"measures.seconds": given}})
    return found


def record_url(dossier: str) -> str:
    """The address of a dossier's page."""
    return f"/records/of/{quote(dossier, safe='')}"
