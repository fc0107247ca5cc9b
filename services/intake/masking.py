"""What is kept of a refused input: its shape, never what may be protected."""

import re
from typing import Any, NamedTuple

import orjson

from schemas.events import EVENT_MODELS

EXCERPT_BYTES = 64 * 1024
MASK = "***"
_ENVELOPE = frozenset(
    {"specversion", "id", "source", "type", "subject", "time", "datacontenttype", "sequence"}
    | {"instance", "traceparent", "receivedtime"}
)
_SHOWN_CHARACTERS = 200


def excerpt(raw: bytes) -> str:
    """At most 64 KB of text: JSON with every text in `data` masked but those of short vocabulary
    fields; anything else with its letters and digits masked."""
    try:
        parsed = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return _shape(raw)
    if not isinstance(parsed, dict):
        return _shape(raw)
    return orjson.dumps(_mask_event(parsed)).decode()[:EXCERPT_BYTES]


def _mask_event(event: dict[str, Any]) -> dict[str, Any]:
    known = _known_fields(event.get("type"))
    masked: dict[str, Any] = {}
    for told, value in event.items():
        name = told if told == "data" or told in _ENVELOPE else MASK
        if name == "data" and isinstance(value, dict):
            masked[name] = {
                field if field in known.all else MASK: _short(item)
                if field in known.shown
                else MASK
                for field, item in value.items()
            }
        else:
            masked[name] = _short(value) if name in _ENVELOPE else MASK
    return masked


class _Known(NamedTuple):
    """Fields of a type's data, and those that hold ids and vocabulary, not what a person wrote."""

    all: frozenset[str]
    shown: frozenset[str]


def _known_fields(kind: Any) -> _Known:
    model = EVENT_MODELS.get(kind) if isinstance(kind, str) else None
    if model is None:
        return _Known(frozenset(), frozenset())
    fields = frozenset(model.model_fields["data"].annotation.model_fields)
    shown = frozenset(name for name in fields if name.endswith("_id") or name in _VOCABULARY)
    return _Known(fields, shown)


_VOCABULARY = frozenset(
    {"family", "capability", "purpose", "account_kind", "input_kind", "output_kind", "used_for"}
    | {"decision", "outcome", "kind", "manner", "status", "stage", "allegation", "finding"}
)


def _short(value: Any) -> Any:
    """A short plain value as it is; of anything longer or nested, only that it was there."""
    if isinstance(value, bool | int | float) or value is None:
        return value
    if isinstance(value, str):
        return value if len(value) <= _SHOWN_CHARACTERS else MASK
    return MASK


def _shape(raw: bytes) -> str:
    text = raw[:EXCERPT_BYTES].decode(errors="replace")
    return re.sub(r"\d", "9", re.sub(r"[^\W\d_]", "x", text))
