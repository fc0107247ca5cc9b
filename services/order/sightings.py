"""What is kept of every event to tell how completely its source reports, and whether one id came
with other bytes. Lots of sightings may be looked at apart, and what was seen be joined."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import reduce
from typing import NamedTuple, cast

from schemas.ai import SourceHeartbeat
from schemas.base import LATEST
from schemas.events import Event
from schemas.observed import Observed, Run

from .eventset import EventKey, received
from .observing import MOST_RUNS, Observer, merged

BLOCK = 1 << 16
"""So many numbers of an instance are looked at together: enough that most follow on each other."""
_HEARTBEAT = SourceHeartbeat.model_fields["type"].default


class Sighting(NamedTuple):
    """An event without what it says. `digest`: of all that the sender wrote."""

    source: str
    id: str
    type: str
    time: datetime
    receivedtime: datetime | None
    sequence: str | None
    instance: str | None
    digest: str

    @property
    def conflict_key(self) -> str:
        """Sightings that may be in conflict share it."""
        return f"{self.source}\t{self.id}"

    @property
    def number_key(self) -> str | None:
        """Sightings whose numbers are near each other share it; None without a number."""
        return None if self.sequence is None else f"{self.source}\t{self.instance}\t{self.block}"

    @property
    def block(self) -> int:
        """In which block of numbers it is; -1 without a number."""
        return -1 if self.sequence is None else int(self.sequence) // BLOCK

    def line(self) -> str:
        """As one line of text; no field can hold a tab."""
        receipt = "" if self.receivedtime is None else self.receivedtime.isoformat()
        return (
            f"{self.source}\t{self.id}\t{self.type}\t{self.time.isoformat()}\t{receipt}\t"
            f"{self.sequence or ''}\t{self.instance or ''}\t{self.digest}"
        )

    @classmethod
    def of_line(cls, line: str) -> "Sighting":
        """Reads what `line` wrote."""
        source, name, kind, time, receipt, sequence, instance, digest = line.split("\t")
        return cls(
            source,
            name,
            kind,
            datetime.fromisoformat(time),
            datetime.fromisoformat(receipt) if receipt else None,
            sequence or None,
            instance or None,
            digest,
        )


def sighting_of(event: Event, line: bytes) -> Sighting:
    """What is kept of an event; `line`: as `schemas.events.dump` wrote it."""
    return Sighting(
        event.source,
        event.id,
        event.type,
        event.time,
        event.receivedtime,
        event.sequence,
        event.instance,
        hashlib.blake2b(_as_sent(event, line), digest_size=16).hexdigest(),
    )


_STAMP = b',"receivedtime":"'


def _as_sent(event: Event, line: bytes) -> bytes:
    """The line without the department's stamp: cut out, which is ten times as fast as writing it
    anew. Every field before it is a string, in which a quotation mark would be escaped."""
    if event.receivedtime is None:
        return line
    head, _, tail = line.partition(_STAMP)
    return head + tail[tail.index(b'"') + 1 :]


class _First(NamedTuple):
    """What came first under an id."""

    received: datetime
    digest: str


class Watch:
    """Looks at a lot of sightings, of any sources, up to a time.

    The lots may be parted in two ways at once: `compare` must see all that share a conflict key,
    `count` all that share a number key.
    """

    def __init__(self, now: datetime = LATEST) -> None:
        self._now = now
        self._firsts: dict[EventKey, _First] = {}
        # By source and block: the runs of a block that are apart are apart for ever, so that what
        # an observer leaves out of it is never missed.
        self._observers: dict[str, dict[int, Observer]] = defaultdict(dict)

    def compare(self, seen: Sighting) -> None:
        """Note a conflict: the one that came second, in whatever order they are looked at."""
        observer = self._observer(seen.source)
        if received(seen) > self._now:
            return
        key = seen.source, seen.id
        one = _First(received(seen), seen.digest)
        first = self._firsts.setdefault(key, one)
        if first.digest != one.digest:
            observer.conflict(seen.id, max(first.received, one.received))
        self._firsts[key] = min(first, one)

    def count(self, seen: Sighting) -> None:
        """Count it by its day, and note its number."""
        if received(seen) <= self._now:
            self._observer(seen.source, seen.block).add(_countable(seen))

    def refuse(self, source: str, at: datetime) -> None:
        """Count an input that was refused."""
        observer = self._observer(source)
        if at <= self._now:
            observer.refuse(at)

    def observed(self) -> dict[str, Observed]:
        """What was seen, by source: a part of it, for `joined`. Nothing, where all came later."""
        return {source: _part(source, self._observers[source]) for source in self._observers}

    def _observer(self, source: str, block: int = -1) -> Observer:
        of_source = self._observers[source]
        if block not in of_source:
            of_source[block] = Observer(source)
        return of_source[block]


def joined(parts: Sequence[Observed]) -> Observed:
    """What was seen of one source in several lots; their runs are joined all at once, so that none
    is left out that another lot would have continued."""
    runs: dict[str, list[Run]] = defaultdict(list)
    for part in parts:
        for instance, apart in part.runs.items():
            runs[instance] += apart
    rest = reduce(merged, (part.model_copy(update={"runs": {}}) for part in parts))
    return merged(rest.model_copy(update={"runs": runs}), Observed(source=rest.source))


def _countable(seen: Sighting) -> Event:
    if seen.type == _HEARTBEAT:
        return SourceHeartbeat.model_construct(**seen._asdict())
    return cast(Event, seen)


def _part(source: str, observers: dict[int, Observer]) -> Observed:
    blocks = [observers[block].observed() for block in sorted(observers)]
    rest = reduce(merged, (block.model_copy(update={"runs": {}}) for block in blocks))
    instances = sorted({instance for block in blocks for instance in block.runs})
    runs = {i: _lowest(run for block in blocks for run in block.runs.get(i, ())) for i in instances}
    return rest.model_copy(update={"runs": runs})


def _lowest(runs: Iterable[Run]) -> list[Run]:
    """Of runs in ascending order so many that none is left out that may count: those that stay
    apart, whatever other lots hold."""
    kept: list[Run] = []
    apart = 0
    for run in runs:
        if kept:
            # Whole blocks of other lots may lie between.
            apart += not ((kept[-1].last + 1) % BLOCK == 0 and run.first % BLOCK == 0)
        if apart >= MOST_RUNS:
            break
        kept.append(run)
    return kept
