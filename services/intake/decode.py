"""From a record's bytes to events, one by one: a bad event never takes its neighbours along."""

from collections.abc import Iterator
from dataclasses import dataclass

import orjson
from pydantic import ValidationError

from schemas.errors import field_errors, kind_of, summary
from schemas.events import EVENT, EVENTS, Event
from schemas.records import FieldError


@dataclass(frozen=True)
class Refusal:
    """Why an input is refused, in words for the vendor's engineer."""

    reason: str
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True)
class Item:
    """One event of a record, or why it is none. `place`: within a batch, from 0."""

    place: int | None
    raw: bytes
    outcome: Event | Refusal


def decode(value: bytes | None, max_event_bytes: int, max_batch_events: int) -> Iterator[Item]:
    """The events of a record: one CloudEvent, or a CloudEvents JSON batch (array)."""
    if not value:
        yield Item(None, b"", Refusal("the record is empty"))
        return
    if value.lstrip()[:1] != b"[":
        yield _decode_one(None, value, max_event_bytes)
        return
    yield from _decode_batch(value, max_event_bytes, max_batch_events)


def _decode_batch(value: bytes, max_event_bytes: int, max_batch_events: int) -> Iterator[Item]:
    try:
        parts = orjson.loads(value)
    except orjson.JSONDecodeError as error:
        yield Item(None, value, _not_json(error))
        return
    if not 1 <= len(parts) <= max_batch_events:
        reason = f"a batch holds 1 to {max_batch_events} events, this one {len(parts)}"
        yield Item(None, value, Refusal(reason))
        return
    events = _all_valid(value) if len(value) <= max_event_bytes else None
    for place, part in enumerate(parts):
        try:
            raw = orjson.dumps(part)
        except TypeError:
            # It cannot be written out alone, so the whole batch is shown.
            yield Item(place, value, Refusal("the event is nested too deeply to be read"))
            continue
        if events is not None:
            yield Item(place, raw, events[place])
        else:
            yield _decode_one(place, raw, max_event_bytes)


def _all_valid(value: bytes) -> list[Event] | None:
    """The usual case, read at once; None when something is wrong with at least one event."""
    try:
        return EVENTS.validate_json(value)
    except ValidationError:
        return None


def _decode_one(place: int | None, raw: bytes, max_event_bytes: int) -> Item:
    if len(raw) > max_event_bytes:
        reason = f"the event has {len(raw)} bytes; the limit is {max_event_bytes}"
        return Item(place, raw, Refusal(reason))
    try:
        return Item(place, raw, EVENT.validate_json(raw))
    except ValidationError as error:
        return Item(place, raw, _invalid(raw, error))


def _invalid(raw: bytes, error: ValidationError) -> Refusal:
    try:
        parsed = orjson.loads(raw)
    except orjson.JSONDecodeError as json_error:
        return _not_json(json_error)
    if not isinstance(parsed, dict):
        return Refusal(f"an event is a JSON object, this is {kind_of(parsed)}")
    errors = field_errors(error)
    return Refusal(summary(errors), tuple(errors))


def _not_json(error: orjson.JSONDecodeError) -> Refusal:
    return Refusal(f"not JSON (UTF-8): {error.msg} at line {error.lineno} column {error.colno}")
