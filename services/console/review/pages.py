"""The pages of the review: the inbox, a finding, and what comes of their forms."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import parse_qsl

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from schemas.review import FindingActed
from services.order import reviewing
from services.runtime.roster import Roster

from .. import finding, inbox
from ..access import Viewer, checked_form, require, viewer_of
from ..context import Context
from ..finding import FindingPage
from ..inbox import ActView
from ..parameters import FindingQuery, InboxQuery, link, parse
from ..recorder import What, fresh
from ..store import Unavailable
from ..templates import finding_url
from . import actions, bulk
from .actions import ActForm, Typed
from .applying import APPLYING_SECONDS, Applying
from .filters import SavedFilters

_TYPED = frozenset({"text", "assignee"})
"""What can be mended in a form that is to be sent again."""


@dataclass(frozen=True)
class Sent:
    """An action that was recorded, and what became of it. `act` is None while it is being
    applied; `looks_again`: whether the page shall load itself again."""

    act: ActView | None
    is_twin: bool
    looks_again: bool


class FilterForm(BaseModel):
    """A filter to save, or without `query` to remove."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[
        str, StringConstraints(strip_whitespace=True, max_length=60), Field(min_length=1)
    ]
    query: Annotated[str, Field(max_length=4000)] = ""
    remove: Annotated[str, Field(max_length=1)] = ""


def routes(context: Context) -> list[BaseRoute]:
    """All of them."""
    pages = Pages(context)
    return [
        Route("/", pages.inbox),
        Route("/findings/{finding_id:path}", pages.finding),
        Route("/findings/{finding_id:path}", pages.act, methods=["POST"]),
        Route("/review/several", pages.act_on_several, methods=["POST"]),
        Route("/review/filters", pages.change_filters, methods=["POST"]),
    ]


class Pages:
    """The handlers."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._filters = SavedFilters(context.settings)
        self._applying = Applying()
        context.templates.filters["age"] = _age

    async def inbox(self, request: Request) -> Response:
        viewer = viewer_of(request)
        if viewer.role == "supervisor" and not request.url.query:
            # First of all what is theirs to look at.
            return RedirectResponse("/?view=mine", status_code=303)
        query = parse(InboxQuery, request.query_params)
        what: What = "searched" if query.given() else "viewed"
        await self._context.recorder.accessed(viewer, what, "findings", request.url.query or None)
        looking = await self._context.looking(viewer)
        page = await inbox.load(self._context.store, query, self._context.zone, looking)
        roster = await self._context.roster()
        return self._context.render(
            request,
            "inbox.html",
            active="inbox",
            query=query,
            page=page,
            asked=request.url.query,
            waiting=await self._applying.waiting(self._context.store, viewer.account.name),
            saved=await self._filters.of(viewer.account.name),
            may_act=viewer.may("review"),
            most=self._context.settings.console_bulk_findings,
            assignees=actions.assignees(roster, self._context.psit(), [viewer.actor_id]),
            **self._words(roster),
        )

    async def finding(self, request: Request) -> Response:
        query = parse(FindingQuery, request.query_params)
        viewer, page = await self._found(request)
        sent = self._sent(page, query)
        return await self._show(request, viewer, page, sent=sent)

    async def act(self, request: Request) -> Response:
        """Record an action, unless it would be refused as the finding stands now."""
        require(request, "review")
        form = (await checked_form(request)).read(ActForm)
        viewer, page = await self._found(request)
        data = actions.acted(page.finding.finding_id, form.revision, viewer.actor_id, form)
        roster, psit = await self._context.roster(), self._context.psit()
        why = actions.refusal(page.model, data, form, roster, psit)
        if why is not None:
            return await self._show(request, viewer, page, status=409, problem=why, typed=form)
        event = fresh(FindingActed, f"finding/{data.finding_id}", data)
        try:
            sent = await self._context.recorder.write(event)
        except Unavailable as error:
            return await self._show(
                request, viewer, page, status=503, problem=str(error), typed=form
            )
        where = link(finding_url(data.finding_id), sent=sent, at=int(time.time()))
        return RedirectResponse(where, status_code=303)

    async def act_on_several(self, request: Request) -> Response:
        """The same action on all that was ticked; each of them is recorded or not by itself."""
        viewer = require(request, "review")
        given = await checked_form(request)
        picked, rest = bulk.picked(given)
        asked = rest.fields.pop("query", "")
        query = parse(InboxQuery, QueryParams(asked))
        typed = rest.read(Typed)
        if typed.action not in actions.BULK:
            raise HTTPException(400, "This can only be done with one finding at a time.")
        roster = await self._context.roster()
        most = self._context.settings.console_bulk_findings
        looking = await self._context.looking(viewer)
        several = bulk.Bulk(
            self._context.store, self._context.recorder, roster, self._context.psit(), looking, most
        )
        result = await several.act(picked, query, self._context.zone, typed)
        self._applying.note(viewer.account.name, result.recorded)
        again = {name: value for name, value in given.fields.items() if name not in _TYPED}
        return self._context.render(
            request,
            "several.html",
            active="inbox",
            result=result,
            typed=typed,
            nothing=not picked,
            again=again if picked and not result.recorded else {},
            assignees=actions.assignees(roster, self._context.psit(), [viewer.actor_id]),
            back=link("/", **dict(parse_qsl(asked))) if asked else "/?view=all",
            **self._words(roster),
        )

    async def change_filters(self, request: Request) -> Response:
        """Save a filter, or remove one."""
        viewer = viewer_of(request)
        form = (await checked_form(request)).read(FilterForm)
        # What cannot be asked for is not kept either.
        query = parse(InboxQuery, QueryParams(form.query)).url("/")
        kept = None if form.remove else query.partition("?")[2]
        await self._filters.change(viewer.account.name, form.name, kept)
        return RedirectResponse(query if "?" in query else "/?view=all", status_code=303)

    async def _found(self, request: Request) -> tuple[Viewer, FindingPage]:
        """A finding that the viewer may see; that they look is recorded first."""
        viewer = viewer_of(request)
        finding_id = request.path_params["finding_id"]
        await self._context.recorder.accessed(viewer, "viewed", f"finding/{finding_id}")
        most = self._context.settings.console_timeline_events
        page = await finding.load(self._context.store, finding_id, most, viewer.scope())
        if page is None:
            raise HTTPException(404)
        return viewer, page

    async def _show(
        self,
        request: Request,
        viewer: Viewer,
        page: FindingPage,
        *,
        status: int = 200,
        sent: Sent | None = None,
        problem: str = "",
        typed: ActForm | None = None,
    ) -> Response:
        """`problem`: why nothing was recorded; `typed`: what was, to be sent again."""
        roster = await self._context.roster()
        may = reviewing.allowed(page.model, viewer.actor_id) if viewer.may("review") else ()
        return self._context.render(
            request,
            "finding.html",
            status,
            active="inbox",
            page=page,
            finding=page.finding,
            sent=sent,
            problem=problem,
            typed=typed,
            allowed=[each for each in actions.ACTIONS if each in may],
            is_own=viewer.actor_id == page.finding.employee_id,
            supervisor=roster.supervisor_of(page.finding.employee_id or ""),
            is_away=page.finding.review.assignee_id in roster.off_duty,
            due=page.finding.due(self._context.settings.review_times),
            now=datetime.now(UTC),
            assignees=actions.assignees(roster, self._context.psit(), [page.finding.employee_id]),
            **self._words(roster),
        )

    def _sent(self, page: FindingPage, query: FindingQuery) -> Sent | None:
        if query.sent is None:
            return None
        act = page.act(query.sent)
        waits = act is None and time.time() - query.at < APPLYING_SECONDS
        return Sent(act, act is not None and page.is_twin(act), waits)

    def _words(self, roster: Roster) -> dict[str, Any]:
        return {
            "ACTIONS": actions.ACTIONS,
            "NOBODY": actions.NOBODY,
            "BULK": actions.BULK,
            "STATUSES": actions.STATUSES,
            "called": lambda employee_id: actions.name_of(roster, employee_id),
        }


def _age(since: datetime) -> str:
    return actions.age(since, datetime.now(UTC))
