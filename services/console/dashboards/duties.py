"""Duties and delays: what has to be done by when, and how long things took."""

from typing import Any

from services.runtime.search import Body

from .. import times, words
from ..records.query import DUTIES, Duty, duty
from ..store import Store
from ..tables import Cell, Column, Table
from .query import Asked
from .view import Section, Tile, View, bars

_MOST = 200
_HOUR, _DAY = 3600.0, 86_400.0
SPANS: dict[str, tuple[float | None, float | None]] = {
    "under_1_h": (None, _HOUR),
    "1_to_4_h": (_HOUR, 4 * _HOUR),
    "4_to_24_h": (4 * _HOUR, _DAY),
    "1_to_7_days": (_DAY, 7 * _DAY),
    "over_7_days": (7 * _DAY, None),
}
"""Delays are counted in these: at least, and less than, so many seconds."""
_SPAN_LABELS = {
    "under_1_h": "Under 1 h",
    "1_to_4_h": "1 h to 4 h",
    "4_to_24_h": "4 h to 24 h",
    "1_to_7_days": "1 to 7 days",
    "over_7_days": "7 days and more",
}
_DOSSIERS: Body = {"dossiers": {"reverse_nested": {}}}


async def load(store: Store, asked: Asked) -> View:
    """Count everything. Raises Unavailable."""
    response = await store.search(store.indices.metrics, _body(asked))
    counted = response["aggregations"]
    duties = counted["duties"]
    tiles = [
        Tile(f"{_named(name, asked)}", Cell(_dossiers(duties[name]), asked.to_records(duty=name)))
        for name in DUTIES
    ]
    sections = [_duties(duties["clauses"]["buckets"], asked)]
    names = counted["measures"]["names"]["buckets"]
    delays = [(n["key"], clause) for n in names for clause in n["clauses"]["buckets"]]
    sections.append(_delays(delays, asked))
    return View(tiles, sections, [(_NOTE, None)])


_NOTE = (
    "Counted are dossiers, each once, by what was known when they were judged last. A duty that is"
    " due soon is among those that are open."
)


def _named(name: Duty, asked: Asked) -> str:
    if name == "due":
        return f"Due within {asked.on.due.total_seconds() / _DAY:g} days"
    return f"Duties {DUTIES[name].lower()}"


def _body(asked: Asked) -> Body:
    states: Body = {name: {"filter": duty(name, asked.on), "aggs": _DOSSIERS} for name in DUTIES}
    deadline = {"min": {"field": "obligations.deadline"}}
    by_clause = {**states, "open": {**states["open"], "aggs": {**_DOSSIERS, "next": deadline}}}
    aggs = {**by_clause, **_DOSSIERS}
    clauses = {"terms": {"field": "obligations.clause", "size": _MOST}, "aggs": aggs}
    return {
        "query": {"bool": {"filter": asked.records()}},
        "size": 0,
        "aggs": {
            "duties": {"nested": {"path": "obligations"}, "aggs": {**states, "clauses": clauses}},
            "measures": _measures(),
        },
    }


def _measures() -> Body:
    ranges = [
        {"key": name, **{k: v for k, v in (("from", low), ("to", high)) if v is not None}}
        for name, (low, high) in SPANS.items()
    ]
    aggs: Body = {
        **_DOSSIERS,
        "delays": {"percentiles": {"field": "measures.seconds", "percents": [50, 90]}},
        "spans": {"range": {"field": "measures.seconds", "ranges": ranges}, "aggs": _DOSSIERS},
    }
    clauses = {"terms": {"field": "measures.clause", "size": 50}, "aggs": aggs}
    names = {"terms": {"field": "measures.name", "size": 50}, "aggs": {"clauses": clauses}}
    return {"nested": {"path": "measures"}, "aggs": {"names": names}}


def _dossiers(bucket: Body) -> int:
    return int(bucket["dossiers"]["doc_count"])


def _duties(buckets: list[Body], asked: Asked) -> Section:
    known = words.clauses()
    rows, drawn = [], []
    for bucket in sorted(buckets, key=lambda b: str(b["key"])):
        clause = bucket["key"]
        counts = {name: _dossiers(bucket[name]) for name in DUTIES}
        following = bucket["open"]["next"].get("value_as_string")
        cells = [Cell(counts[name], asked.to_records(duty=name, clause=clause)) for name in DUTIES]
        moment = times.parse(following) if following else None
        title = known.get(clause, "")
        rows.append([Cell(clause, small=title), *cells, Cell(moment)])
        series = [
            ("overdue", counts["overdue"]),
            ("due", counts["due"]),
            ("open", counts["open"] - counts["due"]),
        ]
        total = Cell(_dossiers(bucket), asked.to_records(duty="any", clause=clause))
        drawn.append((clause, title, series, total))
    columns = [
        Column("clause", "Clause", "text"),
        *(Column(name, _named(name, asked)) for name in DUTIES),
        Column("next_deadline", "Next deadline", "time"),
    ]
    return Section(
        "duties",
        "Duties with a deadline",
        Table("duties", "Duties that are not fulfilled, by clause", columns, rows),
        "No duty is waiting.",
        legend=("overdue", "due", "open") if drawn else (),
        bars=bars(drawn),
    )


def _delays(found: list[tuple[str, Body]], asked: Asked) -> Section:
    rows, drawn = [], []
    for name, bucket in found:
        clause = bucket["key"]
        where: dict[str, Any] = {"measure": name, "clause": clause}
        spans = {each["key"]: _dossiers(each) for each in bucket["spans"]["buckets"]}
        cells = [
            Cell(spans[span], asked.to_records(**where, over=low, within=high))
            for span, (low, high) in SPANS.items()
        ]
        values = bucket["delays"]["values"]
        total = Cell(_dossiers(bucket), asked.to_records(**where))
        rows.append(
            [
                Cell(words.heading(name)),
                Cell(clause),
                total,
                Cell(values["50.0"]),
                Cell(values["90.0"]),
                *cells,
            ]
        )
        series = [(span, spans[span]) for span in SPANS]
        drawn.append((words.heading(name), clause, series, total))
    columns = [
        Column("delay", "Delay", "text"),
        Column("clause", "Clause", "text"),
        Column("measured", "Measured"),
        Column("half_within", "Half within", "seconds"),
        Column("nine_of_ten_within", "Nine of ten within", "seconds"),
        *(Column(span, label) for span, label in _SPAN_LABELS.items()),
    ]
    return Section(
        "delays",
        "How long things take",
        Table("delays", "Delays by name and clause", columns, rows),
        "Nothing has been measured yet.",
        note="From what had to be approved or documented until it was, in dossiers of which that is"
        " known.",
        legend=tuple(SPANS) if drawn else (),
        bars=bars(drawn),
    )
