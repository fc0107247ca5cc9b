"""OpenTelemetry's traces as events: OTLP in, `ai.use.recorded.v1` out. Pure: no network, no clock.

    request = decode(body, content_type)                     # raises Undecodable
    recorded = events_of(request, source, system_ids)        # events, refusals, how many ignored
    body, media_type = response(recorded.refusals, content_type)

What becomes of a span: docs/opentelemetry.md.
"""

from .decode import Undecodable, decode
from .recorded import Recorded, Refusal, events_of, refusal_of
from .response import failure, reasons, response

__all__ = [
    "Recorded",
    "Refusal",
    "Undecodable",
    "decode",
    "events_of",
    "failure",
    "reasons",
    "refusal_of",
    "response",
]
