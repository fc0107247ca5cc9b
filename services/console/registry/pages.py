"""The registry's pages: what is known, and forms by which more is told."""

import time
from collections import OrderedDict
from datetime import UTC, datetime
from secrets import token_hex
from typing import Annotated, Any

from kafka.errors import KafkaError
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from schemas.events import Event
from schemas.registry import SourceChanged
from services.runtime import registration

from ..access import Form, Viewer, checked_form, require
from ..context import Context
from ..parameters import Page, Words, link, parse
from ..store import Unavailable
from . import form, making, reading
from .boxes import TIME
from .history import Fact, History, stated
from .kinds import KINDS, Kind
from .own import refusal

APPLYING_SECONDS = 60
_REMEMBERED = 1000
_NOT_REGISTERED = "Kafka does not answer, so the source's topic cannot be made."

Reference = Annotated[str, Field(max_length=512)]


class ListQuery(BaseModel):
    """`q`: part of an id."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    q: Words = ""
    page: Page = 1

    def url(self, path: str, **changes: Any) -> str:
        """A link to `path` with these parameters, changed."""
        return link(path, **{"q": self.q, **changes})


class EntryQuery(BaseModel):
    """`of`: the subject. `sent`: an event about it that was just recorded; `at`: when."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    of: Reference
    sent: Reference | None = None
    at: Annotated[int, Field(ge=0, le=10**11)] = 0


class AddQuery(BaseModel):
    """`of`: the subject whose present facts the form begins with; without it, an empty form."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    of: Reference | None = None


class RetractForm(BaseModel):
    """Which event about a subject counts for nothing, and why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    of: Reference
    source: Reference
    id: Reference
    reason: Annotated[str, Field(max_length=2000)] = ""


def routes(context: Context) -> list[BaseRoute]:
    """The pages, and what comes of their forms."""
    pages = Pages(context)
    return [
        Route("/registry", pages.kinds),
        Route("/registry/{kind}", pages.list),
        Route("/registry/{kind}/entry", pages.entry),
        Route("/registry/{kind}/form", pages.form),
        Route("/registry/{kind}/form", pages.tell, methods=["POST"]),
        Route("/registry/{kind}/retract", pages.retract, methods=["POST"]),
    ]


class Pages:
    """The handlers."""

    def __init__(self, context: Context) -> None:
        self._context = context
        # Of forms that were sent, so that one that is sent again is not told twice.
        self._sent: OrderedDict[str, Event] = OrderedDict()

    async def kinds(self, request: Request) -> Response:
        """What there is."""
        require(request, "everything")
        return self._render(request, "registry.html", kinds=KINDS.values())

    async def list(self, request: Request) -> Response:
        """The subjects of one kind."""
        viewer, kind = require(request, "everything"), _kind(request)
        query = parse(ListQuery, request.query_params)
        await self._context.recorder.accessed(
            viewer, "searched" if query.q else "viewed", f"registry/{kind.name}", query.q or None
        )
        now, zone = datetime.now(UTC), self._context.zone
        page = await reading.page(self._context.store, kind, query.q, query.page, now, zone)
        return self._render(
            request,
            "registry_list.html",
            kind=kind,
            query=query,
            page=page,
            words=self._words(kind),
        )

    async def entry(self, request: Request) -> Response:
        """All that is known about one subject."""
        viewer, kind = require(request, "everything"), _kind(request)
        query = parse(EntryQuery, request.query_params)
        await self._context.recorder.accessed(viewer, "viewed", query.of)
        return await self._entry(request, viewer, kind, query)

    async def form(self, request: Request) -> Response:
        """A form, empty, or with what holds of a subject."""
        viewer, kind = require(request, "registry"), _kind(request)
        query = parse(AddQuery, request.query_params)
        typed: dict[str, str] = {}
        if query.of is not None:
            await self._context.recorder.accessed(viewer, "viewed", query.of)
            known = await self._history(kind, query.of)
            if known is None:
                raise HTTPException(404)
            latest = (known.now or known.to_come or list(known.facts))[0]
            values = making.values_of(kind, latest.event)
            values.pop(TIME)
            typed = form.fill(kind, values, self._context.zone)
        return self._form(request, kind, query.of, typed)

    async def tell(self, request: Request) -> Response:
        """Record a fact, or say what is wrong with it."""
        viewer, kind = require(request, "registry"), _kind(request)
        given = await checked_form(request)
        fields = dict(given.fields)
        of, nonce = fields.pop("of", "") or None, fields.pop("nonce", "")
        if (sent := self._sent.get(nonce)) is not None:
            return _to_entry(kind, sent)
        values, errors = form.read(kind, fields, self._context.zone)
        event = None
        try:
            event = making.make(kind, values, datetime.now(UTC), viewer.actor_id)
        except making.Wrong as wrong:
            errors = {**wrong.errors, **errors}
        if event is None or errors:
            return self._form(request, kind, of, fields, errors, status=422)
        problem = refusal(event, viewer.actor_id)
        if of is not None and event.subject != of:
            problem = "A change keeps the id. To tell of another, add it."
        if problem is not None:
            return self._form(request, kind, of, fields, problem=problem, status=409)
        try:
            await self._record(event)
        except Unavailable as away:
            return self._form(request, kind, of, fields, problem=str(away), status=503)
        self._remember(nonce, event)
        return _to_entry(kind, event)

    async def retract(self, request: Request) -> Response:
        """Record that a fact counts for nothing."""
        viewer, kind = require(request, "registry"), _kind(request)
        given: Form = await checked_form(request)
        asked = given.read(RetractForm)
        query = EntryQuery(of=asked.of)
        known = await self._history(kind, asked.of)
        fact = _named(known, asked)
        if fact is None:
            raise HTTPException(404)
        problem = refusal(fact.event, viewer.actor_id)
        if fact.state == "retracted":
            problem = "It was retracted already."
        try:
            if problem is None:
                event = making.retraction(
                    fact.event, datetime.now(UTC), viewer.actor_id, asked.reason
                )
                await self._context.recorder.write(event)
                return _to_entry(kind, event)
        except making.Wrong as wrong:
            problem = f"The reason {wrong.errors.get('reason', 'cannot be taken')}."
        except Unavailable as away:
            return await self._entry(request, viewer, kind, query, str(away), 503)
        return await self._entry(request, viewer, kind, query, problem, 409)

    async def _record(self, event: Event) -> None:
        """Of a source its topic is made first: it may send as soon as it is registered."""
        if isinstance(event, SourceChanged):
            bootstrap = self._context.settings.kafka
            try:
                await run_in_threadpool(registration.make_topic, bootstrap, event.data.source)
            except (KafkaError, registration.NotSetUp):
                raise Unavailable(_NOT_REGISTERED) from None
        await self._context.recorder.write(event)

    def _remember(self, nonce: str, event: Event) -> None:
        if nonce:
            self._sent[nonce] = event
            while len(self._sent) > _REMEMBERED:
                self._sent.popitem(last=False)

    async def _history(self, kind: Kind, subject: str) -> History | None:
        now, zone = datetime.now(UTC), self._context.zone
        return await reading.history(self._context.store, kind, subject, now, zone)

    async def _entry(
        self,
        request: Request,
        viewer: Viewer,
        kind: Kind,
        query: EntryQuery,
        problem: str = "",
        status: int = 200,
    ) -> Response:
        known = await self._history(kind, query.of)
        applied = query.sent is None or await reading.is_there(self._context.store, query.sent)
        if known is None and query.sent is None:
            raise HTTPException(404)
        return self._render(
            request,
            "registry_entry.html",
            status,
            kind=kind,
            query=query,
            known=known or History(query.of, ()),
            applied=applied,
            looks_again=not applied and time.time() - query.at < APPLYING_SECONDS,
            problem=problem,
            may_change=viewer.may("registry"),
            words=self._words(kind),
        )

    def _form(
        self,
        request: Request,
        kind: Kind,
        of: str | None,
        typed: dict[str, str],
        errors: dict[str, str] | None = None,
        problem: str = "",
        status: int = 200,
    ) -> Response:
        return self._render(
            request,
            "registry_form.html",
            status,
            kind=kind,
            of=of,
            typed=typed,
            errors=errors or {},
            problem=problem,
            nonce=token_hex(16),
            choices=form.choices,
        )

    def _words(self, kind: Kind) -> Any:
        """What a fact states, as pairs of words."""
        zone = self._context.zone
        return lambda fact: stated(kind, fact.event, zone)

    def _render(
        self, request: Request, template: str, status: int = 200, **values: Any
    ) -> Response:
        return self._context.render(request, template, status, active="registry", **values)


def _kind(request: Request) -> Kind:
    kind = KINDS.get(request.path_params["kind"])
    if kind is None:
        raise HTTPException(404)
    return kind


def _named(known: History | None, asked: RetractForm) -> Fact | None:
    facts = known.facts if known else ()
    named = (f for f in facts if (f.event.source, f.event.id) == (asked.source, asked.id))
    return next(named, None)


def _to_entry(kind: Kind, event: Event) -> Response:
    path = f"/registry/{kind.name}/entry"
    return RedirectResponse(link(path, of=event.subject, sent=event.id, at=int(time.time())), 303)
