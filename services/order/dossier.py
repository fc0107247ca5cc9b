"""A dossier: everything known about one subject."""

from collections.abc import Iterable

from schemas.ai import UseRecorded
from schemas.events import Event
from schemas.observed import Mark, Observed

from .eventset import EventSet
from .marks import NO_MARKS, Marks, mark_of
from .observing import merged

CLOSING_KINDS = frozenset({"use", "action", "share"})
"""Acts: over some day. Duties of systems, employees, procurements and sources stand for ever."""


def kind_of(subject: str) -> str:
    """The kind of a subject: `use` of `use/U-1`."""
    return subject.split("/", 1)[0]


class Dossier:
    """The events of a subject. An employee's uses leave marks only; of a source there is what was
    observed of its reports."""

    __slots__ = ("events", "kind", "observed", "subject", "uses")

    def __init__(self, subject: str, events: Iterable[Event | Mark] = ()) -> None:
        self.subject = subject
        self.events = EventSet()
        self.kind = kind_of(subject)
        self.uses = Marks() if self.kind == "employee" else NO_MARKS
        self.observed: Observed | None = None
        for event in events:
            self.add(event)

    def add(self, event: Event | Mark) -> bool:
        """Add an event, or the mark of a use; True if the dossier is another one now."""
        if isinstance(event, Mark):
            return self.uses.add(event)
        if self.kind == "employee" and type(event) is UseRecorded:
            return self.uses.add(mark_of(event))
        return self.events.add(event)

    def observe(self, observed: Observed) -> None:
        """Add what was observed of a source."""
        self.observed = observed if self.observed is None else merged(self.observed, observed)
