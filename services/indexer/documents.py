"""From a Kafka record to the documents that Elasticsearch shall hold. Pure: no clock, no IO."""

import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
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
# As our own processes write a time; of what the contract allows, Elasticsearch reads this as it is.
_PLAIN_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z")
_NO_TIME = "2000-01-01T00:00:00Z"
# How our own records begin. Of a record that begins otherwise the same is read the long way.
_HEAD = re.compile(
    rb'\{"(?:finding_id|dossier)":"([^"\\\x00-\x1f]{1,128})",(?:"kind":"\w+",)?"revision":(\d{1,18}),'
)


class Origin(NamedTuple):
    """Where in Kafka a record comes from."""

    topic: str
    partition: int
    offset: int
    received_ms: int


class Action(NamedTuple):
    """One item of a bulk request: its two lines (without newlines), and what it is about.

    `kind`: the index without its prefix and month. `item`: place within its record, from 0.
    """

    kind: str
    target: str
    header: bytes
    document: bytes
    origin: Origin
    item: int = 0
    # A document about a refused document; it must not be refused in its turn.
    about_refusal: bool = False


class Record(NamedTuple):
    """What is used of a Kafka record."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes
    value: bytes

    def origin(self) -> Origin:
        return Origin(self.topic, self.partition, self.offset, self.timestamp_ms)


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
    judged = event
    if "receivedtime" in event:
        judged = {**event}
        del judged["receivedtime"]
    canonical = orjson.dumps(judged, option=orjson.OPT_SORT_KEYS)
    named = f"{event['source']}\0{event['id']}\0".encode()
    return hashlib.sha256(named + canonical).hexdigest()


def entry_key(finding: dict[str, Any]) -> str:
    """What findings that are one entry in the inbox share.

    A cause that their rule names, under one clause. Or that nobody reported a use of which others
    speak: under every clause the same. Or the same words about the same person, under one clause.
    """
    group, clause, subject = finding["group"], finding["clause"], finding["subject"]
    is_of_use = subject.startswith("use/")
    # A recorded use has a system.
    if is_of_use and not finding.get("system_id") and finding["verdict"] == "undetermined":
        shared = [subject, finding["reason"]]
    elif group == subject and finding.get("employee_id"):
        shared = [clause, finding["rule"], finding["employee_id"], finding["reason"]]
    else:
        shared = [group, clause]
    return hashlib.sha256("\0".join(shared).encode()).hexdigest()[:32]


def actions(record: Record, indices: Indices, leaf: int = 0) -> list[Action]:
    """The bulk items for one record.

    `leaf`: number of the record's first event within its partition of the log (`ai.events` only).
    Whatever cannot be read becomes a document in the rejected index.
    """
    origin = record.origin()
    if record.topic == topics.EVENTS:
        made = []
        for item, line in enumerate(lines(record.value)):
            try:
                made.append(_event(origin, indices, item, line, leaf + item))
            except _UNREADABLE as error:
                made.append(_unreadable(origin, indices, item, line, error))
        return made
    if not record.value:  # a tombstone: the record before it stays what it was
        return []
    try:
        return [_BUILDERS[record.topic](record, origin, indices)]
    except _UNREADABLE as error:
        return [_unreadable(origin, indices, 0, record.value, error)]


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
    instead = [_refused(action.origin, action.item, indices, body, action.document, why)]
    if "raw" in body and body.pop("data", None) is not None:
        instead.append(action._replace(document=orjson.dumps(body)))
    return instead


# A record that is not what its topic promises must neither be lost nor stop the rest.
_UNREADABLE = (KeyError, TypeError, ValueError, AttributeError)


def _unreadable(
    origin: Origin, indices: Indices, item: int, value: bytes, error: Exception
) -> Action:
    why = f"{origin.topic}: not readable ({type(error).__name__})"
    return _refused(origin, item, indices, {}, value, why)


def _event(origin: Origin, indices: Indices, item: int, line: bytes, leaf: int) -> Action:
    """The event's own bytes; before them its place in the log, and the same bytes as a text."""
    event = orjson.loads(line)
    time, received = event["time"], event.get("receivedtime", _NO_TIME)
    if _PLAIN_TIME.fullmatch(time) and _PLAIN_TIME.fullmatch(received) and line[:1] == b"{":
        datetime.fromisoformat(time)  # there is such a day
        month, fields = _month(indices.prefix, time[:7]), line
    else:
        month, fields = _with_plain_times(indices, event)
    document = b'{"log_partition":%d,"log_leaf":%d,"raw":%b,%b' % (
        origin.partition,
        leaf,
        orjson.dumps(line.decode()),
        fields[1:],
    )
    header = f'{{"create":{{"_index":"{month}","_id":"{event_id(event)}"}}}}'.encode()
    return Action("events", month, header, document, origin, item)


def _with_plain_times(indices: Indices, event: dict[str, Any]) -> tuple[str, bytes]:
    """The index of an event's month, and the event with its times as Elasticsearch reads them."""
    time = _TIME.validate_python(event["time"]).astimezone(UTC)
    plain = {**event, "time": time.isoformat()}
    if "receivedtime" in event:
        received = _TIME.validate_python(event["receivedtime"])
        plain["receivedtime"] = received.astimezone(UTC).isoformat()
    return indices.events_of(time), orjson.dumps(plain)


@lru_cache(maxsize=1024)
def _month(prefix: str, month: str) -> str:
    return Indices(prefix).events_of(datetime.fromisoformat(month + "-01"))


def _finding(record: Record, origin: Origin, indices: Indices) -> Action:
    finding = orjson.loads(record.value)
    computed = {
        "entry": entry_key(finding),
        "severity_rank": SEVERITY_RANKS[finding["severity"]],
        "status": (finding.get("review") or {}).get("status", "new"),
    }
    header = {
        "_index": indices.findings,
        "_id": _short(finding["finding_id"]),
        "version": finding["revision"],
        "version_type": "external",
    }
    document = record.value.rstrip()[:-1] + b"," + orjson.dumps(computed)[1:]
    return _action("findings", "index", header, document, origin)


def _history(record: Record, origin: Origin, indices: Indices) -> Action:
    name, revision = _head(record.value, "finding_id")
    header = {"_index": indices.finding_history, "_id": _short(f"{name}:{revision}")}
    return _action("finding-history", "create", header, record.value, origin)


def _rejected(record: Record, origin: Origin, indices: Indices) -> Action:
    rejected = orjson.loads(record.value)
    header = {"_index": indices.rejected, "_id": _short(rejected["rejected_id"])}
    return _action("rejected", "create", header, record.value, origin)


def _metrics(record: Record, origin: Origin, indices: Indices) -> Action:
    if record.key.startswith(b"progress/"):
        return _progress(record, origin, indices)
    dossier, revision = _head(record.value, "dossier")
    header = {
        "_index": indices.metrics,
        "_id": _short(dossier),
        "version": revision,
        "version_type": "external",
    }
    return _action("metrics", "index", header, record.value, origin)


def _progress(record: Record, origin: Origin, indices: Indices) -> Action:
    body = orjson.loads(record.value)
    # A rebuilt log starts again at a lower offset only with another index prefix.
    header = {
        "_index": indices.progress,
        "_id": str(body["partition"]),
        "version": body["offset"],
        "version_type": "external_gte",
    }
    return _action("progress", "index", header, record.value, origin)


def _head(value: bytes, name: str) -> tuple[Any, Any]:
    """Id and revision of a record; `name`: the field of the id.

    That the rest is JSON is left to Elasticsearch, which reads it anyway and refuses what is not.
    """
    found = _HEAD.match(value)
    if found is not None:
        return found[1].decode(), int(found[2])
    body = orjson.loads(value)
    return body[name], body["revision"]


_BUILDERS: dict[str, Callable[[Record, Origin, Indices], Action]] = {
    topics.FINDINGS: _finding,
    topics.FINDING_HISTORY: _history,
    topics.REJECTED: _rejected,
    topics.METRICS: _metrics,
}

TOPICS: tuple[str, ...] = (topics.EVENTS, *_BUILDERS)
"""Every topic that is indexed."""


def _refused(
    origin: Origin, item: int, indices: Indices, body: Any, value: bytes, reason: str
) -> Action:
    known = body if isinstance(body, dict) else {}
    name = f"indexer:{origin.topic}:{origin.partition}:{origin.offset}:{item}"
    rejected = Rejected(
        rejected_id=name,
        source=_text(known.get("source")) or origin.topic,
        receivedtime=datetime.fromtimestamp(max(origin.received_ms, 0) / 1000, UTC),
        topic=origin.topic,
        partition=origin.partition,
        offset=origin.offset,
        item=item,
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
    made = _action("rejected", "create", header, document, origin)
    return made._replace(item=item, about_refusal=True)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _short(name: str) -> str:
    """The id itself, or a digest where Elasticsearch would refuse its length."""
    if not isinstance(name, str) or not name:
        raise Unreadable("an id must be a text that is not empty")
    encoded = name.encode()
    return name if len(encoded) <= MAX_ID_BYTES else hashlib.sha256(encoded).hexdigest()


def _action(
    kind: str, operation: str, header: dict[str, Any], document: bytes, origin: Origin
) -> Action:
    if b"\n" in document:  # written by hand, over several lines: valid JSON, but no bulk line
        document = orjson.dumps(orjson.loads(document))
    return Action(kind, header["_index"], orjson.dumps({operation: header}), document, origin)
