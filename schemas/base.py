"""Types that every contract model is made of.

This file, `envelope.py` and `ai.py` are also shipped inside the vendors' emitter, which supports
Python 3.9: hence `Optional[...]` instead of `... | None` here.
"""

from datetime import date, datetime, timezone
from typing import Annotated, Any, Optional, Union

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

EARLIEST = datetime(1970, 1, 1, tzinfo=timezone.utc)
LATEST = datetime(2200, 1, 1, tzinfo=timezone.utc)


def _within_calendar(value: datetime) -> datetime:
    """Refuse times that no department can mean, and on which time-zone arithmetic overflows."""
    if not EARLIEST <= value <= LATEST:
        raise ValueError("must lie between the years 1970 and 2200")
    return value


PRINTABLE = r"^[^\p{C}\p{Zl}\p{Zp}]+$"

Time = Annotated[AwareDatetime, AfterValidator(_within_calendar)]
"""An RFC 3339 time with offset."""

TimeOrDate = Annotated[Union[Time, date], Field(union_mode="left_to_right")]
"""A time, or a bare date, which stands for the start of that day where the department is."""

Id = Annotated[str, Field(min_length=1, max_length=200, pattern=PRINTABLE)]
"""An identifier: 1 to 200 printable characters."""

Text = Annotated[str, Field(max_length=20_000)]
"""Free text written by a person."""

Digest = Annotated[str, Field(min_length=1, max_length=200, pattern=PRINTABLE)]
"""A keyed digest: equal for equal originals, and of no use without the department's key."""

Count = Annotated[int, Field(ge=0)]

Extensions = Optional[dict[str, Any]]
"""A vendor's own fields: the only place in `data` where unknown names are welcome."""


class Model(BaseModel):
    """A closed, immutable contract model: unknown fields and values of another kind are errors."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        allow_inf_nan=False,
        populate_by_name=True,
        serialize_by_alias=True,
        # An error is shown to a vendor's engineer and kept: it must never repeat the value.
        hide_input_in_errors=True,
    )


class Data(Model):
    """The `data` of an event."""

    extensions: Extensions = None
