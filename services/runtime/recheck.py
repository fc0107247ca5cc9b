"""Judging the whole log again, and comparing it with what the checker has published."""

import time
from collections.abc import Callable, Collection, Generator, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime

from schemas.base import EARLIEST, LATEST
from schemas.verdicts import Finding, PartitionProgress
from services.order.pile import Facts
from services.order.recheck import Difference, differences, findings_of
from services.order.rulebook import rulebook

from . import topics
from .archive import Archive, Progress, give_back
from .large_pile import Lot
from .ranges import Follower
from .settings import BatchSettings

_ATTEMPTS = 3
_PAUSE_SECONDS = 2.0
_POLL_SECONDS = 0.3

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

    def __init__(self, bootstrap: str, own: BatchSettings, told: Told) -> None:
        self._bootstrap = bootstrap
        self._told = told
        self._open = ExitStack()
        self._archive = Archive(bootstrap, own)
        self._given: dict[int, int] = {}

    def __enter__(self) -> "Recheck":
        metrics = Follower.of(self._bootstrap, topics.METRICS)
        history = Follower.of(self._bootstrap, topics.FINDING_HISTORY)
        self._progress = Progress(self._open.enter_context(metrics))
        self._history = self._open.enter_context(history)
        self._open.enter_context(self._archive)
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
        as_of = min(progress.now for progress in self._progress.of.values() if progress.now)
        found, subjects = self._compare()
        for _ in range(_ATTEMPTS - 1):
            if found:
                time.sleep(_PAUSE_SECONDS)
                self._read_log()
                self._wait_for_checker(patience_seconds)
                found, _judged = self._compare({difference.subject for difference in found})
        return Report(self._archive.read.events, subjects, as_of, found)

    def apply(self, subjects: Collection[str] | None = None) -> None:
        """Have the checker judge these subjects, or all, by the log, and publish new revisions."""
        # Up to then the log holds everything, before it is read; what came since stays.
        self._progress.read()
        told = [self._progress.of[number].now for number in range(self._archive.partitions)]
        self._read_log()
        complete_to = [now or EARLIEST for now in told]
        self._given = give_back(self._bootstrap, self._archive.pile, subjects, complete_to)

    def _read_log(self) -> None:
        self._archive.read_log(lambda events: self._told("events read", events, 0))

    def _wait_for_checker(self, patience_seconds: float) -> None:
        deadline = time.monotonic() + patience_seconds
        while why := self._behind():
            if time.monotonic() > deadline:
                raise CheckerBehind(f"the checker is behind the log: {why}")
            time.sleep(_POLL_SECONDS)
        # What ends a transaction reaches each partition by itself: take in the findings of the
        # progress that was just read.
        time.sleep(_PAUSE_SECONDS / 2)
        self._archive.note(self._history.news())

    def _behind(self) -> str:
        """Why what the checker has published cannot be compared with the log yet."""
        self._progress.read()
        progress_of = self._progress.of
        if not self._archive.partitions or len(progress_of) < self._archive.partitions:
            return "it has not judged anything yet"
        for number, progress in sorted(progress_of.items()):
            if progress.now is None or progress.now < self._archive.read.read_to:
                return f"partition {number} is judged as of {progress.now}"
            if progress.backlog:
                return f"partition {number} has {progress.backlog} dossiers to judge again"
            if progress.offset < self._given.get(number, -1):
                return f"partition {number} has not taken back what it was given"
        return ""

    def _compare(self, only: Collection[str] | None = None) -> tuple[list[Difference], int]:
        """The differences of all subjects, or of some; and how many the log knows."""

        def told(done: int, of: int) -> None:
            self._told("buckets compared", done, of)

        # All that was read was received by the time that the checker has reached.
        answers = self._archive.pile.ask(_Comparing(self._progress.of), LATEST, only, told)
        found = [difference for _, several in answers.each for difference in several]
        return found, sum(answers.sums)


@dataclass(frozen=True)
class _Comparing:
    """How what was published of a lot's subjects differs from what the log says."""

    progress: Mapping[int, PartitionProgress]

    def __call__(
        self, facts: Facts
    ) -> Callable[[Lot], Generator[tuple[str, list[Difference]], None, int]]:
        return self._differences

    def _differences(self, lot: Lot) -> Generator[tuple[str, list[Difference]], None, int]:
        for subject in lot.subjects():
            now = self.progress[topics.partition_of(subject, len(self.progress))].now
            assert now is not None
            judgement = lot.pile.judge(subject, now, rulebook())
            published = self._open(lot.said.get(subject, ()))
            if found := differences(findings_of(judgement), published, judgement.attribution):
                yield subject, found
        return len(lot.pile)

    def _open(self, history: Iterable[bytes]) -> dict[str, Finding]:
        """The findings that were open when the progress was told, by id."""
        latest: dict[str, Finding] = {}
        for line in history:
            finding = Finding.model_validate_json(line)
            last = latest.get(finding.finding_id)
            is_told = finding.log_offset <= self.progress[finding.log_partition].offset
            if is_told and (last is None or last.revision < finding.revision):
                latest[finding.finding_id] = finding
        return {
            identity: finding for identity, finding in latest.items() if finding.state == "open"
        }
