"""What is wrong with an event, in words for the engineer who writes the product.

Never the value itself: it may be protected data, and errors end up in logs.
"""

from typing import Any, List, NamedTuple

from pydantic import ValidationError

_KINDS = {
    "dict": "object",
    "list": "array",
    "tuple": "array",
    "str": "string",
    "int": "number",
    "float": "number",
    "bool": "boolean",
    "NoneType": "null",
}
_MESSAGES = {
    "missing": "is required",
    "extra_forbidden": "is not a field of the contract; a product's own go into data.extensions",
    "string_pattern_mismatch": "has characters or a form that the contract does not allow",
}


class FieldProblem(NamedTuple):
    """One wrong field: its path, what is wrong, and the kind of value that was given."""

    field: str
    message: str
    kind: str


class InvalidEvent(ValueError):
    """An event that the contract does not allow; `problems` holds one entry per wrong field.

    >>> print(InvalidEvent([FieldProblem("data.use_id", "is required", "nothing")]))
    data.use_id: is required (got nothing)
    """

    def __init__(self, problems: List[FieldProblem]) -> None:
        super().__init__("; ".join(f"{p.field}: {p.message} (got {p.kind})" for p in problems))
        self.problems = problems


def kind_of(value: Any) -> str:
    """The JSON name of a value's kind; strings with their length.

    >>> kind_of("Smith")
    'string of 5 characters'
    """
    kind = _KINDS.get(type(value).__name__, type(value).__name__)
    return f"{kind} of {len(value)} characters" if kind == "string" else kind


def invalid(field: str, message: str, value: Any) -> InvalidEvent:
    """The error of one field."""
    return InvalidEvent([FieldProblem(field, message, kind_of(value))])


def from_validation(error: ValidationError) -> InvalidEvent:
    """The same in our words, without pydantic's, which differ from version to version."""
    return InvalidEvent([_problem(dict(item)) for item in error.errors(include_url=False)])


def _problem(item: "dict[str, Any]") -> FieldProblem:
    kind = item["type"]
    # A name that the contract lacks is a caller's text: cut, in case a value slipped in its place.
    path = ".".join(str(part)[:60] for part in item["loc"]) or "event"
    message = _MESSAGES.get(kind) or str(item["msg"]).replace("Value error, ", "", 1)
    if path == "type" and kind == "string_pattern_mismatch":
        message = "is not a known event type"
    if kind == "subject_mismatch":
        return FieldProblem("subject", message, kind_of(item["input"].get("subject")))
    got = "nothing" if kind == "missing" else kind_of(item.get("input"))
    return FieldProblem(path, message, got)
