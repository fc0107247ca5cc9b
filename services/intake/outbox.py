"""What one transaction of an input writes, gathered into as few records as the limits allow."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import orjson

from schemas.ai import UseRecorded
from schemas.events import Event, dump
from schemas.oversight import EventRetracted
from schemas.records import Rejected
from schemas.registry import SourceChanged
from services.order.eventset import received
from services.order.marks import mark_of
from services.order.observing import Observer
from services.order.routing import is_fact, is_review, routes
from services.runtime import topics

MAX_RECORD_EVENTS = 500
MAX_RECORD_BYTES = 512 * 1024


class Write(NamedTuple):
    """One record to be written."""

    topic: str
    partition: int
    key: bytes | None
    value: bytes


@dataclass
class Outbox:
    """Accepted and refused events of one input, on their way to the topics.

    `source`: whose input it is; nothing is observed of an input that belongs to nobody.
    """

    partitions: int
    source: str | None = None
    _observer: Observer = field(init=False)
    _log: dict[int, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    _entries: dict[int, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    _others: list[Write] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._observer = Observer(self.source or "")

    def accept(self, event: Event, line: bytes | None = None, *, is_conflict: bool = False) -> None:
        """To the log once, to each of its dossiers, and to every partition if it is a fact or
        somebody acts on a finding.

        `line`: the event's bytes, if they are known. `is_conflict`: the source sent another event
        with this id before.
        """
        line = dump(event) if line is None else line
        self._observer.add(event)
        if is_conflict:
            self._observer.conflict(event.id, received(event))
        self._log[self._partition(event.subject)].append(line)
        for subject in routes(event):
            told = b'"event":' + line
            if isinstance(event, UseRecorded) and subject != event.subject:
                told = b'"mark":' + orjson.dumps(tuple(mark_of(event)), option=orjson.OPT_UTC_Z)
            entry = b'{"dossier":%b,%b}' % (orjson.dumps(subject), told)
            self._entries[self._partition(subject)].append(entry)
        if is_fact(event) or is_review(event):
            for partition in range(self.partitions):
                self._entries[partition].append(b'{"dossier":null,"event":' + line + b"}")
        is_retraction = isinstance(event, EventRetracted) and event.subject.startswith("source/")
        if isinstance(event, SourceChanged) or is_retraction:
            # A key of its own: each registration counts for its time.
            key = f"{event.source}\n{event.id}".encode()
            self._others.append(Write(topics.SOURCES, 0, key, line))

    def refuse(self, rejected: Rejected) -> None:
        """To the refused."""
        self._observer.refuse(rejected.receivedtime)
        value = rejected.model_dump_json(exclude_none=True).encode()
        partition = self._partition(rejected.rejected_id)
        self._others.append(Write(topics.REJECTED, partition, rejected.rejected_id.encode(), value))

    def writes(
        self, name: str, tick_before: datetime, tick: datetime, everywhere: bool
    ) -> Iterator[Write]:
        """All records, in order. The tick stands on the last record for a partition only: it says
        that all before it has been passed on. `everywhere`: also where there is nothing else."""
        yield from self._others
        for partition, lines in sorted(self._log.items()):
            for chunk in _chunks(lines):
                yield Write(topics.EVENTS, partition, None, b"\n".join(chunk))
        observed = self._observed()
        concerned = self._entries.keys() | observed.keys()
        for partition in range(self.partitions) if everywhere else sorted(concerned):
            chunks = list(_chunks(self._entries.get(partition, []))) or [[]]
            for number, chunk in enumerate(chunks, 1):
                is_last = number == len(chunks)
                seen = observed.get(partition, b"") if is_last else b""
                value = _dossier_record(name, tick if is_last else tick_before, chunk, seen)
                yield Write(topics.DOSSIERS, partition, name.encode(), value)

    def _observed(self) -> dict[int, bytes]:
        """What was seen of the source, for the partition of its dossier."""
        seen = self._observer.observed()
        if self.source is None or not seen.days:
            return {}
        partition = self._partition(f"source{self.source}")
        return {partition: seen.model_dump_json(exclude_none=True).encode()}

    def _partition(self, key: str) -> int:
        return topics.partition_of(key, self.partitions)


def _dossier_record(name: str, tick: datetime, entries: list[bytes], observed: bytes) -> bytes:
    """A `schemas.records.DossierRecord`, written around what is serialised already."""
    head = orjson.dumps({"input": name, "tick": tick.isoformat()})
    tail = b',"observed":[' + observed + b"]}"
    return head[:-1] + b',"entries":[' + b",".join(entries) + b"]" + tail


def _chunks(lines: list[bytes]) -> Iterator[list[bytes]]:
    for begin in range(0, len(lines), MAX_RECORD_EVENTS):
        chunk = lines[begin : begin + MAX_RECORD_EVENTS]
        small = sum(map(len, chunk)) + len(chunk) <= MAX_RECORD_BYTES
        yield from [chunk] if small else _small_chunks(chunk)


def _small_chunks(lines: list[bytes]) -> Iterator[list[bytes]]:
    chunk: list[bytes] = []
    size = 0
    for line in lines:
        if chunk and size + len(line) > MAX_RECORD_BYTES:
            yield chunk
            chunk, size = [], 0
        chunk.append(line)
        size += len(line) + 1
    if chunk:
        yield chunk
