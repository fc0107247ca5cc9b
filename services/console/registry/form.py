"""What stands in the inputs of a form, and what it states.

Every input has a name of its own: that of its box, or a part of it. Of a list that is to be chosen
from, `families[generative]`; that it is empty, `families[]`. Of a time, `until.day`, `until.clock`,
and `until.was`: as it was before, so that what nobody touches stays as it is to the last digit.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, TypeAdapter

from .boxes import SUBJECT, Box
from .kinds import Kind
from .making import Values
from .texts import BadText, join, many, moment, one, split, text_of

Typed = Mapping[str, str]
"""The text of each input, by its name."""

_TIME: TypeAdapter[datetime] = TypeAdapter(AwareDatetime)
_CHOSEN = "on"


def read(kind: Kind, typed: Typed, zone: ZoneInfo) -> tuple[Values, dict[str, str]]:
    """What a form states, and what is wrong with it, both by path."""
    values: Values = {}
    errors: dict[str, str] = {}
    for box in kind.boxes:
        if box.is_group:
            continue
        try:
            value = _value(box, typed, zone)
        except BadText as error:
            errors[box.path] = str(error)
        else:
            if value is not None:
                values[box.path] = value
    return values, errors


def fill(kind: Kind, values: Values, zone: ZoneInfo) -> dict[str, str]:
    """The inputs that state these values."""
    typed: dict[str, str] = {}
    for box in kind.boxes:
        if box.path in values:
            typed.update(_inputs(box, values[box.path], zone))
    return typed


def choices(box: Box, typed: Typed) -> list[str]:
    """What is to be chosen from: what is known, and what was chosen before."""
    begin = f"{box.path}["
    chosen = [name[len(begin) : -1] for name in typed if name.startswith(begin)]
    return [*box.choices, *(each for each in chosen if each and each not in box.choices)]


def _value(box: Box, typed: Typed, zone: ZoneInfo) -> Any:
    if box.many:
        return _members(box, typed, zone)
    if box.kind == SUBJECT:
        kind, name = _given(typed, "subject.kind"), _given(typed, "subject.id")
        if kind and kind not in box.choices:
            raise BadText(f"must be of one of {', '.join(box.choices)}")
        return f"{kind}/{name}" if kind and name else None
    if box.is_time:
        return _moment(box, typed, zone)
    text = typed.get(box.path, "")
    return one(box, text, zone) if text.strip() else None


def _members(box: Box, typed: Typed, zone: ZoneInfo) -> list[Any] | None:
    if box.choices:
        chosen = [each for each in choices(box, typed) if f"{box.path}[{each}]" in typed]
        found = many(box, chosen, zone)
    else:
        lines = typed.get(box.path, "").replace("\r\n", "\n")
        found = many(box, split(lines, "\n"), zone)
    is_empty = f"{box.path}[]" in typed
    if is_empty and found:
        raise BadText("says both that there are none and which there are")
    return found if found or is_empty else None


def _moment(box: Box, typed: Typed, zone: ZoneInfo) -> str | None:
    day, clock = _given(typed, f"{box.path}.day"), _given(typed, f"{box.path}.clock")
    was = _given(typed, f"{box.path}.was")
    if not day and not clock:
        return None
    if not day:
        raise BadText("must have a day, too")
    if was and _parts(was, zone) == (day, clock):
        return was
    # A date alone stands for the start of that day.
    one(Box(box.path, "date", required=False), day, zone)
    if not clock and box.kind != "time":
        return day
    return moment(day, clock or "00:00", zone)


def _inputs(  # noqa: PLR0911 - one return for each kind of input
    box: Box, value: Any, zone: ZoneInfo
) -> dict[str, str]:
    path = box.path
    if box.many:
        if not value:
            return {f"{path}[]": _CHOSEN}
        if box.choices:
            return {f"{path}[{each}]": _CHOSEN for each in value}
        return {path: join(map(str, value), "\n")}
    if box.kind == SUBJECT:
        kind, _, name = value.partition("/")
        return {"subject.kind": kind, "subject.id": name}
    if box.is_time:
        day, clock = _parts(value, zone)
        return {f"{path}.day": day, f"{path}.clock": clock, f"{path}.was": value}
    if isinstance(value, dict):
        return {path: json.dumps(value, indent=1, ensure_ascii=False)}
    return {path: text_of(box, value)}


def _parts(value: str, zone: ZoneInfo) -> tuple[str, str]:
    """The day and the time of day where the department is, as inputs show them."""
    if "T" not in value.upper() and " " not in value:
        return value, ""
    try:
        local = _TIME.validate_python(value).astimezone(zone)
    except ValueError:
        return "", ""
    # Browsers know thousandths at most.
    exact = "minutes" if not (local.second or local.microsecond) else (
        "milliseconds" if local.microsecond else "seconds"
    )  # fmt: skip
    return local.date().isoformat(), local.replace(tzinfo=None).time().isoformat(exact)


def _given(typed: Typed, name: str) -> str:
    return typed.get(name, "").strip()
