"""Validation errors in words for the engineer who has to mend the sender."""

import re
from typing import Any

from pydantic import ValidationError

from .events import EVENT_MODELS
from .records import FieldError

MOST_ERRORS = 10

_PLAIN_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_KINDS = {
    "dict": "object",
    "list": "array",
    "str": "string",
    "int": "number",
    "float": "number",
    "bool": "boolean",
    "NoneType": "null",
}
_MESSAGES = {
    "missing": "is required",
    "extra_forbidden": "is not a field of the contract",
    "union_tag_invalid": "is not a known event type",
    "union_tag_not_found": "is required and names the event type",
    "string_pattern_mismatch": "has characters or a form that the contract does not allow",
}


def kind_of(value: Any) -> str:
    """The JSON name of a value's kind; strings with their length."""
    kind = _KINDS.get(type(value).__name__, type(value).__name__)
    return f"{kind} of {len(value)} characters" if kind == "string" else kind


def field_errors(error: ValidationError) -> list[FieldError]:
    """What is wrong, by field; never the value itself, which may be protected data."""
    return [_field_error(dict(item)) for item in error.errors(include_url=False)]


def summary(errors: list[FieldError]) -> str:
    """The first errors as one sentence."""
    told = "; ".join(f"{e.field}: {e.message} (got {e.kind})" for e in errors[:MOST_ERRORS])
    more = len(errors) - MOST_ERRORS
    return f"{told}; and {more} more" if more > 0 else told


def _field_error(item: dict[str, Any]) -> FieldError:
    # The name of the event type that pydantic chose its model by is no field.
    path = [_name(str(part)) for part in item["loc"] if part not in EVENT_MODELS]
    kind = item["type"]
    if kind.startswith("union_tag"):
        path.append("type")
    message = _MESSAGES.get(kind, item["msg"].removeprefix("Value error, "))
    if kind == "extra_forbidden" and path[0] == "data":
        message += "; a vendor's own go into data.extensions"
    got = "nothing" if kind == "missing" else kind_of(item.get("input"))
    if kind.startswith("union_tag") and isinstance(item.get("input"), dict):
        got = kind_of(item["input"]["type"]) if "type" in item["input"] else "nothing"
    if kind == "subject_mismatch":
        path.append("subject")
        got = kind_of(item["input"]["subject"])
    return FieldError(field=".".join(path) or "event", message=message, kind=got)


def _name(part: str) -> str:
    """A field's name, unless somebody has put a text in its place."""
    return part if _PLAIN_NAME.fullmatch(part) else f"(a name of {len(part)} characters)"
