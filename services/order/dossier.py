"""A dossier: everything known about one subject."""

from collections.abc import Iterable

from schemas.ai import UseRecorded
from schemas.events import Event
from schemas.observed import Observed

from .eventset import EventSet
from .marks import Marks, mark_of
from .observing import merged

CLOSING_KINDS = frozenset({"use", "action", "share"})
"""Acts: over some day. Duties of systems, employees, procurements and sources stand for ever."""


def kind_of(subject: str) -> str:
    """The kind of a subject: `use` of `use/U-1`."""
    return subject.split("/", 1)[0]


class Dossier:
    """The events of a subject. An employee's uses leave marks only; of a source there is what was
    observed of its reports."""

    def __init__(self, subject: str, events: Iterable[Event] = ()) -> None:
        self.subject = subject
        self.events = EventSet()
        self.uses = Marks()
        self.observed: Observed | None = None
        for event in events:
            self.add(event)

    @property
    def kind(self) -> str:
        """The kind of its subject."""
        return kind_of(self.subject)

    def add(self, event: Event) -> bool:
        """Add an event; True if the dossier is another one now."""
        if self.kind == "employee" and isinstance(event, UseRecorded):
            return self.uses.add(mark_of(event))
        return self.events.add(event)

    def observe(self, observed: Observed) -> None:
        """Add what was observed of a source."""
        self.observed = observed if self.observed is None else merged(self.observed, observed)
