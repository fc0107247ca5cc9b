"""Reads the scenarios: Markdown tables beside this file, one row a scenario.

Columns: what happens in words; the events; when it is judged; which rule's verdict on which subject
is meant; the verdict; words that the reason must contain (or nothing).

Events are separated by `;`. Each is a builder of services/order/scenario.py, what it needs, `@` and
its time, and fields: `use @0h purpose=personal`, `trained @-366d topics=abc`,
`employee S-1 @-1h is_supervisor=false`, `system writer @-1d safeguards=null`,
`reviewed accuracy @1h outcome=errors_found`, `shared agency:Yolo @0h legal_basis=MOU`,
`action perceptive_result:U-1,witness @2h`, `waiver use/U-1 C.2 @-1h until=+1h`,
`consent E-2 @-1d until=+1h`, `kept_since 2026-01-01 @0h`, `heartbeat /records/rms @1h`,
`retracted wrong-one @2h` (the event that has `known_as=wrong-one`). Times count from 09:00 on
2026-03-02 in Los Angeles: `+1h`, `-30d`, `+24h0.01s`. Values are JSON where they can be read as
such, else text; `"+1h"` within them is a time. The department of `scenario.department()` is there
unless the events begin with `nobody`.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from schemas.events import Event
from services.order import scenario as s

FOLDER = Path(__file__).parent
_OFFSET = re.compile(r"(?P<sign>[+-]?)(?=[0-9])((?P<days>[0-9.]+)d)?((?P<hours>[0-9.]+)h)?"
                     r"((?P<minutes>[0-9.]+)m)?((?P<seconds>[0-9.]+)s)?")  # fmt: skip
_FIELD = re.compile(r"""([A-Za-z_.]+)=("(?:[^"\\]|\\.)*"|\[[^\]]*\]|\{.*?\}(?=\s|$)|\S+)""")


@dataclass(frozen=True)
class Scenario:
    """One row. `rule`: clause, or clause and id where a clause has several rules."""

    name: str
    events: list[Event]
    now: datetime
    rule: str
    subject: str
    verdict: str
    reason: str


def scenarios() -> Iterator[Scenario]:
    """Every row of every table."""
    for file in sorted(FOLDER.glob("*.md")):
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
            if line.startswith("|") and not re.match(r"\|\s*(what happens|---)", line):
                yield _scenario(f"{file.name}:{number}", line)


def _scenario(place: str, line: str) -> Scenario:
    cells = [c.strip().replace("\\|", "|") for c in re.split(r"(?<!\\)\|", line)[1:-1]]
    try:
        name, events, now, rule, subject, verdict, reason = cells
        told = _events(events)
        return Scenario(f"{place} {name}", told, _time(now), rule, subject, verdict, reason)
    except Exception as error:
        raise ValueError(f"{place}: {error}") from error


def _events(text: str) -> list[Event]:
    items = [item.strip() for item in text.split(";") if item.strip()]
    events = [] if items and items[0] == "nobody" else s.department()
    for item in items:
        if item != "nobody":
            events.append(_event(item, events))
    return events


def _event(item: str, before: list[Event]) -> Event:
    head, _, tail = item.partition("@")
    kind, *needs = head.split()
    at_text, _, fields_text = tail.partition(" ")
    at = _time(at_text)
    fields = {name: _value(value) for name, value in _FIELD.findall(fields_text)}
    left = _FIELD.sub("", fields_text).strip()
    if left:
        raise ValueError(f"cannot read {left!r} of {item!r}")
    build: Any = getattr(s, kind)
    if kind == "retracted":
        (wrong,) = [event for event in before if event.id == needs[0]]
        return s.retracted(at, wrong, **fields)
    if kind in ("employee", "supervisor", "system", "source", "consent"):
        return build(*needs, at, **fields)  # type: ignore[no-any-return]
    return build(at, *_needs(kind, needs, fields), **fields)  # type: ignore[no-any-return]


def _needs(kind: str, needs: list[str], fields: dict[str, Any]) -> list[Any]:
    if kind == "shared":
        return [tuple(needs[0].split(":", 1))]
    if kind == "action":
        return [[_basis(b) for b in needs[0].split(",")] if needs else []]
    if kind == "waiver":
        return [*needs, fields.pop("until")]
    if kind == "kept_since":
        return [date.fromisoformat(needs[0])]
    return list(needs)


def _basis(text: str) -> dict[str, str]:
    """`witness`, `perceptive_result:U-1`, or `lineup<U-1` (derived from a use)."""
    if "<" in text:
        kind, use = text.split("<")
        return {"kind": kind, "derived_from": use}
    kind, _, use = text.partition(":")
    return {"kind": kind} | ({"use_id": use} if use else {})


def _value(text: str) -> Any:
    try:
        return _timed(json.loads(text))
    except json.JSONDecodeError:
        if text.startswith("[") and text.endswith("]"):
            return [part.strip() for part in text[1:-1].split(",") if part.strip()]
        return _timed(text)


def _timed(value: Any) -> Any:
    """With every text that is an offset with its sign as that time."""
    if isinstance(value, dict):
        return {name: _timed(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_timed(member) for member in value]
    is_offset = isinstance(value, str) and value[:1] in "+-" and len(value) > 1
    return _time(value) if is_offset and _OFFSET.fullmatch(value) else value


def _time(text: str) -> datetime:
    found = _OFFSET.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no time like +1h, -30d or 24h0.01s")
    units = {
        name: float(value) for name, value in found.groupdict().items() if name != "sign" and value
    }
    offset = timedelta(**units)
    return s.NINE - offset if found["sign"] == "-" else s.NINE + offset
