"""What the contract says of the fields that a mapping may fill: which there are, of what kind."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, get_args, get_origin

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from schemas.base import Id, Model, Time
from schemas.events import EVENT_MODELS

Kind = Literal[
    "text", "id", "word", "whole number", "number", "yes or no", "time", "date", "time or date"
]

# Stamped by whoever scans; a vendor's own fields have a table of their own in a mapping.
_NOT_MAPPED = {"extensions", "detected", "scanner"}


@dataclass(frozen=True)
class Slot:
    """A field of the contract, or with `many` a list. `text` is free text, `id` an identifier or a
    digest; `words`: those allowed, if only some are."""

    kind: Kind
    adapter: TypeAdapter[Any]
    required: bool = False
    many: bool = False
    words: tuple[str, ...] = ()

    def problem(self, value: object) -> str | None:
        """Why the contract does not allow a value here; never with the value."""
        try:
            alone = self.many and not isinstance(value, list)
            self.adapter.validate_python([value] if alone else value, strict=True)
        except ValidationError as error:
            told = error.errors(include_url=False, include_input=False)[0]["msg"]
            return told.removeprefix("Value error, ")
        return None


TIME = Slot("time", TypeAdapter(Time), required=True)
ID = Slot("id", TypeAdapter(Id))
EXTENSION = Slot("text", TypeAdapter(str | bool | int | float))


@cache
def slots(event_type: str) -> dict[str, Slot]:
    """The fields of `data` of an event type, by name; those of an object inside as `model.name`."""
    return dict(_slots(EVENT_MODELS[event_type].model_fields["data"].annotation, "", True))


@cache
def importable() -> tuple[str, ...]:
    """The event types that a mapping can make: whose subject one of their fields names, of which
    nothing is required that no cell can hold, and that are not Blotter's own to write."""
    return tuple(kind for kind in EVENT_MODELS if _can_be_made(kind))


def _can_be_made(event_type: str) -> bool:
    model = EVENT_MODELS[event_type]
    own = event_type.startswith("review.") or "source" in model.subject_fields
    data = model.model_fields["data"].annotation
    assert data is not None
    needed = {info.alias or name for name, info in data.model_fields.items() if info.is_required()}
    filled = {name.partition(".")[0] for name in slots(event_type)}
    return not own and all(model.subject_fields.values()) and needed <= filled


def _slots(model: Any, prefix: str, required: bool) -> Iterator[tuple[str, Slot]]:
    for name, info in model.model_fields.items():
        if not prefix and name in _NOT_MAPPED:
            continue
        path, needed = prefix + (info.alias or name), required and info.is_required()
        inner = _inner_model(info.annotation)
        if inner is not None:
            yield from _slots(inner, path + ".", needed)
        elif slot := _slot(info, needed):
            yield path, slot


def _inner_model(annotation: Any) -> type[Model] | None:
    if get_origin(annotation) is list:
        return None
    for kind in (annotation, *get_args(annotation)):
        if isinstance(kind, type) and issubclass(kind, Model):
            return kind
    return None


def _slot(info: FieldInfo, required: bool) -> Slot | None:
    """None: a list of objects, which no cell holds."""
    adapter: TypeAdapter[Any] = TypeAdapter(info.rebuild_annotation())
    schema = adapter.json_schema()
    forms = [form for form in schema.get("anyOf", [schema]) if form.get("type") != "null"]
    many = forms[0].get("type") == "array"
    forms = [forms[0]["items"]] if many else forms
    if "$ref" in forms[0]:
        return None
    words = tuple(forms[0].get("enum", ()))
    return Slot(_kind(forms), adapter, required, many, words)


def _kind(forms: list[dict[str, Any]]) -> Kind:
    """The kind of value that the JSON Schemas of its forms describe."""
    times: dict[frozenset[str], Kind] = {
        frozenset({"date-time"}): "time",
        frozenset({"date"}): "date",
        frozenset({"date-time", "date"}): "time or date",
    }
    plain: dict[str, Kind] = {
        "integer": "whole number",
        "number": "number",
        "boolean": "yes or no",
    }
    formats = frozenset(form["format"] for form in forms if "format" in form)
    first = forms[0]
    if formats:
        return times[formats]
    if first["type"] in plain:
        return plain[first["type"]]
    return "word" if "enum" in first else "id" if "pattern" in first else "text"
