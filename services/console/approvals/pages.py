"""The page of approvals."""

import time
from datetime import UTC, datetime
from functools import partial
from secrets import token_hex
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from schemas.events import Event
from schemas.oversight import ApprovalDecided, ApprovalDecidedData
from services.order.story import policy_in_force
from services.runtime import findings
from services.runtime.topics import CONSOLE

from ..access import Viewer, checked_form, require
from ..context import Context
from ..parameters import Page, link, parse
from ..recorder import fresh
from ..review import actions
from ..review.applying import APPLYING_SECONDS
from ..sent import NONCE, Sent, key_of
from ..store import Unavailable
from . import requests
from .requests import Authority

Reference = Annotated[str, Field(max_length=200)]


class ApprovalsQuery(BaseModel):
    """`sent`: the event of a decision that was just recorded. `at`: when, in seconds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tab: requests.Tab = "waiting"
    page: Page = 1
    sent: Reference | None = None
    at: Annotated[int, Field(ge=0, le=10**11)] = 0

    def url(self, path: str, **changes: Any) -> str:
        """A link to `path` with what is shown, changed."""
        return link(path, **{"tab": None if self.tab == "waiting" else self.tab, **changes})


class DecisionForm(BaseModel):
    """A decision on one request, which is named by its event. `over`: the decision that stood when
    the page was shown, which this one replaces; empty: there was none."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: Reference
    id: Reference
    decision: Literal["approved", "denied"]
    over: Annotated[str, Field(max_length=200)] = ""
    nonce: Annotated[str, Field(max_length=64)] = ""


def routes(context: Context) -> list[BaseRoute]:
    """The page, and what comes of its forms."""
    pages = Pages(context)
    return [
        Route("/approvals", pages.list),
        Route("/approvals", pages.decide, methods=["POST"]),
    ]


class Pages:
    """The handlers."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._sent = Sent()

    async def list(self, request: Request) -> Response:
        viewer = require(request, "approvals")
        query = parse(ApprovalsQuery, request.query_params)
        return await self._show(request, viewer, query)

    async def decide(self, request: Request) -> Response:
        """Record a decision that counts under clause C.1; of another it is said why not."""
        viewer = require(request, "approve")
        given = await checked_form(request)
        form = given.read(DecisionForm)
        key = key_of(viewer, request.url.path, {NONCE: token_hex(16), **given.fields})
        if (recorded := self._sent.recorded(key)) is not None:
            return _to_list(recorded)
        authority = await authority_now(self._context)
        line = await requests.one(self._context.store, viewer, authority, form.source, form.id)
        if line is None:
            raise HTTPException(404)
        why = requests.objection(line, viewer.actor_id, authority)
        why = why or requests.overtaken(line, form.over)
        if why is not None:
            return await self._show(request, viewer, ApprovalsQuery(), 409, why)
        asked = line.request.data
        data = ApprovalDecidedData(
            use_id=asked.use_id,
            output_id=asked.output_id,
            output_digest=asked.output_digest,
            approver_id=viewer.actor_id,
            decision=form.decision,
        )
        try:
            event = fresh(ApprovalDecided, line.request.subject, data)
            sent = await self._sent.record(key, self._context.recorder.write, event)
        except Unavailable as error:
            problem = str(error)
            return await self._show(request, viewer, ApprovalsQuery(), 503, problem, form.nonce)
        return _to_list(sent)

    async def _show(
        self,
        request: Request,
        viewer: Viewer,
        query: ApprovalsQuery,
        status: int = 200,
        problem: str = "",
        nonce: str = "",
    ) -> Response:
        store, settings = self._context.store, self._context.settings
        await self._context.recorder.accessed(viewer, "viewed", "approvals")
        shown, most = settings.console_approvals, settings.console_approvals_read
        authority = await authority_now(self._context)
        found = await requests.load(store, viewer, authority, query.tab, query.page, shown, most)
        applied = query.sent is None or await requests.is_there(store, CONSOLE, query.sent)
        why = {
            line.request.id: requests.objection(line, viewer.actor_id, authority)
            for line in found.lines
        }
        return self._context.render(
            request,
            "approvals.html",
            status,
            active="approvals",
            query=query,
            found=found,
            why=why,
            problem=problem,
            nonce=nonce or token_hex(16),
            applied=applied,
            looks_again=not applied and time.time() - query.at < APPLYING_SECONDS,
            most=most,
            called=partial(actions.name_of, authority.roster),
        )


async def authority_now(context: Context) -> Authority:
    """By what a decision counts today. Raises Unavailable."""
    store = context.store
    changes = await findings.policies(store.ask, store.indices)
    policy = policy_in_force(datetime.now(UTC), changes)
    return Authority(await context.roster(), policy.approval.chain_of_command_required)


def _to_list(sent: Event) -> Response:
    return RedirectResponse(link("/approvals", sent=sent.id, at=int(time.time())), 303)
