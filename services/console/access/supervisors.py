"""Supervisors whom Blotter cannot reach: alerts, or the console. Pure."""

from collections import defaultdict
from collections.abc import Iterable
from urllib.parse import urlencode

from schemas.accounts import Account
from services.runtime import addresses
from services.runtime.roster import Person, Roster

from ..tables import Cell, Column, Table

_COLUMNS = (
    Column("employee", "Employee", "text"),
    Column("name", "Name", "text"),
    Column("unit", "Unit", "text"),
    Column("alerts", "Alerts", "text"),
    Column("account", "Account", "text"),
)
_REACHED = "reach them"


def unreached(roster: Roster, accounts: Iterable[Account]) -> Table:
    """Active supervisors to whom no alert can be sent, or who cannot sign in."""
    named: dict[str, list[Account]] = defaultdict(list)
    for account in accounts:
        named[account.employee_id].append(account)
    rows = [
        [
            Cell(person.employee_id, _entry(person.employee_id)),
            Cell(person.name),
            Cell(person.unit),
            Cell(alerts),
            Cell(signs_in),
        ]
        for person in sorted(roster.people.values())
        if person.is_supervisor and person.status == "active"
        for alerts, signs_in in [(_alerts(person), _account(named[person.employee_id]))]
        if alerts != _REACHED or not signs_in.startswith("as ")
    ]
    return Table("supervisors", "Supervisors out of reach", _COLUMNS, rows)


def _alerts(person: Person) -> str:
    if not (person.email or "").strip():
        return "no e-mail address"
    return _REACHED if addresses.usable(person.email) else "unusable e-mail address"


def _account(accounts: list[Account]) -> str:
    if not accounts:
        return "none"
    able = sorted(each.name for each in accounts if each.disabled is None)
    return f"as {', '.join(able)}" if able else "disabled"


def _entry(employee_id: str) -> str:
    return f"/registry/employees/entry?{urlencode({'of': f'employee/{employee_id}'})}"
