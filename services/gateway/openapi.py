"""The OpenAPI 3.1 document: addresses, what they take, and every answer."""

from typing import Any

from schemas import example_files
from schemas.events import EVENT_MODELS
from schemas.json_schema import components

from .binding import BATCH, JSON, STRUCTURED
from .certification.document import operation as document_of_certification
from .settings import GatewaySettings

Document = dict[str, Any]

_ATTRIBUTES = {
    "specversion": "`1.0`",
    "id": "Unique within the source; the same again is harmless",
    "source": "The source of the key",
    "type": "Which event it is",
    "subject": "What it is about: `<kind>/<id>`",
    "time": "When it happened: RFC 3339 with offset",
}
"""What stands in headers in binary mode, percent-encoded where it is not printable ASCII."""

ANSWERS = {
    202: "Kafka has all of it",
    207: "Kafka has the events that are accepted; the refused ones say what is wrong",
    400: "The body is not what its media type says",
    401: "No valid key",
    403: "The source of the key is suspended or not registered",
    408: "The body did not arrive in time",
    413: "The body is too large, unpacked, or holds too many events",
    415: "The media type or encoding is not understood",
    422: "Every event is refused; each says what is wrong",
    429: "More events than this key may send; wait as Retry-After says",
    503: "Kafka has not acknowledged it; wait as Retry-After says, and send the same again",
}
"""What each status means to a sender."""

_AGAIN = (429, 503)


def document(settings: GatewaySettings) -> Document:
    """The whole document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Blotter's gateway",
            "version": "1.0.0",
            "description": "Takes in what AI systems did, as CloudEvents 1.0 or OpenTelemetry "
            "traces. Nothing is accepted that is not stored.",
        },
        "servers": [{"url": "/"}],
        "security": [{"key": []}],
        "paths": {
            "/v1/events": {"post": _events(settings)},
            "/v1/traces": {"post": _traces()},
            "/v1/certification": {"get": document_of_certification()},
        },
        "components": {
            "securitySchemes": {"key": _key()},
            "schemas": {**components(EVENT_MODELS), **_own(settings)},
        },
    }


def _key() -> Document:
    told = "A key of one source; the department makes it with `blotter key add`."
    return {"type": "http", "scheme": "bearer", "description": told}


def _events(settings: GatewaySettings) -> Document:
    example = example_files.valid("ai.use.recorded.v1")["minimal"]
    data = {"type": "object", "description": "The event's `data`; its attributes are in headers."}
    return {
        "operationId": "sendEvents",
        "summary": "Send events",
        "description": f"One event, or a batch of up to {settings.intake_max_batch_events}, of at "
        f"most {settings.gateway_max_body_bytes} bytes in all; gzip is understood. Bad events "
        "do not take their neighbours along. Sending the same id and bytes again is harmless.",
        "parameters": [_attribute(name, told) for name, told in _ATTRIBUTES.items()],
        "requestBody": {
            "required": True,
            "content": {
                STRUCTURED: {"schema": _ref("CloudEvent"), "example": example},
                BATCH: {"schema": _ref("Batch"), "example": [example]},
                JSON: {"schema": data, "example": example["data"]},
            },
        },
        "responses": {str(status): _answer(status, told) for status, told in ANSWERS.items()},
    }


def _attribute(name: str, told: str) -> Document:
    description = f"{told}. In binary mode only, with the body in {JSON}."
    return {
        "name": f"ce-{name}",
        "in": "header",
        "description": description,
        "schema": {"type": "string", "pattern": "^[!-~]*$"},
    }


def _answer(status: int, told: str) -> Document:
    answer: Document = {"description": told, "content": {JSON: {"schema": _ref("Answer")}}}
    if status in _AGAIN:
        schema = {"type": "integer", "minimum": 1}
        answer["headers"] = {"Retry-After": {"description": "Seconds", "schema": schema}}
    return answer


def _traces() -> Document:
    packed = "application/x-protobuf"
    anything: Document = {JSON: {"schema": {"type": "object"}}, packed: {}}
    statuses = sorted(ANSWERS.keys() - {202, 207, 422})
    answers = {str(status): _answer(status, ANSWERS[status]) for status in statuses}
    for answer in answers.values():
        answer["content"] = anything
    stored = "Kafka has the uses that the spans tell of; partial_success says what is refused"
    return {
        "operationId": "exportTraces",
        "summary": "Export OpenTelemetry traces (OTLP over HTTP)",
        "description": "Spans of generative AI become recorded uses; others are ignored.",
        "requestBody": {"required": True, "content": anything},
        "responses": {"200": {"description": stored, "content": anything}, **answers},
    }


def _own(settings: GatewaySettings) -> Document:
    events = {name: f"#/components/schemas/{kind.__name__}" for name, kind in EVENT_MODELS.items()}
    return {
        "CloudEvent": {
            "oneOf": [{"$ref": ref} for ref in events.values()],
            "discriminator": {"propertyName": "type", "mapping": events},
        },
        "Batch": {
            "type": "array",
            "items": _ref("CloudEvent"),
            "minItems": 1,
            "maxItems": settings.intake_max_batch_events,
        },
        "Answer": _answer_schema(),
    }


def _answer_schema() -> Document:
    problem = _object({"field": {"type": "string"}, "message": {"type": "string"}})
    result = _object(
        {
            "id": {"type": "string", "description": "The event's own, if it has one"},
            "status": {"enum": ["accepted", "refused"]},
            "problems": {"type": "array", "items": problem},
        },
        required=["status"],
    )
    count = {"type": "integer", "minimum": 0}
    answer = {
        "accepted": count,
        "refused": count,
        "results": {"type": "array", "items": result, "description": "One for each, in order"},
        "message": {"type": "string", "description": "Why no event was looked at"},
    }
    return _object(answer, required=["accepted", "refused", "results"])


def _object(properties: Document, required: list[str] | None = None) -> Document:
    named = list(properties) if required is None else required
    return {
        "type": "object",
        "properties": properties,
        "required": named,
        "additionalProperties": False,
    }


def _ref(name: str) -> Document:
    return {"$ref": f"#/components/schemas/{name}"}
