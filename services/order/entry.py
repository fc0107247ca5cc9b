"""An entry of a dossier as one line: an event as it stands in the log, or the mark of a use."""

from pydantic import TypeAdapter

from schemas.events import EVENT, Event, dump
from schemas.observed import Mark

_MARK: TypeAdapter[Mark] = TypeAdapter(Mark)


def line_of(entry: Event | Mark) -> bytes:
    """The entry as compact JSON, without a newline."""
    return _MARK.dump_json(entry) if isinstance(entry, Mark) else dump(entry)


def read_line(line: bytes) -> Event | Mark:
    """What `line_of` wrote. Raises pydantic.ValidationError."""
    # A mark is an array, an event an object.
    return _MARK.validate_json(line) if line.startswith(b"[") else EVENT.validate_json(line)
