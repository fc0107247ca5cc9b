"""The pages of the records: lists, and one dossier each."""

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ..access.viewer import Viewer, require, viewer_of
from ..dashboards.systems import COLUMNS as SYSTEM_COLUMNS
from ..dashboards.systems import row as system_row
from ..desk import Desk, own
from ..parameters import LAST_PAGE, PAGE_SIZE, DashboardQuery, NoQuery, parse
from ..tables import Cell, Column, Table
from . import dossiers, machines, people, query, record
from .machines import SystemsQuery
from .people import EmployeesQuery, Person
from .query import RecordsQuery, record_url

FILTERS = {
    "kind": "Kind", "result": "Result", "verdict": "Verdict", "clause": "Clause",
    "system": "System", "unit": "Unit", "employee": "Employee", "family": "Kind of AI",
    "duty": "Duty", "measure": "Delay", "over": "At least (seconds)",
    "within": "Less than (seconds)", "from": "From", "to": "To", "training": "Training",
    "status": "Status", "standing": "Standing",
}  # fmt: skip


def seeing(request: Request) -> Viewer:
    """Who asks, if records are for them: with the dashboards, or about their own people."""
    viewer = viewer_of(request)
    return viewer if viewer.may("review") else require(request, "dashboards")


def routes(desk: Desk) -> list[BaseRoute]:
    """`/records`."""
    context = desk.context

    async def listed(request: Request) -> Response:
        viewer = seeing(request)
        asked = parse(RecordsQuery, request.query_params)
        page = await dossiers.load(context.store, asked, desk.reckoning(), own(viewer))
        await context.recorder.accessed(viewer, "searched", "records", str(request.query_params))
        return _list(request, "records.html", asked, page=page)

    async def employees(request: Request) -> Response:
        viewer = seeing(request)
        asked = parse(EmployeesQuery, request.query_params)
        found = await some_people(desk, viewer, asked)
        await context.recorder.accessed(viewer, "searched", "employees", str(request.query_params))
        page = _page(people_table(found), asked.page)
        return _list(request, "records_table.html", asked, page=page, what="employees")

    async def systems(request: Request) -> Response:
        viewer = require(request, "dashboards")
        asked = parse(SystemsQuery, request.query_params)
        found = await desk.machines(desk.asked(request, DashboardQuery()))
        given = str(request.query_params) or None
        await context.recorder.accessed(viewer, "viewed", "systems", given)
        page = _page(systems_table(machines.matching(found, asked)), asked.page)
        return _list(request, "records_table.html", asked, page=page, what="systems")

    async def one(request: Request) -> Response:
        viewer = seeing(request)
        parse(NoQuery, request.query_params)
        name = request.path_params["dossier"]
        most = context.settings.console_timeline_events
        found = await record.load(
            context.store, name, most, context.zone, own(viewer), viewer.scope()
        )
        if found is None:
            raise HTTPException(404)
        await context.recorder.accessed(viewer, "viewed", name)
        return context.render(request, "record.html", active="records", page=found)

    def _list(request: Request, template: str, asked: Any, **values: Any) -> Response:
        return context.render(
            request, template, active="records", query=asked, labels=FILTERS,
            record_url=record_url, choices=CHOICES, page_size=PAGE_SIZE, **values,
        )  # fmt: skip

    return [
        Route("/records", listed),
        Route("/records/employees", employees),
        Route("/records/systems", systems),
        Route("/records/of/{dossier:path}", one),
    ]


CHOICES: dict[str, dict[Any, str]] = {
    "kind": query.KINDS,
    "result": query.RESULTS,
    "duty": {"any": "Open or overdue", **query.DUTIES},
    "training": people.TRAININGS,
    "standing": machines.STANDINGS,
    "status": {
        "active": "Active", "leave": "On leave", "suspended": "Suspended",
        "separated": "Separated", "all": "All",
    },
}  # fmt: skip
"""What the filters offer, in words."""


class _Page:
    """A page of a table that is held in memory."""

    def __init__(self, table: Table, number: int) -> None:
        first = (number - 1) * PAGE_SIZE
        self.total = len(table.rows)
        self.pages = min(-(-self.total // PAGE_SIZE), LAST_PAGE)
        rows = table.rows[first : first + PAGE_SIZE]
        self.table = Table(table.name, table.title, table.columns, rows)


def _page(table: Table, number: int) -> _Page:
    return _Page(table, number)


async def some_people(desk: Desk, viewer: Viewer, asked: EmployeesQuery) -> list[Person]:
    """Those that are asked for, as far as somebody may see them. Raises Unavailable."""
    everybody = people.people(await desk.facts.read(), desk.reckoning().now)
    found = people.matching(everybody, asked)
    if viewer.may("everything"):
        return found
    return [person for person in found if person.data.employee_id in viewer.chain]


_PEOPLE = [
    Column("employee", "Employee", "text"),
    Column("name", "Name", "text"),
    Column("unit", "Unit", "text"),
    Column("status", "Status", "text"),
    Column("supervisor", "Supervisor", "text"),
    Column("training", "Training", "text"),
    Column("lacking", "Missing or lapsed", "text"),
    Column("first_end", "First topic ends", "day"),
]


def people_table(found: list[Person]) -> Table:
    """Employees and how they stand with their training."""
    rows = [
        [
            Cell(each.data.employee_id, record_url(f"employee/{each.data.employee_id}")),
            Cell(each.data.name or ""),
            Cell(each.data.unit),
            Cell(each.data.status),
            Cell(each.data.supervisor_id or ""),
            Cell("Current" if each.is_current else "Not current"),
            Cell("; ".join(each.lacking)),
            Cell(each.until),
        ]
        for each in found
    ]
    return Table("employees", "Employees and their training", _PEOPLE, rows)


def systems_table(found: list[machines.Machine]) -> Table:
    """Systems with their dates."""
    rows = [system_row(each) for each in found]
    return Table("systems", "Systems, with dates", SYSTEM_COLUMNS, rows)
