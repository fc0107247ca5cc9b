"""The rules as a peer hosts them: what is the same whichever framework calls it.

It does less than the checker does: facts go into one registry of the process and are not kept, no
dossier is judged again because a fact changed or time passed, none closes, and what was observed of
sources is passed over.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from schemas.base import Model
from schemas.events import EVENT, Event, dump
from schemas.observed import Mark
from schemas.policy import Policy
from schemas.records import DOSSIER_RECORD
from schemas.registry import SourceChanged
from schemas.verdicts import Finding, Verdict
from services.order.dossier import Dossier
from services.order.engine import Judgement, judge
from services.order.eventset import received
from services.order.findings import finding, finding_id, metrics
from services.order.marks import MARK
from services.order.registry import Registry
from services.order.rulebook import rulebook
from services.runtime import topics

Arrival = Event | Mark


class Said(Model):
    """What was last said of a dossier."""

    revision: int = 0
    verdicts: list[Verdict] = []
    findings: dict[str, Finding] = {}


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
        said = self.said.model_dump_json(exclude_none=True).encode()
        events = map(dump, self.dossier.events)
        return b"\n".join([said, *events, *map(MARK.dump_json, self.dossier.uses)])

    @classmethod
    def of(cls, subject: str, stored: bytes | None) -> "Kept":
        """The other way."""
        kept = cls(Dossier(subject))
        if stored is not None:
            said, *lines = stored.split(b"\n")
            kept.said = Said.model_validate_json(said)
            for line in lines:
                kept.file(
                    MARK.validate_json(line) if line[:1] == b"[" else EVENT.validate_json(line)
                )
        return kept

    def file(self, arrived: Arrival) -> bool:
        """Add what arrived; whether it is news."""
        if isinstance(arrived, Mark):
            return self.dossier.uses.add(arrived)
        return self.dossier.add(arrived)


class Host:
    """One process of a peer: its registry and rules."""

    def __init__(self) -> None:
        self._registry = Registry(Policy())
        self._rules = rulebook()
        self._titles = {rule.id: rule.title for rule in self._rules}
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
        judgement = judge(kept.dossier, self._registry, now, self._rules)
        if judgement.attribution is None:
            return []
        return list(self._news(kept, judgement, now))

    def _news(self, kept: Kept, judgement: Judgement, now: datetime) -> Iterator[Output]:
        about = judgement.attribution
        assert about is not None
        verdicts = judgement.verdicts
        findings = dict(kept.said.findings)
        for verdict in verdicts:
            identity = finding_id(verdict)
            title = self._titles[verdict.rule]
            news = finding(verdict, title, about, findings.get(identity), now, (0, 0))
            if news is not None:
                findings[identity] = news
                value = news.model_dump_json(exclude_none=True).encode()
                yield Output(topics.FINDINGS, identity.encode(), value)
                yield Output(topics.FINDING_HISTORY, identity.encode(), value)
        subject = kept.dossier.subject
        if verdicts != kept.said.verdicts:
            revision = kept.said.revision + 1
            told = metrics(subject, revision, about, verdicts, now)
            value = told.model_dump_json(exclude_none=True).encode()
            yield Output(topics.METRICS, subject.encode(), value)
            kept.said = Said(revision=revision, verdicts=verdicts, findings=findings)
