"""The overview: uses and findings over time, by clause, system, kind of AI and unit."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from .. import times, words
from ..records.query import CLEAN, JUDGED
from ..store import Body, Store, total
from ..tables import Cell, Column, Table
from .periods import interval_of, periods
from .query import OTHERS, SHOWN, Asked
from .view import Section, Tile, View, bars, stacked

DIMENSIONS = {"clause": "Clause", "system": "System", "family": "Kind of AI", "unit": "Unit"}
_FIELDS = {"system": "system_id", "family": "family", "unit": "unit"}
_MOST = 1000
_RATE = (
    "Compliance counts dossiers (a use of AI with all that belongs to it, or a duty that stands for"
    " ever): of those on which at least one clause was decided, the share without a possible"
    " violation and without anything that needs a look. Mended late counts as compliant. What is"
    " still open, waived or not applicable decides nothing, and rules on trial are left out."
)


@dataclass
class Counts:
    """Of one period, clause, system …: dossiers, and open findings by verdict. `verdicts`: dossiers
    that have a verdict, by its name; only where that was asked for."""

    dossiers: int = 0
    uses: int = 0
    judged: int = 0
    clean: int = 0
    verdicts: dict[str, int] = field(default_factory=dict)
    findings: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SHOWN, 0))

    @property
    def all_findings(self) -> int:
        """Findings of all verdicts."""
        return sum(self.findings.values())

    @property
    def rate(self) -> float | None:
        """Share of the judged dossiers without a question; None where none was judged."""
        return self.clean / self.judged if self.judged else None


async def load(store: Store, asked: Asked) -> View:
    """Count everything. Raises Unavailable."""
    span = await store.search(store.indices.metrics, _span_body(asked))
    first, last = _span(span, asked)
    interval = interval_of(first, last)
    dossiers, found, on_trial = await asyncio.gather(
        store.search(store.indices.metrics, _dossiers_body(asked, interval)),
        store.search(store.indices.findings, _findings_body(asked, interval)),
        store.search(store.indices.findings, _on_trial_body(asked)),
    )
    counted, finding = dossiers["aggregations"], found["aggregations"]
    overall = _counts(counted, dossiers["hits"]["total"]["value"])
    _add_findings(overall, finding)
    sections = [_over_time(counted, finding, interval, asked)]
    sections.append(_by_clause(counted, finding, asked))
    for name in _FIELDS:
        sections.append(_by(name, counted, finding, asked))
    return View(_tiles(overall, asked), sections, _notes(total(on_trial), asked))


def _notes(on_trial: int, asked: Asked) -> list[tuple[str, str | None]]:
    notes: list[tuple[str, str | None]] = [(_RATE, None)]
    if on_trial:
        what = "finding by a rule" if on_trial == 1 else "findings by rules"
        verb = "is" if on_trial == 1 else "are"
        told = f"{on_trial:,} open {what} on trial {verb} not counted, and nobody is alerted."
        notes.append((told, asked.to_findings(trial="only")))
    return notes


def _tiles(overall: Counts, asked: Asked) -> list[Tile]:
    findings = [
        Tile(
            words.PLURAL_VERDICTS[kind],
            Cell(overall.findings[kind], asked.to_findings(verdict=kind)),
            edge=kind,
        )
        for kind in SHOWN
    ]
    return [
        *findings,
        Tile("Uses of AI", Cell(overall.uses, asked.to_records(kind="use"))),
        Tile("Dossiers judged", Cell(overall.judged, asked.to_records(result="judged"))),
        Tile("As the order asks", Cell(overall.clean, asked.to_records(result="clean"))),
        Tile("Compliance", Cell(overall.rate), kind="share"),
    ]


def _span_body(asked: Asked) -> Body:
    ends = {name: {name: {"field": "occurred_at"}} for name in ("min", "max")}
    return {"query": {"bool": {"filter": asked.records()}}, "size": 0, "aggs": ends}


def _span(response: Body, asked: Asked) -> tuple[datetime, datetime]:
    """First and last time to draw: as asked for, or as there are dossiers."""
    bounds = times.bounds(asked.query.from_, asked.query.to, asked.on.zone)
    ends = response["aggregations"]
    now = asked.on.now.isoformat()
    first = bounds.get("gte") or ends["min"].get("value_as_string") or now
    last = bounds.get("lt") or ends["max"].get("value_as_string") or now
    return times.parse(first), times.parse(last)


_USES: Body = {"filter": {"term": {"kind": "use"}}}
_RESULTS: Body = {"uses": _USES, "judged": {"filter": JUDGED}, "clean": {"filter": CLEAN}}
_VERDICTS: Body = {"verdict": {"terms": {"field": "verdict"}}}


def _dossiers_body(asked: Asked, interval: str) -> Body:
    by_clause = {f"clause_{kind}": {"terms": {"field": kind, "size": _MOST}} for kind in OTHERS}
    return {
        "query": {"bool": {"filter": asked.records()}},
        "size": 0,
        "track_total_hits": True,
        "aggs": {**_RESULTS, **by_clause, **_dimensions(asked, interval, _RESULTS)},
    }


def _findings_body(asked: Asked, interval: str) -> Body:
    clauses = {"clause": {"terms": {"field": "clause", "size": _MOST}, "aggs": _VERDICTS}}
    return {
        "query": {"bool": {"filter": asked.findings()}},
        "size": 0,
        "aggs": {**_VERDICTS, **clauses, **_dimensions(asked, interval, _VERDICTS)},
    }


def _dimensions(asked: Asked, interval: str, aggs: Body) -> Body:
    histogram = {
        "field": "occurred_at",
        "calendar_interval": interval,
        "time_zone": asked.on.zone.key,
        "min_doc_count": 1,
    }
    return {
        "time": {"date_histogram": histogram, "aggs": aggs},
        **{
            name: {"terms": {"field": field, "size": _MOST}, "aggs": aggs}
            for name, field in _FIELDS.items()
        },
    }


def _on_trial_body(asked: Asked) -> Body:
    wanted = asked.findings(trial="only")
    return {"query": {"bool": {"filter": wanted}}, "size": 0, "track_total_hits": True}


def _counts(bucket: Body, dossiers: int) -> Counts:
    uses, judged, clean = (int(bucket[name]["doc_count"]) for name in _RESULTS)
    return Counts(dossiers, uses, judged, clean)


def _add_findings(counts: Counts, bucket: Body) -> None:
    for each in bucket["verdict"]["buckets"]:
        if each["key"] in counts.findings:
            counts.findings[each["key"]] = int(each["doc_count"])


def _merged(name: str, counted: Body, finding: Body) -> dict[str, Counts]:
    """Counts by name (or, over time, by the start of a period in milliseconds)."""
    merged = {
        str(bucket["key"]): _counts(bucket, bucket["doc_count"])
        for bucket in counted[name]["buckets"]
    }
    for bucket in finding[name]["buckets"]:
        _add_findings(merged.setdefault(str(bucket["key"]), Counts()), bucket)
    return merged


_FINDING_COLUMNS = [Column(kind, words.PLURAL_VERDICTS[kind]) for kind in SHOWN]
_RESULT_COLUMNS = [
    Column("uses", "Uses of AI"),
    Column("judged", "Dossiers judged"),
    Column("clean", "As the order asks"),
    Column("compliance", "Compliance", "share"),
]


def _result_cells(counts: Counts, asked: Asked, **where: Any) -> list[Cell]:
    return [
        Cell(counts.uses, asked.to_records(**{"kind": "use", **where})),
        Cell(counts.judged, asked.to_records(**{"result": "judged", **where})),
        Cell(counts.clean, asked.to_records(**{"result": "clean", **where})),
        Cell(counts.rate),
    ]


def _finding_cells(counts: Counts, asked: Asked, **where: Any) -> list[Cell]:
    return [
        Cell(counts.findings[kind], asked.to_findings(**{"verdict": kind, **where}))
        for kind in SHOWN
    ]


def _series(counts: Counts) -> list[tuple[str, float]]:
    return [(kind, counts.findings[kind]) for kind in SHOWN]


def _over_time(counted: Body, finding: Body, interval: str, asked: Asked) -> Section:
    merged = _merged("time", counted, finding)
    spans = periods(map(int, merged), interval, asked.query, asked.on.zone)
    each = [(period, merged.get(str(period.key), Counts())) for period in spans]
    rows = [
        [
            Cell(period.first, small=period.label),
            *_finding_cells(counts, asked, **period.bounds),
            *_result_cells(counts, asked, **period.bounds),
        ]
        for period, counts in each
    ]
    columns, highest = stacked([(period.label, _series(counts)) for period, counts in each])
    return Section(
        "time",
        f"Over time, by {interval}",
        Table(
            "time",
            f"Numbers by {interval}",
            [Column("from", words.heading(interval), "day"), *_FINDING_COLUMNS, *_RESULT_COLUMNS],
            rows,
        ),
        "No dossier has been judged in this period.",
        legend=SHOWN,
        columns=columns,
        highest=highest,
    )


def _by_clause(counted: Body, finding: Body, asked: Asked) -> Section:
    merged: dict[str, Counts] = {}
    for kind in OTHERS:
        for bucket in counted[f"clause_{kind}"]["buckets"]:
            counts = merged.setdefault(bucket["key"], Counts())
            counts.verdicts[kind] = int(bucket["doc_count"])
    for bucket in finding["clause"]["buckets"]:
        _add_findings(merged.setdefault(bucket["key"], Counts()), bucket)
    known = words.clauses()
    rows = [
        [
            Cell(name, small=known.get(name, "")),
            *_finding_cells(counts, asked, clause=name),
            *(
                Cell(counts.verdicts.get(kind, 0), asked.to_records(verdict=kind, clause=name))
                for kind in OTHERS
            ),
        ]
        for name, counts in sorted(merged.items())
    ]
    others = [Column(kind, words.PLURAL_VERDICTS[kind]) for kind in OTHERS]
    columns = [Column("clause", "Clause", "text"), *_FINDING_COLUMNS, *others]
    ranked = _ranked(merged)
    drawn = [
        (name, known.get(name, ""), _series(counts), _sum(counts, asked, clause=name))
        for name, counts in ranked
        if counts.all_findings
    ]
    return Section(
        "by-clause",
        "By clause",
        Table("clause", "All numbers by clause", columns, rows),
        "Nothing to count yet.",
        note="Open findings; beside them, dossiers that have the clause’s verdict.",
        legend=SHOWN if drawn else (),
        bars=bars(drawn),
    )


def _by(name: str, counted: Body, finding: Body, asked: Asked) -> Section:
    ranked = _ranked(_merged(name, counted, finding))
    label = DIMENSIONS[name]
    rows = [
        [
            Cell(each),
            *_finding_cells(counts, asked, **{name: each}),
            *_result_cells(counts, asked, **{name: each}),
        ]
        for each, counts in ranked
    ]
    columns = [Column(name, label, "text"), *_FINDING_COLUMNS, *_RESULT_COLUMNS]
    drawn = [
        (each, "", _series(counts), _sum(counts, asked, **{name: each}))
        for each, counts in islice(ranked, 100)
        if counts.all_findings
    ]
    said_of = label[:1].lower() + label[1:]
    return Section(
        f"by-{name}",
        f"By {said_of}",
        Table(name, f"All numbers by {said_of}", columns, rows),
        "Nothing to count yet.",
        legend=SHOWN if drawn else (),
        bars=bars(drawn),
    )


def _ranked(merged: dict[str, Counts]) -> list[tuple[str, Counts]]:
    """The most findings first, then the most dossiers."""

    def place(item: tuple[str, Counts]) -> tuple[int, int, str]:
        name, counts = item
        return -counts.all_findings, -counts.dossiers, name

    return sorted(merged.items(), key=place)


def _sum(counts: Counts, asked: Asked, **where: Any) -> Cell:
    return Cell(counts.all_findings, asked.to_findings(**where))
