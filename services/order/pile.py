"""A pile of events, judged one dossier at a time.

`sort_out` says what is kept of an event and where it belongs. A `Pile` keeps it in memory; whoever
has more events keeps it elsewhere, and has one `Pile` after the other for some of the subjects.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from schemas.ai import UseRecorded
from schemas.base import LATEST
from schemas.events import Event, dump
from schemas.observed import Mark, Observed
from schemas.policy import Policy
from schemas.records import DossierEntry
from schemas.verdicts import Verdict

from .dossier import Dossier
from .engine import Judgement, judge
from .entry import line_of, read_line
from .eventset import received
from .marks import mark_of
from .registry import Registry, instant
from .routing import is_fact, routes
from .rule import Rule
from .sightings import Sighting, Watch, joined, sighting_of


class Keeper(Protocol):
    """Keeps what is sorted out."""

    def learn(self, fact: Event, line: bytes) -> None:
        """A fact of the registry, for everybody."""

    def see(self, sighting: Sighting) -> None:
        """What tells how completely a source reports."""

    def enter(self, subject: str, entry: bytes) -> None:
        """An entry of a dossier: an event (a JSON object), or a mark (a JSON array)."""


def sort_out(event: Event, keeper: Keeper) -> None:
    """Give a keeper all that is kept of an event."""
    line = dump(event)
    if is_fact(event):
        keeper.learn(event, line)
    keeper.see(sighting_of(event, line))
    for subject in routes(event):
        if isinstance(event, UseRecorded) and subject.startswith("employee/"):
            keeper.enter(subject, line_of(mark_of(event)))
        else:
            keeper.enter(subject, line)


def entry_of(subject: str, entry: bytes) -> DossierEntry:
    """What was entered in a dossier, read again."""
    read = read_line(entry)
    if isinstance(read, Mark):
        return DossierEntry(dossier=subject, mark=read)
    return DossierEntry(dossier=subject, event=read)


class Facts:
    """The registry's facts, in any order, and the registry as it was known at a time.

    `policy` counts while no event holds one; with `override`, instead of all.
    """

    def __init__(
        self, policy: Policy, *, override: bool = False, facts: Iterable[Event] = ()
    ) -> None:
        self._policy = policy
        self._override = policy if override else None
        self._facts = list(facts)
        # By how many facts were known; and those asked for, by time.
        self._registries: dict[int, Registry] = {}
        self._asked: dict[datetime, Registry] = {}

    def add(self, fact: Event) -> None:
        """One more."""
        self._facts.append(fact)
        self._registries.clear()
        self._asked.clear()

    def supposing(self, fact: Event) -> "Facts":
        """These and one more."""
        is_override = self._override is not None
        return Facts(self._policy, override=is_override, facts=[*self._facts, fact])

    def known_at(self, now: datetime) -> Registry:
        """What was received up to `now`; kept, since the next question is about then too."""
        if now not in self._asked:
            self._asked[now] = self._known_at(now)
        return self._asked[now]

    def _known_at(self, now: datetime) -> Registry:
        if not self._registries:
            self._facts.sort(key=received)
        count = bisect_right(self._facts, now, key=received)
        if count not in self._registries:
            registry = Registry(self._policy, override=self._override)
            for fact in self._facts[:count]:
                registry.add(fact)
            self._registries[count] = registry
        return self._registries[count]

    def start_of(self, day: date) -> datetime:
        """The start of a day in the zone of the latest policy."""
        return instant(day, self.zone)

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the latest policy."""
        return self.known_at(LATEST).editions()[-1].tzinfo


class Sources(Protocol):
    """What was seen of sources."""

    def names(self) -> Iterable[str]:
        """Of which sources."""

    def observed(self, source: str, now: datetime) -> Observed | None:
        """What was seen of a source up to `now`."""


class Pile:
    """Gives its judgements one by one.

    Entries are kept as bytes, a fifth of what models need, and read again dossier by dossier.
    """

    def __init__(self, policy: Policy, *, override: bool = False) -> None:
        self.facts = Facts(policy, override=override)
        self._entries: dict[str, list[bytes]] = defaultdict(list)
        self._seen = _Sightings()
        self._sources: Sources = self._seen

    @classmethod
    def of(
        cls, facts: Facts, entries: Iterable[tuple[str, bytes]], sources: Mapping[str, Observed]
    ) -> "Pile":
        """What was sorted out before. `sources`: what was seen of them, up to the time at which
        they will be judged; nothing is added any more."""
        pile = cls(Policy())
        pile.facts = facts
        for subject, entry in entries:
            pile.enter(subject, entry)
        pile._sources = _Known(sources)
        return pile

    def __len__(self) -> int:
        """How many subjects there are."""
        return len(self.subjects())

    def add(self, event: Event) -> None:
        """Add an event, in any order, once or several times."""
        sort_out(event, self)

    def learn(self, fact: Event, line: bytes) -> None:
        """See `Keeper`."""
        self.facts.add(fact)

    def see(self, sighting: Sighting) -> None:
        """See `Keeper`."""
        self._seen.add(sighting)

    def enter(self, subject: str, entry: bytes) -> None:
        """See `Keeper`."""
        self._entries[subject].append(entry)

    def refuse(self, source: str, at: datetime) -> None:
        """An input of a source was refused."""
        self._seen.refuse(source, at)

    def supposing(self, facts: Facts) -> "Pile":
        """The same events with other facts; nothing is copied, and both must be left as they are
        from then on."""
        other = Pile(Policy())
        other.facts = facts
        other._entries, other._seen, other._sources = self._entries, self._seen, self._sources
        return other

    def verdicts(self, now: datetime, rules: Sequence[Rule]) -> Iterator[Verdict]:
        """Every verdict by subject and clause, of what was received up to `now`."""
        for subject in self.subjects():
            yield from self.judge(subject, now, rules).verdicts

    def judge(self, subject: str, now: datetime, rules: Sequence[Rule]) -> Judgement:
        """The judgement of one subject, as of what was received up to `now`."""
        return judge(self._dossier(subject, now), self.facts.known_at(now), now, rules)

    def entries(self, subject: str) -> list[bytes]:
        """The entries of a dossier, as they were made."""
        return self._entries.get(subject, [])

    def subjects(self) -> list[str]:
        """Every subject, by name."""
        sources = {f"source{name}" for name in self._sources.names()}
        return sorted(self._entries.keys() | sources)

    def observed(self, source: str, now: datetime = LATEST) -> Observed | None:
        """What was seen of a source up to `now`; None where nothing was."""
        seen = self._sources.observed(source, now)
        return seen if seen is not None and seen.days else None

    def _dossier(self, subject: str, now: datetime) -> Dossier:
        dossier = Dossier(subject)
        for entry in self._entries.get(subject, ()):
            if received(read := read_line(entry)) <= now:
                dossier.add(read)
        if dossier.kind == "source" and (seen := self.observed(subject[len("source") :], now)):
            dossier.observe(seen)
        return dossier


class _Sightings:
    """What was seen of sources, in memory."""

    def __init__(self) -> None:
        self._sent: dict[str, list[Sighting]] = defaultdict(list)
        self._refused: dict[str, list[datetime]] = defaultdict(list)

    def add(self, sighting: Sighting) -> None:
        self._sent[sighting.source].append(sighting)

    def refuse(self, source: str, at: datetime) -> None:
        self._refused[source].append(at)

    def names(self) -> Iterable[str]:
        return self._sent.keys() | self._refused.keys()

    def observed(self, source: str, now: datetime) -> Observed | None:
        watch = Watch(now)
        for sighting in self._sent.get(source, ()):
            watch.compare(sighting)
            watch.count(sighting)
        for at in self._refused.get(source, ()):
            watch.refuse(source, at)
        seen = watch.observed().get(source)
        return None if seen is None else joined([seen])


class _Known:
    """What was seen of sources up to a time that is known."""

    def __init__(self, sources: Mapping[str, Observed]) -> None:
        self._sources = sources

    def names(self) -> Iterable[str]:
        return self._sources.keys()

    def observed(self, source: str, now: datetime) -> Observed | None:
        return self._sources.get(source)
