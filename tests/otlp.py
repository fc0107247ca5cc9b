"""Spans as a product would export them, for the tests of the OpenTelemetry input."""

from collections.abc import Mapping, Sequence
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN = "00f067aa0ba902b7"
SOURCE = "/vendors/acme/report-writer"
START = 1_780_000_000_123_456_789

CHAT: Mapping[str, Any] = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "writer-4",
    "gen_ai.response.model": "writer-4-2026-05",
    "gen_ai.usage.input_tokens": 120,
    "gen_ai.usage.output_tokens": 40,
    "blotter.employee_id": "E-17",
    "blotter.purpose": "report_writing",
}
"""A span of the real instrumentation, with what every use needs."""


def any_value(value: Any) -> AnyValue:
    """A plain Python value as OTLP writes it."""
    if value is None:
        return AnyValue()
    if isinstance(value, list):
        return AnyValue(array_value=ArrayValue(values=[any_value(member) for member in value]))
    if isinstance(value, dict):
        return AnyValue(kvlist_value=KeyValueList(values=pairs(value)))
    kind = {bool: "bool", int: "int", float: "double", str: "string", bytes: "bytes"}[type(value)]
    return AnyValue(**{f"{kind}_value": value})


def pairs(attributes: Mapping[str, Any]) -> list[KeyValue]:
    """Attributes as OTLP writes them."""
    return [KeyValue(key=name, value=any_value(value)) for name, value in attributes.items()]


def span(
    attributes: Mapping[str, Any] = CHAT,
    *,
    span_id: str = SPAN,
    start: int = START,
    end: int = START + 1_500_000_000,
    events: Mapping[str, Mapping[str, Any]] | None = None,
) -> Span:
    """One span; `events`: attributes by the event's name."""
    return Span(
        trace_id=bytes.fromhex(TRACE),
        span_id=bytes.fromhex(span_id),
        name="chat writer-4",
        start_time_unix_nano=start,
        end_time_unix_nano=end,
        attributes=pairs(attributes),
        events=[
            Span.Event(name=name, attributes=pairs(told)) for name, told in (events or {}).items()
        ],
    )


def request(*spans: Span, resource: Mapping[str, Any] | None = None) -> ExportTraceServiceRequest:
    """An export of one resource."""
    group = ResourceSpans(
        resource=Resource(attributes=pairs(resource or {})),
        scope_spans=[ScopeSpans(spans=spans)],
    )
    return ExportTraceServiceRequest(resource_spans=[group])


def without(*names: str, of: Mapping[str, Any] = CHAT) -> dict[str, Any]:
    """Attributes but for some."""
    return {name: value for name, value in of.items() if name not in names}


def ids(count: int) -> Sequence[str]:
    """Span ids, all different."""
    return [f"{number:016x}" for number in range(1, count + 1)]
