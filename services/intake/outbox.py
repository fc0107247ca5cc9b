"""What one transaction of an input writes, gathered into as few records as the limits allow."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

import orjson

from schemas.events import Event, dump
from schemas.records import Rejected
from schemas.registry import SourceChanged
from services.order.routing import is_fact, routes
from services.runtime import topics

MAX_RECORD_EVENTS = 500
MAX_RECORD_BYTES = 512 * 1024


@dataclass(frozen=True)
class Write:
    """One record to be written."""

    topic: str
    partition: int
    key: bytes | None
    value: bytes


@dataclass
class Outbox:
    """Accepted and refused events of one input, on their way to the topics."""

    partitions: int
    _log: dict[int, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    _entries: dict[int, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    _others: list[Write] = field(default_factory=list)

    def accept(self, event: Event) -> None:
        """To the log once, to each of its dossiers, and to every partition if it is a fact."""
        line = dump(event)
        self._log[self._partition(event.subject)].append(line)
        for subject in routes(event):
            name = orjson.dumps(subject)
            entry = b'{"dossier":' + name + b',"event":' + line + b"}"
            self._entries[self._partition(subject)].append(entry)
        if is_fact(event):
            for partition in range(self.partitions):
                self._entries[partition].append(b'{"dossier":null,"event":' + line + b"}")
        if isinstance(event, SourceChanged):
            key = event.data.source.encode()
            self._others.append(Write(topics.SOURCES, 0, key, line))

    def refuse(self, rejected: Rejected) -> None:
        """To the refused."""
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
        for partition in range(self.partitions) if everywhere else sorted(self._entries):
            chunks = list(_chunks(self._entries.get(partition, []))) or [[]]
            for number, chunk in enumerate(chunks, 1):
                told = tick if number == len(chunks) else tick_before
                value = _dossier_record(name, told, chunk)
                yield Write(topics.DOSSIERS, partition, name.encode(), value)

    def _partition(self, key: str) -> int:
        return topics.partition_of(key, self.partitions)


def _dossier_record(name: str, tick: datetime, entries: list[bytes]) -> bytes:
    """A `schemas.records.DossierRecord`, written around events that are serialised already."""
    head = orjson.dumps({"input": name, "tick": tick.isoformat()})
    return head[:-1] + b',"entries":[' + b",".join(entries) + b"]}"


def _chunks(lines: list[bytes]) -> Iterator[list[bytes]]:
    chunk: list[bytes] = []
    size = 0
    for line in lines:
        if chunk and (len(chunk) == MAX_RECORD_EVENTS or size + len(line) > MAX_RECORD_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(line)
        size += len(line) + 1
    if chunk:
        yield chunk
