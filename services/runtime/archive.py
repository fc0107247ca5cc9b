"""The log as it stands in Kafka, and what the checker has published of it (not for hot loops)."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from schemas.base import EARLIEST
from schemas.events import EVENT, Event
from schemas.observed import Observed
from schemas.records import DossierEntry, DossierRecord, GivenBack, Rejected
from schemas.verdicts import Finding, PartitionProgress
from services.order.eventset import received
from services.order.pile import Pile

from . import topics
from .kafka import reader

_PROGRESS = b"progress/"
RECHECK = "/recheck"
"""The input under which dossiers are given back from the archive; nobody waits for it."""
_RECORD_BYTES = 512 * 1024
_RECORD_INSTANCES = 1000
_LARGEST_REQUEST = 2 * 1024 * 1024


class Follower:
    """Reads topics to their present end, and later what has come since."""

    def __init__(self, consumer: KafkaConsumer, names: Iterable[str]) -> None:
        self._consumer = consumer
        self._places = [
            TopicPartition(name, number)
            for name in names
            for number in sorted(consumer.partitions_for_topic(name) or ())
        ]
        consumer.assign(self._places)
        consumer.seek_to_beginning(*self._places)

    @classmethod
    @contextmanager
    def of(cls, bootstrap: str, *names: str) -> Iterator[Self]:
        """From the beginning of these topics."""
        with reader(bootstrap) as consumer:
            yield cls(consumer, names)

    def partitions(self, name: str) -> int:
        """How many partitions a topic has."""
        return sum(place.topic == name for place in self._places)

    def news(self) -> Iterator[Any]:
        """Every record (kafka-python's ConsumerRecord) that was committed up to now."""
        if not self._places:
            return
        ends = self._consumer.end_offsets(self._places)
        while any(self._consumer.position(place) < ends[place] for place in self._places):
            for records in self._consumer.poll(timeout_ms=500).values():
                yield from records


@dataclass
class Archive:
    """The log on a pile. `read_to`: the latest receipt in it."""

    pile: Pile
    read_to: datetime = EARLIEST
    events: int = 0

    def add(self, record: Any, told: Callable[[int], None] = lambda _: None) -> None:
        """Take in a record of `ai.events` or `ai.rejected`; `told` hears of every event."""
        if record.topic == topics.REJECTED:
            refused = Rejected.model_validate_json(record.value)
            # The checker's own are no input of a source; nor is what came from nobody.
            if refused.topic.startswith(topics.INTAKE_PREFIX) and refused.source.startswith("/"):
                self.pile.refuse(refused.source, refused.receivedtime)
            return
        for line in record.value.split(b"\n"):
            event: Event = EVENT.validate_json(line)
            self.pile.add(event)
            self.read_to = max(self.read_to, received(event))
            self.events += 1
            told(1)


@dataclass
class Published:
    """What the checker has said, revision by revision, and how far it has come."""

    progress: dict[int, PartitionProgress] = field(default_factory=dict)
    _history: dict[str, list[Finding]] = field(default_factory=dict)

    def add(self, record: Any) -> None:
        """Take in a record of `ai.finding-history` or `ai.metrics`."""
        if record.topic == topics.FINDING_HISTORY:
            finding = Finding.model_validate_json(record.value)
            self._history.setdefault(finding.finding_id, []).append(finding)
        elif record.key.startswith(_PROGRESS):
            told = PartitionProgress.model_validate_json(record.value)
            self.progress[told.partition] = told

    def open_findings(self) -> dict[str, dict[str, Finding]]:
        """The findings that were open when the progress was told: by subject, by id."""
        found: dict[str, dict[str, Finding]] = {}
        for identity, revisions in self._history.items():
            known = [f for f in revisions if f.log_offset <= self._offset(f.log_partition)]
            latest = max(known, key=lambda finding: finding.revision, default=None)
            if latest is not None and latest.state == "open":
                found.setdefault(latest.subject, {})[identity] = latest
        return found

    def _offset(self, partition: int) -> int:
        return self.progress[partition].offset if partition in self.progress else -1


def give_back(
    bootstrap: str, pile: Pile, subjects: Iterable[str], complete_to: Sequence[datetime]
) -> dict[int, int]:
    """Give the checker these dossiers anew, as the log has them; returns the last offset of each
    partition that got some.

    `complete_to`: by partition, up to when the log held everything before it was read; what the
    checker got since, it keeps. The checker publishes what differs as new revisions: nobody else
    writes findings.
    """
    producer = KafkaProducer(
        bootstrap_servers=bootstrap, acks="all", max_request_size=_LARGEST_REQUEST
    )
    try:
        sent = []
        for subject in subjects:
            number = topics.partition_of(subject, len(complete_to))
            for record in records_of(pile, subject, complete_to[number]):
                value = record.model_dump_json(exclude_none=True).encode()
                sent.append(producer.send(topics.DOSSIERS, value, partition=number))
        written = [future.get(timeout=60) for future in sent]
        return {place.partition: place.offset for place in written}
    finally:
        producer.close()


def records_of(pile: Pile, subject: str, complete_to: datetime) -> Iterator[DossierRecord]:
    """A dossier in as few records as their size allows."""
    parts: list[tuple[list[DossierEntry], list[Observed]]] = []
    parts += [(_entries(subject, lot), []) for lot in _lots(pile.lines(subject))]
    parts += [([], [seen]) for seen in _observed(pile, subject)]
    for number, (entries, observed) in enumerate(parts):
        place = GivenBack(subject=subject, complete_to=complete_to, part=number, parts=len(parts))
        yield DossierRecord(input=RECHECK, entries=entries, observed=observed, given_back=place)


def _lots(lines: Iterable[bytes]) -> list[list[bytes]]:
    lots: list[list[bytes]] = [[]]
    for line in lines:
        if lots[-1] and sum(map(len, lots[-1])) + len(line) > _RECORD_BYTES:
            lots.append([])
        lots[-1].append(line)
    return lots


def _entries(subject: str, lot: Iterable[bytes]) -> list[DossierEntry]:
    return [DossierEntry(dossier=subject, event=EVENT.validate_json(line)) for line in lot]


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
