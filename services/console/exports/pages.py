"""`/export`: lists as files, and a finding as a page to print. Each export is in the log before its
first byte is sent."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from services.runtime.search import Body

from .. import accesses, finding, inbox, rejected
from ..access.viewer import Forbidden, Viewer, require
from ..accesses import AccessesQuery
from ..approvals import requests
from ..approvals import rows as approval_rows
from ..approvals.pages import ApprovalsQuery, authority_now
from ..dashboards.query import Asked
from ..desk import TABS, Desk, own
from ..parameters import DashboardQuery, InboxQuery, NoQuery, RejectedQuery, parse
from ..records import dossiers, machines, record
from ..records.machines import SystemsQuery
from ..records.pages import people_table, some_people, systems_table
from ..records.people import EmployeesQuery
from ..records.query import RecordsQuery
from ..registry import reading
from ..registry import rows as registry_rows
from ..registry.kinds import KINDS
from ..registry.pages import ListQuery
from ..tables import Table
from . import decisions, lists
from .formats import BOM, csv_lines, json_lines
from .lists import Listing, Row, batches

_TYPES = {"csv": "text/csv; charset=utf-8; header=present", "jsonl": "application/jsonl"}


@dataclass(frozen=True)
class Export:
    """`columns`: in order. `rows`: a batch at a time."""

    name: str
    columns: list[str]
    rows: AsyncIterator[list[Row]]


Maker = Callable[[Request, Viewer], Awaitable[Export]]


class Exports:
    """What can be exported, by name."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._context = desk.context

    def routes(self) -> list[BaseRoute]:
        """`/export`."""
        made: dict[str, Maker] = {
            "findings": self.findings,
            "records": self.records,
            "employees": self.employees,
            "systems": self.systems,
            "rejected": self.rejected,
            "accesses": self.accesses,
            "registry/{kind}": self.registry,
            "approvals": self.approvals,
            "events/{dossier:path}": self.events,
            "dashboard/{tab}/{table}": self.table,
        }
        routes: list[BaseRoute] = [Route("/export/finding/{finding_id:path}", self.printed)]
        for path, make in made.items():
            routes += [
                Route(f"/export/{path}.{form}", self._handler(make, form)) for form in _TYPES
            ]
        return routes

    def _handler(self, make: Maker, form: str) -> Callable[[Request], Awaitable[Response]]:
        async def handle(request: Request) -> Response:
            viewer = require(request, "export")
            export = await make(request, viewer)
            # Read before anything is sent: what cannot be read at all is a page that says so.
            first: list[Row] = await anext(export.rows, [])
            query = str(request.query_params)
            await self._context.recorder.accessed(viewer, "exported", request.url.path, query)
            day = datetime.now(UTC).astimezone(self._context.zone).date()
            name = f"{export.name}-{day}.{form}"
            return StreamingResponse(
                _written(export, first, form),
                media_type=_TYPES[form],
                headers={"Content-Disposition": f'attachment; filename="{name}"'},
            )

        return handle

    async def findings(self, request: Request, viewer: Viewer) -> Export:
        """The inbox with its filters."""
        store, query = self._context.store, parse(InboxQuery, request.query_params)
        looking = await self._context.looking(viewer)
        elsewhere = await inbox.elsewhere(store, query)
        filters = inbox.conditions(query, self._context.zone, looking, elsewhere)
        wanted = {"bool": {"filter": [*filters, inbox.shown(query, looking)]}}
        fields, index = lists.FINDING_FIELDS, store.indices.findings
        plain = self._listed("findings", index, wanted, ["finding_id"], (*fields, decisions.REVIEW))
        rows = decisions.with_decisions(store, plain.rows)
        return Export(plain.name, [*fields, *decisions.COLUMNS], rows)

    async def records(self, request: Request, viewer: Viewer) -> Export:
        """Dossiers with their filters."""
        query = parse(RecordsQuery, request.query_params)
        wanted = dossiers.filters(query, self._desk.reckoning(), own(viewer))
        index = self._context.store.indices.metrics
        return self._listed("records", index, wanted, ["dossier"], lists.DOSSIER_FIELDS)

    async def employees(self, request: Request, viewer: Viewer) -> Export:
        """The roster with its trainings."""
        query = parse(EmployeesQuery, request.query_params)
        return _of_table(people_table(await some_people(self._desk, viewer, query)))

    async def systems(self, request: Request, viewer: Viewer) -> Export:
        """Systems with their dates."""
        _sees_everything(viewer)
        query = parse(SystemsQuery, request.query_params)
        found = await self._desk.machines(self._desk.asked(request, DashboardQuery()))
        return _of_table(systems_table(machines.matching(found, query)))

    async def rejected(self, request: Request, viewer: Viewer) -> Export:
        """Refused input."""
        _sees_everything(viewer)
        query = parse(RejectedQuery, request.query_params)
        wanted: Body = rejected.body(query, self._context.zone)["query"]
        index = self._context.store.indices.rejected
        return self._listed("refused-input", index, wanted, ["rejected_id"], lists.REJECTED_FIELDS)

    async def accesses(self, request: Request, viewer: Viewer) -> Export:
        """Who looked at what."""
        _sees_everything(viewer)
        query, context = parse(AccessesQuery, request.query_params), self._context
        wanted = accesses.wanted(query, context.zone)
        index, sort = context.store.indices.events, ["time", "log_partition", "log_leaf"]
        found = self._listed("accesses", index, wanted, sort, ["time", "data"])
        columns = [column.name for column in accesses.COLUMNS]
        return Export(found.name, columns, accesses.exported(found.rows))

    async def registry(self, request: Request, viewer: Viewer) -> Export:
        """The facts of a kind, with their history."""
        _sees_everything(viewer)
        kind = KINDS.get(request.path_params["kind"])
        if kind is None:
            raise HTTPException(404)
        query, own = parse(ListQuery, request.query_params), self._context
        size, now = own.settings.console_export_batch, datetime.now(UTC)
        known = reading.everything(own.store, kind, query.q, size, now, own.zone)
        rows = registry_rows.rows(kind, known)
        return Export(f"registry-{kind.name}", registry_rows.columns(kind), rows)

    async def approvals(self, request: Request, viewer: Viewer) -> Export:
        """Requests for an approval that concern the viewer, as the page has them."""
        require(request, "approvals")
        query = parse(ApprovalsQuery, request.query_params)
        authority = await authority_now(self._context)
        found = requests.everything(self._context.store, viewer, authority)
        rows = approval_rows.rows(found, query.tab)
        return Export("approvals", list(approval_rows.COLUMNS), rows)

    async def events(self, request: Request, viewer: Viewer) -> Export:
        """The events of a dossier, exact bytes included."""
        parse(NoQuery, request.query_params)
        name, context = request.path_params["dossier"], self._context
        seen = await record.load(context.store, name, 1, context.zone, own(viewer), viewer.scope())
        if seen is None:
            raise HTTPException(404)
        fields = ["time", "source", "id", "type", "subject", "receivedtime", "log_partition",
                  "log_leaf", "raw"]  # fmt: skip
        sort = ["time", "log_partition", "log_leaf"]
        index, wanted = context.store.indices.events, record.events_about(name)
        return self._listed("events", index, wanted, sort, fields)

    async def table(self, request: Request, viewer: Viewer) -> Export:
        """A table of a dashboard, with all its rows."""
        if not viewer.may("dashboards"):
            raise Forbidden("Your account does not include the dashboards.")
        tab = request.path_params["tab"]
        if tab not in TABS:
            raise HTTPException(404)
        query = parse(DashboardQuery, request.query_params)
        asked: Asked = self._desk.asked(request, query)
        tables = (await self._desk.view(tab, asked)).tables
        wanted = [each for each in tables if each.name == request.path_params["table"]]
        if not wanted:
            raise HTTPException(404)
        return _of_table(wanted[0])

    async def printed(self, request: Request) -> Response:
        """A finding with its timeline, to print or to keep."""
        viewer = require(request, "export")
        parse(NoQuery, request.query_params)
        context, finding_id = self._context, request.path_params["finding_id"]
        most = context.settings.console_timeline_events
        page = await finding.load(context.store, finding_id, most, viewer.scope())
        if page is None:
            raise HTTPException(404)
        await context.recorder.accessed(viewer, "exported", f"finding/{finding_id}")
        return context.render(
            request, "printed_finding.html", page=page, finding=page.finding,
            printed_at=datetime.now(UTC),
        )  # fmt: skip

    def _listed(self, name: str, index: str, wanted: Body, sort: list[str], fields: Any) -> Export:
        listing = Listing(name, index, wanted, sort, fields)
        size = self._context.settings.console_export_batch
        return Export(name, list(fields), batches(self._context.store, listing, size))


def _sees_everything(viewer: Viewer) -> None:
    if not viewer.may("everything"):
        raise Forbidden("Your account is for what concerns your own people.")


def _of_table(table: Table) -> Export:
    async def rows() -> AsyncIterator[list[Row]]:
        yield [dict(record) for record in table.records()]

    return Export(table.name, [column.name for column in table.columns], rows())


async def _written(export: Export, first: list[Row], form: str) -> AsyncIterator[bytes]:
    """The whole file. What fails on the way breaks the answer off: a short file is never whole."""
    if form == "csv":
        yield BOM + csv_lines([export.columns])
    yield _lines(export, first, form)
    async for batch in export.rows:
        yield _lines(export, batch, form)


def _lines(export: Export, batch: list[Row], form: str) -> bytes:
    if form == "csv":
        return csv_lines([[row[column] for column in export.columns] for row in batch])
    return json_lines(batch)


def routes(desk: Desk) -> list[BaseRoute]:
    """`/export`."""
    return Exports(desk).routes()
