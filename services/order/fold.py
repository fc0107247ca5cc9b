"""The checker's heart: a deterministic fold over one partition of `ai.dossiers`.

It has no clock: its *now* is the least of the inputs' ticks, so an input that falls silent delays
judgement and never invents absence. A replay of the same records gives the same findings with the
same revisions. The state is plain key/value bytes; whoever hosts the fold makes it durable together
with what the step publishes.
"""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from schemas.base import Model, Time
from schemas.events import EVENTS, Event, dump
from schemas.policy import Policy
from schemas.records import DossierRecord
from schemas.verdicts import DossierMetrics, Finding, PartitionProgress, Verdict

from .closing import close, is_known, late_verdicts, names_one_of
from .engine import Attribution, Judgement, judge
from .eventset import EventSet, received
from .findings import finding, finding_id, metrics, withdrawn
from .registry import Registry, dependency_of, entity_of
from .rule import Rule

RETRACTED = "the events that it rested on were retracted"
META = "meta"
RETRACTION = "retraction/"


class Reexamination(Model):
    """Dossiers to be judged again because a fact changed: those that depend on `dependency`, asked
    about `since` or later, and come after `done` in the order of their names."""

    dependency: str
    since: Time
    done: str = ""


class Meta(Model):
    """How far a partition has come: the last record applied, ticks by input, work put off."""

    applied: int = -1
    inputs: dict[str, Time] = {}
    backlog: list[Reexamination] = []


class Dossier(Model):
    """One dossier as it is stored: its events, and what was last said of it."""

    events: list[Event] = []
    closed: list[str] | None = None
    revision: int = 0
    about: Attribution | None = None
    verdicts: list[Verdict] = []
    findings: dict[str, Finding] = {}
    consulted: dict[str, Time] = {}
    wake: Time | None = None


@dataclass
class Step:
    """What one record did. `writes`: state by key, to be made durable with the rest."""

    writes: dict[str, bytes] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    metrics: list[DossierMetrics] = field(default_factory=list)


class Fold:
    """One partition: its registry, its dossiers, and when to look at them again."""

    def __init__(
        self,
        partition: int,
        state: Mapping[str, bytes],
        rules: Sequence[Rule],
        policy: Policy,
        judged_per_record: int = 1000,
    ) -> None:
        """`state`: what earlier steps wrote. `policy` counts until a policy event arrives.

        `judged_per_record`: how many dossiers one record may cause to be judged again beyond its
        own; the rest waits for the next record, so that a changed fact never starves the stream.
        """
        self._partition = partition
        self._rules = rules
        self._per_record = judged_per_record
        self._registry = Registry(policy)
        self._dossiers: dict[str, bytes] = {}
        self._dependents: dict[str, dict[str, datetime]] = defaultdict(dict)
        self._consulted: dict[str, Iterable[str]] = {}
        self._wakes: dict[str, datetime] = {}
        self._alarms: list[tuple[datetime, str]] = []
        self._meta = Meta()
        self._restore(state)

    @property
    def applied(self) -> int:
        """Offset of the last record applied; -1 before the first."""
        return self._meta.applied

    @property
    def now(self) -> datetime | None:
        """The tick that every input has reached."""
        return min(self._meta.inputs.values(), default=None)

    def progress(self) -> PartitionProgress:
        """How far this partition has come."""
        now = self.now
        due = sum(1 for wake in self._wakes.values() if now is not None and wake < now)
        backlog = due + sum(len(self._affected(item)) for item in self._meta.backlog)
        return PartitionProgress(
            partition=self._partition,
            offset=max(0, self._meta.applied),
            now=now,
            inputs=self._meta.inputs,
            backlog=backlog,
            dossiers=len(self._dossiers),
        )

    def apply(self, offset: int, record: DossierRecord) -> Step:
        """Take in one record. A record that was applied before does nothing."""
        step = Step()
        if offset <= self._meta.applied:
            return step
        arrivals = self._take_in(record, step)
        inputs = dict(self._meta.inputs)
        inputs[record.input] = max(record.tick, inputs.get(record.input, record.tick))
        self._meta = self._meta.model_copy(update={"applied": offset, "inputs": inputs})
        for subject in self._to_judge(arrivals):
            self._judge(subject, arrivals.get(subject, []), step)
        step.writes[META] = self._meta.model_dump_json().encode()
        return step

    def _restore(self, state: Mapping[str, bytes]) -> None:
        for key, value in state.items():
            kind, _, name = key.partition("/")
            if key == META:
                self._meta = Meta.model_validate_json(value)
            elif kind == "registry":
                for fact in EVENTS.validate_json(value):
                    self._registry.add(fact)
            else:
                self._dossiers[name] = value
                self._index(name, Dossier.model_validate_json(value))

    def _take_in(self, record: DossierRecord, step: Step) -> dict[str, list[Event]]:
        """Facts go to the registry; returns the events for dossiers, by subject."""
        arrivals: dict[str, list[Event]] = defaultdict(list)
        for entry in record.entries:
            if entry.dossier is not None:
                arrivals[entry.dossier].append(entry.event)
            elif self._registry.add(entry.event):
                self._learn(entry.event, step)
        return arrivals

    def _learn(self, fact: Event, step: Step) -> None:
        entity = entity_of(fact)
        lines = b",".join(dump(known) for known in self._registry.all_facts(entity))
        step.writes[f"registry/{entity}"] = b"[" + lines + b"]"
        item = Reexamination(dependency=dependency_of(fact), since=fact.time)
        if self._affected(item):
            backlog = [*self._meta.backlog, item]
            self._meta = self._meta.model_copy(update={"backlog": backlog})

    def _affected(self, item: Reexamination) -> list[str]:
        dependents = self._dependents.get(item.dependency, {})
        return [s for s, asked in dependents.items() if asked >= item.since and s > item.done]

    def _to_judge(self, arrivals: Iterable[str]) -> list[str]:
        """The record's own dossiers, then those due by time, then those that a fact concerns."""
        chosen = dict.fromkeys(arrivals)
        budget = self._per_record
        now = self.now
        while budget and now is not None and self._alarms and self._alarms[0][0] < now:
            wake, subject = heapq.heappop(self._alarms)
            if self._wakes.get(subject) == wake:
                del self._wakes[subject]
                chosen[subject] = None
                budget -= 1
        backlog = []
        for item in self._meta.backlog:
            affected = sorted(self._affected(item))
            chosen.update(dict.fromkeys(affected[:budget]))
            if len(affected) > budget:
                done = affected[budget - 1] if budget else item.done
                backlog.append(item.model_copy(update={"done": done}))
            budget -= min(budget, len(affected))
        self._meta = self._meta.model_copy(update={"backlog": backlog})
        return list(chosen)

    def _judge(self, subject: str, arrivals: list[Event], step: Step) -> None:
        """Judge one dossier, and publish and store what is new."""
        now = self.now
        assert now is not None, "a record's own tick sets now"
        stored = self._dossiers.get(subject)
        old = Dossier.model_validate_json(stored) if stored else Dossier()
        events = EventSet(old.events)
        news = [event for event in arrivals if not is_known(old.closed, event)]
        changed = sum(events.add(event) for event in news) > 0
        if old.closed is not None:
            if not news and not self._takes_back(old.closed, old.consulted):
                return
            judgement = Judgement(old.about, late_verdicts(old.verdicts), dict(old.consulted))
        else:
            judgement = judge(subject, events, self._registry, now, self._rules)
        new = self._said(subject, old, judgement, step)
        new = new.model_copy(update={"events": list(events), "closed": old.closed})
        new = self._close_when_over(new, now)
        if changed or new != old:
            self._store(subject, new, step)

    def _takes_back(self, closed: list[str], consulted: Iterable[str]) -> bool:
        """Whether a retraction names an event of a dossier that has closed."""
        subjects = [name.removeprefix(RETRACTION) for name in consulted if RETRACTION in name]
        return any(names_one_of(closed, self._registry.retracted(s)) for s in subjects)

    def _said(self, subject: str, old: Dossier, judgement: Judgement, step: Step) -> Dossier:
        """Publish the difference between what was said and what is to be said now."""
        now, about = self.now, judgement.attribution or old.about
        assert now is not None
        findings = dict(old.findings)
        if about is not None:
            for news in self._news(old, judgement, about, now):
                findings[news.finding_id] = news
                step.findings.append(news)
        revision = old.revision
        if about is not None and (about, judgement.verdicts) != (old.about, old.verdicts):
            revision += 1
            step.metrics.append(metrics(subject, revision, about, judgement.verdicts, now))
        return Dossier(
            revision=revision,
            about=about,
            verdicts=judgement.verdicts,
            findings=findings,
            consulted=judgement.consulted,
            wake=judgement.wake,
        )

    def _news(
        self, old: Dossier, judgement: Judgement, about: Attribution, now: datetime
    ) -> Iterable[Finding]:
        place = self._partition, self._meta.applied
        titles = {(rule.clause, rule.id): rule.title for rule in self._rules}
        judged = {finding_id(verdict): verdict for verdict in judgement.verdicts}
        for identity, verdict in judged.items():
            known = old.findings.get(identity)
            title = titles[verdict.clause, verdict.rule]
            if news := finding(verdict, title, about, known, now, place):
                yield news
        for identity, known in old.findings.items():
            if identity not in judged and (gone := withdrawn(known, RETRACTED, now, place)):
                yield gone

    def _close_when_over(self, dossier: Dossier, now: datetime) -> Dossier:
        """A dossier in which nothing is open closes after a while, and keeps only what was said."""
        open_duty = any(verdict.verdict == "pending" for verdict in dossier.verdicts)
        if dossier.closed is not None or open_duty or not dossier.events:
            return dossier
        policy = self._registry.policy_at(now) or self._registry.editions()[0]
        horizon = timedelta(days=policy.time.dossier_closes_after_days)
        over = max(received(event) for event in dossier.events) + horizon
        if now > over:
            return dossier.model_copy(update=close(dossier.events) | {"wake": None})
        return dossier.model_copy(update={"wake": min(dossier.wake or over, over)})

    def _store(self, subject: str, dossier: Dossier, step: Step) -> None:
        value = dossier.model_dump_json(exclude_none=True).encode()
        self._dossiers[subject] = value
        step.writes[f"dossier/{subject}"] = value
        self._index(subject, dossier)

    def _index(self, subject: str, dossier: Dossier) -> None:
        """Remember what this dossier depends on, and when to look at it again."""
        for dependency in self._consulted.get(subject, ()):
            self._dependents[dependency].pop(subject, None)
        for dependency, asked in dossier.consulted.items():
            self._dependents[dependency][subject] = asked
        self._consulted[subject] = tuple(dossier.consulted)
        self._wakes.pop(subject, None)
        if dossier.wake is not None:
            self._wakes[subject] = dossier.wake
            heapq.heappush(self._alarms, (dossier.wake, subject))
