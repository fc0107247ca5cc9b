"""A mapping: for one kind of log, where each field of the event comes from. Written as TOML."""

import re
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from schemas.base import Id
from schemas.envelope import SourceName

from . import times

Value = str | bool | int | float | list[str]


def _value(value: Any) -> Any:
    """One error where pydantic would give one for each member of the union."""
    members = value if isinstance(value, list) else [value]
    if all(isinstance(each, str) for each in members) or isinstance(value, bool | int | float):
        return value
    raise ValueError("must be text, a number, true or false, or a list of texts")


def _texts(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("must be a time zone such as America/Los_Angeles, or UTC")
    return name


def _form(form: str) -> str:
    if form in times.NAMES or "%" in form:
        return form
    raise ValueError(f"must be of {', '.join(times.NAMES)}, or like %m/%d/%y %H:%M")


def _groups(pattern: str) -> int:
    try:
        return re.compile(pattern).groups
    except re.error as error:
        raise ValueError(f"is no pattern: {error}") from None


def _pattern(text: str) -> str:
    if _groups(text) > 1:
        raise ValueError("may have one group, which is then the value; (?:…) is none")
    return text


def _words(table: dict[str, Any]) -> dict[str, Any]:
    for word in table:
        _groups(pattern_of(word) or "")
    return table


Texts = Annotated[list[str], BeforeValidator(_texts)]
Constant = Annotated[Value, BeforeValidator(_value)]
Zone = Annotated[str, AfterValidator(_zone)]
Form = Annotated[str, AfterValidator(_form)]


class _Strict(BaseModel):
    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, use_attribute_docstrings=True
    )


class Origin(_Strict):
    """Where one field comes from: a column, a text made of columns, or a constant. A text or a list
    of texts in its place names the columns."""

    column: Texts = []
    """The column's name, or several that it may have; capitals, spaces and signs do not matter."""
    text: str | None = None
    """A text in which {Column}, {id} and {system_id} stand for what they hold."""
    value: Constant | None = None
    """Always this."""
    map: Annotated[dict[str, Constant], AfterValidator(_words)] = {}
    """What a cell says, and what that means; /between slashes/: a pattern for the whole cell."""
    otherwise: Constant | None = None
    """What all that the map does not know means; without it, such a row is refused."""
    keep_others: bool = False
    """Whether all that the map does not know stays as it is."""
    pattern: Annotated[str, AfterValidator(_pattern)] | None = None
    """What the whole cell must look like; the value is its (group), if it has one."""
    default: Constant | None = None
    """What a blank cell, or a file without the column, means."""
    required: bool = False
    """Whether a row without it is refused; so it is anyway where the contract requires it."""
    blank: list[str] | None = None
    """What counts as blank, besides nothing; in the place of the mapping's own list."""
    as_typed: bool = False
    """Keep spaces and lines around the text."""
    split: Annotated[str, Field(min_length=1)] | None = None
    """What stands between several values in one cell."""
    format: Annotated[list[Form], BeforeValidator(_texts), Field(min_length=1)] | None = None
    """The forms in which a time or a date may be written."""
    zone: Zone | None = None
    """In the place of the mapping's own zone."""
    ambiguous: times.Ambiguous = "refuse"
    """What to do with a time that came twice, when the clocks were put back."""
    digest: bool = False
    """Keep a keyed digest only, and mask it in the other texts of its row."""
    number: bool = False
    """For extensions: a whole number, where it is one."""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        return {"column": value} if isinstance(value, str | list) else value

    @model_validator(mode="after")
    def _comes_from_one_place(self) -> Self:
        said = [key for key in ("column", "text", "value") if getattr(self, key) not in (None, [])]
        if len(said) != 1:
            raise ValueError("needs one of column, text and value")
        if self.value is not None and self.model_fields_set != {"value"}:
            raise ValueError("a value is always the same: nothing else can be said with it")
        if (self.otherwise is not None or self.keep_others) and not self.map:
            raise ValueError("otherwise and keep_others are said beside a map")
        return self

    def columns(self) -> list[list[str]]:
        """The columns that it reads, each with the names it may have."""
        if self.text is not None:
            return [[name] for name in placeholders(self.text)]
        return [self.column] if self.column else []


class FileForm(_Strict):
    """How the file is written, where that does not show."""

    encoding: str | None = None
    """Default: UTF-8, or UTF-16 if the file begins so."""
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    """Between the cells of CSV."""
    skip_lines: Annotated[int, Field(ge=0, le=1000)] = 0
    """Lines above the header."""


class Mapping(_Strict):
    """What a row of a log is as an event."""

    title: str = ""
    """What log this is, for people."""
    event: str
    """The event type that each row becomes."""
    source: SourceName
    """Who sends, as registered."""
    system_id: Id | None = None
    """The AI system that the whole log is of, as registered."""
    zone: Zone
    """The zone of times that name none."""
    blank: list[str] = []
    """What counts as blank besides nothing, such as N/A."""
    only: dict[str, Texts] = {}
    """Columns, and what must stand there for a row to count, such as Completed; the other rows are
    left out, which is no refusal."""
    id: Origin | None = None
    """The row's own id, unique in its source; absent or blank: made from all that the row says."""
    time: Origin
    """When it happened, or is valid from."""
    fields: dict[str, Origin]
    """Each field of the contract."""
    extensions: dict[str, Origin] = {}
    """What else of a row is kept, under names of your own."""
    file: FileForm = FileForm()

    def origins(self) -> dict[str, Origin]:
        """All that a row is read for, each under its key in the file."""
        found = {f"fields.{name}": origin for name, origin in self.fields.items()}
        found |= {f"extensions.{name}": origin for name, origin in self.extensions.items()}
        return (
            {"id": self.id, **found, "time": self.time} if self.id else found | {"time": self.time}
        )

    def zone_of(self, origin: Origin) -> ZoneInfo:
        """The zone of an origin's times that name none."""
        return ZoneInfo(origin.zone or self.zone)


def placeholders(text: str) -> list[str]:
    """What stands in braces."""
    return re.findall(r"\{([^{}]+)\}", text)


def pattern_of(word: str) -> str | None:
    """The pattern that a word of a map is, if it stands between slashes."""
    return word[1:-1] if len(word) > 2 and word.startswith("/") and word.endswith("/") else None


def plain_name(column: str) -> str:
    """A column's name as it is compared: without capitals, spaces and signs, if anything is left.

    >>> plain_name("Case #"), plain_name("#")
    ('case', '#')
    """
    plain = "".join(sign for sign in column.casefold() if sign.isalnum())
    return plain or column.strip().encode(errors="replace").decode()
