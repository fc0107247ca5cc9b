"""Tables of facts: a dry run says what would come of one, and nothing is sent before that."""

import asyncio
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from kafka.errors import KafkaError
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from schemas.events import Event
from schemas.registry import SourceChanged
from services.runtime import registration

from ..access import Viewer, checked_form, require
from ..context import Context
from ..parameters import NoQuery, parse
from ..store import Unavailable
from . import making, reading, shelf, table
from .kinds import KINDS, Kind
from .making import Values
from .own import refusal
from .table import BadTable, DryRun

_SHOWN = 200
_AT_ONCE = 100
_GONE = "This dry run is not kept any more. Choose the file once more."


class TemplateQuery(BaseModel):
    """`rows`: with those that are in force; without it, none."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rows: Literal["present"] | None = None


class _SendForm(BaseModel):
    """`send`: the dry run whose events are to be sent; without it, a file is to be tried."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    send: str | None = None


@dataclass(frozen=True)
class _Kept:
    name: str
    kind: Kind
    run: DryRun
    at: float


def routes(context: Context) -> list[BaseRoute]:
    """The page of imports of each kind, and the table to fill in."""
    pages = Pages(context)
    return [
        Route("/registry/{kind}/import", pages.form),
        Route("/registry/{kind}/import", pages.upload, methods=["POST"]),
        Route("/registry/{kind}/template.csv", pages.template),
    ]


class Pages:
    """The handlers; each account's last dry run is kept for a while."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._kept: dict[str, _Kept] = {}

    async def form(self, request: Request) -> Response:
        """Choose a file."""
        require(request, "registry")
        parse(NoQuery, request.query_params)
        return self._show(request, _kind(request))

    async def template(self, request: Request) -> Response:
        """A table to fill in, or the one that is in force, to be changed."""
        viewer, kind = require(request, "registry"), _kind(request)
        rows = parse(TemplateQuery, request.query_params).rows
        facts = await self._present(viewer, kind) if rows == "present" else []
        content = await asyncio.to_thread(table.written, kind, facts)
        headers = {"Content-Disposition": f'attachment; filename="{kind.name}.csv"'}
        return Response(content, media_type="text/csv", headers=headers)

    async def _present(self, viewer: Viewer, kind: Kind) -> list[Event]:
        target = f"registry/{kind.name}"
        await self._context.recorder.accessed(viewer, "exported", target, "rows=present")
        store, settings, now = self._context.store, self._context.settings, datetime.now(UTC)
        size, zone = settings.console_export_batch, self._context.zone
        everything = reading.everything(store, kind, "", size, now, zone)
        return [fact async for known in everything for fact in table.present(kind, known)]

    async def upload(self, request: Request) -> Response:
        """Try a file, or send what a dry run has told."""
        viewer, kind = require(request, "registry"), _kind(request)
        most = self._context.settings.console_import_bytes
        given = await checked_form(request, most_bytes=most)
        asked = given.read(_SendForm)
        if asked.send is not None:
            return await self._send(request, viewer, kind, asked.send)
        content = given.files.get("file", b"")
        if not content:
            return self._show(request, kind, "Choose a file.", 422)
        try:
            run = await self._try(viewer, kind, content)
        except BadTable as error:
            return self._show(request, kind, str(error), 422)
        except Unavailable as error:
            return self._show(request, kind, str(error), 503)
        await self._context.recorder.accessed(viewer, "searched", f"registry/{kind.name}", "import")
        kept = _Kept(secrets.token_hex(16), kind, run, time.monotonic())
        self._forget()
        self._kept[viewer.account.name] = kept
        return self._show(request, kind, kept=kept)

    async def _try(self, viewer: Viewer, kind: Kind, content: bytes) -> DryRun:
        zone, now = self._context.zone, datetime.now(UTC)
        boxes, rows = await asyncio.to_thread(table.read, kind, content)
        made = await asyncio.to_thread(
            table.make_all, kind, boxes, rows, now, zone, viewer.actor_id
        )
        stated = [each.event for each in made if each.event is not None]
        known = await shelf.facts(self._context.store, kind, (each.subject for each in stated))
        own = await reading.uses_of(self._context.store, viewer.actor_id, stated)

        def refused(event: Event) -> str | None:
            return refusal(event, viewer.actor_id, own)

        def retract(event: Event) -> Event:
            return making.retraction(event, now, viewer.actor_id, making.CORRECTED)

        def again(values: Values) -> Event:
            return making.make(kind, values, now, viewer.actor_id)

        return await asyncio.to_thread(
            table.dry_run, kind, made, known, zone, refused, retract, again
        )

    async def _send(self, request: Request, viewer: Viewer, kind: Kind, name: str) -> Response:
        """Exactly the events of a dry run; to send them twice is to send them once."""
        self._forget()
        kept = self._kept.get(viewer.account.name)
        if kept is None or kept.name != name or kept.kind != kind:
            return self._show(request, kind, _GONE, 409)
        events = kept.run.events
        try:
            await self._topics(events)
            for first in range(0, len(events), _AT_ONCE):
                some = events[first : first + _AT_ONCE]
                await asyncio.gather(*(self._context.recorder.write(each) for each in some))
        except Unavailable as error:
            told = f"{error} Perhaps some were recorded: send them again, none counts twice."
            return self._show(request, kind, told, 503, kept)
        return self._show(request, kind, sent=len(events))

    async def _topics(self, events: Sequence[Event]) -> None:
        """Sources may send as soon as they are registered."""
        kafka = self._context.settings.kafka
        for event in events:
            if isinstance(event, SourceChanged):
                try:
                    await asyncio.to_thread(registration.make_topic, kafka, event.data.source)
                except (KafkaError, registration.NotSetUp):
                    told = "Kafka does not answer, so a source's topic cannot be made."
                    raise Unavailable(told) from None

    def _forget(self) -> None:
        end = time.monotonic() - self._context.settings.console_import_seconds
        self._kept = {name: kept for name, kept in self._kept.items() if kept.at > end}

    def _show(
        self,
        request: Request,
        kind: Kind,
        problem: str = "",
        status: int = 200,
        kept: _Kept | None = None,
        sent: int | None = None,
    ) -> Response:
        values: dict[str, Any] = {"kind": kind, "problem": problem, "kept": kept, "sent": sent}
        return self._context.render(
            request,
            "registry_import.html",
            status,
            active="registry",
            shown=_SHOWN,
            columns=table.columns(kind),
            most=self._context.settings.console_import_bytes,
            keeps=self._context.settings.console_import_seconds,
            **values,
        )


def _kind(request: Request) -> Kind:
    kind = KINDS.get(request.path_params["kind"])
    if kind is None:
        raise HTTPException(404)
    return kind
