"""A pile of events, judged one dossier at a time, so that a million of them fit into memory."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from schemas.events import EVENT, Event, dump
from schemas.policy import Policy
from schemas.verdicts import Verdict
from services.order.engine import judge
from services.order.eventset import EventSet, received
from services.order.registry import Registry, instant
from services.order.routing import is_fact, routes
from services.order.rule import Rule


class Pile:
    """Gives its verdicts one by one.

    Evidence is kept as bytes, a fifth of what models need, and read again dossier by dossier.
    `policy` counts while no event holds one; with `override`, instead of all.
    """

    def __init__(self, policy: Policy, *, override: bool = False) -> None:
        self._policy = policy
        self._override = policy if override else None
        self._facts: list[Event] = []
        self._dossiers: dict[str, list[bytes]] = {}

    def __len__(self) -> int:
        """How many subjects there are."""
        return len(self._dossiers)

    def add(self, event: Event) -> None:
        """Add an event, in any order, once or several times."""
        if is_fact(event):
            self._facts.append(event)
        subjects = routes(event)
        if subjects:
            line = dump(event)
            for subject in subjects:
                self._dossiers.setdefault(subject, []).append(line)

    def start_of(self, day: date) -> datetime:
        """The start of a day in the zone of the latest policy."""
        registry = self._registry(self._facts)
        return instant(day, registry.editions()[-1].tzinfo)

    def verdicts(self, now: datetime, rules: Sequence[Rule]) -> Iterator[Verdict]:
        """Every verdict by subject and clause, of what was received up to `now`."""
        registry = self._registry([f for f in self._facts if received(f) <= now])
        for subject in sorted(self._dossiers):
            events = map(EVENT.validate_json, self._dossiers[subject])
            known = EventSet(event for event in events if received(event) <= now)
            yield from judge(subject, known, registry, now, rules).verdicts

    def _registry(self, facts: list[Event]) -> Registry:
        registry = Registry(self._policy, override=self._override)
        for fact in facts:
            registry.add(fact)
        return registry
