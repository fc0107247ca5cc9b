"""From a request's body to OTLP's message, in both encodings."""

import base64
import json
import re
from typing import Any

from google.protobuf import json_format
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from .media import JSON, PROTOBUF, media_type

_HEX_FIELDS = frozenset(
    {"traceId", "spanId", "parentSpanId", "trace_id", "span_id", "parent_span_id"}
)
_PLACE = re.compile(r"(?:Failed to parse \w+ field: )+")


class Undecodable(ValueError):
    """The body is no OTLP trace request; the text says why, without any of its values.

    `status`: of the HTTP answer, 400 or 415.
    """

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


def decode(body: bytes, content_type: str) -> ExportTraceServiceRequest:
    """The request, of a body that is no longer compressed. Raises Undecodable."""
    readers = {PROTOBUF: _from_protobuf, JSON: _from_json}
    reader = readers.get(media_type(content_type))
    if reader is None:
        raise Undecodable(f"Content-Type must be {PROTOBUF} or {JSON}", 415)
    return reader(body)


def _from_protobuf(body: bytes) -> ExportTraceServiceRequest:
    try:
        return ExportTraceServiceRequest.FromString(body)
    except DecodeError:
        raise Undecodable("not an OTLP trace request in protobuf") from None


def _from_json(body: bytes) -> ExportTraceServiceRequest:
    try:
        parsed = json.loads(body, object_hook=_hex_as_base64)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno} column {error.colno}"
        raise Undecodable(f"not JSON: {error.msg} at {place}") from None
    except (ValueError, RecursionError):
        raise Undecodable("not JSON in UTF-8, or nested too deeply") from None
    if not isinstance(parsed, dict):
        raise Undecodable("an OTLP trace request in JSON is an object")
    try:
        return json_format.ParseDict(
            parsed, ExportTraceServiceRequest(), ignore_unknown_fields=True
        )
    except json_format.ParseError as error:
        raise Undecodable(_told(error)) from None
    # What protobuf's reader raises on values that it does not expect at all.
    except (ValueError, TypeError, AttributeError, ArithmeticError, RecursionError):
        raise Undecodable("not an OTLP trace request in JSON") from None


def _told(error: json_format.ParseError) -> str:
    """Where the reader stopped. The rest of its text repeats the value."""
    place = _PLACE.match(str(error))
    fields = re.findall(r"parse (\w+) field", place.group()) if place else ["request"]
    return f"{'.'.join(fields)}: has a value of the wrong kind or form for OTLP in JSON"


def _hex_as_base64(fields: dict[str, Any]) -> dict[str, Any]:
    """OTLP writes ids in hexadecimal, where protobuf's JSON reader expects base64.

    An id that is not hexadecimal becomes empty: then its own span is refused, and no other. No
    attribute is mistaken for an id, for OTLP writes attributes as pairs of `key` and `value`.
    """
    for name in _HEX_FIELDS.intersection(fields):
        try:
            raw = bytes.fromhex(fields[name])
        except (ValueError, TypeError):
            raw = b""
        fields[name] = base64.b64encode(raw).decode()
    return fields
