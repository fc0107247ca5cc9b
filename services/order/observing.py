"""Observing a source: the same, whether its events are seen in one lot or in many, in any order."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from schemas.ai import SourceHeartbeat
from schemas.events import Event
from schemas.observed import Conflict, DayObserved, Observed, Run

MOST_CONFLICTS = 100
MOST_RUNS = 1000
"""Of an instance; a source that numbers at random must not fill the state. Enough to know that
numbers are missing; the lowest are kept, so that none is called missing that came."""


@dataclass(slots=True)
class _Day:
    """A `DayObserved` while it is being counted."""

    accepted: int = 0
    refused: int = 0
    ahead: float = 0.0
    behind: float | None = None


class Observer:
    """Gathers what is seen of one source: plain numbers, until somebody asks."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._numbers: dict[str, list[tuple[int, str, datetime]]] = defaultdict(list)
        self._days: dict[str, _Day] = defaultdict(_Day)
        self._conflicts: list[Conflict] = []
        self._last: datetime | None = None
        # Many events are received at one instant.
        self._counting: tuple[datetime, _Day] | None = None

    def add(self, event: Event) -> None:
        """An event was accepted."""
        at = event.receivedtime or event.time
        day = self._day(at)
        day.accepted += 1
        # A fact may be valid from a day to come.
        if event.time > at and not event.type.startswith("registry."):
            day.ahead = max(day.ahead, (event.time - at).total_seconds())
        # Anything else may be sent long after it happened; a heartbeat is sent at once.
        if isinstance(event, SourceHeartbeat):
            behind = max(0.0, (at - event.time).total_seconds())
            day.behind = behind if day.behind is None else min(day.behind, behind)
        if self._last is None or at > self._last:
            self._last = at
        if event.sequence is not None:
            self._numbers[event.instance or ""].append((int(event.sequence), event.id, at))

    def refuse(self, at: datetime) -> None:
        """An input was refused."""
        self._day(at).refused += 1

    def conflict(self, event_id: str, at: datetime) -> None:
        """An event received then has the id of another one, and other bytes."""
        self._conflicts.append(Conflict(id=event_id, received=at))

    def observed(self) -> Observed:
        """All that was seen."""
        return Observed(
            source=self._source,
            runs={name: _runs(numbers) for name, numbers in sorted(self._numbers.items())},
            days={name: _day_observed(day) for name, day in sorted(self._days.items())},
            conflicts=_earliest(self._conflicts),
            last_received=self._last,
        )

    def _day(self, at: datetime) -> _Day:
        if self._counting is None or self._counting[0] is not at:
            self._counting = at, self._days[at.astimezone(UTC).date().isoformat()]
        return self._counting[1]


def _day_observed(day: _Day) -> DayObserved:
    return DayObserved(
        accepted=day.accepted,
        refused=day.refused,
        ahead_seconds=day.ahead,
        behind_seconds=day.behind,
    )


def _runs(numbers: Iterable[tuple[int, str, datetime]]) -> list[Run]:
    """What `_joined` makes of runs of one number each: number, id and receipt of an event."""
    runs: list[Run] = []
    apart: list[tuple[int, str, datetime]] = []
    for each in sorted(numbers):
        if apart and each[0] > apart[-1][0] + 1:
            runs.append(_run(apart))
            apart = []
            if len(runs) == MOST_RUNS:
                return runs
        apart.append(each)
    return [*runs, _run(apart)]


def _run(numbers: Sequence[tuple[int, str, datetime]]) -> Run:
    """Numbers in order, of which none is missing; of two events with one number, always the same
    one gives the name."""
    (first, first_id, _), (last, last_id, _) = numbers[0], numbers[-1]
    received = min(at for _, _, at in numbers)
    return Run(first=first, last=last, first_id=first_id, last_id=last_id, received=received)


def merged(one: Observed, other: Observed) -> Observed:
    """What was seen in two lots of one source."""
    return _merged(one, other, _day_merged)


def reconciled(one: Observed, other: Observed) -> Observed:
    """What two have seen of the same lots: what both counted, counts once."""
    return _merged(one, other, _day_reconciled)


def _merged(
    one: Observed,
    other: Observed,
    together: Callable[[DayObserved | None, DayObserved | None], DayObserved],
) -> Observed:
    lasts = [seen.last_received for seen in (one, other) if seen.last_received is not None]
    return Observed(
        source=one.source,
        runs={
            name: _joined([*one.runs.get(name, []), *other.runs.get(name, [])])
            for name in sorted(one.runs.keys() | other.runs.keys())
        },
        days={
            day: together(one.days.get(day), other.days.get(day))
            for day in sorted(one.days.keys() | other.days.keys())
        },
        conflicts=_earliest([*one.conflicts, *other.conflicts]),
        last_received=max(lasts, default=None),
    )


def gaps(runs: Sequence[Run]) -> list[range]:
    """The numbers missing between runs that are in order and apart."""
    return [range(one.last + 1, later.first) for one, later in pairwise(runs)]


def missing(gap: range) -> int:
    """How many numbers a gap holds; `len` cannot count the largest."""
    return gap.stop - gap.start


def skew(day: DayObserved) -> float:
    """By how many seconds a source's clock was wrong on a day, at least."""
    return max(day.ahead_seconds, day.behind_seconds or 0)


def _day_merged(one: DayObserved | None, other: DayObserved | None) -> DayObserved:
    known = [day for day in (one, other) if day is not None]
    behind = [day.behind_seconds for day in known if day.behind_seconds is not None]
    return DayObserved(
        accepted=sum(day.accepted for day in known),
        refused=sum(day.refused for day in known),
        ahead_seconds=max(day.ahead_seconds for day in known),
        behind_seconds=min(behind, default=None),
    )


def _day_reconciled(one: DayObserved | None, other: DayObserved | None) -> DayObserved:
    known = [day for day in (one, other) if day is not None]
    most = {
        "accepted": max(day.accepted for day in known),
        "refused": max(day.refused for day in known),
    }
    return _day_merged(one, other).model_copy(update=most)


def _joined(runs: Iterable[Run]) -> list[Run]:
    """Runs that touch or overlap as one, the lowest of them."""
    joined: list[Run] = []
    for run in sorted(runs, key=lambda r: r.first):
        if joined and run.first <= joined[-1].last + 1:
            joined[-1] = _union(joined[-1], run)
        else:
            joined.append(run)
    return joined[:MOST_RUNS]


def _union(one: Run, later: Run) -> Run:
    """Of two events with one number, always the same one gives the name."""
    firsts = [run.first_id for run in (one, later) if run.first == one.first]
    last = max(one.last, later.last)
    lasts = [run.last_id for run in (one, later) if run.last == last]
    return Run(
        first=one.first,
        last=last,
        first_id=min(firsts),
        last_id=max(lasts),
        received=min(one.received, later.received),
    )


def _earliest(conflicts: Iterable[Conflict]) -> list[Conflict]:
    """The first conflicts of each id, earliest first: a few are enough to know."""
    first: dict[str, Conflict] = {}
    for conflict in sorted(conflicts, key=lambda c: (c.received, c.id)):
        first.setdefault(conflict.id, conflict)
    return list(first.values())[:MOST_CONFLICTS]
