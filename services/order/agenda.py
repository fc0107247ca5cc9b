"""Which dossiers have to be looked at again: because time passed, or because a fact changed."""

import heapq
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from schemas.base import Model, Time

EVERYTHING = "*"
"""What every dossier depends on: the rules."""

_ALARMS_TO_SPARE = 1000


class Reexamination(Model):
    """Dossiers to be judged again because a fact changed: those that depend on `dependency`, asked
    about `since` or later, and come after `done` in the order of their names."""

    dependency: str
    since: Time
    done: str = ""


class Agenda:
    """What each dossier depends on, and when it is due."""

    def __init__(self) -> None:
        self._dependents: dict[str, dict[str, datetime]] = defaultdict(dict)
        self._consulted: dict[str, Mapping[str, datetime]] = {}
        self._wakes: dict[str, datetime] = {}
        self._alarms: list[tuple[datetime, str]] = []
        # Those whose time has come and whose turn has not.
        self._due: deque[tuple[datetime, str]] = deque()

    def enter(self, subject: str, consulted: Mapping[str, datetime], wake: datetime | None) -> None:
        """Note what a dossier depends on now, and when to look at it again."""
        before = self._consulted.get(subject, {})
        if before != consulted:
            for dependency in before:
                if dependency not in consulted:
                    self._dependents[dependency].pop(subject, None)
            for dependency, asked in consulted.items():
                self._dependents[dependency][subject] = asked
        self._consulted[subject] = consulted
        self.wake(subject, wake)

    def wake(self, subject: str, wake: datetime | None) -> None:
        """Look at a dossier again after a time, whatever it depends on."""
        if wake is None:
            self._wakes.pop(subject, None)
            return
        if self._wakes.get(subject) != wake:
            self._wakes[subject] = wake
            heapq.heappush(self._alarms, (wake, subject))
            self._forget_old_alarms()

    def forget(self, subject: str) -> None:
        """A dossier that nothing is to be noted of any more."""
        self.enter(subject, {}, None)
        del self._consulted[subject]

    def _forget_old_alarms(self) -> None:
        """An officer's dossier is entered again with each use, due in a year: of its alarms only
        the last counts, and the others must not be kept for that year."""
        if len(self._alarms) > 2 * len(self._wakes) + _ALARMS_TO_SPARE:
            self._alarms = [(wake, subject) for subject, wake in self._wakes.items()]
            heapq.heapify(self._alarms)
            self._due.clear()

    def affected(self, item: Reexamination) -> list[str]:
        """The dossiers that are still to be judged again for a changed fact, in no order."""
        if item.dependency == EVERYTHING:
            return [subject for subject in self._consulted if subject > item.done]
        dependents = self._dependents.get(item.dependency, {})
        return [s for s, asked in dependents.items() if asked >= item.since and s > item.done]

    def due(self, now: datetime, at_most: int) -> list[str]:
        """Take the dossiers whose time has come, earliest first."""
        self._notice_due(now)
        taken: list[str] = []
        while self._due and len(taken) < at_most:
            wake, subject = self._due.popleft()
            if self._wakes.get(subject) == wake:
                del self._wakes[subject]
                taken.append(subject)
        return taken

    def take(
        self, backlog: Sequence[Reexamination], at_most: int
    ) -> tuple[list[str], list[Reexamination]]:
        """The next dossiers of a backlog, by name, and what is left of it."""
        taken: list[str] = []
        left: list[Reexamination] = []
        for item in backlog:
            affected = sorted(self.affected(item))
            room = at_most - len(taken)
            taken += affected[:room]
            if len(affected) > room:
                done = affected[room - 1] if room else item.done
                left.append(item.model_copy(update={"done": done}))
        return taken, left

    def outstanding(self, backlog: Iterable[Reexamination], now: datetime | None) -> int:
        """How many dossiers are due or to be judged again."""
        if now is not None:
            self._notice_due(now)
        overdue = sum(self._wakes.get(subject) == wake for wake, subject in self._due)
        return overdue + sum(len(self.affected(item)) for item in backlog)

    def _notice_due(self, now: datetime) -> None:
        while self._alarms and self._alarms[0][0] < now:
            self._due.append(heapq.heappop(self._alarms))


def with_item(backlog: Sequence[Reexamination], new: Reexamination) -> list[Reexamination]:
    """A backlog with one more item; one about the same dependency takes it in and starts anew."""
    since = [item.since for item in backlog if item.dependency == new.dependency]
    merged = new.model_copy(update={"since": min([new.since, *since])})
    return [*(item for item in backlog if item.dependency != new.dependency), merged]
