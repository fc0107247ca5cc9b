"""The log as it stands in Kafka, and what the checker has published of it."""

from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime

import orjson
from kafka import KafkaProducer

from schemas.base import EARLIEST, LATEST
from schemas.events import EVENT
from schemas.observed import Observed
from schemas.policy import Policy
from schemas.records import DossierEntry, DossierRecord, GivenBack, Rejected
from schemas.verdicts import PartitionProgress
from services.order.eventset import received
from services.order.pile import Facts, Pile, entry_of, sort_out

from . import topics
from .large_pile import LargePile, Lot, Sorter
from .ranges import Follower, OffsetRange, messages
from .scratch import scratch_folder
from .settings import BatchSettings
from .workers import Workers

_PROGRESS = b"progress/"
RECHECK = "/recheck"
"""The input under which dossiers are given back from the archive; nobody waits for it."""
_RECORD_BYTES = 512 * 1024
_RECORD_INSTANCES = 1000
_LARGEST_REQUEST = 2 * 1024 * 1024
_PARTS = 4
"""Of each partition, so that no process is left with the last one alone."""
_NEAR = 5000
"""Progress is told again and again: it stands among so many last records."""


@dataclass
class Read:
    """What was read. `read_to`: the latest receipt."""

    events: int = 0
    read_to: datetime = EARLIEST

    def add(self, other: "Read") -> None:
        """And more."""
        self.events += other.events
        self.read_to = max(self.read_to, other.read_to)


class Archive:
    """The log on a large pile, for the time of a block; it can be read on later."""

    def __init__(self, bootstrap: str, own: BatchSettings, *also: str) -> None:
        """`also`: topics that are to be sorted with the log: `ai.finding-history`."""
        self._bootstrap = bootstrap
        self._own = own
        self._also = also
        self._open = ExitStack()
        self.read = Read()

    def __enter__(self) -> "Archive":
        names = (topics.EVENTS, topics.REJECTED)
        self._log = self._open.enter_context(Follower.of(self._bootstrap, *names))
        self.partitions = self._log.partitions(topics.EVENTS)
        folder = self._open.enter_context(scratch_folder(self._own.scratch))
        workers = self._open.enter_context(Workers(self._own.processes))
        self.pile = LargePile(folder, workers, Policy())
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def read_log(self, told: Callable[[int], None]) -> None:
        """Read what has come; `told` hears how many events there are."""
        for done in self.pile.sort(_read_log, _parts(self._log.news())):
            self.read.add(done)
            told(self.read.events)

    def note(self, history: Iterable[OffsetRange]) -> None:
        """Note what was published of each subject."""
        for _ in self.pile.sort(_note_findings, _parts(history)):
            pass


def _parts(ranges: Iterable[OffsetRange]) -> Iterator[OffsetRange]:
    return (part for extent in ranges for part in extent.parts(_PARTS))


def _read_log(extent: OffsetRange, sorter: Sorter) -> Read:
    take = _take_refused if extent.topic == topics.REJECTED else _take_events
    done = Read()
    for record in messages(extent):
        done.add(take(record.value, sorter))
    return done


def _take_events(value: bytes, sorter: Sorter) -> Read:
    done = Read()
    for line in value.split(b"\n"):
        event = EVENT.validate_json(line)
        sort_out(event, sorter)
        done.events += 1
        done.read_to = max(done.read_to, received(event))
    return done


def _take_refused(value: bytes, sorter: Sorter) -> Read:
    refused = Rejected.model_validate_json(value)
    # The checker's own are no input of a source; nor is what came from nobody.
    if refused.topic.startswith(topics.INTAKE_PREFIX) and refused.source.startswith("/"):
        sorter.refuse(refused.source, refused.receivedtime)
        return Read(read_to=refused.receivedtime)
    return Read()


def _note_findings(extent: OffsetRange, sorter: Sorter) -> None:
    for record in messages(extent):
        sorter.note(orjson.loads(record.value)["subject"], record.value)


class Progress:
    """How far the checker has come, by partition, as it publishes it in `ai.metrics`."""

    def __init__(self, follower: Follower) -> None:
        self._follower = follower
        self.of: dict[int, PartitionProgress] = {}

    def read(self) -> None:
        """Take in what is new."""
        news = self._follower.news()
        if not self.of:
            for extent in news:
                self._take(extent._replace(first=max(extent.first, extent.end - _NEAR)))
            if len(self.of) == self._follower.partitions(topics.METRICS):
                return
        for extent in news:
            self._take(extent)

    def _take(self, extent: OffsetRange) -> None:
        for record in messages(extent):
            if record.key.startswith(_PROGRESS):
                told = PartitionProgress.model_validate_json(record.value)
                self.of[told.partition] = told


@dataclass(frozen=True)
class _GivingBack:
    """The records that give dossiers back; see `give_back`."""

    complete_to: Sequence[datetime]

    def __call__(
        self, facts: Facts
    ) -> Callable[[Lot], Generator[tuple[str, list[bytes]], None, int]]:
        return self._records

    def _records(self, lot: Lot) -> Generator[tuple[str, list[bytes]], None, int]:
        # Also those of which the log knows nothing.
        subjects = lot.pile.subjects() if lot.only is None else sorted(lot.only)
        for subject in subjects:
            complete_to = self.complete_to[topics.partition_of(subject, len(self.complete_to))]
            records = records_of(lot.pile, subject, complete_to)
            yield subject, [r.model_dump_json(exclude_none=True).encode() for r in records]
        return len(subjects)


def give_back(
    bootstrap: str,
    pile: LargePile,
    subjects: Collection[str] | None,
    complete_to: Sequence[datetime],
) -> dict[int, int]:
    """Give the checker these dossiers, or all, anew, as the log has them; returns the last offset
    of each partition that got some.

    `complete_to`: by partition, up to when the log held everything before it was read; what the
    checker got since, it keeps. The checker publishes what differs as new revisions: nobody else
    writes findings.
    """
    answers = pile.ask(_GivingBack(complete_to), LATEST, subjects)
    return send_back(bootstrap, answers.each, len(complete_to))


def send_back(
    bootstrap: str, dossiers: Iterable[tuple[str, Iterable[bytes]]], partitions: int
) -> dict[int, int]:
    """Send the records of dossiers; see `give_back`."""
    producer = KafkaProducer(
        bootstrap_servers=bootstrap, acks="all", max_request_size=_LARGEST_REQUEST
    )
    try:
        sent = []
        for subject, records in dossiers:
            number = topics.partition_of(subject, partitions)
            sent += [producer.send(topics.DOSSIERS, value, partition=number) for value in records]
        written = [future.get(timeout=60) for future in sent]
        return {place.partition: place.offset for place in written}
    finally:
        producer.close()


def records_of(pile: Pile, subject: str, complete_to: datetime) -> Iterator[DossierRecord]:
    """A dossier in as few records as their size allows."""
    parts: list[tuple[list[DossierEntry], list[Observed]]] = []
    lots = _lots(pile.entries(subject))
    parts += [([entry_of(subject, entry) for entry in lot], []) for lot in lots]
    parts += [([], [seen]) for seen in _observed(pile, subject)]
    for number, (entries, observed) in enumerate(parts):
        place = GivenBack(subject=subject, complete_to=complete_to, part=number, parts=len(parts))
        yield DossierRecord(input=RECHECK, entries=entries, observed=observed, given_back=place)


def _lots(entries: Iterable[bytes]) -> list[list[bytes]]:
    lots: list[list[bytes]] = [[]]
    size = 0
    for entry in entries:
        if lots[-1] and size + len(entry) > _RECORD_BYTES:
            lots.append([])
            size = 0
        lots[-1].append(entry)
        size += len(entry)
    return lots


def _observed(pile: Pile, subject: str) -> list[Observed]:
    """What was seen of a source, some of its instances at a time."""
    is_source = subject.startswith("source/")
    seen = pile.observed(subject.removeprefix("source")) if is_source else None
    if seen is None:
        return []
    names = sorted(seen.runs)
    parts = [
        {name: seen.runs[name] for name in names[start : start + _RECORD_INSTANCES]}
        for start in range(0, len(names), _RECORD_INSTANCES)
    ]
    rest = (Observed(source=seen.source, runs=part) for part in parts[1:])
    return [seen.model_copy(update={"runs": parts[0] if parts else {}}), *rest]
