"""A log, and what the checker would have published of it, for the recheck to read."""

import json
import os
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from multiprocessing import active_children
from pathlib import Path
from typing import NamedTuple

from confluent_kafka import Producer

from schemas.base import LATEST
from schemas.events import EVENT
from schemas.policy import Policy
from schemas.verdicts import FINDING_KINDS, PartitionProgress
from services.order.findings import finding
from services.order.pile import Facts, sort_out
from services.order.rulebook import rulebook
from services.runtime import topics
from services.runtime.large_pile import LargePile, Lot, Sorter
from services.runtime.workers import Workers

from . import load
from .child import cpu_seconds, in_child, peak_mib
from .contender import Bench
from .dossiers import empty
from .sizes import Sizes

_LOT = 20_000


@dataclass(frozen=True)
class Log:
    """On disk: `made`, and `findings`: what is to be published of it, one JSON a line. `now`: the
    tick that the checker has reached."""

    made: load.Load
    findings: Path
    now: datetime

    @property
    def events(self) -> int:
        """How many events it holds, facts of the registry included."""
        return self.made.count + self.made.facts_count


class Taken(NamedTuple):
    """By a process and its workers together: memory of each at its most, and CPU time."""

    peak_mib: float
    cpu_seconds: float


def taken_by_all() -> Taken:
    """Up to now; the workers must still be there."""
    numbers = [os.getpid(), *(each.pid for each in active_children() if each.pid)]
    return Taken(sum(map(peak_mib, numbers)), sum(map(cpu_seconds, numbers)))


def filled(bench: Bench) -> Log:
    """Kafka with a log and what was published of it; made in the first round, kept for others."""
    folder = bench.load.folder.parent / "log-of-recheck"
    if not (folder / "log.json").exists():
        sizes = bench.sizes.model_copy(update={"events": bench.sizes.recheck_events})
        in_child(folder / "making", _make, folder, sizes)
    told = json.loads((folder / "log.json").read_text())
    made = load.Load(
        folder,
        told["facts_count"],
        told["count"],
        0,
        0,
        datetime.fromisoformat(told["begin"]),
        datetime.fromisoformat(told["end"]),
    )
    log = Log(made, folder / "findings.ndjson", made.end + timedelta(hours=1))
    empty(bench.kafka, bench.sizes.partitions)
    _fill(bench.kafka, log, bench.sizes)
    return log


def _make(folder: Path, sizes: Sizes) -> None:
    """Raises AssertionError if nothing is found."""
    made = load.write(folder, sizes, datetime.now(UTC))
    now = made.end + timedelta(hours=1)
    (folder / "pile").mkdir()
    with Workers() as workers, (folder / "findings.ndjson").open("wb") as file:
        pile = LargePile(folder / "pile", workers, Policy())
        for _ in pile.sort(_sort, _lots(made)):
            pass
        found = 0
        for _, findings in pile.ask(_Publishing(now, sizes.partitions), LATEST).each:
            found += len(findings)
            file.writelines(line + b"\n" for line in findings)
    assert found
    kept = {
        "facts_count": made.facts_count,
        "count": made.count,
        "begin": made.begin.isoformat(),
        "end": made.end.isoformat(),
    }
    (folder / "log.json").write_text(json.dumps(kept))


def _lots(made: load.Load) -> Iterator[list[bytes]]:
    lot: list[bytes] = []
    for line in chain(load.lines(made.facts), load.lines(made.events)):
        lot.append(line)
        if len(lot) == _LOT:
            yield lot
            lot = []
    yield lot


def _sort(lines: list[bytes], sorter: Sorter) -> None:
    for line in lines:
        sort_out(EVENT.validate_json(line), sorter)


@dataclass(frozen=True)
class _Publishing:
    """The findings that a checker would have open."""

    now: datetime
    partitions: int

    def __call__(
        self, facts: Facts
    ) -> Callable[[Lot], Generator[tuple[str, list[bytes]], None, None]]:
        return self._findings

    def _findings(self, lot: Lot) -> Generator[tuple[str, list[bytes]], None, None]:
        titles = {rule.id: rule.title for rule in rulebook()}
        for subject in lot.subjects():
            judgement = lot.pile.judge(subject, self.now, rulebook())
            place = topics.partition_of(subject, self.partitions), 0
            about = judgement.attribution
            told = [
                finding(verdict, titles[verdict.rule], about, None, self.now, place)
                for verdict in judgement.verdicts
                if about is not None and verdict.verdict in FINDING_KINDS
            ]
            if told:
                yield subject, [f.model_dump_json(exclude_none=True).encode() for f in told if f]


def _fill(bootstrap: str, log: Log, sizes: Sizes) -> None:
    """As intake and the checker write, transactions apart."""
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 20})
    for partition, lines in _records(log, sizes):
        _produce(producer, topics.EVENTS, partition, b"", b"\n".join(lines))
    for line in load.lines(log.findings):
        told = json.loads(line)
        key = told["finding_id"].encode()
        _produce(producer, topics.FINDING_HISTORY, told["log_partition"], key, line)
    for partition in range(sizes.partitions):
        progress = PartitionProgress(
            partition=partition, offset=0, now=log.now, inputs={}, backlog=0, dossiers=0
        )
        key, value = f"progress/{partition}".encode(), progress.model_dump_json().encode()
        _produce(producer, topics.METRICS, partition, key, value)
    if producer.flush(60):
        raise RuntimeError("Kafka did not take all records")


def _records(log: Log, sizes: Sizes) -> Iterable[tuple[int, list[bytes]]]:
    waiting: list[list[bytes]] = [[] for _ in range(sizes.partitions)]
    for line in chain(load.lines(log.made.facts), load.lines(log.made.events)):
        partition = topics.partition_of(json.loads(line)["subject"], sizes.partitions)
        waiting[partition].append(line)
        if len(waiting[partition]) == sizes.batch:
            yield partition, waiting[partition]
            waiting[partition] = []
    yield from ((partition, lines) for partition, lines in enumerate(waiting) if lines)


def _produce(producer: Producer, topic: str, partition: int, key: bytes, value: bytes) -> None:
    try:
        producer.produce(topic, value, key or None, partition)
    except BufferError:
        producer.poll(0.1)
        _produce(producer, topic, partition, key, value)
    else:
        producer.poll(0)
