"""What is known about one subject: what holds now, what will, and what was changed when."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from schemas.events import Event
from schemas.oversight import EventRetracted
from services.order.eventset import EventSet, chronological
from services.order.registry import instant
from services.order.sentences import plain
from services.order.times import said

from .boxes import SUBJECT, TIME, Box
from .kinds import Kind
from .making import Values, recorded_by, values_of

State = Literal["now", "to come", "ended", "replaced", "retracted"]


@dataclass(frozen=True)
class Change:
    """One field: what it was and what it is, in words; None: it said nothing."""

    label: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Fact:
    """An event about a subject. `changes`: against the one that held before, if there was one.
    `retraction`: the event by which it counts for nothing."""

    event: Event
    state: State
    changes: tuple[Change, ...] = ()
    replaces: bool = False
    retraction: EventRetracted | None = None

    @property
    def recorded_by(self) -> str | None:
        """Who has recorded it here."""
        return recorded_by(self.event)


@dataclass(frozen=True)
class History:
    """All that is known about a subject, the latest first."""

    subject: str
    facts: tuple[Fact, ...]

    @property
    def now(self) -> list[Fact]:
        """What holds."""
        return [fact for fact in self.facts if fact.state == "now"]

    @property
    def to_come(self) -> list[Fact]:
        """What will hold."""
        return [fact for fact in self.facts if fact.state == "to come"]


def histories(
    kind: Kind, events: Iterable[Event], now: datetime, zone: ZoneInfo
) -> dict[str, History]:
    """The history of every subject of which one of these events states something."""
    by_subject: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        by_subject[event.subject].append(event)
    made = {subject: _history(kind, subject, told, now, zone)
            for subject, told in by_subject.items()}  # fmt: skip
    return {subject: history for subject, history in made.items() if history.facts}


def standing(kind: Kind, events: Iterable[Event]) -> dict[tuple[Any, ...], list[Event]]:
    """The facts of a kind that were not retracted, by what they are about, by their times."""
    found: dict[tuple[Any, ...], list[Event]] = defaultdict(list)
    told = EventSet(events)
    gone = retractions(told)
    for event in told:
        if event.type == kind.event_type and (event.source, event.id) not in gone:
            found[kind.key_of(event)].append(event)
    return found


def retractions(events: Iterable[Event]) -> dict[tuple[str, str], EventRetracted]:
    """Which event each retraction names: the first one that does."""
    found: dict[tuple[str, str], EventRetracted] = {}
    for event in events:
        if isinstance(event, EventRetracted):
            found.setdefault((event.data.event_source, event.data.event_id), event)
    return found


def in_force(facts: Iterable[Event], at: datetime) -> Event | None:
    """Of facts by their times the latest that holds at a time."""
    found = None
    for fact in facts:
        if fact.time <= at:
            found = fact
    return found


def changes(kind: Kind, before: Event, after: Event, zone: ZoneInfo) -> tuple[Change, ...]:
    """Field by field, what two facts say otherwise."""
    was, now = _compared(kind, before), _compared(kind, after)
    return tuple(
        Change(_label(box), _shown(box, was, zone), _shown(box, now, zone))
        for box in kind.boxes
        if was.get(box.path) != now.get(box.path)
    )


def stated(kind: Kind, event: Event, zone: ZoneInfo) -> list[tuple[str, str]]:
    """Every field that an event states, with what it states, in words."""
    values = _compared(kind, event)
    found = ((_label(box), _shown(box, values, zone)) for box in kind.boxes)
    return [(label, text) for label, text in found if text is not None]


def _history(
    kind: Kind, subject: str, events: list[Event], now: datetime, zone: ZoneInfo
) -> History:
    told = EventSet(events)
    gone = retractions(told)
    facts = [
        Fact(event, "retracted", retraction=gone[event.source, event.id])
        for event in told
        if event.type == kind.event_type and (event.source, event.id) in gone
    ]
    for line in standing(kind, events).values():
        current = in_force(line, now)
        for place, event in enumerate(line):
            before = line[place - 1] if place else None
            told_changes = changes(kind, before, event, zone) if before else ()
            state = _state(event, current, now, zone)
            facts.append(Fact(event, state, told_changes, before is not None))
    facts.sort(key=lambda fact: chronological(fact.event))
    return History(subject, tuple(reversed(facts)))


def _state(event: Event, current: Event | None, now: datetime, zone: ZoneInfo) -> State:
    if event.time > now:
        return "to come"
    if event is not current:
        return "replaced"
    until = getattr(event.data, "until", None)
    return "ended" if until is not None and instant(until, zone) <= now else "now"


def _compared(kind: Kind, event: Event) -> Values:
    values = values_of(kind, event)
    del values[SUBJECT], values[TIME]
    return values


def _label(box: Box) -> str:
    return f"{plain(box.group).capitalize()}: {box.label.lower()}" if box.group else box.label


def _shown(box: Box, values: Values, zone: ZoneInfo) -> str | None:
    """A value in words; None: nothing is stated."""
    if box.path not in values:
        return None
    value = values[box.path]
    if box.many:
        return ", ".join(_word(box, each, zone) for each in value) or "none"
    return _word(box, value, zone)


def _word(box: Box, value: Any, zone: ZoneInfo) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{name}: {each}" for name, each in value.items()) or "none"
    if box.kind == "one of":
        return box.word(value)
    if box.is_time and "T" in value:
        return said(datetime.fromisoformat(value).astimezone(zone))
    return str(value)
