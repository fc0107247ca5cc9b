"""The registry's pages: what is known, and forms by which more is told."""

import time
from collections.abc import Sequence
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
from services.order.sentences import plain
from services.runtime import registration

from ..access import Form, Viewer, checked_form, require
from ..context import Context
from ..parameters import Page, Words, link, parse
from ..sent import NONCE, Sent, key_of
from ..store import Unavailable
from . import form, making, reading
from .boxes import TIME
from .history import Fact, History, stated
from .kinds import KINDS, Kind
from .own import refusal

APPLYING_SECONDS = 60
_NOT_REGISTERED = "Kafka does not answer, so the source's topic cannot be made."

Reference = Annotated[str, Field(max_length=512)]


class ListQuery(BaseModel):
    """`q`: part of an id or a name."""

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
    """`of`: the subject of which a fact is to be changed; without it, an empty form. `of_source`,
    `of_id`: the event of that fact, where several stand side by side."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    of: Reference | None = None
    of_source: Reference | None = None
    of_id: Reference | None = None


class RetractForm(BaseModel):
    """Which event about a subject counts for nothing, and why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    of: Reference
    source: Reference
    id: Reference
    reason: Annotated[str, Field(max_length=2000)] = ""
    nonce: Annotated[str, Field(max_length=64)] = ""


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
        self._sent = Sent()

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
        if query.of is None:
            return self._form(request, kind, query, {})
        await self._context.recorder.accessed(viewer, "viewed", query.of)
        known = await self._history(kind, query.of)
        if known is None:
            raise HTTPException(404)
        if query.of_id is None:
            standing = known.now or known.to_come or list(known.facts[:1])
            if len(standing) > 1:
                return self._choose(request, kind, query.of, standing)
            fact = standing[0]
        else:
            fact = _named(known, query.of_source, query.of_id)
        values = making.values_of(kind, fact.event)
        if not kind.is_corrected:
            values.pop(TIME)
        typed = form.fill(kind, values, self._context.zone)
        chosen = AddQuery(of=query.of, of_source=fact.event.source, of_id=fact.event.id)
        return self._form(request, kind, chosen, typed)

    async def tell(self, request: Request) -> Response:
        """Record a fact, or say what is wrong with it."""
        viewer, kind = require(request, "registry"), _kind(request)
        given = await checked_form(request)
        fields = dict(given.fields)
        nonce = fields.setdefault(NONCE, token_hex(16))
        key = key_of(viewer, request.url.path, fields)
        if (sent := self._sent.recorded(key)) is not None:
            return _to_entry(kind, sent)
        asked = AddQuery(**{name: fields.pop(name, "") or None for name in AddQuery.model_fields})
        values, errors = form.read(kind, fields, self._context.zone)
        event, now = None, datetime.now(UTC)
        try:
            event = making.make(kind, values, now, viewer.actor_id, nonce)
        except making.Wrong as wrong:
            errors = {**wrong.errors, **errors}
        if event is None or errors:
            return self._form(request, kind, asked, fields, errors, status=422)
        changed = await self._changed(kind, asked)
        problem = await self._refusal(viewer, event) or (
            changed and _not_that(kind, changed, event)
        )
        if problem:
            return self._form(request, kind, asked, fields, problem=problem, status=409)
        events = [event]
        if changed and kind.is_corrected:
            events.append(making.retraction(changed.event, now, viewer.actor_id, making.CORRECTED))
        try:
            sent = await self._sent.record(key, self._record, *events)
        except Unavailable as away:
            return self._form(request, kind, asked, fields, problem=str(away), status=503)
        return _to_entry(kind, sent)

    async def retract(self, request: Request) -> Response:
        """Record that a fact counts for nothing."""
        viewer, kind = require(request, "registry"), _kind(request)
        given: Form = await checked_form(request)
        asked = given.read(RetractForm)
        key = key_of(viewer, request.url.path, {NONCE: token_hex(16), **given.fields})
        if (sent := self._sent.recorded(key)) is not None:
            return _to_entry(kind, sent)
        query = EntryQuery(of=asked.of)
        known = await self._history(kind, asked.of)
        fact = _named(known, asked.source, asked.id)
        problem = await self._refusal(viewer, fact.event)
        if fact.state == "retracted":
            problem = "It was retracted already."
        try:
            if problem is None:
                event = making.retraction(
                    fact.event, datetime.now(UTC), viewer.actor_id, asked.reason
                )
                sent = await self._sent.record(key, self._context.recorder.write, event)
                return _to_entry(kind, sent)
        except making.Wrong as wrong:
            problem = f"The reason {wrong.errors.get('reason', 'cannot be taken')}."
        except Unavailable as away:
            return await self._entry(request, viewer, kind, query, str(away), 503, asked.nonce)
        return await self._entry(request, viewer, kind, query, problem, 409)

    async def _refusal(self, viewer: Viewer, event: Event) -> str | None:
        own = await reading.uses_of(self._context.store, viewer.actor_id, [event])
        return refusal(event, viewer.actor_id, own)

    async def _record(self, event: Event) -> None:
        """Of a source its topic is made first: it may send as soon as it is registered."""
        if isinstance(event, SourceChanged):
            bootstrap = self._context.settings.kafka
            try:
                await run_in_threadpool(registration.make_topic, bootstrap, event.data.source)
            except (KafkaError, registration.NotSetUp):
                raise Unavailable(_NOT_REGISTERED) from None
        await self._context.recorder.write(event)

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
        nonce: str = "",
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
            nonce=nonce or token_hex(16),
            words=self._words(kind),
        )

    async def _changed(self, kind: Kind, asked: AddQuery) -> Fact | None:
        """The fact that a form changes; None: it adds one."""
        if asked.of is None or asked.of_id is None:
            return None
        known = await self._history(kind, asked.of)
        return _named(known, asked.of_source, asked.of_id)

    def _choose(self, request: Request, kind: Kind, of: str, facts: Sequence[Fact]) -> Response:
        """Which of several facts that stand side by side is to be changed."""
        words = self._words(kind)
        return self._render(
            request, "registry_choose.html", kind=kind, of=of, facts=facts, words=words
        )

    def _form(
        self,
        request: Request,
        kind: Kind,
        asked: AddQuery,
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
            of=asked.of,
            asked=asked,
            typed=typed,
            errors=errors or {},
            problem=problem,
            nonce=typed.get(NONCE) or token_hex(16),
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


def _named(known: History | None, source: str | None, event_id: str | None) -> Fact:
    facts = known.facts if known else ()
    for fact in facts:
        if (fact.event.source, fact.event.id) == (source, event_id):
            return fact
    raise HTTPException(404)


def _not_that(kind: Kind, changed: Fact, event: Event) -> str | None:
    """Why an event is no change of a fact; None: it is one."""
    if changed.event.subject != event.subject:
        return "A change keeps the ID. To tell of another, add it."
    if changed.state == "retracted":
        return "It was retracted meanwhile. To tell it anew, add it."
    if not kind.is_corrected and kind.key_of(changed.event) != kind.key_of(event):
        kept = " and ".join(plain(name) for name in kind.key)
        return f"A change keeps {kept}. To tell of another, add it."
    return None


def _to_entry(kind: Kind, event: Event) -> Response:
    path = f"/registry/{kind.name}/entry"
    return RedirectResponse(link(path, of=event.subject, sent=event.id, at=int(time.time())), 303)
