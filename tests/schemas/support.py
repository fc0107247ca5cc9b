"""What the tests of the contract share: models and JSON Schemas by name, and random documents."""

import json
import re
from datetime import date, datetime, timedelta, timezone
from functools import cache
from typing import Any

from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker
from pydantic import BaseModel, ValidationError

from schemas import errors, json_schema
from schemas.base import EARLIEST, LARGEST_COUNT, LATEST
from schemas.events import EVENT
from schemas.json_schema import MODELS, RECORDS, Schema, alternatives
from schemas.records import FieldError

FORMATS = FormatChecker(formats=["date"])
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")


def _is_date_time(value: object) -> bool:
    if not isinstance(value, str):
        return True
    datetime.fromisoformat(value.upper())
    return bool(_RFC_3339.fullmatch(value))


FORMATS.checks("date-time", raises=ValueError)(_is_date_time)


@cache
def validator(name: str) -> Any:
    """A JSON Schema validator that also checks formats."""
    return Draft202012Validator(json_schema.document(name), format_checker=FORMATS)


def read(name: str, text: str | bytes) -> BaseModel:
    """The model of an event or record; raises pydantic.ValidationError."""
    if name in RECORDS:
        return RECORDS[name].model_validate_json(text)
    return EVENT.validate_json(text)


def refusal(name: str, text: str | bytes) -> list[FieldError]:
    """Why the contract refuses it; [] = it does not."""
    try:
        read(name, text)
    except ValidationError as error:
        return errors.field_errors(error)
    return []


@cache
def documents(name: str) -> st.SearchStrategy[dict[str, Any]]:
    """Random documents that the schema of an event type or record allows."""
    schema = json_schema.schema_of(name)
    return _objects(schema, schema)


_PRINTABLE = st.characters(exclude_categories=("C", "Zl", "Zp"))
_OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
_TIMES = st.datetimes(
    min_value=(EARLIEST + timedelta(days=2)).replace(tzinfo=None),
    max_value=(LATEST - timedelta(days=2)).replace(tzinfo=None),
    timezones=_OFFSETS,
).map(datetime.isoformat)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=4,
)


def _values(schema: Schema, root: Schema) -> st.SearchStrategy[Any]:
    return st.one_of([_one(member, root) for member in alternatives(schema, root)])


def _one(schema: Schema, root: Schema) -> st.SearchStrategy[Any]:
    kind = schema.get("type")
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if kind == "array":
        return st.lists(_values(schema["items"], root), max_size=3)
    if kind == "object":
        return _objects(schema, root)
    if kind == "string":
        return _strings(schema)
    return {
        "integer": st.integers(schema.get("minimum", 0) + 1, LARGEST_COUNT),
        "number": st.floats(0, 1e300),
        "boolean": st.booleans(),
    }.get(str(kind), _JSON)


def _objects(schema: Schema, root: Schema) -> st.SearchStrategy[dict[str, Any]]:
    if "properties" not in schema:
        extra = schema.get("additionalProperties")
        inner = _values(extra, root) if isinstance(extra, dict) else _JSON
        return st.dictionaries(st.text(max_size=10), inner, max_size=3)
    fields = {name: _values(field, root) for name, field in schema["properties"].items()}
    required = {name: fields.pop(name) for name in schema.get("required", ())}
    some = [set(either["required"]) for either in schema.get("anyOf", ({"required": ()},))]
    drawn = st.fixed_dictionaries(required, optional=fields)
    return drawn.filter(lambda document: any(names <= document.keys() for names in some))


def _strings(schema: Schema) -> st.SearchStrategy[str]:
    pattern = schema.get("pattern", "")
    if schema.get("format") == "date-time":
        return _TIMES
    if schema.get("format") == "date":
        return st.dates().map(date.isoformat)
    if "use|" in pattern:
        return st.text(_PRINTABLE, min_size=1, max_size=20).map(lambda text: "use/" + text)
    if pattern:
        return st.from_regex(pattern.replace("$", r"\Z"))
    alphabet = _PRINTABLE if "not" in schema else st.characters(codec="utf-8")
    return st.text(alphabet, min_size=schema.get("minLength", 0), max_size=30)


def as_json(value: Any) -> str:
    """Compact JSON, characters as they are."""
    return json.dumps(value, ensure_ascii=False)


def paths(value: Any, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The path of every value within a document, inner ones included."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for key, item in inner:
        found.append((*at, key))
        if isinstance(item, dict | list):
            found += paths(item, (*at, key))
    return found


NAMES = tuple(MODELS)
