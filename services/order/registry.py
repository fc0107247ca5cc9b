"""The registry: facts with validity times, and what was in force at a time."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import TypeVar, cast
from zoneinfo import ZoneInfo

from schemas import ai, oversight, registry
from schemas.base import EARLIEST, LATEST
from schemas.envelope import Envelope
from schemas.events import Event
from schemas.policy import Policy

from .eventset import EventKey, EventSet, by_receipt, chronological
from .marks import Marks

POLICY = "policy"
SOURCES = "sources"
RETRACTIONS = "retractions"
_BEATS_KEPT = 10
FactT = TypeVar("FactT", bound=Envelope)


def instant(value: datetime | date, zone: ZoneInfo) -> datetime:
    """A time as it is; a bare date as the start of that day where the department is."""
    return value if isinstance(value, datetime) else datetime.combine(value, time(), zone)


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


def dependencies_of(fact: Event) -> list[str]:
    """What the dossiers that such a fact may concern have consulted."""
    kind = fact.subject.split("/", 1)[0]
    if isinstance(fact, oversight.EventRetracted):
        shared = {"source": [SOURCES], "policy": [POLICY]}.get(kind, [])
        return [entity_of(fact), RETRACTIONS, *shared]
    if isinstance(fact, registry.SourceChanged):
        return [SOURCES]
    return [POLICY] if kind == "policy" else [entity_of(fact)]


class Registry:
    """All facts known, each an event; asked for what was in force at a time."""

    def __init__(self, default_policy: Policy, override: Policy | None = None) -> None:
        """`default_policy`: of the first edition, unless a policy event is of that edition or of an
        earlier day. `override`: instead of all."""
        self._default_policy = default_policy
        self._override = override
        self._facts: dict[str, EventSet] = {}
        self._retracted: dict[str, set[EventKey]] = {}
        self._sources: set[str] = set()
        self._policies: list[Policy] | None = None

    def add(self, fact: Event) -> bool:
        """Add a fact; True if it was news."""
        if isinstance(fact, ai.SourceHeartbeat):
            return self._add_heartbeat(fact)
        entity = entity_of(fact)
        changed = self._facts.setdefault(entity, EventSet()).add(fact)
        if changed and isinstance(fact, oversight.EventRetracted):
            self._retracted[entity] = {
                (known.data.event_source, known.data.event_id)
                for known in self._facts[entity]
                if isinstance(known, oversight.EventRetracted)
            }
        if isinstance(fact, registry.SourceChanged):
            self._sources.add(entity)
        if changed:
            self._policies = None
        return changed

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
        return list(self._facts[entity_of(beat)]) != known

    def _reach(self, beat: Event) -> datetime:
        told = beat.data.complete_to if isinstance(beat, ai.SourceHeartbeat) else None
        return EARLIEST if told is None else instant(told, self._default_policy.tzinfo)

    def is_retracted(self, event: Event) -> bool:
        """Whether a retraction under the same subject names the event.

        A retraction itself cannot be retracted: a wrong one is mended by sending the event anew.
        """
        return (event.source, event.id) in self.retracted(event.subject)

    def retracted(self, subject: str) -> set[EventKey]:
        """Source and id of every event that was retracted under a subject."""
        return self._retracted.get(f"retraction/{subject}", set())

    def retracted_keys(self) -> Iterator[tuple[str, EventKey]]:
        """Subject, and source and id, of every event that was retracted."""
        for entity, keys in self._retracted.items():
            subject = entity.removeprefix("retraction/")
            yield from ((subject, key) for key in keys)

    def all_facts(self, entity: str) -> Iterator[Event]:
        """The facts about an entity, retracted ones too, by their times."""
        return iter(self._facts.get(entity, ()))

    def facts(self, entity: str) -> Iterator[Event]:
        """The facts about an entity that were not retracted, by their times."""
        return (f for f in self._facts.get(entity, ()) if not self.is_retracted(f))

    def in_force(self, entity: str, kind: type[FactT], at: datetime) -> FactT | None:
        """The latest fact of a kind whose time is at or before `at`."""
        found = None
        for fact in self.facts(entity):
            if isinstance(fact, kind) and fact.time <= at:
                found = fact
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

    def policy_at(self, at: datetime) -> Policy | None:
        """The policy of the edition in force at a time; None before the first edition."""
        in_force = None
        for policy in self.editions():
            if instant(policy.effective_on, policy.tzinfo) <= at:
                in_force = policy
        return in_force

    def editions(self) -> list[Policy]:
        """All editions by the day on which they take effect.

        An edition's policy counts from that day, not from the event's time: the policy that is
        loaded today also judges last month. Of several with one day, the one received last counts:
        their times are the start of that day, which is another one in another zone.
        """
        if self._policies is None:
            self._policies = self._read_editions()
        return self._policies

    def _read_editions(self) -> list[Policy]:
        if self._override is not None:
            return [self._override]
        changes = [f for f in self.facts(POLICY) if isinstance(f, registry.PolicyChanged)]
        changes.sort(key=by_receipt)
        by_day = {change.data.effective_on: change.data.parsed() for change in changes}
        default = self._default_policy
        replaced = any(p.edition == default.edition for p in by_day.values())
        if not replaced and all(day > default.effective_on for day in by_day):
            by_day[default.effective_on] = default
        return [by_day[day] for day in sorted(by_day)]


class RegistryView:
    """A registry that remembers what was asked of it: what a verdict depends on, and up to when.

    `consulted`: the latest time asked about, by dependency. A fact that is valid from a later time
    cannot change the verdict. `returned`: the facts that answered, by source and id; whoever wants
    to know what one rule saw clears it before. `upcoming`: when what was asked about *now* will
    have another answer, by what is known today.
    """

    def __init__(
        self, registry: Registry, now: datetime, ignored: frozenset[EventKey] = frozenset()
    ) -> None:
        """`ignored`: facts that are not to be believed."""
        self._registry = registry
        self._now = now
        self._ignored = ignored
        self.consulted: dict[str, datetime] = {}
        self.returned: dict[EventKey, Event] = {}
        self.upcoming: set[datetime] = set()

    def without(self, ignored: Iterable[EventKey]) -> "RegistryView":
        """The same, but for some facts; what it is asked is remembered in one place."""
        view = RegistryView(self._registry, self._now, frozenset(ignored))
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
        return self._answer([found])[0] if found else None

    def sources(self, at: datetime) -> list[registry.SourceChanged]:
        """Every source registered and active at a time."""
        self._consult(SOURCES, at)
        return self._registry.sources_at(at)

    def complete_to(self, source: str) -> datetime | None:
        """Up to when a source has reported everything."""
        self._consult(f"complete_to{source}", LATEST)
        self._consult(f"retraction/source{source}", LATEST)
        return self._registry.complete_to(source)

    def roster(self, employee_id: str, at: datetime) -> list[registry.EmployeeChanged]:
        """Every entry of an employee on the roster up to a time, by time."""
        return self._history(f"employee/{employee_id}", registry.EmployeeChanged, at)

    def trainings(self, employee_id: str, at: datetime) -> list[registry.TrainingCompleted]:
        """The courses that an employee completed up to a time, by time."""
        return self._history(f"employee/{employee_id}", registry.TrainingCompleted, at)

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
        self._consult(f"retraction/{subject}", LATEST)
        return self._history(f"waiver/{subject}", registry.WaiverGranted, at)

    def policy(self, at: datetime) -> Policy | None:
        """The policy in force at a time; None before the first edition."""
        # A new edition's event may come at any time and reach back to the day that it names.
        self._consult(POLICY, LATEST)
        for policy in self._registry.editions() if at == self._now else []:
            self._expect(instant(policy.effective_on, policy.tzinfo))
        return self._registry.policy_at(at)

    def editions(self) -> list[Policy]:
        """All editions, by the day on which they take effect."""
        self._consult(POLICY, LATEST)
        return self._registry.editions()

    def is_retracted(self, event: Event) -> bool:
        """Whether an event counts for nothing."""
        self._consult(f"retraction/{event.subject}", LATEST)
        return self._registry.is_retracted(event)

    def counted(self, marks: Marks) -> Marks:
        """The marks of uses that were not retracted."""
        if len(marks) == 0:
            return marks
        self._consult(RETRACTIONS, LATEST)
        wrong = [
            key
            for subject, key in self._registry.retracted_keys()
            if (mark := marks.get(key)) is not None and mark.subject == subject
        ]
        return marks.without(wrong)

    def _consult(self, dependency: str, at: datetime) -> None:
        known = self.consulted.get(dependency)
        self.consulted[dependency] = at if known is None else max(known, at)

    def _expect(self, change: datetime) -> None:
        if change > self._now:
            self.upcoming.add(change)

    def _in_force(self, entity: str, kind: type[FactT], at: datetime) -> FactT | None:
        history = self._facts(entity, kind, at)
        return self._answer(history[-1:])[0] if history else None

    def _history(self, entity: str, kind: type[FactT], at: datetime) -> list[FactT]:
        return self._answer(self._facts(entity, kind, at))

    def _facts(self, entity: str, kind: type[FactT], at: datetime) -> list[FactT]:
        """The facts of a kind up to a time that are to be believed, by time."""
        # What is asked about now depends on facts from a time to come too: they are expected.
        self._consult(entity, LATEST if at == self._now else at)
        # A retraction of a fact is filed under the fact's subject.
        self._consult(f"retraction/{entity}", LATEST)
        found: list[FactT] = []
        for fact in self._registry.all_facts(entity):
            if at == self._now:
                self._expect(fact.time)
            if isinstance(fact, kind) and fact.time <= at:
                if fact.subject != entity:
                    self._consult(f"retraction/{fact.subject}", LATEST)
                is_wrong = self._registry.is_retracted(fact)
                if not is_wrong and (fact.source, fact.id) not in self._ignored:
                    found.append(fact)
        return found

    def _answer(self, facts: list[FactT]) -> list[FactT]:
        for fact in facts:
            self.returned[fact.source, fact.id] = cast(Event, fact)
        return facts


def waiver_end(waiver: registry.WaiverGranted, policy: Policy) -> datetime:
    """When a waiver ends: as it says, and at the latest after the longest time allowed."""
    longest = waiver.time + timedelta(days=policy.waiver.at_most_days)
    return min(instant(waiver.data.until, policy.tzinfo), longest)
