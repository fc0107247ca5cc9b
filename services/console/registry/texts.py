"""From a value of the contract to the text that stands for it, and back."""

import json
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from schemas.errors import kind_of

from .boxes import Box

Value = Any
"""As JSON has it."""

EMPTY_LIST = "[]"
"""How a cell says that there are none, which is another thing than not saying anything."""

CLEAR = "[clear]"
"""How a cell says that what held holds no more; an empty one says nothing."""

SEPARATOR = "|"

_YES = {"yes", "true"}
_NO = {"no", "false"}
_WHOLE = re.compile(r"[+-]?[0-9]{1,15}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,15})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LOCAL = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[ Tt]([0-9:.]+)")
_CLOCK = re.compile(r"[0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?")


class BadText(ValueError):
    """Why a text is no value of its kind; never with the text."""


def join(values: Iterable[str], separator: str) -> str:
    """Several texts as one; `split` takes it apart again."""
    sign = "n" if separator == "\n" else separator
    return separator.join(
        each.replace("\\", "\\\\").replace(separator, "\\" + sign) for each in values
    )


def split(text: str, separator: str) -> list[str]:
    """The texts within a text, without white space around them; empty ones are left out."""
    sign = "n" if separator == "\n" else separator
    parts = re.findall(rf"(?:\\.|[^\\{re.escape(separator)}]|\\$)+", text, re.S)
    meant = {"\\\\": "\\", "\\" + sign: separator}
    found = (re.sub(r"\\.", lambda m: meant.get(m[0], m[0]), part.strip(), flags=re.S)
             for part in parts)  # fmt: skip
    return [each for each in found if each]


def one(box: Box, text: str, zone: ZoneInfo) -> Value:
    """The value that a text states, which is not blank. Raises BadText."""
    if box.kind == "text":
        return text.replace("\r\n", "\n")
    text = text.strip()
    if box.choices and box.kind == "one of":
        return _choice(box, text)
    if box.is_time:
        return _moment(text, box.kind, zone)
    return _READERS.get(box.kind, str)(text)


def many(box: Box, texts: Iterable[str], zone: ZoneInfo) -> list[Value]:
    """The members of a list, each once. Raises BadText."""
    return list(dict.fromkeys(one(box, each, zone) for each in texts))


def cell(box: Box, value: Value) -> str:
    """A value in one text, as `from_cell` reads it."""
    if box.many:
        return join(map(str, value), SEPARATOR) or EMPTY_LIST
    return text_of(box, value)


def from_cell(box: Box, text: str, zone: ZoneInfo) -> Value | None:
    """The value that a cell states; None: it says nothing. Raises BadText."""
    if not text.strip():
        return None
    if not box.many:
        return one(box, text, zone)
    if text.strip() == EMPTY_LIST:
        return []
    return many(box, split(text, SEPARATOR), zone)


def text_of(box: Box, value: Value) -> str:
    """A single value as text."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def moment(day: str, clock: str, zone: ZoneInfo) -> str:
    """A day and a time of day where the department is, as RFC 3339. Raises BadText."""
    if not _CLOCK.fullmatch(clock):
        raise BadText(f"must have a time of day such as 14:30 (got {kind_of(clock)})")
    try:
        local = datetime.fromisoformat(f"{day}T{'0' if clock[1] == ':' else ''}{clock}")
    except ValueError:
        raise BadText("must be a day and a time that exist, such as 2026-01-31 and 14:30") from None
    placed = local.replace(tzinfo=zone)
    if placed.astimezone(ZoneInfo("UTC")).astimezone(zone).replace(tzinfo=None) != local:
        raise BadText("must be a time that exists: clocks were put forward then")
    return placed.isoformat()


def _moment(text: str, kind: str, zone: ZoneInfo) -> str:
    """RFC 3339 stays as it is; a time without offset is one where the department is."""
    local = _LOCAL.fullmatch(text)
    if local:
        return moment(local[1], local[2], zone)
    if kind == "time" and _DAY.fullmatch(text):
        return moment(text, "00:00", zone)
    return text


def _choice(box: Box, text: str) -> str:
    word = "_".join(text.lower().split())
    for choice in box.choices:
        if word == choice.lower():
            return choice
    raise BadText(f"must be one of {', '.join(box.choices)} (got {kind_of(text)})")


def _yes_or_no(text: str) -> bool:
    if text.lower() not in _YES | _NO:
        raise BadText(f"must be yes or no (got {kind_of(text)})")
    return text.lower() in _YES


def _whole(text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise BadText(f"must be a whole number, such as 365 (got {kind_of(text)})")
    return int(text)


def _number(text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise BadText(f"must be a number, such as 2.5 (got {kind_of(text)})")
    return float(text)


def _day(text: str) -> str:
    if not _DAY.fullmatch(text):
        raise BadText(f"must be a day such as 2026-01-31 (got {kind_of(text)})")
    return text


def _object(text: str) -> Value:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise BadText('must be JSON in braces, such as {"release": "2026.3"}')
    return found


_READERS: dict[str, Callable[[str], Value]] = {
    "true or false": _yes_or_no,
    "whole number": _whole,
    "number": _number,
    "date": _day,
    "object": _object,
}
