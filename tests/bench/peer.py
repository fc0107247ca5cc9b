"""The rules as a peer hosts them: what is the same whichever framework calls it.

It does less than the checker does: facts go into one registry of the process and are not kept, no
dossier is judged again because a fact changed or time passed, none closes, and what was observed of
sources is passed over.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from schemas.base import Model
from schemas.events import Event
from schemas.observed import Mark
from schemas.policy import Policy
from schemas.records import DOSSIER_RECORD
from schemas.registry import SourceChanged
from services.checker.settings import CheckerSettings
from services.order import saying
from services.order.dossier import Dossier
from services.order.engine import judge
from services.order.entry import line_of, read_line
from services.order.eventset import received
from services.order.registry import Registry
from services.order.rulebook import rulebook
from services.order.saying import Said
from services.runtime import topics

Arrival = Event | Mark
_WAIT = CheckerSettings.model_fields["checker_uses_wait_seconds"].default
USES_WAIT = timedelta(seconds=_WAIT)
"""How long a use may wait to be judged as one of many of its employee, as with the checker; here,
until the first that comes after that."""


class News(NamedTuple):
    """What one record brings for one dossier, and the time by then."""

    now: datetime
    arrivals: list[Arrival]


@dataclass(frozen=True)
class Output:
    """A record to be produced."""

    topic: str
    key: bytes
    value: bytes


@dataclass
class Kept:
    """A dossier as a peer keeps it; `as_bytes` is what it makes durable."""

    dossier: Dossier
    said: Said = field(default_factory=Said)

    def as_bytes(self) -> bytes:
        """What was said, then each event or mark, a line each."""
        entries = (*self.dossier.events, *self.dossier.uses)
        return b"\n".join([self.said.dump(), *map(line_of, entries)])

    @classmethod
    def of(cls, subject: str, stored: bytes | None) -> "Kept":
        """The other way."""
        kept = cls(Dossier(subject))
        if stored is not None:
            said, *lines = stored.split(b"\n")
            kept.said = Said.read(said)
            for line in lines:
                kept.file(read_line(line))
        return kept

    def file(self, arrived: Arrival) -> bool:
        """Add what arrived; whether it is news."""
        if isinstance(arrived, Mark):
            return self.dossier.uses.add(arrived)
        return self.dossier.add(arrived)


class Host:
    """One process of a peer: its registry and rules."""

    def __init__(self) -> None:
        self._waiting: dict[str, datetime] = {}
        self._registry = Registry(Policy())
        self._rules = rulebook()
        self._ticks: dict[int, dict[str, datetime]] = defaultdict(dict)

    def take(self, partition: int, value: bytes) -> Iterator[tuple[str, News]]:
        """Read a record: facts are learned; the rest is told by dossier."""
        ticks = self._ticks[partition]
        record = DOSSIER_RECORD.validate_json(value)
        arrivals: dict[str, list[Arrival]] = defaultdict(list)
        for entry in record.entries:
            arrived = entry.event or entry.mark
            assert arrived is not None
            if entry.dossier is not None:
                arrivals[entry.dossier].append(arrived)
            elif entry.event is not None:
                self._registry.add(entry.event)
                if isinstance(entry.event, SourceChanged):
                    # Waited for from its registration on: what it sends may still be on its way.
                    ticks.setdefault(entry.event.data.source, received(entry.event))
        if record.tick is not None:
            ticks[record.input] = record.tick
        now = min(ticks.values())
        return ((subject, News(now, arrived)) for subject, arrived in arrivals.items())

    def look_at(self, kept: Kept, news: Sequence[News]) -> list[Output]:
        """File what arrived, judge the dossier and say what is new of it."""
        filed = [kept.file(arrived) for each in news for arrived in each.arrivals]
        if not any(filed):
            return []
        now = news[-1].now
        if self._may_wait(kept, news, now):
            return []
        judgement = judge(kept.dossier, self._registry, now, self._rules)
        subject = kept.dossier.subject
        said = saying.news(subject, kept.said, judgement, now, (0, 0))
        kept.said = said.said
        outputs = []
        for found in said.findings:
            key, value = found.finding_id.encode(), _dumped(found)
            outputs.append(Output(topics.FINDINGS, key, value))
            outputs.append(Output(topics.FINDING_HISTORY, key, value))
        if said.metrics is not None:
            outputs.append(Output(topics.METRICS, subject.encode(), _dumped(said.metrics)))
        return outputs

    def _may_wait(self, kept: Kept, news: Sequence[News], now: datetime) -> bool:
        """Whether an employee of whom something has been said has nothing new but uses, and they
        have not waited long."""
        is_use = (isinstance(arrived, Mark) for each in news for arrived in each.arrivals)
        subject = kept.dossier.subject
        if kept.said.revision and all(is_use):
            until = self._waiting.setdefault(subject, now + USES_WAIT)
            if now < until:
                return True
        self._waiting.pop(subject, None)
        return False


def _dumped(document: Model) -> bytes:
    return document.model_dump_json(exclude_none=True).encode()
