"""The registry: facts with validity times, and what was in force at a time."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from schemas import ai, oversight, registry
from schemas.base import EARLIEST, LATEST
from schemas.events import Event
from schemas.policy import Policy

from .eventset import EventKey, EventSet, chronological

POLICY = "policy"
SOURCES = "sources"
_BEATS_KEPT = 10
FactT = TypeVar("FactT")


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
    return fact.subject


def dependency_of(fact: Event) -> str:
    """What the dossiers that such a fact may concern have consulted."""
    kind = fact.subject.split("/", 1)[0]
    if kind == "source" and not isinstance(fact, ai.SourceHeartbeat):
        return SOURCES
    return POLICY if kind == "policy" else entity_of(fact)


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
        loaded today also judges last month. Of several with one day, the latest event counts.
        """
        if self._policies is None:
            self._policies = self._read_editions()
        return self._policies

    def _read_editions(self) -> list[Policy]:
        if self._override is not None:
            return [self._override]
        changes = [f for f in self.facts(POLICY) if isinstance(f, registry.PolicyChanged)]
        changes.sort(key=chronological)
        by_day = {change.data.effective_on: change.data.parsed() for change in changes}
        default = self._default_policy
        replaced = any(p.edition == default.edition for p in by_day.values())
        if not replaced and all(day > default.effective_on for day in by_day):
            by_day[default.effective_on] = default
        return [by_day[day] for day in sorted(by_day)]


class RegistryView:
    """A registry that remembers what was asked of it: what a verdict depends on, and up to when.

    `consulted`: the latest time asked about, by dependency. A fact that is valid from a later time
    cannot change the verdict.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self.consulted: dict[str, datetime] = {}

    def _consult(self, dependency: str, at: datetime) -> None:
        known = self.consulted.get(dependency)
        self.consulted[dependency] = at if known is None else max(known, at)

    def employee(self, employee_id: str, at: datetime) -> registry.EmployeeChanged | None:
        """The roster's entry in force at a time."""
        return self._in_force(f"employee/{employee_id}", registry.EmployeeChanged, at)

    def system(self, system_id: str, at: datetime) -> registry.SystemChanged | None:
        """The registration of a system in force at a time."""
        return self._in_force(f"system/{system_id}", registry.SystemChanged, at)

    def source(self, source: str, at: datetime) -> registry.SourceChanged | None:
        """The registration of a source in force at a time."""
        self._consult(SOURCES, at)
        return self._registry.in_force(f"source{source}", registry.SourceChanged, at)

    def sources(self, at: datetime) -> list[registry.SourceChanged]:
        """Every source registered and active at a time."""
        self._consult(SOURCES, at)
        return self._registry.sources_at(at)

    def complete_to(self, source: str) -> datetime | None:
        """Up to when a source has reported everything."""
        self._consult(f"complete_to{source}", LATEST)
        self._consult(f"retraction/source{source}", LATEST)
        return self._registry.complete_to(source)

    def waivers(self, subject: str, at: datetime) -> list[registry.WaiverGranted]:
        """Waivers for a subject that were granted at or before a time."""
        self._consult(f"waiver/{subject}", at)
        self._consult(f"retraction/{subject}", LATEST)
        facts = self._registry.facts(f"waiver/{subject}")
        return [f for f in facts if isinstance(f, registry.WaiverGranted) and f.time <= at]

    def policy(self, at: datetime) -> Policy | None:
        """The policy in force at a time; None before the first edition."""
        # A new edition's event may come at any time and reach back to the day that it names.
        self._consult(POLICY, LATEST)
        return self._registry.policy_at(at)

    def editions(self) -> list[Policy]:
        """All editions, by the day on which they take effect."""
        self._consult(POLICY, LATEST)
        return self._registry.editions()

    def is_retracted(self, event: Event) -> bool:
        """Whether an event counts for nothing."""
        self._consult(f"retraction/{event.subject}", LATEST)
        return self._registry.is_retracted(event)

    def _in_force(self, entity: str, kind: type[FactT], at: datetime) -> FactT | None:
        self._consult(entity, at)
        # A retraction of a fact is filed under the fact's subject.
        self._consult(f"retraction/{entity}", LATEST)
        return self._registry.in_force(entity, kind, at)


def waiver_end(waiver: registry.WaiverGranted, policy: Policy) -> datetime:
    """When a waiver ends: as it says, and at the latest after the longest time allowed."""
    longest = waiver.time + timedelta(days=policy.waiver.at_most_days)
    return min(instant(waiver.data.until, policy.tzinfo), longest)
