"""What the contract says of itself in words, for the pages that are made of it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import Any

from . import example_files
from .envelope import Envelope
from .events import EVENT_MODELS
from .json_schema import Schema, alternatives, published, schema_of

KINDS = {
    "identifier": "1 to 200 printable characters",
    "text": "up to 20,000 characters, in records up to 100,000",
    "time": "RFC 3339 with offset, in the years 1970 to 2200",
    "date": "`YYYY-MM-DD`, in the department's time zone",
    "time or date": "a time, or a date for the start of that day",
    "number, whole number": "JSON numbers, never strings",
}
"""What the kinds of value mean that `Field.kind` speaks of."""

_FORMATS = {"date-time": "time", "date": "date"}
_LENGTHS = {200: "identifier", 20_000: "text", 100_000: "text"}
_KINDS = {"integer": "whole number", "number": "number", "boolean": "true or false"}


@dataclass(frozen=True)
class Field:
    """A field of an object, or of an object within it.

    `path`: as in `detected[].class`. `kind`: of value, in words, with those that are allowed.
    `limits`: of that value, in words. `meaning`: empty where the name says it all. Code within
    texts stands between backticks.
    """

    path: str
    kind: str
    limits: tuple[str, ...]
    required: bool
    meaning: str


def envelope_fields() -> list[Field]:
    """Those of every event, in their order, without `data`."""
    schema: Schema = published("envelope", Envelope.model_json_schema())
    del schema["properties"]["data"]
    return list(_fields(schema, schema, ""))


def fields(name: str) -> list[Field]:
    """Those of an event's `data` or of a record; objects before their own, `extensions` last."""
    found = _fields(_content(name), schema_of(name), "")
    return sorted(found, key=lambda field: field.path == "extensions")


def either(name: str) -> str:
    """Which fields of an event's `data` cannot all be left out; empty where there are none."""
    choices = _content(name).get("anyOf", ())
    named = " or ".join(f"`{field}`" for choice in choices for field in choice["required"])
    return named and f"Either {named} is required."


def about(part: type | ModuleType) -> str:
    """What a model, or a module of them, says of itself, as one paragraph."""
    return _one_line(part.__doc__ or "")


def subject(name: str) -> str:
    """The form of the subject of an event type."""
    model = EVENT_MODELS[name]
    if "fits_subject" in vars(model):
        field = "data.source" if "source" in _content(name)["properties"] else "source"
        return f"`source` followed by `{field}`, as in `source/vendors/acme/x`"
    return " or ".join(
        f"`{kind}/<data.{field}>`" if field else f"`{kind}/<id>`"
        for kind, field in model.subject_fields.items()
    )


def example(name: str, what: str = "full") -> dict[str, Any]:
    """A valid example of an event type, as a sender sends it, or of a record."""
    shown: dict[str, Any] = example_files.valid(name)[what]
    if name in EVENT_MODELS:
        # Valid in the log, and refused from a sender.
        shown.pop("receivedtime", None)
    return shown


def pretty(example: Any) -> str:
    """JSON as people read it."""
    return json.dumps(example, indent=2, ensure_ascii=False)


def _content(name: str) -> Schema:
    schema = schema_of(name)
    if name not in EVENT_MODELS:
        return schema
    (data,) = alternatives(schema["properties"]["data"], schema)
    return data


def _fields(schema: Schema, root: Schema, prefix: str) -> Iterator[Field]:
    required = schema.get("required", ())
    for name, field in schema["properties"].items():
        members = alternatives(field, root)
        path, inner = prefix + name, members[0]
        if inner.get("type") == "array":
            path, inner = path + "[]", alternatives(inner["items"], root)[0]
        meaning = field.get("description") or (
            "" if field is inner else inner.get("description", "")
        )
        if field.get("default") is not None:
            meaning += f" Default: `{json.dumps(field['default'])}`."
        kind = " or ".join(_kind(member, root) for member in members)
        limits = tuple(_limits(inner))
        yield Field(path, kind, limits, name in required, _one_line(meaning))
        if "properties" in inner:
            yield from _fields(inner, root, path + ".")


def _kind(schema: Schema, root: Schema) -> str:
    kind = schema.get("type")
    if kind == "array":
        return "list of " + " or ".join(_kind(m, root) for m in alternatives(schema["items"], root))
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return "one of " + ", ".join(f"`{value}`" for value in schema["enum"])
    if kind == "string":
        return _FORMATS.get(
            schema.get("format", ""), _LENGTHS.get(schema.get("maxLength", 0), "string")
        )
    values = schema.get("additionalProperties")
    if isinstance(values, dict):
        return f"object of {_kind(values, root)}"
    return _KINDS.get(str(kind), "object")


def _limits(schema: Schema) -> Iterator[str]:
    of = partial(_within, schema)
    printable = " printable characters" if "not" in schema else " characters"
    if "minLength" in schema or "maxLength" in schema:
        yield of("minLength", "maxLength") + printable
    if "pattern" in schema:
        yield f"of the form `{schema['pattern']}`"
    if "minimum" in schema or "maximum" in schema:
        yield of("minimum", "maximum")
    if "exclusiveMinimum" in schema:
        yield f"more than {schema['exclusiveMinimum']:,}"


def _within(schema: Schema, least: str, most: str) -> str:
    if least not in schema:
        return f"up to {schema[most]:,}"
    return f"{schema[least]:,}" + (f" to {schema[most]:,}" if most in schema else " or more")


def _one_line(text: str) -> str:
    return " ".join(text.split())
