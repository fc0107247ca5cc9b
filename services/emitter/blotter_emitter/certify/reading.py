"""From captured bytes to evidence: lines of JSON, each an event or a batch, or one JSON array."""

import gzip
import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Optional, Tuple, Type

from pydantic import ValidationError

from ..contract import ai
from ..contract.envelope import Envelope
from ..encoding import MAX_BYTES, OtherEvent
from ..errors import from_validation
from .evidence import Item

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


def read_bytes(name: str) -> bytes:
    """All of a file; `-` is standard input, `.gz` is unpacked. Raises OSError."""
    if name == "-":
        return sys.stdin.buffer.read()
    if name.endswith(".gz"):
        return gzip.decompress(Path(name).read_bytes())
    return Path(name).read_bytes()


def items_of(content: bytes, received: Optional[datetime] = None) -> Tuple[Item, ...]:
    """The events of a file. What cannot be read is an item with a problem."""
    parsed = _parsed(content.lstrip(b"\xef\xbb\xbf"))
    return tuple(item_of(place, value, received) for place, value in enumerate(parsed, 1))


def item_of(place: int, value: Any, received: Optional[datetime] = None) -> Item:
    """One event, validated by the copy of the contract that the emitter ships."""
    if not isinstance(value, Mapping):
        problem = str(value) if isinstance(value, _Unreadable) else "is not a JSON object"
        return Item(place, {}, None, problem, received)
    body = json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
    if len(body) > MAX_BYTES:
        return Item(place, value, None, f"is longer than {MAX_BYTES // 1024} KB", received)
    if value.get("receivedtime") is not None:
        problem = "receivedtime: is stamped on arrival, never by the sender"
        return Item(place, value, None, problem, received)
    kind = value.get("type")
    model = _MODELS.get(kind, OtherEvent) if isinstance(kind, str) else OtherEvent
    try:
        return Item(place, value, model.model_validate_json(body), received=received)
    except ValidationError as error:
        return Item(place, value, None, str(from_validation(error)), received)


class _Unreadable(str):
    """Why a line is no JSON."""


def _parsed(content: bytes) -> Iterator[Any]:
    whole = _array(content)
    if whole is not None:
        yield from whole
        return
    for line in content.splitlines():
        if line.strip():
            yield from _of_line(line)


def _array(content: bytes) -> Optional[List[Any]]:
    """A JSON array over several lines; None if the content is no such thing."""
    if not content.lstrip().startswith(b"["):
        return None
    try:
        parsed = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, list) else None


def _of_line(line: bytes) -> Iterable[Any]:
    try:
        parsed = json.loads(line)
    except (ValueError, RecursionError):
        return [_Unreadable("is not JSON")]
    return parsed if isinstance(parsed, list) else [parsed]
