"""Judging the whole log again, and comparing it with what the checker has published."""

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime

from schemas.base import EARLIEST
from schemas.policy import Policy
from schemas.verdicts import Finding
from services.order.pile import Pile
from services.order.recheck import Difference, differences
from services.order.rule import Rule

from . import topics
from .archive import Archive, Follower, Published, give_back

_ATTEMPTS = 3
_PAUSE_SECONDS = 2.0

Told = Callable[[str, int, int], None]
"""Hears of progress: what is counted, how many are done, of how many (0: not known)."""


class CheckerBehind(Exception):
    """The checker has not judged what the log holds; the text says how far it is."""


@dataclass
class Report:
    """What a recheck found. `as_of`: the earliest instant of the partitions."""

    events: int
    subjects: int
    as_of: datetime
    differences: list[Difference] = field(default_factory=list)


class Recheck:
    """One reading of the log; may be compared again later, with what has come since."""

    def __init__(self, bootstrap: str, rules: Sequence[Rule], told: Told) -> None:
        self._bootstrap = bootstrap
        self._rules = rules
        self._told = told
        self._open = ExitStack()
        self._archive = Archive(Pile(Policy()))
        self._published = Published()
        self._given: dict[int, int] = {}

    def __enter__(self) -> "Recheck":
        log = Follower.of(self._bootstrap, topics.EVENTS, topics.REJECTED)
        said = Follower.of(self._bootstrap, topics.METRICS, topics.FINDING_HISTORY)
        self._log = self._open.enter_context(log)
        self._said = self._open.enter_context(said)
        self._partitions = self._log.partitions(topics.EVENTS)
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def run(self, patience_seconds: float) -> Report:
        """Read, wait until the checker has judged all that was read, and compare.

        What differs is looked at again a little later: what has just arrived may be judged on one
        side only. Raises CheckerBehind after `patience_seconds`.
        """
        self._read_log()
        self._wait_for_checker(patience_seconds)
        subjects = self._archive.pile.subjects()
        as_of = min(progress.now for progress in self._published.progress.values() if progress.now)
        found = self._compare(sorted({*subjects, *self._published.open_findings()}))
        for _ in range(_ATTEMPTS - 1):
            if found:
                time.sleep(_PAUSE_SECONDS)
                self._read_log()
                self._wait_for_checker(patience_seconds)
                found = self._compare(sorted({difference.subject for difference in found}))
        return Report(self._archive.events, len(subjects), as_of, found)

    def apply(self, subjects: Iterable[str] | None = None) -> None:
        """Have the checker judge these subjects, or all, by the log, and publish new revisions."""
        # Up to then the log holds everything, before it is read; what came since stays.
        self._read_published()
        told = [self._published.progress[number].now for number in range(self._partitions)]
        self._read_log()
        pile = self._archive.pile
        chosen = sorted(set(pile.subjects() if subjects is None else subjects))
        complete_to = [now or EARLIEST for now in told]
        self._given = give_back(self._bootstrap, pile, chosen, complete_to)

    def _read_log(self) -> None:
        def told(_: int) -> None:
            self._told("events read", self._archive.events, 0)

        for record in self._log.news():
            self._archive.add(record, told)

    def _read_published(self) -> None:
        for record in self._said.news():
            self._published.add(record)

    def _wait_for_checker(self, patience_seconds: float) -> None:
        deadline = time.monotonic() + patience_seconds
        while why := self._behind():
            if time.monotonic() > deadline:
                raise CheckerBehind(f"the checker is behind the log: {why}")
            time.sleep(_PAUSE_SECONDS)

    def _behind(self) -> str:
        """Why what the checker has published cannot be compared with the log yet."""
        self._read_published()
        if not self._partitions or len(self._published.progress) < self._partitions:
            return "it has not judged anything yet"
        for number, progress in sorted(self._published.progress.items()):
            if progress.now is None or progress.now < self._archive.read_to:
                return f"partition {number} is judged as of {progress.now}"
            if progress.backlog:
                return f"partition {number} has {progress.backlog} dossiers to judge again"
            if progress.offset < self._given.get(number, -1):
                return f"partition {number} has not taken back what it was given"
        # What ends a transaction reaches each partition by itself: take in the findings of the
        # progress that was just read.
        time.sleep(_PAUSE_SECONDS / 2)
        as_read = dict(self._published.progress)
        self._read_published()
        self._published.progress = as_read
        return ""

    def _compare(self, subjects: Sequence[str]) -> list[Difference]:
        published = self._published.open_findings()
        found: list[Difference] = []
        for done, subject in enumerate(subjects, 1):
            found += self._differences(subject, published.get(subject, {}))
            self._told("subjects compared", done, len(subjects))
        return found

    def _differences(self, subject: str, published: dict[str, Finding]) -> list[Difference]:
        partition = topics.partition_of(subject, self._partitions)
        now = self._published.progress[partition].now
        assert now is not None
        judgement = self._archive.pile.judge(subject, now, self._rules)
        return differences(judgement.verdicts, published, judgement.attribution)
