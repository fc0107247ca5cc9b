"""The registry: facts with validity times, and what was in force at a time."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from schemas import ai, oversight, registry
from schemas.base import EARLIEST, LATEST
from schemas.envelope import Envelope
from schemas.events import Event
from schemas.policy import Policy

from .eventset import EventKey, EventSet, by_receipt, chronological
from .marks import NO_MARKS, Marks
from .retractions import Retractions

POLICY = "policy"
SOURCES = "sources"
_BEATS_KEPT = 10
_Answer = tuple[EventKey, Any]
FactT = TypeVar("FactT", bound=Envelope)


def instant(value: datetime | date, zone: ZoneInfo) -> datetime:
    """A time as it is; a bare date as the start of that day where the department is."""
    return value if isinstance(value, datetime) else _start_of_day(value, zone)


@lru_cache(maxsize=10_000)
def _start_of_day(day: date, zone: ZoneInfo) -> datetime:
    # In UTC, as most times are: times of one zone are compared twenty times as fast as of two.
    return datetime.combine(day, time(), zone).astimezone(UTC)


def entity_of(fact: Event) -> str:
    """The entity that a fact is about: what dossiers depend on."""
    if isinstance(fact, registry.PolicyChanged):
        return POLICY
    if isinstance(fact, registry.WaiverGranted):
        return f"waiver/{fact.subject}"
    if isinstance(fact, oversight.EventRetracted):
        return f"retraction/{fact.subject}"
    if isinstance(fact, ai.SourceHeartbeat):
        return f"complete_to{fact.source}"
    if isinstance(fact, oversight.ReviewCompleted):
        return reviews_of(fact.data.system_id or "")
    return fact.subject


def reviews_of(system_id: str) -> str:
    """The entity of all reviews of a system for a period."""
    return f"review/system/{system_id}"


class Known(NamedTuple):
    """Some facts; `key`: the same where they are the same objects, for as long as they are held."""

    facts: tuple[Event, ...]
    key: tuple[int, ...]

    @classmethod
    def of(cls, facts: Iterable[Event]) -> "Known":
        """Facts, by their identity."""
        held = tuple(facts)
        return cls(held, tuple(map(id, held)))


class Timeline:
    """Facts that were not retracted, by their times; those times; and the facts' keys."""

    def __init__(self, facts: Iterable[Any] = ()) -> None:
        self.facts = list(facts)
        self.times: list[datetime] = [fact.time for fact in self.facts]
        self.keys: list[EventKey] = [(fact.source, fact.id) for fact in self.facts]
        self._known: dict[int, Known] = {}

    def until(self, at: datetime) -> list[Any]:
        """The facts at or before a time."""
        return self.facts[: bisect_right(self.times, at)]

    def known_at(self, at: datetime) -> Known:
        """The same, as one thing that is kept."""
        place = bisect_right(self.times, at)
        known = self._known.get(place)
        if known is None:
            known = self._known[place] = Known.of(self.facts[:place])
        return known


_EMPTY = Timeline()


class Registry:
    """All facts known, each an event; asked for what was in force at a time."""

    def __init__(self, default_policy: Policy, override: Policy | None = None) -> None:
        """`default_policy`: of the first edition, unless a policy event is of that edition or of an
        earlier day. `override`: instead of all."""
        self._default_policy = default_policy
        self._override = override
        self._facts: dict[str, EventSet] = {}
        self._retractions = Retractions()
        self._sources: set[str] = set()
        self._known_of_sources: Known | None = None
        self._editions: list[Policy] | None = None
        self._edition_starts: list[datetime] = []
        # Made when asked for; by entity and kind of fact.
        self._timelines: dict[str, dict[type, Timeline]] = {}
        # Entities that have facts filed under another subject, by that subject.
        self._elsewhere: dict[str, set[str]] = defaultdict(set)

    def add(self, fact: Event) -> bool:
        """Add a fact; True if it was news."""
        if isinstance(fact, ai.SourceHeartbeat):
            return self._add_heartbeat(fact)
        entity = entity_of(fact)
        known = self._facts.setdefault(entity, EventSet())
        before = known.get((fact.source, fact.id))
        if not known.add(fact):
            return False
        if isinstance(fact, registry.SourceChanged):
            self._sources.add(entity)
            self._known_of_sources = None
        if isinstance(fact, oversight.EventRetracted):
            self._retract(fact, before)
        elif fact.subject != entity:
            self._elsewhere[fact.subject].add(entity)
        self._timelines.pop(entity, None)
        if fact.subject.startswith(POLICY):
            self._editions = None
        return True

    def _retract(self, retraction: oversight.EventRetracted, before: Event | None) -> None:
        """`before`: the one whose place it takes, which may have named another event."""
        if before is None:
            self._retractions.add(retraction)
        elif before.data != retraction.data:
            known = (fact for facts in self._facts.values() for fact in facts)
            told = (fact for fact in known if isinstance(fact, oversight.EventRetracted))
            self._retractions = Retractions(told)
        if retraction.subject.startswith("source/"):
            self._known_of_sources = None
        for entity in self._filed_under(retraction.subject):
            self._timelines.pop(entity, None)

    def _filed_under(self, subject: str) -> set[str]:
        """The entities of which a retraction under a subject may concern facts."""
        return {subject, *self._elsewhere.get(subject, ())}

    def concerned(self, fact: Event) -> list[str]:
        """What the dossiers that a fact may concern have consulted."""
        kind = fact.subject.split("/", 1)[0]
        if isinstance(fact, registry.SourceChanged):
            return [SOURCES]
        if not isinstance(fact, oversight.EventRetracted):
            return [POLICY] if kind == "policy" else [entity_of(fact)]
        shared = {"source": [SOURCES], "policy": [POLICY]}.get(kind, [])
        return [*sorted(self._filed_under(fact.subject)), *shared]

    def _add_heartbeat(self, beat: ai.SourceHeartbeat) -> bool:
        """Of heartbeats only those that reach furthest say anything: the rest is dropped. A few are
        kept, so that one that is retracted leaves those before it."""
        if beat.data.complete_to is None:
            return False
        known = list(self._facts.get(entity_of(beat), ()))
        beats = EventSet(known)
        beats.add(beat)
        furthest = sorted(beats, key=lambda b: (self._reach(b), *chronological(b)))[-_BEATS_KEPT:]
        self._facts[entity_of(beat)] = EventSet(furthest)
        self._elsewhere[beat.subject].add(entity_of(beat))
        return list(self._facts[entity_of(beat)]) != known

    def _reach(self, beat: Event) -> datetime:
        told = beat.data.complete_to if isinstance(beat, ai.SourceHeartbeat) else None
        return EARLIEST if told is None else instant(told, self._default_policy.tzinfo)

    def is_retracted(self, event: Event) -> bool:
        """Whether a retraction under the same subject names the event.

        A retraction itself cannot be retracted: a wrong one is mended by sending the event anew.
        """
        return (event.source, event.id) in self._retractions.under(event.subject)

    def retracted(self, subject: str) -> set[EventKey] | frozenset[EventKey]:
        """Source and id of every event that was retracted under a subject."""
        return self._retractions.under(subject)

    def counted(self, marks: Marks) -> Marks:
        """The marks, without those of uses that were retracted."""
        marks.settle(self._retractions)
        return marks

    def all_facts(self, entity: str) -> Iterator[Event]:
        """The facts about an entity, retracted ones too, by their times."""
        return iter(self._facts.get(entity, ()))

    def facts(self, entity: str) -> Iterator[Event]:
        """The facts about an entity that were not retracted, by their times."""
        return (f for f in self._facts.get(entity, ()) if not self.is_retracted(f))

    def changes_after(self, entity: str, at: datetime) -> list[datetime]:
        """When facts about an entity begin to hold, later than a time; retracted ones too."""
        return [fact.time for fact in self._facts.get(entity, ()) if fact.time > at]

    def timeline(self, entity: str, kind: type[FactT]) -> Timeline:
        """The facts of a kind about an entity that were not retracted; not to be altered."""
        made = self._timelines.get(entity)
        if made is None:
            if entity not in self._facts:
                return _EMPTY
            made = self._timelines[entity] = {}
        known = made.get(kind)
        if known is None:
            facts = (fact for fact in self.facts(entity) if isinstance(fact, kind))
            known = made[kind] = Timeline(facts)
        return known

    def in_force(self, entity: str, kind: type[FactT], at: datetime) -> FactT | None:
        """The latest fact of a kind whose time is at or before `at`."""
        timeline = self.timeline(entity, kind)
        place = bisect_right(timeline.times, at)
        found: FactT | None = timeline.facts[place - 1] if place else None
        return found

    def complete_to(self, source: str) -> datetime | None:
        """Up to when a source has reported everything, as far as it said."""
        told = [self._reach(beat) for beat in self.facts(f"complete_to{source}")]
        return max(told, default=None)

    def sources_at(self, at: datetime, *, active: bool = True) -> list[registry.SourceChanged]:
        """Every source that was registered at a time, and active (or not)."""
        entities = sorted(self._sources)
        found = (self.in_force(entity, registry.SourceChanged, at) for entity in entities)
        return [s for s in found if s is not None and (s.data.status == "active") == active]

    def sources_change_after(self, at: datetime) -> datetime | None:
        """When the registration of any source will be another, by what is known."""
        facts = (fact for entity in self._sources for fact in self.facts(entity))
        return min((fact.time for fact in facts if fact.time > at), default=None)

    def known_of_sources(self) -> Known:
        """All registrations of sources that were not retracted."""
        if self._known_of_sources is None:
            entities = sorted(self._sources)
            self._known_of_sources = Known.of(f for entity in entities for f in self.facts(entity))
        return self._known_of_sources

    def policy_at(self, at: datetime) -> Policy | None:
        """The policy of the edition in force at a time; None before the first edition."""
        editions = self._editions or self.editions()
        place = bisect_right(self._edition_starts, at)
        return editions[place - 1] if place else None

    def edition_starts(self) -> list[datetime]:
        """When each edition takes effect: the start of its day where the department is."""
        self.editions()
        return self._edition_starts

    def editions(self) -> list[Policy]:
        """All editions by the day on which they take effect.

        An edition's policy counts from that day, not from the event's time: the policy that is
        loaded today also judges last month. Of several with one day, the one received last counts:
        their times are the start of that day, which is another one in another zone.
        """
        if self._editions is None:
            self._editions = self._read_editions()
            starts = [instant(policy.effective_on, policy.tzinfo) for policy in self._editions]
            # A later day may begin earlier where the zone changes: the later edition counts.
            self._edition_starts = [min(starts[place:]) for place in range(len(starts))]
        return self._editions

    def _read_editions(self) -> list[Policy]:
        if self._override is not None:
            return [self._override]
        changes = [f for f in self.facts(POLICY) if isinstance(f, registry.PolicyChanged)]
        changes.sort(key=by_receipt)
        by_day = {change.data.effective_on: change.data.parsed for change in changes}
        default = self._default_policy
        replaced = any(p.edition == default.edition for p in by_day.values())
        if not replaced and all(day > default.effective_on for day in by_day):
            by_day[default.effective_on] = default
        return [by_day[day] for day in sorted(by_day)]


class RegistryView:
    """A registry that remembers what was asked of it: what a verdict depends on, and up to when.

    `consulted`: the latest time asked about, by entity. A fact that is valid from a later time
    cannot change the verdict; a retraction under the name of the entity can. That an event of the
    judged subject itself may be retracted is understood.
    `returned`: the facts that answered, by source and id; whoever wants to know what one rule saw
    clears it before. `has_told_history`: more than what was in force has been told, for the same.
    `upcoming`: when what was asked about *now* will have another answer, by what is known today.
    """

    __slots__ = (
        "_answers",
        "_expected",
        "_ignored",
        "_now",
        "_registry",
        "_subject",
        "consulted",
        "has_told_history",
        "returned",
        "upcoming",
    )

    def __init__(
        self,
        registry: Registry,
        now: datetime,
        subject: str,
        ignored: frozenset[EventKey] = frozenset(),
    ) -> None:
        """`subject`: who is judged. `ignored`: facts that are not to be believed."""
        self._registry = registry
        self._subject = subject
        self._now = now
        self._ignored = ignored
        self.consulted: dict[str, datetime] = {}
        self.returned: dict[EventKey, Event] = {}
        self.upcoming: set[datetime] = set()
        self.has_told_history = False
        # Of what the changes to come are known.
        self._expected: set[str] = set()
        self._answers: dict[tuple[str, type[Envelope], datetime], _Answer] = {}

    def without(self, ignored: Iterable[EventKey]) -> "RegistryView":
        """The same, but for some facts; what it is asked is remembered in one place."""
        view = RegistryView(self._registry, self._now, self._subject, frozenset(ignored))
        view.consulted, view.upcoming = self.consulted, self.upcoming
        return view

    def employee(self, employee_id: str, at: datetime) -> registry.EmployeeChanged | None:
        """The roster's entry in force at a time."""
        return self._in_force(f"employee/{employee_id}", registry.EmployeeChanged, at)

    def system(self, system_id: str, at: datetime) -> registry.SystemChanged | None:
        """The registration of a system in force at a time."""
        return self._in_force(f"system/{system_id}", registry.SystemChanged, at)

    def source(self, source: str, at: datetime) -> registry.SourceChanged | None:
        """The registration of a source in force at a time."""
        self._consult(SOURCES, at)
        found = self._registry.in_force(f"source{source}", registry.SourceChanged, at)
        if found is not None:
            self.returned[found.source, found.id] = found
        return found

    def sources(self, at: datetime) -> list[registry.SourceChanged]:
        """Every source registered and active at a time."""
        self._consult(SOURCES, at)
        return self._registry.sources_at(at)

    def complete_to(self, source: str) -> datetime | None:
        """Up to when a source has reported everything."""
        self._consult(f"complete_to{source}", LATEST)
        return self._registry.complete_to(source)

    def roster(self, employee_id: str, at: datetime) -> list[registry.EmployeeChanged]:
        """Every entry of an employee on the roster up to a time, by time."""
        return self._history(f"employee/{employee_id}", registry.EmployeeChanged, at)

    def trainings(self, employee_id: str, at: datetime) -> list[registry.TrainingCompleted]:
        """The courses that an employee completed up to a time, by time."""
        return self._history(f"employee/{employee_id}", registry.TrainingCompleted, at)

    def sources_alike(self, asked: datetime | None = None) -> Known:
        """What is known of sources; `asked`: up to when something said by it asked about them."""
        if asked is not None:
            self._consult(SOURCES, asked)
        return self._registry.known_of_sources()

    def training_so_far(self, employee_id: str, at: datetime) -> Known:
        """The courses that an employee completed up to a time. Not told: whoever says something by
        them asks for `trainings`."""
        asked = self._asked(f"employee/{employee_id}", registry.TrainingCompleted, at)
        return asked.known_at(at)

    def tell_again(self, history: Mapping[EventKey, Event]) -> None:
        """What one rule was told, to another that rests on the same and need not ask."""
        self.returned.update(history)
        self.has_told_history = True

    def consents(self, employee_id: str, at: datetime) -> list[registry.ConsentChanged]:
        """An employee's consents, given or withdrawn, up to a time, by time."""
        return self._history(f"employee/{employee_id}", registry.ConsentChanged, at)

    def audits(self, system_id: str, at: datetime) -> list[registry.AuditCompleted]:
        """The audits of a system that were completed up to a time, by time."""
        return self._history(f"system/{system_id}", registry.AuditCompleted, at)

    def system_reviews(self, system_id: str, at: datetime) -> list[oversight.ReviewCompleted]:
        """The reviews of a system for a period, done up to a time, by time."""
        return self._history(reviews_of(system_id), oversight.ReviewCompleted, at)

    def waivers(self, subject: str, at: datetime) -> list[registry.WaiverGranted]:
        """Waivers for a subject that were granted at or before a time."""
        return self._history(f"waiver/{subject}", registry.WaiverGranted, at)

    def policy(self, at: datetime) -> Policy | None:
        """The policy in force at a time; None before the first edition."""
        # A new edition's event may come at any time and reach back to the day that it names.
        self._consult(POLICY, LATEST)
        if at == self._now and POLICY not in self._expected:
            self._expected.add(POLICY)
            starts = self._registry.edition_starts()
            self.upcoming.update(starts[bisect_right(starts, self._now) :])
        return self._registry.policy_at(at)

    def editions(self) -> list[Policy]:
        """All editions, by the day on which they take effect."""
        self._consult(POLICY, LATEST)
        return self._registry.editions()

    def retracted(self, events: Iterable[Event]) -> list[Event]:
        """Which of these count for nothing."""
        own = self._registry.retracted(self._subject)
        found = []
        for event in events:
            if event.subject != self._subject:
                self._consult(event.subject, LATEST)
                if self._registry.is_retracted(event):
                    found.append(event)
            elif own and (event.source, event.id) in own:
                found.append(event)
        return found

    def counted(self, marks: Marks) -> Marks:
        """The marks of uses that were not retracted; whoever keeps marks looks at retractions."""
        return marks if marks is NO_MARKS else self._registry.counted(marks)

    def _consult(self, dependency: str, at: datetime) -> None:
        known = self.consulted.get(dependency)
        if known is None or known < at:
            self.consulted[dependency] = at

    def _in_force(self, entity: str, kind: type[FactT], at: datetime) -> FactT | None:
        # Every rule asks for the same few.
        asked = entity, kind, at
        known = self._answers.get(asked)
        if known is None:
            known = self._answers[asked] = self._find(entity, kind, at)
        key, fact = known
        if fact is not None:
            self.returned[key] = fact
        answer: FactT | None = fact
        return answer

    def _find(self, entity: str, kind: type[Envelope], at: datetime) -> _Answer:
        timeline = self._asked(entity, kind, at)
        place = bisect_right(timeline.times, at)
        while place:
            place -= 1
            key = timeline.keys[place]
            if key not in self._ignored:
                return key, timeline.facts[place]
        return ("", ""), None

    def _history(self, entity: str, kind: type[FactT], at: datetime) -> list[FactT]:
        found = self._asked(entity, kind, at).until(at)
        if self._ignored:
            found = [fact for fact in found if (fact.source, fact.id) not in self._ignored]
        for fact in found:
            self.returned[fact.source, fact.id] = fact
            self.has_told_history = True
        return found

    def _asked(self, entity: str, kind: type[FactT], at: datetime) -> Timeline:
        """The facts to look for an answer in; what is asked about now depends on facts from a time
        to come too: they are expected."""
        if at == self._now:
            self._consult(entity, LATEST)
            if entity not in self._expected:
                self._expected.add(entity)
                self.upcoming.update(self._registry.changes_after(entity, at))
        else:
            known = self.consulted.get(entity)
            if known is None or known < at:
                self.consulted[entity] = at
        return self._registry.timeline(entity, kind)


def waiver_end(waiver: registry.WaiverGranted, policy: Policy) -> datetime:
    """When a waiver ends: as it says, and at the latest after the longest time allowed."""
    longest = waiver.time + timedelta(days=policy.waiver.at_most_days)
    return min(instant(waiver.data.until, policy.tzinfo), longest)
