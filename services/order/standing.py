"""Duties that stand for ever: what holds now, and when that changes by itself."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from schemas.observed import DayObserved

from .case import Case
from .eventset import Occurrence
from .outcome import Outcome
from .registry import instant

FactT = TypeVar("FactT", bound=Occurrence)


def just_before(time: datetime) -> datetime:
    """The last instant at which what begins at a time has not begun: the fold looks again after
    it, and so at the time itself."""
    return time - timedelta.resolution


def come(case: Case, facts: Sequence[FactT]) -> tuple[list[FactT], datetime | None]:
    """Of facts in order of their times, those whose time has come; and when to look for the next.

    For facts of the dossier itself: those that the registry is asked for, the engine waits for.
    """
    known = [fact for fact in facts if fact.time <= case.now]
    later = facts[len(known) :]
    return known, just_before(later[0].time) if later else None


def woken(outcome: Outcome, *wakes: datetime | None) -> Outcome:
    """An outcome that is looked at again at other times too."""
    told = [wake for wake in (outcome.wake, *wakes) if wake is not None]
    return outcome._replace(wake=min(told, default=None))


def order_began(case: Case) -> datetime:
    """The start of the day on which the order, in its first edition, took effect."""
    first = case.registry.editions()[0]
    return instant(first.effective_on, first.tzinfo)


def day_began(day: str) -> datetime:
    """The start of a day (UTC) on which something was received."""
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


def shown_days(case: Case) -> Iterable[tuple[str, DayObserved, datetime]]:
    """What was seen of a source on each day that still counts, and until when it does: for some
    days after its end."""
    shown_for = timedelta(days=1 + case.policy.completeness.shown_for_days)
    for day, seen in case.observed.days.items() if case.observed else ():
        until = day_began(day) + shown_for
        if case.now <= until:
            yield day, seen, until
