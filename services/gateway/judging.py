"""What intake would refuse is refused here already, by the functions of intake; pure."""

import logging
from datetime import datetime, timedelta
from typing import NamedTuple

import orjson
from pydantic import TypeAdapter, ValidationError

from schemas.base import Id
from schemas.events import Event, dump
from schemas.scanner import scan_event
from services.runtime import presidio
from services.runtime.admission import Admission
from services.runtime.decode import Refusal, decode

from .binding import malformed
from .door import Visitor
from .refused import Refused
from .settings import GatewaySettings

log = logging.getLogger(__name__)

_ID: TypeAdapter[str] = TypeAdapter(Id)
_MOST_PROBLEMS = 20


class Result(NamedTuple):
    """What becomes of one event: its bytes for Kafka, or what is wrong, by field."""

    event_id: str | None
    line: bytes | None
    problems: tuple[tuple[str, str], ...] = ()


class Judge:
    """Judges events one by one: a bad one never takes its neighbours along."""

    def __init__(self, settings: GatewaySettings) -> None:
        self._most_bytes = settings.intake_max_event_bytes
        self._most_events = settings.intake_max_batch_events
        self._ahead = timedelta(seconds=settings.intake_max_ahead_seconds)
        secret = settings.digest_key
        self._key = secret.get_secret_value().encode() if secret is not None else None
        self._extra = presidio.recognisers(settings.scanner_presidio)

    def results(self, visitor: Visitor, value: bytes, now: datetime) -> list[Result]:
        """One for each event of the JSON, in order. Raises Refused if it is no event at all."""
        decoded = decode(value, self._most_bytes, self._most_events)
        if not decoded.is_batch and isinstance(decoded.outcomes[0], Refusal):
            self._require_events(value, decoded.outcomes[0])
        admission = Admission(visitor.source, visitor.registered, now, self._ahead)
        return [
            self._refused(outcome, _told_id(decoded.raw(place)))
            if isinstance(outcome, Refusal)
            else self._result(outcome, admission)
            for place, outcome in enumerate(decoded.outcomes)
        ]

    def _require_events(self, value: bytes, refusal: Refusal) -> None:
        """Tell what is a bad event from what is none, or too many."""
        try:
            parsed = orjson.loads(value)
        except orjson.JSONDecodeError:
            raise malformed(refusal.reason) from None
        if isinstance(parsed, list) and len(parsed) > self._most_events:
            raise Refused(413, "too_large", f"body: {refusal.reason}")
        if not isinstance(parsed, dict):
            raise malformed(refusal.reason)

    def _result(self, event: Event, admission: Admission) -> Result:
        if event.source != admission.source:
            refusal = Refusal.of("source", f"this key is of {admission.source}")
            return self._refused(refusal, event.id)
        judged = self._judged(event, admission)
        if isinstance(judged, Refusal):
            return self._refused(judged, event.id)
        return Result(event.id, judged)

    def _judged(self, event: Event, admission: Admission) -> bytes | Refusal:
        """A defect of ours in handling one event must be seen, and must not refuse the others."""
        try:
            refusal = admission.refuse(event)
            if refusal is not None:
                return refusal
            scanned = event if self._key is None else scan_event(event, self._key, self._extra)
            line = dump(scanned)
        except Exception as error:
            log.exception("an event could not be handled and is refused")
            return Refusal(f"the gateway could not handle this event: {type(error).__name__}")
        if len(line) > self._most_bytes:
            told = f"the event has {len(line)} bytes after scanning"
            return Refusal(f"{told}; the limit is {self._most_bytes}")
        return line

    def _refused(self, refusal: Refusal, event_id: str | None) -> Result:
        return Result(event_id, None, tuple(refusal.problems()[:_MOST_PROBLEMS]))


def _told_id(raw: bytes) -> str | None:
    """The id that a refused event gives itself, if it could be one."""
    try:
        parsed = orjson.loads(raw)
        return _ID.validate_python(parsed["id"]) if isinstance(parsed, dict) else None
    except (orjson.JSONDecodeError, ValidationError, KeyError):
        return None
