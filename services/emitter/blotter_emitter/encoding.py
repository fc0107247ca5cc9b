"""From what the product reports to the bytes that are sent: filled in, written, validated, scanned.

Validation reads the very bytes that are sent, so nothing can change in between.
"""

import json
from datetime import date, datetime, timezone
from typing import Annotated, Any, Dict, Mapping, NamedTuple, Optional, Type
from uuid import uuid4

from pydantic import BaseModel, Field, ValidationError

from .contract import ai
from .contract.envelope import Envelope
from .contract.scanner import scan_event
from .errors import InvalidEvent, from_validation, invalid, kind_of

MAX_BYTES = 256 * 1024
"""Most bytes of a record: of one event, or of a batch."""


class OtherEvent(Envelope):
    """An event that no AI system sends; its `data` is validated on arrival, not here."""

    type: Annotated[str, Field(pattern=r"^(oversight|registry|review)\.[a-z]+\.[a-z]+\.v1$")]
    data: Dict[str, Any]

    def fits_subject(self) -> bool:
        """Which subjects fit is a matter of the contract of its type."""
        return True


_MODELS: Dict[str, Type[Envelope]] = {
    model.model_fields["type"].default: model
    for model in (
        ai.UseRecorded,
        ai.OutputUsed,
        ai.OutputShared,
        ai.OutputEvaluated,
        ai.RetentionReported,
        ai.SourceHeartbeat,
    )
}


class Encoded(NamedTuple):
    """A valid event as JSON.

    `numbered`: whether it still needs this process's instance and sequence.
    """

    id: str
    body: bytes
    numbered: bool


def utc_now() -> str:
    """The present, RFC 3339, in UTC, to the microsecond."""
    return rfc3339(datetime.now(timezone.utc))


def rfc3339(time: datetime) -> str:
    """A time as the contract writes it; a time without zone stays so and will be refused."""
    return time.isoformat(timespec="microseconds").replace("+00:00", "Z")


def as_mapping(event: Any) -> Mapping[str, Any]:
    """An event given as model, mapping or JSON text; raises InvalidEvent."""
    if isinstance(event, BaseModel):
        return event.model_dump(mode="json", by_alias=True, exclude_none=True)
    if isinstance(event, (str, bytes, bytearray)):
        try:
            event = json.loads(event)
        except (ValueError, RecursionError):
            raise invalid("event", "is not JSON", event) from None
    if not isinstance(event, Mapping):
        raise invalid("event", "must be one JSON object", event)
    return event


def encode(event: Mapping[str, Any], source: str, key: Optional[bytes] = None) -> Encoded:
    """Fill in what is missing, validate, and scan if there is a key; raises InvalidEvent.

    An event that brings its id and time is a repetition of something that already has a name: it
    gets nothing of this process, so that the same file imported twice gives the same bytes.
    """
    given = {key: value for key, value in event.items() if value is not None}
    if "receivedtime" in given:
        raise invalid("receivedtime", "is stamped on arrival, never by the sender", "")
    if given.get("source", source) != source:
        raise invalid("source", "must be the emitter's own source", given["source"])
    repeated = "id" in given and "time" in given
    full = {
        "specversion": "1.0",
        "id": given.get("id") or uuid4().hex,
        "source": source,
        "time": given.get("time") or utc_now(),
        "datacontenttype": "application/json",
        **given,
    }
    body = _write(full)
    valid = _validate(body, full.get("type"))
    if key is not None:
        body = _scanned(full, body, valid, key)
    own_number = "sequence" in given or "instance" in given
    return Encoded(full["id"], body, not (repeated or own_number))


def number(body: bytes, instance: str, sequence: int) -> bytes:
    """The event with its instance and sequence, which are known only once it has its place.

    >>> number(b'{"specversion":"1.0"}', "host-1", 7)
    b'{"instance":"host-1","sequence":"7","specversion":"1.0"}'
    """
    return b'{"instance":"%s","sequence":"%d",' % (instance.encode(), sequence) + body[1:]


_SCANNED_FIELDS = ("content", "purpose_text", "extensions", "detected", "scanner")


def _scanned(full: Mapping[str, Any], body: bytes, event: Envelope, key: bytes) -> bytes:
    """The event without its content and what else is protected; see docs/scanner.md."""
    if isinstance(event, OtherEvent):
        return body
    scanned = scan_event(event, key)
    if scanned is event:
        return body
    data = {name: value for name, value in full["data"].items() if name not in _SCANNED_FIELDS}
    safe = scanned.data.model_dump(
        mode="json", by_alias=True, exclude_none=True, include=set(_SCANNED_FIELDS)
    )
    body = _write({**full, "data": {**data, **safe}})
    _validate(body, full.get("type"))
    return body


def _validate(body: bytes, kind: Any) -> Envelope:
    model = _MODELS.get(kind, OtherEvent) if isinstance(kind, str) else OtherEvent
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise from_validation(error) from None


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True, exclude_none=True)
    raise TypeError(kind_of(value))


_JSON = json.JSONEncoder(default=_plain, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _write(event: Mapping[str, Any]) -> bytes:
    try:
        return _JSON.encode(event).encode()
    except (TypeError, ValueError, RecursionError):
        raise _not_json(event) from None


def _not_json(event: Mapping[str, Any]) -> InvalidEvent:
    """Find the field that JSON cannot hold."""
    data = event.get("data")
    fields = {str(key): value for key, value in event.items() if key != "data"}
    if isinstance(data, Mapping):
        fields.update({f"data.{key}": value for key, value in data.items()})
    for field, value in fields.items():
        try:
            _JSON.encode(value).encode()
        except (TypeError, ValueError, RecursionError):
            return invalid(field, "holds something that JSON cannot", value)
    return invalid("data", "holds something that JSON cannot", data)
