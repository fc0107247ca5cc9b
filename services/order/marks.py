"""What an employee's dossier keeps of each use: enough for duties and patterns, and no more.

The use itself is judged in a dossier of its own; an officer's thousands of searches must not make
the judgement of the officer slow.
"""

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice

from schemas.ai import UseRecorded
from schemas.observed import Mark

from .entry import line_of
from .eventset import EventKey, chronological, received
from .retractions import Retractions


def mark_of(use: UseRecorded) -> Mark:
    """The mark that a use leaves."""
    data = use.data
    has_case = _is_given(data.case_number) or _is_given(data.incident_number)
    key = use.source, use.id
    return Mark(use.time, use.receivedtime, *key, use.subject, data.target_digest, has_case)


def _is_given(number: str | None) -> bool:
    return number is not None and bool(number.strip())


class Marks:
    """Marks by (source, id), of which the one received first counts; sorted by time.

    Those of uses that were retracted are kept apart: see `settle`.
    """

    def __init__(self, marks: Iterable[Mark] = ()) -> None:
        self._by_key: dict[EventKey, Mark] = {}
        self._retracted: set[EventKey] = set()
        self._sorted: list[Mark] = []
        self._by_target: dict[str, list[Mark]] = defaultdict(list)
        self._repeated: set[str] = set()
        # How far which retractions have been looked at, and marks for which none has been.
        self._retractions: Retractions | None = None
        self._looked_at = 0
        self._unsettled: list[EventKey] = []
        for mark in marks:
            self.add(mark)

    def add(self, mark: Mark) -> bool:
        """Add a mark; True if these are others now."""
        key = mark.key
        known = self._by_key.get(key)
        if known is not None:
            if _precedence(known) <= _precedence(mark):
                return False
            self._leave_out(known)
            self._retracted.discard(key)
        self._by_key[key] = mark
        self._take_in(mark)
        self._unsettled.append(key)
        return True

    def settle(self, retractions: Retractions) -> None:
        """Leave out what was retracted. Only what has come since the last time is looked at, so
        that an officer's long history costs nothing."""
        if retractions is not self._retractions:
            self._retractions, self._looked_at = retractions, 0
            for key in self._retracted:
                self._take_in(self._by_key[key])
            self._retracted.clear()
        for key in self._unsettled:
            mark = self._by_key[key]
            if key in retractions.under(mark.subject):
                self._leave_out(mark)
        self._unsettled.clear()
        for subject, key in islice(retractions.log, self._looked_at, None):
            mark_there = self._by_key.get(key)
            if mark_there is not None and mark_there.subject == subject:
                self._leave_out(mark_there)
        self._looked_at = len(retractions.log)

    def __contains__(self, key: EventKey) -> bool:
        return key in self._by_key

    def first_within(self, after: datetime, before: datetime, *, at: bool = False) -> Mark | None:
        """The first mark later than `after` (with `at`: or then) and earlier than `before`."""
        find = bisect_left if at else bisect_right
        place = find(self._sorted, after, key=lambda mark: mark.time)
        if place < len(self._sorted) and self._sorted[place].time < before:
            return self._sorted[place]
        return None

    def by_target(self) -> Mapping[str, Sequence[Mark]]:
        """The searches for each target, by time."""
        return self._by_target

    def repeated(self) -> list[Sequence[Mark]]:
        """The searches for each target that was searched for more than once; the target first that
        was searched for first."""
        found = [self._by_target[target] for target in self._repeated]
        return sorted(found, key=lambda marks: chronological(marks[0]))

    def __iter__(self) -> Iterator[Mark]:
        return iter(self._sorted)

    def __len__(self) -> int:
        return len(self._sorted)

    def _take_in(self, mark: Mark) -> None:
        _insert(self._sorted, mark)
        if mark.target is not None:
            marks = self._by_target[mark.target]
            _insert(marks, mark)
            if len(marks) > 1:
                self._repeated.add(mark.target)

    def _leave_out(self, mark: Mark) -> None:
        if mark.key in self._retracted:
            return
        self._retracted.add(mark.key)
        self._sorted.remove(mark)
        if mark.target is not None:
            marks = self._by_target[mark.target]
            marks.remove(mark)
            if len(marks) < 2:
                self._repeated.discard(mark.target)
            if not marks:
                del self._by_target[mark.target]


NO_MARKS = Marks()
"""Of whoever is no employee; nothing is added to it."""


def _insert(marks: list[Mark], mark: Mark) -> None:
    if not marks or marks[-1].time < mark.time:
        marks.append(mark)
    else:
        insort(marks, mark, key=chronological)


def _precedence(mark: Mark) -> tuple[datetime, bytes]:
    return received(mark), line_of(mark)
