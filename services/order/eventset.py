"""A set of events in which arrival order and repetition leave no trace."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Protocol

from schemas.events import Event, dump

EventKey = tuple[str, str]


class Occurrence(Protocol):
    """What an event and a mark of one have in common."""

    @property
    def source(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def time(self) -> datetime: ...
    @property
    def receivedtime(self) -> datetime | None: ...


def received(event: Occurrence) -> datetime:
    """When the department had the event; in a file without `receivedtime`, when it happened."""
    return event.receivedtime or event.time


def chronological(event: Occurrence) -> tuple[datetime, datetime, str, str]:
    """A sort key: by time, then by receipt; total, so that ties do not depend on arrival."""
    return event.time, received(event), event.source, event.id


def by_receipt(event: Occurrence) -> tuple[datetime, datetime, str, str]:
    """A sort key: by receipt, then by time; total."""
    return received(event), event.time, event.source, event.id


class EventSet:
    """Events by (source, id).

    Of two with the same key and other bytes, the one received first is judged (of two received at
    the same instant, the one with the smaller bytes): a fixed rule, whatever order they come in.
    """

    __slots__ = ("_events", "_ordered")

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self._events: dict[EventKey, Event] = {}
        # Made when asked for; None: not known.
        self._ordered: tuple[Event, ...] | None = ()
        for event in events:
            self.add(event)

    def add(self, event: Event) -> bool:
        """Add an event; True if the set is another one now."""
        key = event.source, event.id
        known = self._events.get(key)
        if known is not None and _precedence(known) <= _precedence(event):
            return False
        self._events[key] = event
        self._ordered = None
        return True

    @property
    def ordered(self) -> tuple[Event, ...]:
        """The events in order of their times."""
        if self._ordered is None:
            # Most dossiers are of one event; then there is no key to ask for.
            events = list(self._events.values())
            self._ordered = tuple(sorted(events, key=chronological) if events[1:] else events)
        return self._ordered

    def __iter__(self) -> Iterator[Event]:
        """In order of their times."""
        return iter(self.ordered)

    def __len__(self) -> int:
        return len(self._events)

    def get(self, key: EventKey) -> Event | None:
        """The event with a source and id."""
        return self._events.get(key)


def _precedence(event: Event) -> tuple[datetime, bytes]:
    return received(event), dump(event)
