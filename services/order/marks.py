"""What an employee's dossier keeps of each use: enough for duties and patterns, and no more.

The use itself is judged in a dossier of its own; an officer's thousands of searches must not make
the judgement of the officer slow.
"""

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime

from pydantic import TypeAdapter

from schemas.ai import UseRecorded
from schemas.observed import Mark

from .eventset import EventKey, chronological, received

MARK: TypeAdapter[Mark] = TypeAdapter(Mark)


def mark_of(use: UseRecorded) -> Mark:
    """The mark that a use leaves."""
    numbers = (use.data.case_number, use.data.incident_number)
    has_case = any(number and number.strip() for number in numbers)
    target = use.data.target_digest
    return Mark(use.time, use.receivedtime, use.source, use.id, use.subject, target, has_case)


class Marks:
    """Marks by (source, id), of which the one received first counts; sorted by time."""

    def __init__(self, marks: Iterable[Mark] = ()) -> None:
        self._by_key: dict[EventKey, Mark] = {}
        self._sorted: list[Mark] = []
        for mark in marks:
            self.add(mark)

    def add(self, mark: Mark) -> bool:
        """Add a mark; True if these are others now."""
        known = self._by_key.get(mark.key)
        if known is not None:
            if _precedence(known) <= _precedence(mark):
                return False
            self._sorted.remove(known)
        self._by_key[mark.key] = mark
        insort(self._sorted, mark, key=chronological)
        return True

    def get(self, key: EventKey) -> Mark | None:
        """The mark of an event."""
        return self._by_key.get(key)

    def without(self, keys: Iterable[EventKey]) -> "Marks":
        """These marks but for some."""
        left = dict.fromkeys(self._by_key)
        for key in keys:
            left.pop(key, None)
        if len(left) == len(self._by_key):
            return self
        return Marks(self._by_key[key] for key in left)

    def first_within(self, after: datetime, before: datetime, *, at: bool = False) -> Mark | None:
        """The first mark later than `after` (with `at`: or then) and earlier than `before`."""
        find = bisect_left if at else bisect_right
        place = find(self._sorted, after, key=lambda mark: mark.time)
        if place < len(self._sorted) and self._sorted[place].time < before:
            return self._sorted[place]
        return None

    def by_target(self) -> dict[str, list[Mark]]:
        """The searches for each target, by time."""
        found: dict[str, list[Mark]] = defaultdict(list)
        for mark in self._sorted:
            if mark.target is not None:
                found[mark.target].append(mark)
        return found

    def __iter__(self) -> Iterator[Mark]:
        return iter(self._sorted)

    def __len__(self) -> int:
        return len(self._sorted)


def _precedence(mark: Mark) -> tuple[datetime, bytes]:
    return received(mark), MARK.dump_json(mark)
