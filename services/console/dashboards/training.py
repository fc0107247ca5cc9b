"""Training: how many of the roster are trained in all they need, and what ends soon."""

from collections.abc import Sequence
from datetime import datetime
from typing import get_args

from ..facts import Facts
from ..parameters import link
from ..records.people import TRAININGS, EmployeesQuery, Person, Training, matching, people
from ..records.query import record_url
from ..tables import Cell, Column, Table
from .query import Asked, can_be_asked
from .view import Section, Tile, View, bars

_KINDS: tuple[Training, ...] = get_args(Training)
_LABELS = {
    "current": "Trained",
    "lacking": "Missing or lapsed",
    "expiring_30": "Ends in 30 days",
    "expiring_90": "Ends in 90 days",
}
_NOTE = (
    "Active employees of the roster, now. Trained means: each topic that is required of them was"
    " completed and still counts, by the policy in force. What ends within 30 days is among what"
    " ends within 90. Coverage is the share of those who are trained, and leads to the others."
)


def view(facts: Facts, asked: Asked) -> View:
    """Count everybody."""
    everybody = people(facts, asked.on.now)
    unit = asked.query.unit
    active = matching(everybody, EmployeesQuery(unit=unit))
    trained = _counts(active)
    tiles = [
        Tile("Active employees", Cell(len(active), _to_employees(unit, None))),
        *(
            Tile(_LABELS[kind], Cell(trained[kind], _to_employees(unit, kind)), edge=_EDGES[kind])
            for kind in _KINDS
        ),
        Tile("Coverage", _coverage(trained, len(active), unit), kind="share"),
    ]
    return View(tiles, [_by_unit(active), _ending(active, asked.on.now)], [(_NOTE, None)])


_EDGES = {"current": "", "lacking": "violation", "expiring_30": "undetermined", "expiring_90": ""}


def _to_employees(unit: str | None, training: str | None) -> str | None:
    if unit is not None and not can_be_asked(unit):
        return None
    return link("/records/employees", unit=unit, training=training)


def _counts(some: Sequence[Person]) -> dict[Training, int]:
    return {kind: sum(person.has(kind) for person in some) for kind in TRAININGS}


def _coverage(counts: dict[Training, int], active: int, unit: str | None) -> Cell:
    """The share of those who are trained; it leads to the others."""
    to_others = _to_employees(unit, "lacking") if counts["lacking"] else None
    return Cell(counts["current"] / active if active else None, to_others)


def _by_unit(active: Sequence[Person]) -> Section:
    units: dict[str, list[Person]] = {}
    for person in active:
        units.setdefault(person.data.unit, []).append(person)
    rows, drawn = [], []
    for unit, some in sorted(units.items()):
        counts = _counts(some)
        total = Cell(len(some), _to_employees(unit, None))
        cells = [Cell(counts[kind], _to_employees(unit, kind)) for kind in _KINDS]
        rows.append([Cell(unit), total, *cells, _coverage(counts, len(some), unit)])
        series = [
            ("lacking", counts["lacking"]),
            ("ending", counts["expiring_90"]),
            ("current", counts["current"] - counts["expiring_90"]),
        ]
        drawn.append((unit, "", series, total))
    columns = [
        Column("unit", "Unit", "text"),
        Column("employees", "Active employees"),
        *(Column(kind, _LABELS[kind]) for kind in _KINDS),
        Column("coverage", "Coverage", "share"),
    ]
    return Section(
        "by-unit",
        "Coverage by unit",
        Table("training", "Employees by unit and training", columns, rows),
        "Nobody is on the roster.",
        legend=("lacking", "ending", "current") if drawn else (),
        bars=bars(sorted(drawn, key=lambda each: -each[2][0][1])),
    )


def _ending(active: Sequence[Person], now: datetime) -> Section:
    ending = [person for person in active if person.has("expiring_90")]
    ending.sort(key=lambda person: (person.until or now, person.data.employee_id))
    rows = [
        [
            Cell(person.data.employee_id, record_url(f"employee/{person.data.employee_id}")),
            Cell(person.data.name or ""),
            Cell(person.data.unit),
            Cell(person.until),
        ]
        for person in ending
    ]
    columns = [
        Column("employee", "Employee", "text"),
        Column("name", "Name", "text"),
        Column("unit", "Unit", "text"),
        Column("first_end", "First topic ends", "day"),
    ]
    table = Table("training-ending", "Training that ends within 90 days", columns, rows)
    return Section("ending", "What ends next", table, "Nothing ends within 90 days.")
