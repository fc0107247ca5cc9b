"""The dashboard: counts over the verdicts on all dossiers."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from schemas.verdicts import VERDICT_KINDS

from . import charts, times
from .access import require
from .charts import Part
from .context import Context
from .inbox import ON_TRIAL
from .parameters import DashboardQuery, parse
from .store import Body, Store, total

SHOWN = ("violation", "undetermined", "cured")
"""Verdicts that the charts draw: those that need a person."""
DIMENSIONS = {"clause": "Clause", "system": "System", "family": "Kind of AI", "unit": "Unit"}
_FIELDS = {"system": "system_id", "family": "family", "unit": "unit"}
_ROWS = 50
CHART = (720.0, 160.0)
"""Width and height of the chart over time."""


@dataclass(frozen=True)
class Row:
    """Counts of verdicts for one clause, system, kind of AI or unit."""

    name: str
    dossiers: int | None
    verdicts: dict[str, int]
    bar: list[Part]


@dataclass(frozen=True)
class Period:
    """Counts of verdicts for one day, week, month or year of the chart.

    `first`, `last`: the days that are counted; at the ends of the chart a period may be cut.
    """

    first: date
    last: date
    dossiers: int
    verdicts: dict[str, int]
    column: list[Part]


@dataclass(frozen=True)
class Duty:
    """Open duties of one clause."""

    clause: str
    open: int
    overdue: int
    next_deadline: datetime | None


@dataclass(frozen=True)
class Delay:
    """A measured duration: how often, half of them within, nine of ten within (seconds)."""

    name: str
    clause: str
    count: int
    median: float
    p90: float


@dataclass(frozen=True)
class Progress:
    """How far one partition has been judged."""

    partition: int
    now: datetime | None
    backlog: int
    dossiers: int
    offset: int


@dataclass(frozen=True)
class Dashboard:
    """All of the page. `rejected`: (source, reason, count). `interval`: day, week, month, year.

    `on_trial`: open findings by rules on trial, which are not counted elsewhere.
    """

    dossiers: int
    verdicts: dict[str, int]
    tables: dict[str, list[Row]]
    interval: str
    periods: list[Period]
    duties: list[Duty]
    delays: list[Delay]
    progress: list[Progress]
    rejected: list[tuple[str, str, int]]
    rejected_total: int
    on_trial: int

    @property
    def highest(self) -> int:
        """Findings in the tallest column of the chart."""
        return max((sum(each.verdicts[kind] for kind in SHOWN) for each in self.periods), default=0)

    @property
    def judged_to(self) -> datetime | None:
        """All that was received before has been judged, in every partition."""
        known = [each.now for each in self.progress]
        return min((now for now in known if now), default=None) if all(known) else None


def routes(context: Context) -> list[BaseRoute]:
    """The dashboard."""

    async def page(request: Request) -> Response:
        require(request, "dashboards")
        query = parse(DashboardQuery, request.query_params)
        found = await load(context.store, query, context.zone)
        drawn: dict[str, Any] = {"shown": SHOWN, "dimensions": DIMENSIONS, "chart": CHART}
        return context.render(
            request, "dashboard.html", query=query, page=found, active="dashboard", **drawn
        )

    return [Route("/dashboard", page)]


async def load(store: Store, query: DashboardQuery, zone: ZoneInfo) -> Dashboard:
    """Read everything. Raises Unavailable."""
    metrics, conditions = store.indices.metrics, _conditions(query, zone)
    span, progress, rejected, on_trial = await asyncio.gather(
        store.search(metrics, _span_body(conditions)),
        store.search(store.indices.progress, {"size": 1000, "sort": [{"partition": "asc"}]}),
        store.search(store.indices.rejected, _rejected_body()),
        store.search(store.indices.findings, _on_trial_body()),
    )
    first, last = _span(span, query, zone)
    interval = _interval(first, last)
    counted = await store.search(metrics, _body(conditions, interval, zone))
    found = counted["aggregations"]
    refusals = rejected["aggregations"]["sources"]["buckets"]
    return Dashboard(
        dossiers=counted["hits"]["total"]["value"],
        verdicts=_verdicts(found),
        tables=_tables(found),
        interval=interval,
        periods=_periods(found["time"]["buckets"], interval, query, zone),
        duties=_duties(found["duties"]["clauses"]["buckets"]),
        delays=_delays(found["measures"]["names"]["buckets"]),
        progress=[_progress(hit["_source"]) for hit in progress["hits"]["hits"]],
        rejected=[
            (source["key"], reason["key"], reason["doc_count"])
            for source in refusals
            for reason in source["reasons"]["buckets"]
        ],
        rejected_total=rejected["hits"]["total"]["value"],
        on_trial=total(on_trial),
    )


def _conditions(query: DashboardQuery, zone: ZoneInfo) -> list[Body]:
    found: list[Body] = [
        {"term": {field: getattr(query, name)}}
        for name, field in _FIELDS.items()
        if getattr(query, name) is not None
    ]
    if days := times.bounds(query.from_, query.to, zone):
        found.append({"range": {"occurred_at": days}})
    return found


def _span_body(conditions: list[Body]) -> Body:
    ends = {name: {name: {"field": "occurred_at"}} for name in ("min", "max")}
    return {"query": {"bool": {"filter": conditions}}, "size": 0, "aggs": ends}


def _span(response: Body, query: DashboardQuery, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """First and last time to draw: as asked for, or as there are dossiers."""
    bounds = times.bounds(query.from_, query.to, zone)
    ends = response["aggregations"]
    now = datetime.now(UTC).isoformat()
    first = bounds.get("gte") or ends["min"].get("value_as_string") or now
    last = bounds.get("lt") or ends["max"].get("value_as_string") or now
    return times.parse(first), times.parse(last)


def _interval(first: datetime, last: datetime) -> str:
    """So that there are a few dozen columns at most."""
    span = last - first
    if span <= timedelta(days=31):
        return "day"
    if span <= timedelta(days=7 * 32):
        return "week"
    return "month" if span <= timedelta(days=366 * 4) else "year"


def _body(conditions: list[Body], interval: str, zone: ZoneInfo) -> Body:
    counts = {kind: {"value_count": {"field": kind}} for kind in VERDICT_KINDS}
    clauses = {f"clause_{kind}": {"terms": {"field": kind, "size": 200}} for kind in VERDICT_KINDS}
    dimensions = {
        name: {"terms": {"field": field, "size": _ROWS}, "aggs": counts}
        for name, field in _FIELDS.items()
    }
    histogram = {
        "field": "occurred_at",
        "calendar_interval": interval,
        "time_zone": zone.key,
        "min_doc_count": 0,
    }
    return {
        "query": {"bool": {"filter": conditions}},
        "size": 0,
        "track_total_hits": True,
        "aggs": {
            **counts,
            **clauses,
            **dimensions,
            "time": {"date_histogram": histogram, "aggs": counts},
            "duties": _duties_body(),
            "measures": _measures_body(),
        },
    }


def _duties_body() -> Body:
    states: Body = {
        state: {"filter": {"term": {"obligations.state": state}}} for state in ("open", "overdue")
    }
    states["open"]["aggs"] = {"next": {"min": {"field": "obligations.deadline"}}}
    clauses = {"terms": {"field": "obligations.clause", "size": 200}, "aggs": states}
    return {"nested": {"path": "obligations"}, "aggs": {"clauses": clauses}}


def _measures_body() -> Body:
    delays = {"percentiles": {"field": "measures.seconds", "percents": [50, 90]}}
    clauses = {"terms": {"field": "measures.clause", "size": 50}, "aggs": {"delays": delays}}
    names = {"terms": {"field": "measures.name", "size": 50}, "aggs": {"clauses": clauses}}
    return {"nested": {"path": "measures"}, "aggs": {"names": names}}


def _on_trial_body() -> Body:
    wanted = [{"term": {"state": "open"}}, ON_TRIAL]
    return {"query": {"bool": {"filter": wanted}}, "size": 0, "track_total_hits": True}


def _rejected_body() -> Body:
    reasons = {"terms": {"field": "reason.keyword", "size": 10}}
    sources = {"terms": {"field": "source", "size": 20}, "aggs": {"reasons": reasons}}
    return {"size": 0, "track_total_hits": True, "aggs": {"sources": sources}}


def _verdicts(bucket: Body) -> dict[str, int]:
    return {kind: int(bucket[kind]["value"]) for kind in VERDICT_KINDS}


def _tables(found: Body) -> dict[str, list[Row]]:
    by_clause: dict[str, dict[str, int]] = {}
    for kind in VERDICT_KINDS:
        for bucket in found[f"clause_{kind}"]["buckets"]:
            counts = by_clause.setdefault(bucket["key"], dict.fromkeys(VERDICT_KINDS, 0))
            counts[kind] = bucket["doc_count"]
    tables = {"clause": _rows([(name, None, by_clause[name]) for name in sorted(by_clause)])}
    for name in _FIELDS:
        buckets = found[name]["buckets"]
        tables[name] = _rows([(b["key"], b["doc_count"], _verdicts(b)) for b in buckets])
    return tables


def _rows(counted: list[tuple[str, int | None, dict[str, int]]]) -> list[Row]:
    largest = max((sum(counts[kind] for kind in SHOWN) for _, _, counts in counted), default=0)
    return [
        Row(name, dossiers, counts, charts.bar([(kind, counts[kind]) for kind in SHOWN], largest))
        for name, dossiers, counts in counted
    ]


def _periods(
    buckets: list[Body], interval: str, query: DashboardQuery, zone: ZoneInfo
) -> list[Period]:
    counts = [_verdicts(bucket) for bucket in buckets]
    drawn = charts.columns([[(kind, each[kind]) for kind in SHOWN] for each in counts], *CHART)
    periods = []
    for bucket, verdicts, column in zip(buckets, counts, drawn, strict=True):
        start = datetime.fromtimestamp(bucket["key"] / 1000, zone).date()
        first = max(start, query.from_ or start)
        end = _last_day(start, interval)
        last = min(end, query.to or end)
        periods.append(Period(first, last, bucket["doc_count"], verdicts, column))
    return periods


def _last_day(start: date, interval: str) -> date:
    """The last day of the period that starts on a day."""
    if interval == "day":
        return start
    if interval == "week":
        return start + timedelta(days=6)
    if interval == "month":
        return (start + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return date(start.year, 12, 31)


def _duties(buckets: list[Body]) -> list[Duty]:
    duties = [
        Duty(
            bucket["key"],
            bucket["open"]["doc_count"],
            bucket["overdue"]["doc_count"],
            _moment(bucket["open"]["next"].get("value_as_string")),
        )
        for bucket in buckets
    ]
    return sorted(duties, key=lambda duty: duty.clause)


def _delays(buckets: list[Body]) -> list[Delay]:
    return [
        Delay(
            name["key"],
            clause["key"],
            clause["doc_count"],
            clause["delays"]["values"]["50.0"],
            clause["delays"]["values"]["90.0"],
        )
        for name in buckets
        for clause in name["clauses"]["buckets"]
    ]


def _progress(document: Body) -> Progress:
    return Progress(
        document["partition"],
        _moment(document.get("now")),
        document.get("backlog", 0),
        document.get("dossiers", 0),
        document.get("offset", 0),
    )


def _moment(text: str | None) -> datetime | None:
    return times.parse(text) if text else None
