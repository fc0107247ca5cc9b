"""From a Kafka record to the documents that Elasticsearch shall hold. Pure: no clock, no IO."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson
from pydantic import AwareDatetime, TypeAdapter

from schemas.records import FieldError, Rejected
from services.runtime import topics
from services.runtime.indices import Indices

MAX_ID_BYTES = 512
"""Longer document ids are refused by Elasticsearch, together with the whole request."""
MAX_EXCERPT = 64 * 1024
SEVERITY_RANKS = {"low": 1, "medium": 2, "high": 3}

_TIME: TypeAdapter[datetime] = TypeAdapter(AwareDatetime)


class Origin(NamedTuple):
    """Where in Kafka a document comes from; `item`: place within its record, from 0."""

    topic: str
    partition: int
    offset: int
    item: int
    received_ms: int


class Action(NamedTuple):
    """One item of a bulk request: its two lines (without newlines), and what it is about."""

    target: str
    header: bytes
    document: bytes
    origin: Origin
    # A document about a refused document; it must not be refused in its turn.
    about_refusal: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """What is used of a Kafka record."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes
    value: bytes

    def origin(self, item: int = 0) -> Origin:
        return Origin(self.topic, self.partition, self.offset, item, self.timestamp_ms)


class Unreadable(ValueError):
    """A record is not what its topic promises; the text never repeats its contents."""


def lines(value: bytes) -> list[bytes]:
    """The events of a record of `ai.events`: each is one leaf of the log."""
    found = value.split(b"\n")
    if found[-1] == b"":
        found.pop()
    return found


def event_id(event: dict[str, Any]) -> str:
    """Document id of an event: equal for equal content, whenever and how often it was received."""
    judged = {name: value for name, value in event.items() if name != "receivedtime"}
    canonical = orjson.dumps(judged, option=orjson.OPT_SORT_KEYS)
    named = f"{event['source']}\0{event['id']}\0".encode()
    return hashlib.sha256(named + canonical).hexdigest()


def entry_key(group: str, clause: str) -> str:
    """What findings of one cause and one clause share: they are one entry in the inbox."""
    return hashlib.sha256(f"{group}\0{clause}".encode()).hexdigest()[:32]


def actions(record: Record, indices: Indices, leaf: int = 0) -> list[Action]:
    """The bulk items for one record.

    `leaf`: number of the record's first event within its partition of the log (`ai.events` only).
    Whatever cannot be read becomes a document in the rejected index.
    """
    if record.topic == topics.EVENTS:
        return [
            _safely(_event, record, indices, item, line, leaf + item)
            for item, line in enumerate(lines(record.value))
        ]
    if not record.value:  # a tombstone: the record before it stays what it was
        return []
    return [_safely(_BUILDERS[record.topic], record, indices)]


def refusal(action: Action, indices: Indices, reason: str) -> list[Action]:
    """What to index instead of a document that Elasticsearch refused: a document about it.

    An event is also indexed without its `data`, so that its exact bytes keep their place among
    the leaves.
    """
    try:
        body = orjson.loads(action.document)
    except orjson.JSONDecodeError:
        body = {}
    why = f"{action.target}: {reason}"
    instead = [_refused(action.origin, indices, body, action.document, why)]
    if "raw" in body and body.pop("data", None) is not None:
        instead.append(action._replace(document=orjson.dumps(body)))
    return instead


def _safely(build: Callable[..., Action], record: Record, indices: Indices, *args: Any) -> Action:
    """A record that is not what its topic promises must neither be lost nor stop the rest."""
    try:
        return build(record, indices, *args)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        item, value = (args[0], args[1]) if args else (0, record.value)
        why = f"{record.topic}: not readable ({type(error).__name__})"
        return _refused(record.origin(item), indices, {}, value, why)


def _event(record: Record, indices: Indices, item: int, line: bytes, leaf: int) -> Action:
    event = orjson.loads(line)
    time = _TIME.validate_python(event["time"]).astimezone(UTC)
    document = {
        **event,
        # The contract allows more ways to write a time than Elasticsearch reads.
        "time": time.isoformat(),
        "log_partition": record.partition,
        "log_leaf": leaf,
        "raw": line.decode(),
    }
    if "receivedtime" in event:
        received = _TIME.validate_python(event["receivedtime"])
        document["receivedtime"] = received.astimezone(UTC).isoformat()
    header = {"_index": indices.events_of(time), "_id": event_id(event)}
    return _action("create", header, orjson.dumps(document), record.origin(item))


def _finding(record: Record, indices: Indices) -> Action:
    finding = orjson.loads(record.value)
    finding["entry"] = entry_key(finding["group"], finding["clause"])
    finding["severity_rank"] = SEVERITY_RANKS[finding["severity"]]
    header = {
        "_index": indices.findings,
        "_id": _short(finding["finding_id"]),
        "version": finding["revision"],
        "version_type": "external",
    }
    return _action("index", header, orjson.dumps(finding), record.origin())


def _history(record: Record, indices: Indices) -> Action:
    finding = orjson.loads(record.value)
    name = f"{finding['finding_id']}:{finding['revision']}"
    header = {"_index": indices.finding_history, "_id": _short(name)}
    return _action("create", header, record.value, record.origin())


def _rejected(record: Record, indices: Indices) -> Action:
    rejected = orjson.loads(record.value)
    header = {"_index": indices.rejected, "_id": _short(rejected["rejected_id"])}
    return _action("create", header, record.value, record.origin())


def _metrics(record: Record, indices: Indices) -> Action:
    body = orjson.loads(record.value)
    if record.key.startswith(b"progress/"):
        # A rebuilt log starts again at a lower offset only with another index prefix.
        header = {
            "_index": indices.progress,
            "_id": str(body["partition"]),
            "version": body["offset"],
            "version_type": "external_gte",
        }
    else:
        header = {
            "_index": indices.metrics,
            "_id": _short(body["dossier"]),
            "version": body["revision"],
            "version_type": "external",
        }
    return _action("index", header, record.value, record.origin())


_BUILDERS: dict[str, Callable[[Record, Indices], Action]] = {
    topics.FINDINGS: _finding,
    topics.FINDING_HISTORY: _history,
    topics.REJECTED: _rejected,
    topics.METRICS: _metrics,
}

TOPICS: tuple[str, ...] = (topics.EVENTS, *_BUILDERS)
"""Every topic that is indexed."""


def _refused(origin: Origin, indices: Indices, body: Any, value: bytes, reason: str) -> Action:
    known = body if isinstance(body, dict) else {}
    name = f"indexer:{origin.topic}:{origin.partition}:{origin.offset}:{origin.item}"
    rejected = Rejected(
        rejected_id=name,
        source=_text(known.get("source")) or origin.topic,
        receivedtime=datetime.fromtimestamp(max(origin.received_ms, 0) / 1000, UTC),
        topic=origin.topic,
        partition=origin.partition,
        offset=origin.offset,
        item=origin.item,
        event_id=_text(known.get("id")),
        event_type=_text(known.get("type")),
        reason=reason,
        errors=[FieldError(field="document", message=reason, kind="object")],
        size_bytes=len(value),
        sha256=hashlib.sha256(value).hexdigest(),
        excerpt=value[:MAX_EXCERPT].decode(errors="replace"),
    )
    header = {"_index": indices.rejected, "_id": _short(name)}
    document = rejected.model_dump_json(exclude_none=True).encode()
    made = _action("create", header, document, origin)
    return made._replace(about_refusal=True)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _short(name: str) -> str:
    """The id itself, or a digest where Elasticsearch would refuse its length."""
    if not isinstance(name, str) or not name:
        raise Unreadable("an id must be a text that is not empty")
    encoded = name.encode()
    return name if len(encoded) <= MAX_ID_BYTES else hashlib.sha256(encoded).hexdigest()


def _action(operation: str, header: dict[str, Any], document: bytes, origin: Origin) -> Action:
    if b"\n" in document:  # written by hand, over several lines: valid JSON, but no bulk line
        document = orjson.dumps(orjson.loads(document))
    return Action(header["_index"], orjson.dumps({operation: header}), document, origin)
