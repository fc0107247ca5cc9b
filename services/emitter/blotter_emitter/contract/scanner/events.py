"""Scanning an event: nothing protected may stay in what a product tells in its own words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, TypeVar

from ..ai import UseRecordedData
from ..envelope import Envelope
from .recogniser import Recogniser
from .texts import Sweep

AnyEvent = TypeVar("AnyEvent", bound=Envelope)

STATED = ("case_number", "licence_plate")
"""Kinds that a purpose is expected to state."""

_LONGEST_PURPOSE = 20_000
_NAME_CHARACTERS = 60
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def scan_event(event: AnyEvent, key: bytes, extra: Sequence[Recogniser] = ()) -> AnyEvent:
    """The event without content, and with masks for what is protected in its free text.

    Free text is `purpose_text` and the names, texts and whole numbers in `extensions`. What was
    found joins `detected`; the event is stamped if it had content or anything was found. An event
    with neither comes back as it is, and so does one that was scanned before.
    """
    sweep = Sweep(extra)
    data = event.data
    changes: dict[str, Any] = {}
    if isinstance(data, UseRecordedData):
        changes = _of_use(data, sweep)
    extensions = _masked(data.extensions, "", sweep)
    if extensions != data.extensions:
        changes["extensions"] = extensions
    if not changes:
        return event
    if isinstance(data, UseRecordedData):
        known = data.detected or []
        found = [hit for hit in sweep.detected(key) if hit not in known]
        changes.update(detected=[*known, *found] or None, scanner=sweep.stamp())
    return event.model_copy(update={"data": data.model_copy(update=changes)})


def _of_use(data: UseRecordedData, sweep: Sweep) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if data.content is not None:
        sweep.look(data.content)
        changes["content"] = None
    if data.purpose_text is not None:
        purpose = sweep.masked(data.purpose_text, leave=STATED)
        if purpose != data.purpose_text:
            changes["purpose_text"] = purpose[:_LONGEST_PURPOSE]
    return changes


def _masked(value: Any, name: str, sweep: Sweep) -> Any:
    """A value of the extensions; `name`: of the fields that it stands in, as words before it."""
    if isinstance(value, dict):
        return _masked_fields(value, name, sweep)
    if isinstance(value, list):
        return [_masked(member, name, sweep) for member in value]
    if isinstance(value, str):
        return sweep.masked(value, name)
    if isinstance(value, int) and not isinstance(value, bool):
        text = str(value)
        masked = sweep.masked(text, name)
        return value if masked == text else masked
    return value


def _masked_fields(fields: dict[str, Any], name: str, sweep: Sweep) -> dict[str, Any]:
    masked: dict[str, Any] = {}
    for field, value in fields.items():
        safe = free = sweep.masked(field)
        number = 1
        # Two names may look the same without what was protected in them.
        while free in masked or (free != field and free in fields):
            number += 1
            free = f"{safe} {number}"
        masked[free] = _masked(value, _words(name, safe), sweep)
    return masked


def _words(name: str, field: str) -> str:
    """The names of fields as words: `driver_licence`, `driverLicence` → `driver licence: `."""
    field = _CAMEL.sub(" ", field).replace("_", " ").replace(".", " ")
    return f"{name.removesuffix(': ')} {field}: "[-_NAME_CHARACTERS:]
