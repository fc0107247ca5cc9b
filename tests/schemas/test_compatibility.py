"""The comparison of schemas, from both sides: what widens passes, what narrows is named."""

from typing import Any

import pytest

from schemas.compatibility import broken, narrowed

ID = {"type": "string", "minLength": 1, "maxLength": 200}
NULL = {"type": "null"}


def closed(required: tuple[str, ...] = (), **fields: Any) -> dict[str, Any]:
    """A closed object."""
    return {
        "type": "object",
        "properties": fields,
        "required": list(required),
        "additionalProperties": False,
    }


WIDENED = {
    "nothing": (closed(a=ID), closed(a=ID)),
    "words about it": (closed(a=ID), closed(a={**ID, "description": "new", "title": "A"})),
    "an optional field more": (closed(a=ID), closed(a=ID, b=ID)),
    "a field became optional": (closed(("a",), a=ID), closed(a=ID)),
    "a value more": ({"enum": ["x"]}, {"enum": ["x", "y"]}),
    "a constant became a choice": ({"const": "x"}, {"enum": ["x", "y"]}),
    "a choice became any string": ({"type": "string", "enum": ["x"]}, {"type": "string"}),
    "longer": (ID, {**ID, "maxLength": 300}),
    "no limit": (ID, {"type": "string"}),
    "no pattern": ({"type": "string", "pattern": "^a"}, {"type": "string"}),
    "null too": (ID, {"anyOf": [ID, NULL]}),
    "whole numbers became numbers": ({"type": "integer"}, {"type": "number"}),
    "one type became two": ({"type": "string"}, {"type": ["string", "null"]}),
    "anything": (ID, {}),
    "open": (closed(a=ID), {**closed(a=ID), "additionalProperties": True}),
    "items": (
        {"type": "array", "items": {"enum": ["x"]}},
        {"type": "array", "items": {"enum": ["x", "y"]}},
    ),
    "a definition moved": (
        {**closed(a={"$ref": "#/$defs/A"}), "$defs": {"A": ID}},
        closed(a=ID),
    ),
    "either of three": (
        {**closed(a=ID, b=ID), "anyOf": [{"required": ["a"]}]},
        closed(a=ID, b=ID),
    ),
}
NARROWED = {
    "a field removed": (closed(a=ID, b=ID), closed(a=ID), ".b: field removed"),
    "a field renamed": (closed(a=ID), closed(b=ID), ".a: field removed"),
    "required": (closed(a=ID), closed(("a",), a=ID), ": field a became required"),
    "new and required": (closed(), closed(("a",), a=ID), ": field a became required"),
    "a value fewer": (
        closed(a={"enum": ["x", "y"]}),
        closed(a={"enum": ["x"]}),
        ".a: value 'y' is no longer allowed",
    ),
    "another constant": ({"const": "x"}, {"const": "y"}, ": value 'x' is no longer allowed"),
    "only some values": (
        {"type": "string"},
        {"type": "string", "enum": ["x"]},
        ": only some values are still allowed",
    ),
    "another type": (closed(a=ID), closed(a={"type": "integer"}), ".a: type string became integer"),
    "whole numbers only": (
        {"type": "number"},
        {"type": "integer"},
        ": type number became integer",
    ),
    "no null": (closed(a={"anyOf": [ID, NULL]}), closed(a=ID), ".a: type null became string"),
    "shorter": (ID, {**ID, "maxLength": 100}, ": maxLength 200 became 100"),
    "a limit": (
        {"type": "integer"},
        {"type": "integer", "minimum": 0},
        ": minimum (none) became 0",
    ),
    "a higher minimum": (ID, {**ID, "minLength": 2}, ": minLength 1 became 2"),
    "a pattern": (ID, {**ID, "pattern": "^a"}, ": pattern (none) became '^a'"),
    "another pattern": (
        {"type": "string", "pattern": "^a"},
        {"type": "string", "pattern": "^b"},
        ": pattern '^a' became '^b'",
    ),
    "a format": (
        {"type": "string"},
        {"type": "string", "format": "date"},
        ": format (none) became 'date'",
    ),
    "what it does not understand": (
        {"type": "array"},
        {"type": "array", "uniqueItems": True},
        ": uniqueItems (none) became True",
    ),
    "closed": (
        {"type": "object", "properties": {}},
        closed(),
        ": other fields are no longer allowed",
    ),
    "other fields of one type": (
        {"type": "object"},
        {"type": "object", "additionalProperties": {"type": "string"}},
        ".*: type any became string",
    ),
    "items": (
        {"type": "array", "items": ID},
        {"type": "array", "items": {**ID, "maxLength": 9}},
        "[]: maxLength 200 became 9",
    ),
    "within a definition": (
        {**closed(a={"$ref": "#/$defs/A"}), "$defs": {"A": closed(b=ID)}},
        {**closed(a={"$ref": "#/$defs/A"}), "$defs": {"A": closed(("b",), b=ID)}},
        ".a: field b became required",
    ),
    "an alternative fewer": (
        {
            "anyOf": [
                {"type": "string", "format": "date"},
                {"type": "string", "format": "date-time"},
            ]
        },
        {"type": "string", "format": "date"},
        ": format 'date-time' became 'date'",
    ),
}


@pytest.mark.parametrize(("released", "current"), WIDENED.values(), ids=WIDENED)
def test_what_widens_is_compatible(released: dict[str, Any], current: dict[str, Any]) -> None:
    assert narrowed(released, current) == []


@pytest.mark.parametrize(("released", "current", "problem"), NARROWED.values(), ids=NARROWED)
def test_what_narrows_is_named(
    released: dict[str, Any], current: dict[str, Any], problem: str
) -> None:
    assert narrowed(released, current) == [problem]


def test_a_type_may_be_added_and_not_removed() -> None:
    assert broken({"a.v1": ID}, {"a.v1": ID, "b.v1": ID}) == []
    assert broken({"a.v1": ID, "b.v1": ID}, {"b.v1": ID}) == ["a.v1: removed"]
    assert broken({"a.v1": ID}, {"a.v1": NULL}) == ["a.v1: type string became null"]
