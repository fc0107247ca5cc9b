"""Does a schema still accept all that a released one accepts?

A vendor who sent valid events yesterday must not be refused tomorrow. The answer is careful, not
complete: what it does not understand must not have changed at all.
"""

from collections.abc import Mapping
from typing import Any

from .json_schema import Schema, resolve

_LOWER_LIMITS = {"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"}
_UPPER_LIMITS = {"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"}
_ANNOTATIONS = {"$schema", "$id", "$defs", "title", "description", "default", "examples"}
# Compared by rules of their own.
_STRUCTURE = {"type", "enum", "const", "properties", "required", "additionalProperties", "items"}


def broken(released: Mapping[str, Schema], current: Mapping[str, Schema]) -> list[str]:
    """What the current schemas, by name, refuse of what the released ones accept; [] = nothing."""
    problems = []
    for name, schema in released.items():
        if name not in current:
            problems.append(f"{name}: removed")
        else:
            problems += [f"{name}{problem}" for problem in narrowed(schema, current[name])]
    return problems


def narrowed(released: Schema, current: Schema) -> list[str]:
    """What one schema document refuses of what its released form accepts, each with its path."""
    return _Comparison(released, current).compare(released, current, "")


class _Comparison:
    """Compares parts of two documents; references are looked up in the document of each."""

    def __init__(self, released: Schema, current: Schema) -> None:
        self._released = released
        self._current = current

    def compare(self, old: Schema, new: Schema, path: str) -> list[str]:
        """Problems of `new` at `path`: every alternative of `old` needs a home in `new`."""
        olds = _alternatives(old, self._released)
        news = _alternatives(new, self._current)
        problems = []
        for one in olds:
            attempts = [self._compare_one(one, other, path) for other in news]
            if all(attempts):
                # The nearest of the attempts says best what has changed.
                problems += sorted(attempts, key=len)[0]
        return problems

    def _compare_one(self, old: Schema, new: Schema, path: str) -> list[str]:
        if problems := _types(old, new) + _values(old, new):
            return [f"{path}: {problem}" for problem in problems]
        return [
            *(f"{path}: {problem}" for problem in _limits(old, new) + _required(old, new)),
            *self._fields(old, new, path),
            *self._items(old, new, path),
        ]

    def _items(self, old: Schema, new: Schema, path: str) -> list[str]:
        if "items" not in new:
            return []
        return self.compare(old.get("items", {}), new["items"], path + "[]")

    def _fields(self, old: Schema, new: Schema, path: str) -> list[str]:
        old_fields, new_fields = old.get("properties", {}), new.get("properties", {})
        old_rest, new_rest = _rest(old), _rest(new)
        problems: list[str] = []
        for name in sorted(old_fields.keys() | new_fields.keys()):
            before = old_fields.get(name, old_rest)
            after = new_fields.get(name, new_rest)
            if before is not None and after is None:
                problems.append(f"{path}.{name}: field removed")
            elif before is not None and after is not None:
                problems += self.compare(before, after, f"{path}.{name}")
        if old_rest is not None and new_rest is None and "object" in _type_set(old):
            problems.append(f"{path}: other fields are no longer allowed")
        elif old_rest is not None and new_rest is not None and (old_rest or new_rest):
            problems += self.compare(old_rest, new_rest, f"{path}.*")
        return problems


def _alternatives(schema: Schema, root: Schema) -> list[Schema]:
    schema = resolve(schema, root)
    if schema.keys() - _ANNOTATIONS == {"anyOf"}:
        return [part for member in schema["anyOf"] for part in _alternatives(member, root)]
    return [schema]


def _rest(schema: Schema) -> Schema | None:
    """The schema of fields that `properties` does not name; None = there may be none."""
    rest = schema.get("additionalProperties", True)
    if isinstance(rest, bool):
        return {} if rest else None
    found: Schema = rest
    return found


def _type_set(schema: Schema) -> set[str]:
    types = schema.get("type")
    return {types} if isinstance(types, str) else set(types or ())


def _types(old: Schema, new: Schema) -> list[str]:
    before, after = _type_set(old), _type_set(new)
    if "number" in after:
        after = after | {"integer"}
    if not after or (before and before <= after):
        return []
    return [f"type {_words(before)} became {_words(after)}"]


def _values(old: Schema, new: Schema) -> list[str]:
    before, after = _allowed(old), _allowed(new)
    if after is None:
        return []
    if before is None:
        return ["only some values are still allowed"]
    return [f"value {value!r} is no longer allowed" for value in before if value not in after]


def _allowed(schema: Schema) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    values: list[Any] | None = schema.get("enum")
    return values


def _limits(old: Schema, new: Schema) -> list[str]:
    problems = []
    for keyword in sorted(new.keys() - _ANNOTATIONS - _STRUCTURE):
        before, after = old.get(keyword), new[keyword]
        if keyword in _LOWER_LIMITS and before is not None and after <= before:
            continue
        if keyword in _UPPER_LIMITS and before is not None and after >= before:
            continue
        if before != after:
            problems.append(f"{keyword} {_shown(before)} became {_shown(after)}")
    return problems


def _required(old: Schema, new: Schema) -> list[str]:
    added = set(new.get("required", ())) - set(old.get("required", ()))
    return [f"field {name} became required" for name in sorted(added)]


def _words(types: set[str]) -> str:
    return " or ".join(sorted(types)) or "any"


def _shown(value: Any) -> str:
    return "(none)" if value is None else repr(value)
