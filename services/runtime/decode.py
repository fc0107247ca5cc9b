"""From a record's bytes to events, one by one: a bad event never takes its neighbours along."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import orjson
from pydantic import ValidationError

from schemas.errors import field_errors, kind_of, summary
from schemas.events import EVENT, EVENTS, Event
from schemas.records import FieldError


@dataclass(frozen=True)
class Refusal:
    """Why an input is refused, in words for the vendor's engineer.

    `errors`: what the contract says, by field. `field`: the one that `reason` begins with, where
    it is not the contract that refuses.
    """

    reason: str
    errors: tuple[FieldError, ...] = ()
    field: str | None = None

    @classmethod
    def of(cls, field: str, told: str) -> Self:
        """One field is wrong, in other ways than the contract knows."""
        return cls(f"{field}: {told}", field=field)

    def problems(self) -> list[tuple[str, str]]:
        """(field, what is wrong with it) one by one; `event` stands for the whole."""
        if self.errors:
            return [(each.field, f"{each.message} (got {each.kind})") for each in self.errors]
        if self.field is not None:
            return [(self.field, self.reason.removeprefix(f"{self.field}: "))]
        return [("event", self.reason)]


class Decoded(NamedTuple):
    """The events of a record, or why they are none, in order. `raw`: the bytes of one, by its
    place from 0; they are cut out of a batch only when somebody asks."""

    outcomes: list[Event | Refusal]
    raw: Callable[[int], bytes]
    is_batch: bool


def decode(value: bytes | None, max_event_bytes: int, max_batch_events: int) -> Decoded:
    """The events of a record: one CloudEvent, or a CloudEvents JSON batch (array)."""
    if not value:
        return _whole(b"", Refusal("the record is empty"))
    if value.lstrip()[:1] != b"[":
        return _whole(value, _decode_one(value, max_event_bytes))
    return _decode_batch(value, max_event_bytes, max_batch_events)


def _whole(value: bytes, outcome: Event | Refusal) -> Decoded:
    return Decoded([outcome], lambda _: value, is_batch=False)


def _decode_batch(value: bytes, max_event_bytes: int, max_batch_events: int) -> Decoded:
    events = _all_valid(value)
    raws = _Parts(value)
    is_good = events is not None and 1 <= len(events) <= max_batch_events
    if events is not None and is_good and raws.fit(max_event_bytes):
        # The usual case: nothing of it need be looked at one by one.
        return Decoded(list(events), raws, is_batch=True)
    try:
        count = len(raws.parts)
    except orjson.JSONDecodeError as error:
        return _whole(value, _not_json(error))
    if not 1 <= count <= max_batch_events:
        reason = f"a batch holds 1 to {max_batch_events} events, this one {count}"
        return _whole(value, Refusal(reason))
    outcomes = [_decode_part(raws, place, events, max_event_bytes) for place in range(count)]
    return Decoded(outcomes, raws, is_batch=True)


class _Parts:
    """A batch cut into the bytes of its events, once one of them is asked for."""

    def __init__(self, value: bytes) -> None:
        self._value = value
        self._parts: list[Any] | None = None

    @property
    def parts(self) -> list[Any]:
        """As they were parsed. Raises orjson.JSONDecodeError."""
        if self._parts is None:
            self._parts = orjson.loads(self._value)
        return self._parts

    def fit(self, max_event_bytes: int) -> bool:
        """Whether none is longer; False also if that cannot be said."""
        if len(self._value) <= max_event_bytes:
            return True
        try:
            # Not kept: many batches are in hand at once, and seldom is anything of them shown.
            parts = orjson.loads(self._value)
            return max(map(len, map(orjson.dumps, parts))) <= max_event_bytes
        except (TypeError, orjson.JSONDecodeError):
            return False

    def __call__(self, place: int) -> bytes:
        """The bytes of one; of the whole batch, if it cannot be written out alone."""
        try:
            return orjson.dumps(self.parts[place])
        except (TypeError, orjson.JSONDecodeError):
            return self._value


def _all_valid(value: bytes) -> list[Event] | None:
    """The usual case, read at once; None when something is wrong with at least one event."""
    try:
        return EVENTS.validate_json(value)
    except ValidationError:
        return None


def _decode_part(
    raws: _Parts, place: int, events: list[Event] | None, max_event_bytes: int
) -> Event | Refusal:
    try:
        raw = orjson.dumps(raws.parts[place])
    except TypeError:
        return Refusal("the event is nested too deeply to be read")
    if events is not None and len(raw) <= max_event_bytes:
        return events[place]
    return _decode_one(raw, max_event_bytes)


def _decode_one(raw: bytes, max_event_bytes: int) -> Event | Refusal:
    if len(raw) > max_event_bytes:
        return Refusal(f"the event has {len(raw)} bytes; the limit is {max_event_bytes}")
    try:
        return EVENT.validate_json(raw)
    except ValidationError as error:
        return _invalid(raw, error)


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
