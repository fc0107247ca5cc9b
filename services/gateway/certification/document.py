"""The route as OpenAPI tells of it."""

from typing import Any

Document = dict[str, Any]

_REFUSALS = {
    400: "The question makes no sense; the message names the parameter",
    401: "No valid key",
    403: "The source of the key is no sandbox, or suspended, or not registered",
    429: "More requests than this key may send; wait as Retry-After says",
    503: "What was sent cannot be read just now; wait as Retry-After says",
}
_QUERY = {
    "since": ({"type": "string", "format": "date-time"}, "Only what arrived since then"),
    "families": ({"type": "string"}, "Of AI in the product, separated by commas"),
    "cadence": ({"type": "number", "exclusiveMinimum": 0}, "Seconds between heartbeats, agreed"),
}


def operation() -> Document:
    """Of `GET /v1/certification`."""
    anything = {"schema": {"type": "object"}}
    text = {"schema": {"type": "string"}}
    report = {"application/json": anything, "text/html": text, "application/x-ndjson": text}
    refused = {"application/json": {"schema": {"$ref": "#/components/schemas/Answer"}}}
    refusals = {
        str(status): {"description": told, "content": refused} for status, told in _REFUSALS.items()
    }
    return {
        "operationId": "certify",
        "summary": "What a sandbox has shown",
        "description": "For the key of a sandbox: its latest events, checked as `blotter-certify`"
        " does, and judged by the order as if they counted. As JSON, as a page, or the events"
        " themselves.",
        "parameters": [
            {"name": name, "in": "query", "description": told, "schema": schema}
            for name, (schema, told) in _QUERY.items()
        ],
        "responses": {"200": {"description": "The report", "content": report}, **refusals},
    }
