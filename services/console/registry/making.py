"""From what was stated of a fact to its event, or to what is wrong with it."""

import hashlib
import json
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from schemas.errors import field_errors, kind_of
from schemas.events import EVENT, Event
from schemas.oversight import EventRetracted
from schemas.registry import SourceChanged
from services.runtime import addresses, registration
from services.runtime.topics import CONSOLE

from .boxes import EXTENSIONS, SUBJECT, TIME, Box
from .kinds import Kind

RECORDED_BY = "recorded_by"
"""Who has recorded a fact here, among its extensions: the contract has no field for that."""

CORRECTED = "corrected by another entry"
"""Why a fact was retracted that another took the place of."""

EMAIL, EMPLOYEE = "email", "registry.employee.changed.v1"

Values = dict[str, Any]
"""What is stated, by path; as JSON has it."""

_PLACE = re.compile(r"\.[0-9]+$")


class Wrong(Exception):
    """What is wrong with what was stated: messages by path; never with a value."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("; ".join(f"{path}: {told}" for path, told in errors.items()))
        self.errors = errors


def make(kind: Kind, values: Values, now: datetime, actor_id: str, salt: str = "") -> Event:
    """The event that states this; without `time`, from now on. `salt`: with another one, it is
    another event, which counts though the same was retracted. Raises Wrong."""
    data = nested(kind.boxes, values)
    data[EXTENSIONS] = {**data.get(EXTENSIONS, {}), RECORDED_BY: actor_id}
    subject = values.get(SUBJECT) or kind.subject(data)
    time = values.get(TIME) or now.isoformat()
    wrong = {
        box.path: "is required"
        for box in kind.boxes
        if box.required and box.path not in values and not box.is_group and _applies(box, data)
    } | _bad_address(kind, values)
    try:
        event = _validated(kind.event_type, subject or "", time, data, salt)
    except ValidationError as error:
        raise Wrong({**_by_path(error, kind), **wrong}) from None
    if isinstance(event, SourceChanged):
        wrong |= registration.contradictions(event.data)
    if wrong:
        raise Wrong(wrong)
    return event


def retraction(event: Event, now: datetime, actor_id: str, reason: str) -> EventRetracted:
    """The event by which another counts for nothing. Raises Wrong."""
    if not reason.strip():
        raise Wrong({"reason": "is required: why is it wrong?"})
    stated = {
        "event_source": event.source, "event_id": event.id, "actor_id": actor_id, "reason": reason,
    }  # fmt: skip
    try:
        made = _validated("oversight.event.retracted.v1", event.subject, now.isoformat(), stated)
    except ValidationError as error:
        raise Wrong(_by_path(error, None)) from None
    assert isinstance(made, EventRetracted)
    return made


def values_of(kind: Kind, event: Event) -> Values:
    """What an event states, by path; `make` makes the same of it again."""
    raw = json.loads(event.data.model_dump_json(exclude_none=True))
    if own := raw.get(EXTENSIONS):
        own.pop(RECORDED_BY, None)
    if not raw.get(EXTENSIONS):
        raw.pop(EXTENSIONS, None)
    found = {box.path: _within(raw, box.path) for box in kind.boxes if not box.is_group}
    found = {path: value for path, value in found.items() if value is not None}
    return {**found, SUBJECT: event.subject, TIME: event.time.isoformat()}


def recorded_by(event: Event) -> str | None:
    """Who has recorded an event here; None: it came from elsewhere."""
    told = (event.data.extensions or {}).get(RECORDED_BY) if event.source == CONSOLE else None
    return told if isinstance(told, str) else None


def nested(boxes: Iterable[Box], values: Values) -> dict[str, Any]:
    """What is stated of `data`; a group of which nothing is stated is left out, if it may be."""
    data: dict[str, Any] = {}
    for box in boxes:
        if box.is_group and box.required:
            data.setdefault(box.path, {})
        if box.path in values and box.path not in (SUBJECT, TIME):
            place = data.setdefault(box.group, {}) if box.group else data
            place[box.path.rpartition(".")[2]] = values[box.path]
    return data


def _bad_address(kind: Kind, values: Values) -> dict[str, str]:
    """The contract takes any text; nobody could be alerted at one that is no address."""
    email = values.get(EMAIL)
    if kind.event_type != EMPLOYEE or email is None or addresses.usable(email) is not None:
        return {}
    return {EMAIL: f"must be an e-mail address, such as name@example.org (got {kind_of(email)})"}


def _applies(box: Box, data: dict[str, Any]) -> bool:
    """Of a group of which nothing is stated, nothing is required."""
    return not box.group or box.group in data


def _within(raw: dict[str, Any], path: str) -> Any:
    group, _, name = path.rpartition(".")
    return (raw.get(group) or {}).get(name) if group else raw.get(name)


def _validated(
    event_type: str, subject: str, time: str, data: dict[str, Any], salt: str = ""
) -> Event:
    """Through the door by which intake takes it in."""
    body = {"type": event_type, "subject": subject, "time": time, "data": data}
    told = salt + json.dumps(body, sort_keys=True, ensure_ascii=False)
    # From the content: what is sent again is the same event.
    name = hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()[:32]
    own = {"specversion": "1.0", "id": f"registry-{name}", "source": CONSOLE}
    return EVENT.validate_json(json.dumps({**own, **body}))


def _by_path(error: ValidationError, kind: Kind | None) -> dict[str, str]:
    named = kind.names if kind else frozenset()
    found: dict[str, str] = {}
    for each in field_errors(error):
        path = _PLACE.sub("", each.field.removeprefix("data."))
        told = each.message[:1].lower() + each.message[1:]
        told = told.replace("input should be", "must be").replace("string should", "must")
        got = "" if each.kind == "nothing" else f" (got {each.kind})"
        found.setdefault(path, told + got)
    if SUBJECT in found and named:
        # It is made of these; what is wrong with them is said of them.
        told = found.pop(SUBJECT)
        for name in named:
            found.setdefault(name, told)
    return found
