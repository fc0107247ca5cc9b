"""The overview: uses and findings over time, by clause, system, kind of AI and unit."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from services.runtime.search import Body

from .. import times, words
from ..records.query import CLEAN, JUDGED
from ..store import Store, total
from ..tables import Cell, Column, Table
from .periods import Period, interval_of, periods
from .query import OTHERS, SHOWN, Asked
from .view import Section, Tile, View, bars, stacked

DIMENSIONS = {"clause": "Clause", "system": "System", "family": "Kind of AI", "unit": "Unit"}
_FIELDS = {"system": "system_id", "family": "family", "unit": "unit"}
_MOST = 1000
_RATE = (
    "Compliance counts dossiers (a use of AI with all that belongs to it, or a duty that stands for"
    " ever): of those on which at least one clause was decided, the share without a possible"
    " violation and without anything that needs a look. Mended late counts as compliant. What is"
    " still open, waived or not applicable decides nothing, and rules on trial are left out. The"
    " number leads to the dossiers that are not among that share."
)


@dataclass
class Counts:
    """Of one period, clause, system …: dossiers, and open findings by verdict. `verdicts`: dossiers
    that have a verdict, by its name; only where that was asked for."""

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

    @property
    def has_questions(self) -> bool:
        """Whether any of them has one."""
        return self.clean < self.judged


async def load(store: Store, asked: Asked) -> View:
    """Count everything. Raises Unavailable."""
    metrics, findings = store.indices.metrics, store.indices.findings
    span = await store.search(metrics, _span_body(asked))
    first, last = _span(span, asked)
    interval = interval_of(first, last)
    # One search for each column, without any within another: by far the least work.
    clauses, on_trial, *columns = await asyncio.gather(
        store.search(metrics, _clauses_body(asked)),
        store.search(findings, _on_trial_body(asked)),
        *(store.search(metrics, _dossiers_body(asked, w, interval)) for w in _RESULTS.values()),
        *(store.search(findings, _findings_body(asked, kind, interval)) for kind in SHOWN),
    )
    found = dict(zip((*_RESULTS, *SHOWN), columns, strict=True))
    sections = [_over_time(found, interval, asked), _uses(found, interval, asked)]
    sections.append(_by_clause(clauses, found, asked))
    sections += [_by(name, found, asked) for name in _FIELDS]
    totals = {name: total(response) for name, response in found.items()}
    return View(_tiles(_counts(totals), asked), sections, _notes(total(on_trial), asked))


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
        Tile("Compliance", _rate(overall, asked), kind="share"),
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


_RESULTS: dict[str, Body] = {"uses": {"term": {"kind": "use"}}, "judged": JUDGED, "clean": CLEAN}


def _clauses_body(asked: Asked) -> Body:
    by_clause = {kind: {"terms": {"field": kind, "size": _MOST}} for kind in OTHERS}
    return {"query": {"bool": {"filter": asked.records()}}, "size": 0, "aggs": by_clause}


def _dossiers_body(asked: Asked, wanted: Body, interval: str) -> Body:
    return _column([*asked.records(), wanted], _dimensions(asked, interval))


def _findings_body(asked: Asked, kind: str, interval: str) -> Body:
    clauses = {"clause": {"terms": {"field": "clause", "size": _MOST}}}
    return _column(asked.findings(verdict=kind), {**clauses, **_dimensions(asked, interval)})


def _column(filters: list[Body], aggs: Body) -> Body:
    query = {"bool": {"filter": filters}}
    return {"query": query, "size": 0, "track_total_hits": True, "aggs": aggs}


def _dimensions(asked: Asked, interval: str) -> Body:
    histogram = {
        "field": "occurred_at",
        "calendar_interval": interval,
        "time_zone": asked.on.zone.key,
        "min_doc_count": 1,
    }
    fields = {name: {"terms": {"field": f, "size": _MOST}} for name, f in _FIELDS.items()}
    return {"time": {"date_histogram": histogram}, **fields}


def _on_trial_body(asked: Asked) -> Body:
    wanted = asked.findings(trial="only")
    return {"query": {"bool": {"filter": wanted}}, "size": 0, "track_total_hits": True}


def _counts(numbers: dict[str, int]) -> Counts:
    """`numbers`: by the name of their column."""
    uses, judged, clean = (numbers.get(name, 0) for name in _RESULTS)
    return Counts(uses, judged, clean, findings={kind: numbers.get(kind, 0) for kind in SHOWN})


def _merged(name: str, found: dict[str, Body]) -> dict[str, Counts]:
    """Counts by name (or, over time, by the start of a period in milliseconds)."""
    numbers: dict[str, dict[str, int]] = {}
    for column, response in found.items():
        for bucket in response["aggregations"].get(name, {"buckets": []})["buckets"]:
            numbers.setdefault(str(bucket["key"]), {})[column] = int(bucket["doc_count"])
    return {key: _counts(each) for key, each in numbers.items()}


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
        _rate(counts, asked, **where),
    ]


def _rate(counts: Counts, asked: Asked, **where: Any) -> Cell:
    """Compliance; it leads to the dossiers that stand against it."""
    to_others = asked.to_records(**{"result": "questioned", **where})
    return Cell(counts.rate, to_others if counts.has_questions else None)


def _finding_cells(counts: Counts, asked: Asked, **where: Any) -> list[Cell]:
    return [
        Cell(counts.findings[kind], asked.to_findings(**{"verdict": kind, **where}))
        for kind in SHOWN
    ]


def _series(counts: Counts) -> list[tuple[str, float]]:
    return [(kind, counts.findings[kind]) for kind in SHOWN]


def _by_period(found: dict[str, Body], interval: str, asked: Asked) -> list[tuple[Period, Counts]]:
    merged = _merged("time", found)
    spans = periods(map(int, merged), interval, asked.query, asked.on.zone)
    return [(period, merged.get(str(period.key), Counts())) for period in spans]


def _uses(found: dict[str, Body], interval: str, asked: Asked) -> Section:
    """Drawn by themselves: there are many more of them than of findings."""
    each = _by_period(found, interval, asked)
    rows = [
        [
            Cell(period.first, small=period.label),
            Cell(counts.uses, asked.to_records(kind="use", **period.bounds)),
        ]
        for period, counts in each
    ]
    columns, highest = stacked([(period.label, [("uses", counts.uses)]) for period, counts in each])
    names = [Column("from", words.heading(interval), "day"), Column("uses", "Uses of AI")]
    return Section(
        "uses",
        f"Uses of AI, by {interval}",
        Table("uses", f"Uses of AI by {interval}", names, rows),
        "No use has been judged in this period.",
        columns=columns,
        highest=highest,
    )


def _over_time(found: dict[str, Body], interval: str, asked: Asked) -> Section:
    each = _by_period(found, interval, asked)
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


def _by_clause(clauses: Body, found: dict[str, Body], asked: Asked) -> Section:
    merged = _merged("clause", found)
    for kind in OTHERS:
        for bucket in clauses["aggregations"][kind]["buckets"]:
            counts = merged.setdefault(bucket["key"], Counts())
            counts.verdicts[kind] = int(bucket["doc_count"])
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


def _by(name: str, found: dict[str, Body], asked: Asked) -> Section:
    ranked = _ranked(_merged(name, found))
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
        return -counts.all_findings, -counts.judged, name

    return sorted(merged.items(), key=place)


def _sum(counts: Counts, asked: Asked, **where: Any) -> Cell:
    return Cell(counts.all_findings, asked.to_findings(**where))
