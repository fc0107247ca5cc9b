"""JSON as it is sent."""

import json
from datetime import date, datetime
from typing import Any, Mapping

from pydantic import BaseModel

from .errors import InvalidEvent, invalid, kind_of

WRONG = (TypeError, ValueError, RecursionError)
"""What writing raises for a value that JSON cannot hold."""


def rfc3339(time: datetime) -> str:
    """A time as the contract writes it; a time without zone stays so and will be refused."""
    return time.isoformat(timespec="microseconds").replace("+00:00", "Z")


def plain(value: Any) -> Any:
    """What is written for a value that JSON does not know; raises TypeError."""
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True, exclude_none=True)
    raise TypeError(kind_of(value))


text = json.JSONEncoder(
    default=plain, ensure_ascii=False, allow_nan=False, separators=(",", ":")
).encode
"""A value as JSON; raises one of `WRONG`."""


def write(event: Mapping[str, Any]) -> bytes:
    """An event as JSON; raises InvalidEvent."""
    try:
        return text(event).encode()
    except WRONG:
        raise _not_json(event) from None


def _not_json(event: Mapping[str, Any]) -> InvalidEvent:
    """Find the field that JSON cannot hold."""
    data = event.get("data")
    fields = {str(key): value for key, value in event.items() if key != "data"}
    if isinstance(data, Mapping):
        fields.update({f"data.{key}": value for key, value in data.items()})
    for field, value in fields.items():
        try:
            text(value).encode()
        except WRONG:
            return invalid(field, "holds something that JSON cannot", value)
    return invalid("data", "holds something that JSON cannot", data)
