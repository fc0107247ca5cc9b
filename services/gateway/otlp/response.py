"""OTLP's answers, in the encoding of the request."""

from collections.abc import Sequence

from google.protobuf import json_format
from google.protobuf.message import Message
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceResponse,
)

from .media import JSON, PROTOBUF, media_type
from .recorded import Refusal

MOST_REASONS = 10


def response(refusals: Sequence[Refusal], content_type: str) -> tuple[bytes, str]:
    """The body and media type of an answer with status 200: all that was not refused is stored.

    OTLP asks senders not to send refused spans again.
    """
    answer = ExportTraceServiceResponse()
    if refusals:
        answer.partial_success.CopyFrom(
            ExportTracePartialSuccess(rejected_spans=len(refusals), error_message=reasons(refusals))
        )
    return _encoded(answer, content_type)


def failure(message: str, content_type: str) -> tuple[bytes, str]:
    """The body and media type of an answer with any other status: nothing is stored."""
    return _encoded(Status(message=message), content_type)


def reasons(refusals: Sequence[Refusal]) -> str:
    """Each reason once, with a span that it holds for; no values."""
    spans: dict[str, list[str]] = {}
    for refusal in refusals:
        spans.setdefault(refusal.reason, []).append(refusal.span)
    told = [_reason(reason, of) for reason, of in list(spans.items())[:MOST_REASONS]]
    more = len(spans) - MOST_REASONS
    return " | ".join([*told, f"and {more} more reasons"] if more > 0 else told)


def _encoded(answer: Message, content_type: str) -> tuple[bytes, str]:
    if media_type(content_type) == JSON:
        return json_format.MessageToJson(answer, indent=None).encode(), JSON
    return answer.SerializeToString(), PROTOBUF


def _reason(reason: str, spans: list[str]) -> str:
    others = f" and {len(spans) - 1} more" if len(spans) > 1 else ""
    return f"span {spans[0]}{others}: {reason}"
