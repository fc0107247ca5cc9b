"""Systems: approved or not, audited, safeguarded, under an agreement; and seen without a word."""

from typing import get_args

from ..parameters import link
from ..records.machines import STANDINGS, Machine, Standing, SystemsQuery, matching
from ..records.query import record_url
from ..tables import Cell, Column, Table
from .query import can_be_asked
from .view import Section, Tile, View

_EDGES: dict[Standing, str] = {
    "unregistered": "violation",
    "audit_overdue": "violation",
    "audit_soon": "undetermined",
    "no_safeguards": "undetermined",
    "no_agreement": "violation",
}
_NOTE = (
    "As of now, by the registry and by the rules for H.2 (audits) and B.4.b (agreements). Audits"
    " are due soon from the day on which the policy reminds of them."
)
COLUMNS = [
    Column("system", "System", "text"),
    Column("name", "Name", "text"),
    Column("standing", "Standing", "text"),
    Column("approved_from", "Approved from", "day"),
    Column("approved_to", "Until", "day"),
    Column("audit_due", "Next audit due", "day"),
    Column("safeguards_from", "Safeguards from", "day"),
    Column("safeguards_to", "Until", "day"),
    Column("agreement_from", "Agreement from", "day"),
    Column("agreement_to", "Until", "day"),
    Column("uses", "Uses judged"),
    Column("findings", "Open findings"),
]


def view(machines: list[Machine]) -> View:
    """All of them. `machines`: as `records.machines` makes them."""
    tiles = [
        Tile(
            STANDINGS[standing],
            Cell(
                len(matching(machines, SystemsQuery(standing=standing))),
                link("/records/systems", standing=standing),
            ),
            edge=_EDGES.get(standing, ""),
        )
        for standing in get_args(Standing)
    ]
    table = Table("systems", "Systems, with dates", COLUMNS, [row(each) for each in machines])
    empty = "No system is registered, and none was seen in use."
    return View(tiles, [Section("systems", "All systems", table, empty)], [(_NOTE, None)])


def row(machine: Machine) -> list[Cell]:
    """A line of the table."""
    data, name = machine.data, machine.system_id
    asks = name if can_be_asked(name) else None
    safeguards = data.safeguards if data else None
    agreement = data.exchange_agreement if data else None
    uses = asks and link("/records", kind="use", system=asks)
    return [
        Cell(name, record_url(f"system/{name}") if data else uses),
        Cell(f"{data.name}, {data.vendor}" if data else ""),
        Cell("; ".join(standings(machine))),
        Cell(data.approved_from if data else None),
        Cell(data.approved_to if data else None),
        Cell(machine.audit_due),
        Cell(safeguards.from_ if safeguards else None),
        Cell(safeguards.to if safeguards else None),
        Cell(agreement.from_ if agreement else None),
        Cell(agreement.to if agreement else None),
        Cell(machine.uses, uses),
        Cell(machine.findings, asks and link("/", system=asks)),
    ]


def standings(machine: Machine) -> list[str]:
    """All that is to be said of where it stands."""
    said = [STANDINGS[standing] for standing in get_args(Standing) if machine.has(standing)]
    return [said[0], *(each.removeprefix("Approved, ") for each in said[1:])] if said else []
