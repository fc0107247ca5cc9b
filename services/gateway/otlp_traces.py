"""`POST /v1/traces`: OpenTelemetry's spans, taken in as events like all others."""

import asyncio
import logging

import orjson
from prometheus_client import Counter
from starlette.requests import Request
from starlette.responses import Response

from .acceptance import Gateway
from .door import Visitor
from .observed import REFUSED
from .otlp import (
    Recorded,
    Refusal,
    Undecodable,
    decode,
    events_of,
    failure,
    reasons,
    refusal_of,
    response,
)
from .refused import Refused

log = logging.getLogger(__name__)

SPANS = Counter(
    "blotter_gateway_spans_total",
    "Spans that were sent, by what became of them: recorded, refused, or ignored as no use of AI",
    ["source", "outcome"],
)


class Traces:
    """The handler."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def export(self, request: Request) -> Response:
        """An export, in either encoding; its answer has the same."""
        content_type = request.headers.get("content-type", "")
        try:
            async with self._gateway.visit(request) as (visitor, body):
                refusals = await self._take_in(visitor, body, content_type)
        except Refused as error:
            REFUSED.labels(error.reason).inc()
            told, media_type = failure(str(error), content_type)
            return Response(told, error.status, error.headers, media_type)
        told, media_type = response(refusals, content_type)
        return Response(told, media_type=media_type)

    async def _take_in(self, visitor: Visitor, body: bytes, content_type: str) -> list[Refusal]:
        """The spans that are refused; Kafka has all others. Raises Refused."""
        recorded = await asyncio.to_thread(_recorded, visitor, body, content_type)
        refusals = recorded.refusals + await self._accepted(visitor, recorded)
        spans = len(recorded.events) + len(recorded.refusals)
        SPANS.labels(visitor.source, "recorded").inc(spans - len(refusals))
        SPANS.labels(visitor.source, "refused").inc(len(refusals))
        SPANS.labels(visitor.source, "ignored").inc(recorded.ignored)
        if refusals:
            # Most exporters show the answer to nobody.
            told = reasons(refusals)
            log.warning("%d spans of %s are refused: %s", len(refusals), visitor.source, told)
        return refusals

    async def _accepted(self, visitor: Visitor, recorded: Recorded) -> list[Refusal]:
        """Those that the source may not send. If Kafka fails after some, the whole export comes
        again, and they count once."""
        most = self._gateway.settings.intake_max_batch_events
        refusals: list[Refusal] = []
        for start in range(0, len(recorded.events), most):
            lot = recorded.events[start : start + most]
            results = await self._gateway.accept(visitor, orjson.dumps(lot))
            refusals += [
                refusal_of(event, result.problems)
                for event, result in zip(lot, results, strict=True)
                if result.line is None
            ]
        return refusals


def _recorded(visitor: Visitor, body: bytes, content_type: str) -> Recorded:
    try:
        request = decode(body, content_type)
    except Undecodable as error:
        reason = "media_type" if error.status == 415 else "malformed"
        raise Refused(error.status, reason, str(error)) from None
    return events_of(request, visitor.source, visitor.registered.system_ids or ())
