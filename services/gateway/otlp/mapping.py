"""The mapping: which attribute becomes which field of a use. docs/opentelemetry.md shows it.

Nothing of a span that is not named here, or in `content.py`, leaves the gateway.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from schemas.errors import kind_of
from schemas.records import FieldError

from .values import Attributes, Value

OWN = "blotter."
"""Prefix of the attributes that only Blotter reads; on the span, or on its resource for all."""

USE = "blotter.use"
"""Makes a use of a span that is none by its operation."""

CONTENT = "blotter.content"
"""Content that the product reports itself."""


class WrongKind(ValueError):
    """The text says what a value must be."""


def text(value: Value) -> str:
    """Text, as it is."""
    if isinstance(value, str):
        return value
    raise WrongKind("must be text")


def texts(value: Value) -> list[str]:
    """Texts; baggage can hold one only, so commas separate them there."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    if isinstance(value, list) and all(isinstance(member, str) for member in value):
        return value
    raise WrongKind("must be an array of texts, or a text with commas between them")


def truth(value: Value) -> bool:
    """A boolean; baggage can hold its name only."""
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return bool(value == "true")
    raise WrongKind("must be true or false")


def count(value: Value) -> int:
    """A whole number."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise WrongKind("must be a whole number")


@dataclass(frozen=True)
class Row:
    """`field`: of `data`. `attributes`: the first that is there counts. `otherwise`, in words: what
    stands there without any; empty: nothing."""

    field: str
    attributes: tuple[str, ...]
    read: Callable[[Value], Any] = text
    otherwise: str = ""


REQUIRED = "the span is refused"

MAPPING = (
    Row("employee_id", ("blotter.employee_id",), otherwise=REQUIRED),
    Row("purpose", ("blotter.purpose",), otherwise=REQUIRED),
    Row(
        "system_id",
        ("blotter.system_id",),
        otherwise="the system that the source is registered for; the span is refused if it is for"
        " several",
    ),
    Row("use_id", ("blotter.use_id",), otherwise="trace id and span id: `<32 hex>-<16 hex>`"),
    Row("case_number", ("blotter.case_number",)),
    Row("incident_number", ("blotter.incident_number",)),
    Row("purpose_text", ("blotter.purpose_text",)),
    Row("authorization_ref", ("blotter.authorization_ref",)),
    Row(
        "family",
        ("blotter.family",),
        otherwise="`generative` for a GenAI span; any other is refused",
    ),
    Row(
        "capability",
        ("blotter.capability",),
        otherwise="for a GenAI span by `gen_ai.output.type`: `image` → `image`, `speech` → `audio`,"
        " else `text`; any other is refused",
    ),
    Row("account_kind", ("blotter.account_kind",), otherwise="`named`"),
    Row("input_kind", ("blotter.input_kind",)),
    Row("data_classes", ("blotter.data_classes",), texts),
    Row("input_digest", ("blotter.input_digest",)),
    Row("output_digest", ("blotter.output_digest",)),
    Row("target_digest", ("blotter.target_digest",)),
    Row("depicted_employees", ("blotter.depicted_employees",), texts),
    Row("alters_likeness", ("blotter.alters_likeness",), truth),
    Row("surveillance.bases", ("blotter.surveillance.bases",), texts),
    Row(
        "model.provider",
        ("gen_ai.provider.name", "gen_ai.system"),
        otherwise="`unknown`, if there is a model",
    ),
    Row("model.name", ("gen_ai.request.model", "gen_ai.response.model")),
    Row("model.version", ("gen_ai.response.model",)),
    Row("input_tokens", ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"), count),
    Row("output_tokens", ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"), count),
)

OWN_NAMES = frozenset(
    {name for row in MAPPING for name in row.attributes if name.startswith(OWN)} | {USE, CONTENT}
)

_PLAIN_NAME = re.compile(r"[a-z0-9_.-]{1,64}")

_FIRST_ATTRIBUTE = {f"data.{row.field}": row.attributes[0] for row in MAPPING}


def attribute_of(field: str) -> str:
    """The attribute to mend where an event's field is wrong: `data.purpose` → `blotter.purpose`."""
    while field:
        if field in _FIRST_ATTRIBUTE:
            return _FIRST_ATTRIBUTE[field]
        # A member of a list: its place is no field.
        field = field.rpartition(".")[0]
    return field


class Reading:
    """Reads a span's attributes, and keeps what is wrong with them."""

    def __init__(self, attributes: Attributes) -> None:
        self.problems: list[FieldError] = []
        self._attributes = attributes

    def take(self, names: Iterable[str], read: Callable[[Value], Any] = text) -> Any:
        """The first of the attributes that is there; None if none is, or if it is wrong."""
        name = next((name for name in names if name in self._attributes), None)
        if name is None:
            return None
        value = self._attributes[name]
        try:
            return read(value)
        except WrongKind as error:
            self.problems.append(FieldError(field=name, message=str(error), kind=kind_of(value)))
            return None

    def take_all(self) -> dict[str, Any]:
        """The fields of `data` that the mapping's attributes give, nested as in the contract."""
        data: dict[str, Any] = {}
        for row in MAPPING:
            value = self.take(row.attributes, row.read)
            if value is not None:
                holder, _, field = row.field.rpartition(".")
                (data.setdefault(holder, {}) if holder else data)[field] = value
        return data

    def refuse_unknown(self) -> None:
        """A misspelt name must not lose what it was meant to tell."""
        for name, value in self._attributes.items():
            if name.startswith(OWN) and name not in OWN_NAMES:
                shown = name if _PLAIN_NAME.fullmatch(name) else f"{OWN}*"
                told = "is not an attribute of the mapping"
                self.problems.append(FieldError(field=shown, message=told, kind=kind_of(value)))
