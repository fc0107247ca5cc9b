"""What prompts and outputs a span holds, as one text for the scanner, which drops it."""

import json
from collections.abc import Iterator

from opentelemetry.proto.trace.v1.trace_pb2 import Span

from .mapping import CONTENT
from .values import Attributes, Value, attributes_of

ATTRIBUTES = (
    CONTENT,
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "gen_ai.system_instructions",
    "gen_ai.prompt",
    "gen_ai.completion",
    "gen_ai.tool.call.arguments",
    "gen_ai.tool.call.result",
    "gen_ai.retrieval.query.text",
    "gen_ai.retrieval.documents",
    "gen_ai.memory.query.text",
    "gen_ai.memory.records",
)
"""Attributes that hold content, with all that lies below them: `gen_ai.prompt.0.content`."""

EVENTS = "gen_ai."
"""Prefix of the span's events whose attributes are content, all of them."""


def content_of(span: Span, attributes: Attributes) -> str | None:
    """All texts of the span's content, a line each; None if it has none."""
    lines = [
        line
        for name, value in attributes.items()
        if _is_content(name)
        for line in _lines(value, "")
    ]
    for event in span.events:
        if event.name.startswith(EVENTS):
            lines += _lines(attributes_of(event.attributes), "")
    return "\n".join(lines) or None


def _is_content(name: str) -> bool:
    return name in ATTRIBUTES or any(name.startswith(f"{known}.") for known in ATTRIBUTES)


def _lines(value: Value, name: str) -> Iterator[str]:
    """Every text and number in a value, after the name of its field, which may tell what it is."""
    if isinstance(value, str):
        value = _unpacked(value)
    if isinstance(value, dict):
        for field, member in value.items():
            yield from _lines(member, f"{field.replace('_', ' ')}: ")
    elif isinstance(value, list):
        for member in value:
            yield from _lines(member, name)
    elif isinstance(value, bytes):
        yield name + value.decode(errors="replace")
    elif value is not None and not isinstance(value, bool):
        yield f"{name}{value}"


def _unpacked(value: str) -> Value:
    """Messages come as JSON within a text, where a `\\n` would cling to the number after it."""
    if not value.lstrip().startswith(("{", "[")):
        return value
    try:
        parsed = json.loads(value)
    except (ValueError, RecursionError):
        return value
    return parsed if isinstance(parsed, dict | list) else value
