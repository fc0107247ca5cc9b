"""Types that every contract model is made of.

This file, `envelope.py` and `ai.py` are also shipped inside the vendors' emitter, which supports
Python 3.9: hence `Optional[...]` instead of `... | None` here.
"""

import math
import re
from datetime import date, datetime, timedelta, timezone
from typing import Annotated, Any, Optional, Union

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

EARLIEST = datetime(1970, 1, 1, tzinfo=timezone.utc)
LATEST = datetime(2200, 1, 1, tzinfo=timezone.utc)
FARTHEST_OFFSET = timedelta(hours=18)
LARGEST_COUNT = 2**53 - 1

_RFC_3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
# Also what Python's own reader takes for the same, from 3.11 on.
_PLAIN_UTC = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z"
)
# Years that no offset moves out of bounds: comparing times takes longer.
_PLAIN_YEARS = range(EARLIEST.year + 1, LATEST.year - 1)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _time(value: Any, validate: ValidatorFunctionWrapHandler) -> datetime:
    """A time; in UTC it has Python's own `timezone.utc`.

    Times of one zone object are compared in 15 ns. pydantic gives each a zone object of its own,
    and comparing two then takes 265 ns, which was a seventh of judging.
    """
    if isinstance(value, str) and _PLAIN_UTC.fullmatch(value):
        # Nearly all are written so, and are read in a third of the time.
        try:
            time = datetime.fromisoformat(value)
        except ValueError:
            pass  # What is wrong is said below; and Python before 3.11 knows no Z.
        else:
            if time.year in _PLAIN_YEARS:
                return time
    return _within_calendar(validate(_rfc_3339(value)))


def _rfc_3339(value: Any) -> Any:
    """Refuse what pydantic also takes for a time: `20250101` would be a day in 1970."""
    if isinstance(value, datetime) or (isinstance(value, str) and _RFC_3339.fullmatch(value)):
        return value
    raise ValueError("must be an RFC 3339 time with offset")


def _calendar_day(value: Any) -> Any:
    """Refuse whatever is neither a date nor its ISO 8601 form."""
    if type(value) is date or (isinstance(value, str) and _DAY.fullmatch(value)):
        return value
    raise ValueError("must be a date: YYYY-MM-DD")


def _within_calendar(value: datetime) -> datetime:
    """Refuse times that no department can mean, and on which time-zone arithmetic overflows."""
    if not (value.year in _PLAIN_YEARS or EARLIEST <= value <= LATEST):
        raise ValueError("must lie between the years 1970 and 2200")
    offset = value.utcoffset()
    if not offset:
        return value.replace(tzinfo=timezone.utc)
    # Java, and so Elasticsearch, knows no offset beyond.
    if abs(offset) > FARTHEST_OFFSET:
        raise ValueError("must have an offset of at most 18 hours")
    return value


def _time_or_date(value: Any, validate: ValidatorFunctionWrapHandler) -> Any:
    """One error that names the field, instead of one for each member of the union."""
    try:
        return validate(value)
    except ValidationError as error:
        told = error.errors(include_url=False, include_input=False)[0]["msg"]
        if "between" in told or "offset of at most" in told:
            raise ValueError(told.removeprefix("Value error, ")) from None
        raise ValueError("must be an RFC 3339 time with offset, or a date") from None


PRINTABLE = r"^[^\p{C}\p{Zl}\p{Zp}]+$"

# Not strict: a validator that runs before turns the JSON string into a Python one, which strict
# models refuse. What may pass is decided by that validator instead.
Time = Annotated[AwareDatetime, Field(strict=False), WrapValidator(_time)]
"""An RFC 3339 time with offset."""

Day = Annotated[date, Field(strict=False), BeforeValidator(_calendar_day)]
"""A calendar day where the department is."""

TimeOrDate = Annotated[
    Union[Time, Day], Field(union_mode="left_to_right"), WrapValidator(_time_or_date)
]
"""A time, or a bare date, which stands for the start of that day where the department is."""

Id = Annotated[str, Field(min_length=1, max_length=200, pattern=PRINTABLE)]
"""An identifier: 1 to 200 printable characters."""

Text = Annotated[str, Field(max_length=20_000)]
"""Free text written by a person."""

Prose = Annotated[str, Field(max_length=100_000)]
"""Text written by Blotter itself, to be searched by its words."""

Digest = Annotated[str, Field(min_length=1, max_length=200, pattern=PRINTABLE)]
"""A keyed digest: equal for equal originals, and of no use without the department's key."""

Count = Annotated[int, Field(ge=0, le=LARGEST_COUNT)]
"""A number of things; not larger than what every JSON reader keeps exactly."""

DEEPEST_EXTENSION = 16


def _plain(value: Any, depth: int = 0) -> Any:
    """Refuse what not every JSON reader keeps: numbers that are none, and very deep nesting."""
    if depth > DEEPEST_EXTENSION:
        raise ValueError(f"must not be nested deeper than {DEEPEST_EXTENSION} levels")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("must hold finite numbers only")
    members = value.values() if isinstance(value, dict) else value
    for member in members if isinstance(value, (dict, list)) else ():
        _plain(member, depth + 1)
    return value


Extensions = Optional[Annotated[dict[str, Any], AfterValidator(_plain)]]
"""A vendor's own fields: the only place in `data` where unknown names are welcome."""


class Model(BaseModel):
    """A closed, immutable contract model: unknown fields and values of another kind are errors."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        allow_inf_nan=False,
        serialize_by_alias=True,
        use_attribute_docstrings=True,
        # An error is shown to a vendor's engineer and kept: it must never repeat the value.
        hide_input_in_errors=True,
    )


class Data(Model):
    """The `data` of an event."""

    extensions: Extensions = None
    """A vendor's own fields, by name."""
