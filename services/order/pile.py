"""A pile of events, judged one dossier at a time, so that a million of them fit into memory."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from schemas.base import LATEST
from schemas.events import EVENT, Event, dump
from schemas.observed import Observed
from schemas.policy import Policy
from schemas.verdicts import Verdict

from .dossier import Dossier
from .engine import Judgement, judge
from .eventset import received
from .observing import Observer
from .registry import Registry, instant
from .routing import is_fact, routes
from .rule import Rule


class _First(NamedTuple):
    """What came first under an id: when, and a digest of its bytes."""

    received: datetime
    digest: bytes


class Pile:
    """Gives its judgements one by one.

    Evidence is kept as bytes, a fifth of what models need, and read again dossier by dossier.
    `policy` counts while no event holds one; with `override`, instead of all.
    """

    def __init__(self, policy: Policy, *, override: bool = False) -> None:
        self._policy = policy
        self._override = policy if override else None
        self._facts: list[Event] = []
        self._dossiers: dict[str, list[bytes]] = defaultdict(list)
        self._sent: dict[str, list[bytes]] = defaultdict(list)
        self._refused: dict[str, list[datetime]] = defaultdict(list)
        self._registries: dict[datetime, Registry] = {}

    def __len__(self) -> int:
        """How many subjects there are."""
        return len(self.subjects())

    def add(self, event: Event) -> None:
        """Add an event, in any order, once or several times."""
        if is_fact(event):
            self._facts.append(event)
            self._registries.clear()
        line = dump(event)
        self._sent[event.source].append(line)
        for subject in routes(event):
            self._dossiers[subject].append(line)

    def supposing(self, fact: Event) -> "Pile":
        """The same events with one more fact; nothing is copied, and both must be left as they
        are from then on."""
        other = Pile(self._policy)
        other._override = self._override
        other._facts = [*self._facts, fact]
        other._dossiers, other._sent, other._refused = self._dossiers, self._sent, self._refused
        return other

    def refuse(self, source: str, at: datetime) -> None:
        """An input of a source was refused."""
        self._refused[source].append(at)

    def start_of(self, day: date) -> datetime:
        """The start of a day in the zone of the latest policy."""
        return instant(day, self.zone)

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the latest policy."""
        return self._registry_at(LATEST).editions()[-1].tzinfo

    def verdicts(self, now: datetime, rules: Sequence[Rule]) -> Iterator[Verdict]:
        """Every verdict by subject and clause, of what was received up to `now`."""
        for subject in self.subjects():
            yield from self.judge(subject, now, rules).verdicts

    def judge(self, subject: str, now: datetime, rules: Sequence[Rule]) -> Judgement:
        """The judgement of one subject, as of what was received up to `now`."""
        return judge(self._dossier(subject, now), self._registry_at(now), now, rules)

    def lines(self, subject: str) -> list[bytes]:
        """The events of a dossier, as they were added."""
        return self._dossiers.get(subject, [])

    def subjects(self) -> list[str]:
        """Every subject, by name."""
        sources = {f"source{name}" for name in (*self._sent, *self._refused)}
        return sorted(self._dossiers.keys() | sources)

    def observed(self, source: str, now: datetime = LATEST) -> Observed | None:
        """What was seen of a source up to `now`; None where nothing was."""
        observer = Observer(source)
        firsts: dict[str, _First] = {}
        for line in self._sent.get(source, ()):
            event = EVENT.validate_json(line)
            if received(event) > now:
                continue
            first, one = firsts.get(event.id), _First(received(event), _digest(event))
            if first is not None and first.digest != one.digest:
                # The one that came second is in conflict, in whatever order they are read.
                observer.conflict(event.id, max(first.received, one.received))
            firsts[event.id] = one if first is None else min(first, one)
            observer.add(event)
        for at in self._refused.get(source, ()):
            if at <= now:
                observer.refuse(at)
        seen = observer.observed()
        return seen if seen.days else None

    def _dossier(self, subject: str, now: datetime) -> Dossier:
        events = map(EVENT.validate_json, self._dossiers.get(subject, ()))
        dossier = Dossier(subject, (event for event in events if received(event) <= now))
        if dossier.kind == "source" and (seen := self.observed(subject[len("source") :], now)):
            dossier.observe(seen)
        return dossier

    def _registry_at(self, now: datetime) -> Registry:
        """The facts received up to `now`; kept, since the next question is about then too."""
        if now not in self._registries:
            registry = Registry(self._policy, override=self._override)
            for fact in self._facts:
                if received(fact) <= now:
                    registry.add(fact)
            self._registries[now] = registry
        return self._registries[now]


def _digest(event: Event) -> bytes:
    """Of all that the sender wrote."""
    sent = event.model_copy(update={"receivedtime": None})
    return hashlib.blake2b(dump(sent), digest_size=16).digest()
