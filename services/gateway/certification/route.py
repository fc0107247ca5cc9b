"""From a request with a sandbox's key to a report."""

import asyncio
import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated

from blotter_emitter.certify import About, Evidence, Report, as_html, certify
from pydantic import BeforeValidator, Field, ValidationError
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from schemas.ai import Family
from schemas.base import Model, Time
from schemas.errors import field_errors, summary
from services.runtime.topics import intake_topic

from ..acceptance import Gateway
from ..door import Visitor
from ..refused import Refused, come_back
from .order import SUPPOSING, remarks
from .trial import Limits, NotReadable, Sent, items, read

_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "Vary": "Accept",
}
_LINES = "application/x-ndjson"

_Listed = BeforeValidator(lambda text: tuple(filter(None, map(str.strip, text.split(",")))))


class Asked(Model):
    """What the address asks for. `since`: only what arrived since then. `families`: of AI in the
    product, separated by commas; default: those shown. `cadence`: agreed seconds between
    heartbeats."""

    since: Time | None = None
    families: Annotated[tuple[Family, ...], Field(strict=False), _Listed] = ()
    cadence: Annotated[float, Field(strict=False, gt=0)] | None = None


class Certification:
    """The handler."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        # One after the other: judging takes a processor, and those who send need one too.
        self._turn = asyncio.Lock()

    async def report(self, request: Request) -> Response:
        """What the sandbox of this key has shown, as HTML, JSON, or the events themselves."""
        async with self._gateway.visit(request) as (visitor, _):
            asked = _asked(request.query_params)
            _require_sandbox(visitor)
            async with self._turn:
                sent = await self._sent(visitor, asked)
                accepted = request.headers.get("accept", "")
                if _LINES in accepted:
                    return Response(_lines(sent), headers=_HEADERS, media_type=_LINES)
                report = await asyncio.to_thread(_report, visitor, asked, sent)
        if "text/html" in accepted:
            return Response(as_html(report), headers=_HEADERS, media_type="text/html")
        return Response(report.as_json(), headers=_HEADERS, media_type="application/json")

    async def _sent(self, visitor: Visitor, asked: Asked) -> list[Sent]:
        own = self._gateway.settings
        limits = Limits(
            own.gateway_certification_records,
            own.gateway_certification_bytes,
            own.gateway_kafka_seconds,
            asked.since,
        )
        try:
            return await read(own.kafka, intake_topic(visitor.source), limits)
        except NotReadable as error:
            told = f"what the sandbox sent cannot be read just now ({error})"
            raise come_back(503, "kafka", told, own.gateway_retry_seconds) from None


def _asked(query: QueryParams) -> Asked:
    try:
        return Asked.model_validate(dict(query))
    except ValidationError as error:
        raise Refused(400, "query", summary(field_errors(error))) from None


def _require_sandbox(visitor: Visitor) -> None:
    if not visitor.registered.sandbox:
        told = (
            f"{visitor.source} is no sandbox: what it sends counts, and is judged where it counts"
        )
        raise Refused(403, "sandbox", told)


def _lines(sent: list[Sent]) -> bytes:
    return b"".join(each.line + b"\n" for each in sent)


def _report(visitor: Visitor, asked: Asked, sent: list[Sent]) -> Report:
    now = datetime.now(UTC)
    evidence = Evidence(
        items(sent),
        now,
        declared_families=asked.families,
        declared_systems=tuple(visitor.registered.system_ids or ()),
        cadence=asked.cadence,
    )
    product = visitor.source.rsplit("/", 1)[-1]
    digest = hashlib.sha256(_lines(sent)).hexdigest()
    about = About(visitor.registered.owner, product, f"the sandbox {visitor.source}", digest)
    found = remarks(evidence.items, now)
    report = certify(evidence, about, {})
    return replace(report, source=visitor.source, supposing=SUPPOSING, order=found)
