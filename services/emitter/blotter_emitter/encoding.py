"""From what the product reports to the bytes that are sent: filled in, written, validated, scanned.

Validation reads the very bytes that are sent, so nothing can change in between.
"""

import json
from typing import Annotated, Any, Dict, Mapping, NamedTuple, Optional

from pydantic import BaseModel, Field, ValidationError

from .clock import utc_now
from .contract.envelope import Envelope
from .contract.scanner import scan_event
from .errors import from_validation, invalid
from .ids import new_id
from .stamping import MODELS, stamp
from .writing import plain, write

MAX_BYTES = 256 * 1024
"""Most bytes of a record: of one event, or of a batch."""


class OtherEvent(Envelope):
    """An event that no AI system sends; its `data` is validated on arrival, not here."""

    type: Annotated[str, Field(pattern=r"^(oversight|registry|review)\.[a-z]+\.[a-z]+\.v1$")]
    data: Dict[str, Any]

    def fits_subject(self) -> bool:
        """Which subjects fit is a matter of the contract of its type."""
        return True


class Encoded(NamedTuple):
    """A valid event as JSON.

    `numbered`: whether it still needs this process's instance and sequence. `whole`: what is to be
    sent, where `body` is what may lie on a disk.
    """

    id: str
    body: bytes
    numbered: bool
    whole: Optional[bytes] = None


def as_mapping(event: Any) -> Mapping[str, Any]:
    """An event given as model, mapping or JSON text; raises InvalidEvent."""
    if isinstance(event, dict):
        return event
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


def encode(
    event: Mapping[str, Any], source: str, key: Optional[bytes] = None, withhold: bool = False
) -> Encoded:
    """Fill in what is missing, validate, and scan if there is a key; raises InvalidEvent.

    `withhold`: whether `content` that was not scanned must not lie on a disk.

    An event that brings its id and time is a repetition of something that already has a name: it
    gets nothing of this process, so that the same file imported twice gives the same bytes.
    """
    closer = _FREE_TEXT if key is not None else _WITHHELD if withhold else ()
    stamped = stamp(event, source, closer)
    if stamped is not None:
        return Encoded(*stamped, numbered=True)
    return _fully(event, source, key, withhold)


def _fully(event: Mapping[str, Any], source: str, key: Optional[bytes], withhold: bool) -> Encoded:
    given = {name: value for name, value in event.items() if value is not None}
    if "receivedtime" in given:
        raise invalid("receivedtime", "is stamped on arrival, never by the sender", "")
    if given.get("source", source) != source:
        raise invalid("source", "must be the emitter's own source", given["source"])
    if isinstance(given.get("data"), BaseModel):
        given["data"] = plain(given["data"])
    repeated = "id" in given and "time" in given
    full = {
        "specversion": "1.0",
        "id": given.get("id") or new_id(),
        "source": source,
        "time": given.get("time") or utc_now(),
        "datacontenttype": "application/json",
        **given,
    }
    body = write(full)
    valid = _validate(body, full.get("type"))
    if key is not None:
        body = _scanned(full, body, valid, key)
    numbered = not (repeated or "sequence" in given or "instance" in given)
    if withhold and key is None and full["data"].get("content") is not None:
        return Encoded(full["id"], write(_without_content(full)), numbered, body)
    return Encoded(full["id"], body, numbered)


def number(body: bytes, instance: bytes, sequence: int) -> bytes:
    """The event with its instance and sequence, which are known only once it has its place.

    >>> number(b'{"specversion":"1.0"}', b"host-1", 7)
    b'{"instance":"host-1","sequence":"7","specversion":"1.0"}'
    """
    return b'{"instance":"%s","sequence":"%d",' % (instance, sequence) + body[1:]


def _without_content(full: Mapping[str, Any]) -> Mapping[str, Any]:
    data = {name: value for name, value in full["data"].items() if name != "content"}
    return {**full, "data": data}


_FREE_TEXT = frozenset(("content", "purpose_text", "extensions"))
_WITHHELD = frozenset(("content",))
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
    body = write({**full, "data": {**data, **safe}})
    _validate(body, full.get("type"))
    return body


def _validate(body: bytes, kind: Any) -> Envelope:
    model = MODELS.get(kind, OtherEvent) if isinstance(kind, str) else OtherEvent
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise from_validation(error) from None
