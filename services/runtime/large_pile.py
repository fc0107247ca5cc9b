"""A pile of more events than fit into memory: sorted into buckets on disk by several processes,
then judged bucket by bucket. Memory holds one bucket for each process, and the registry's facts.
"""

import os
import pickle
from collections import defaultdict
from collections.abc import Callable, Collection, Generator, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from heapq import merge
from itertools import count
from operator import itemgetter
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from schemas.events import EVENT, Event
from schemas.observed import Observed
from schemas.policy import Policy
from services.order.pile import Facts, Pile
from services.order.sightings import Sighting, Watch, joined

from .buckets import COUNT, Buckets, Writer, bucket_of
from .workers import Workers

_FACTS = "facts"
_ENTRIES = "entries"
_SEEN = "seen"
_SAID = "said"
_TAB = b"\t"

Answer = TypeVar("Answer")
Sum = TypeVar("Sum")
Answer_co = TypeVar("Answer_co", covariant=True)
Sum_co = TypeVar("Sum_co", covariant=True)
Task = TypeVar("Task")
Done = TypeVar("Done")


class Sorter:
    """A `services.order.pile.Keeper` that keeps everything in buckets."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def learn(self, fact: Event, line: bytes) -> None:
        """A fact of the registry."""
        self._writer.put(_FACTS, 0, line)

    def see(self, sighting: Sighting) -> None:
        """What tells how completely a source reports: to where its conflicts are found, and to
        where its number has its neighbours."""
        line = sighting.line().encode()
        number_key = sighting.number_key
        bucket = bucket_of(sighting.conflict_key)
        if number_key is None:
            self._writer.put(_SEEN, bucket, b"=#\t" + line)
            return
        self._writer.put(_SEEN, bucket, b"=\t" + line)
        self._writer.put(_SEEN, bucket_of(number_key), b"#\t" + line)

    def refuse(self, source: str, at: datetime) -> None:
        """An input of a source was refused."""
        line = f"!\t{source}\t{at.isoformat()}"
        self._writer.put(_SEEN, bucket_of(source), line.encode())

    def enter(self, subject: str, entry: bytes) -> None:
        """An entry of a dossier."""
        self._writer.put(_ENTRIES, bucket_of(subject), subject.encode() + _TAB + entry)

    def note(self, subject: str, said: bytes) -> None:
        """What else is to be looked at together with a subject: a line."""
        self._writer.put(_SAID, bucket_of(subject), subject.encode() + _TAB + said)


@dataclass
class Lot:
    """Some subjects of a pile: of one bucket. `said`: what was noted of each subject.

    `only`: the subjects that are asked about; None: all.
    """

    pile: Pile
    said: dict[str, list[bytes]] = field(default_factory=dict)
    only: Collection[str] | None = None

    def subjects(self) -> list[str]:
        """Those that are asked about and of which something is known, by name."""
        known = {*self.pile.subjects(), *self.said}
        return sorted(known if self.only is None else known.intersection(self.only))


class Question(Protocol[Answer_co, Sum_co]):
    """What is asked of each lot. It must be possible to pickle it."""

    def __call__(
        self, facts: Facts
    ) -> Callable[[Lot], Generator[tuple[str, Answer_co], None, Sum_co]]:
        """Get ready; what it returns yields answers by subject, and returns their sum."""


@dataclass
class Answers(Generic[Answer, Sum]):
    """The sums of all lots, and every answer, by subject."""

    sums: list[Sum]
    each: Iterable[tuple[str, Answer]]


def ask(question: Question[Answer, Sum], pile: Pile) -> Answers[Answer, Sum]:
    """Ask a pile that is in memory."""
    answers: list[tuple[str, Answer]] = []
    answering = question(pile.facts)(Lot(pile))
    try:
        while True:
            answers.append(next(answering))
    except StopIteration as end:
        return Answers([end.value], answers)


class LargePile:
    """In a folder of its own, for the time of a block of `workers`."""

    def __init__(
        self, folder: Path, workers: Workers, policy: Policy, *, override: bool = False
    ) -> None:
        """`policy`, `override`: see `services.order.pile.Facts`."""
        self._folder = folder
        self._workers = workers
        self._policy = policy
        self._override = override
        self._numbers = count()
        self._observed: dict[datetime, dict[str, Observed]] = {}

    def sort(self, read: Callable[[Task, Sorter], Done], tasks: Iterable[Task]) -> Iterator[Done]:
        """Have a function of a module read tasks and sort out what they hold; what it returns, in
        their order. All must be taken before anything is asked."""
        self._observed.clear()
        return self._workers.run(_sort, ((self._folder, read, task) for task in tasks))

    def facts(self) -> Facts:
        """The registry's facts."""
        return _facts(self._folder, self._policy, self._override)

    def ask(
        self,
        question: Question[Answer, Sum],
        now: datetime,
        only: Collection[str] | None = None,
        told: Callable[[int, int], None] = lambda done, of: None,
    ) -> Answers[Answer, Sum]:
        """Ask about every subject, or about some. `now`: up to when sources are observed.

        `told` hears how many buckets are done, of how many.
        """
        prepared = _Prepared(question, self._policy, self._override, self._watch(now))
        place = self._folder / f"question-{next(self._numbers)}"
        place.write_bytes(pickle.dumps(prepared))
        chosen: dict[int, set[str]] = defaultdict(set)
        for subject in only or ():
            chosen[bucket_of(subject)].add(subject)
        buckets = range(COUNT) if only is None else sorted(chosen)
        tasks = ((self._folder, place, n, chosen.get(n)) for n in buckets)
        sums = []
        for done, one in enumerate(self._workers.run(_answer, tasks), 1):
            sums.append(one)
            told(done, len(buckets))
        return Answers(sums, self._answers([_answers_of(place, n) for n in buckets]))

    def _answers(self, files: list[Path]) -> Iterator[tuple[str, Any]]:
        yield from merge(*map(_unpickled, files), key=itemgetter(0))
        for file in files:
            file.unlink()

    def _watch(self, now: datetime) -> dict[str, Observed]:
        """What was seen of every source up to `now`."""
        if now not in self._observed:
            parts: dict[str, list[Observed]] = defaultdict(list)
            tasks = ((self._folder, bucket, now) for bucket in range(COUNT))
            for part in self._workers.run(_observe, tasks):
                for source, seen in part.items():
                    parts[source].append(seen)
            self._observed[now] = {source: joined(parts[source]) for source in parts}
        return self._observed[now]


@dataclass
class _Prepared:
    """A question as it is laid down for the workers. `observed`: of all sources."""

    question: Question[Any, Any]
    policy: Policy
    override: bool
    observed: dict[str, Observed]


def _sort(folder: Path, read: Callable[[Task, Sorter], Done], task: Task) -> Done:
    with Writer(folder, str(os.getpid())) as writer:
        return read(task, Sorter(writer))


def _observe(folder: Path, bucket: int, now: datetime) -> dict[str, Observed]:
    watch = Watch(now)
    for line in Buckets(folder).lines(_SEEN, bucket):
        kind, _, rest = line.decode().partition("\t")
        if kind == "!":
            source, at = rest.split("\t")
            watch.refuse(source, datetime.fromisoformat(at))
            continue
        sighting = Sighting.of_line(rest)
        if "=" in kind:
            watch.compare(sighting)
        if "#" in kind:
            watch.count(sighting)
    return watch.observed()


def _answer(folder: Path, place: Path, bucket: int, only: Collection[str] | None) -> Any:
    prepared, facts, answering = _ready(folder, place)
    buckets = Buckets(folder)
    entries = (_named(line) for line in buckets.lines(_ENTRIES, bucket))
    sources = {s: o for s, o in prepared.observed.items() if bucket_of(f"source{s}") == bucket}
    said: dict[str, list[bytes]] = defaultdict(list)
    for subject, line in map(_named, buckets.lines(_SAID, bucket)):
        said[subject].append(line)
    lot = Lot(Pile.of(facts, entries, sources), said, only)
    with _answers_of(place, bucket).open("wb") as file:
        answers = answering(lot)
        try:
            while True:
                pickle.dump(next(answers), file)
        except StopIteration as end:
            return end.value


@lru_cache(maxsize=1)
def _ready(folder: Path, place: Path) -> tuple[_Prepared, Facts, Any]:
    """Once for all buckets of a question."""
    prepared: _Prepared = pickle.loads(place.read_bytes())
    facts = _facts(folder, prepared.policy, prepared.override)
    return prepared, facts, prepared.question(facts)


def _facts(folder: Path, policy: Policy, override: bool) -> Facts:
    lines = Buckets(folder).lines(_FACTS, 0)
    return Facts(policy, override=override, facts=map(EVENT.validate_json, lines))


def _named(line: bytes) -> tuple[str, bytes]:
    subject, _, rest = line.partition(_TAB)
    return subject.decode(), rest


def _answers_of(place: Path, bucket: int) -> Path:
    return place.with_name(f"{place.name}.{bucket}")


def _unpickled(path: Path) -> Iterator[tuple[str, Any]]:
    with path.open("rb") as file:
        while True:
            try:
                yield pickle.load(file)
            except EOFError:
                return
