"""The checker's heart: a deterministic fold over one partition of `ai.dossiers`.

It has no clock: its *now* is the least of the inputs' ticks, so an input that falls silent delays
judgement and never invents absence. A replay of the same records gives the same findings with the
same revisions. The state is plain key/value bytes; whoever hosts the fold makes it durable together
with what the step publishes.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pydantic import TypeAdapter

from schemas.ai import UseRecorded
from schemas.base import EARLIEST, Model, Time
from schemas.events import EVENT, Event, dump
from schemas.observed import Mark, Observed, Run
from schemas.oversight import EventRetracted
from schemas.policy import Policy
from schemas.records import DossierRecord, GivenBack
from schemas.registry import SourceChanged
from schemas.verdicts import DossierMetrics, Finding, PartitionProgress, Verdict

from .agenda import EVERYTHING, Agenda, Reexamination, with_item
from .closing import digests, is_known, late_verdicts, names_one_of
from .dossier import CLOSING_KINDS, Dossier, kind_of
from .engine import Attribution, Judgement, judge
from .eventset import EventSet, received
from .findings import finding, finding_id, metrics, withdrawn
from .marks import MARK, Marks, mark_of
from .observing import merged, reconciled
from .registry import SOURCES, Registry, dependencies_of, entity_of
from .rule import Rule

RETRACTED = "the events that it rested on were retracted"
REOPENED = "given back from the archive"
RULE_GONE = "the rule that found it is no longer applied"

# State by key. The parts of a key are separated by newlines, which no name contains.
META = "meta"
FACT = "fact"
DOSSIER = "dossier"
EVENT_OF = "event"
MARK_OF = "mark"
OBSERVED = "observed"
RUNS_OF = "runs"
STAGED = "staged"
_RETRACTION = "retraction/"
_RETRY = timedelta(hours=1)


RUNS: TypeAdapter[list[Run]] = TypeAdapter(list[Run])


def _key(*parts: str) -> str:
    return "\n".join(parts)


class Meta(Model):
    """How far a partition has come: the last record applied, ticks by input, work put off.

    `rules`: those that judged, each with its version.
    """

    applied: int = -1
    inputs: dict[str, Time] = {}
    backlog: list[Reexamination] = []
    rules: list[str] = []


class Said(Model):
    """What was last said of one subject. Its events are stored each under a key of its own.

    `closed`: digests of the events that it had when it closed.
    """

    closed: list[str] | None = None
    revision: int = 0
    about: Attribution | None = None
    verdicts: list[Verdict] = []
    findings: dict[str, Finding] = {}
    consulted: dict[str, Time] = {}
    wake: Time | None = None


@dataclass
class Step:
    """What one record did. `writes`: state by key (None: deleted), to be made durable with the
    rest. `failures`: subjects that could not be judged, with the kind of error."""

    writes: dict[str, bytes | None] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    metrics: list[DossierMetrics] = field(default_factory=list)
    failures: list[tuple[str, str]] = field(default_factory=list)

    def add(self, other: "Step") -> None:
        """Take in what another step did after this one."""
        self.writes |= other.writes
        self.findings += other.findings
        self.metrics += other.metrics
        self.failures += other.failures


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
        """`state`: what earlier steps wrote. `policy`: see `Registry`.

        `judged_per_record`: how many dossiers one record may cause to be judged again beyond its
        own; the rest waits for the next record, so that a changed fact never starves the stream.
        """
        self._partition = partition
        self._rules = rules
        self._per_record = judged_per_record
        self._registry = Registry(policy)
        self._suspended: set[str] = set()
        self._agenda = Agenda()
        self._said_of: dict[str, bytes] = {}
        self._events: dict[str, dict[str, bytes]] = defaultdict(dict)
        self._marks: dict[str, Marks] = defaultdict(Marks)
        self._observed: dict[str, Observed] = {}
        self._staged: dict[str, dict[int, bytes]] = {}
        self._next_suspension: datetime | None = None
        self._meta = Meta()
        self._restore(state)
        self._notice_other_rules()

    @property
    def applied(self) -> int:
        """Offset of the last record applied; -1 before the first."""
        return self._meta.applied

    @property
    def now(self) -> datetime | None:
        """The tick that every input has reached; a suspended source is not waited for."""
        ticks = (t for name, t in self._meta.inputs.items() if name not in self._suspended)
        return min(ticks, default=None)

    def progress(self) -> PartitionProgress:
        """How far this partition has come."""
        return PartitionProgress(
            partition=self._partition,
            offset=max(0, self._meta.applied),
            now=self.now,
            inputs=self._meta.inputs,
            backlog=self._agenda.outstanding(self._meta.backlog, self.now),
            dossiers=len(self._said_of),
        )

    def apply(self, offset: int, record: DossierRecord) -> Step:
        """Take in one record. A record that was applied before does nothing."""
        step = Step()
        if offset <= self._meta.applied:
            return step
        if record.given_back is not None:
            record = self._given_back(record, record.given_back, step)
        arrivals = self._take_in(record, step)
        observed = self._observe(record.observed, record.given_back is not None, step)
        self._meta = self._meta.model_copy(update={"applied": offset})
        self._advance(record)
        whole = [record.given_back.subject] if record.given_back else []
        for subject in self._to_judge([*whole, *arrivals, *observed]):
            step.add(self._look_at(subject, arrivals.get(subject, []), subject in observed))
        step.writes[META] = self._meta.model_dump_json().encode()
        return step

    def _advance(self, record: DossierRecord) -> None:
        """Note an input's tick; it never goes back."""
        if record.tick is None:
            return
        told = self._meta.inputs.get(record.input, record.tick)
        inputs = self._meta.inputs | {record.input: max(record.tick, told)}
        self._meta = self._meta.model_copy(update={"inputs": inputs})
        if self._next_suspension is not None and record.tick >= self._next_suspension:
            self._notice_suspended()

    def _given_back(self, record: DossierRecord, part: GivenBack, step: Step) -> DossierRecord:
        """Lay a part aside until the last has come; then all of it, as one record.

        Until then the dossier stays as it is: whoever gives it back may end in the middle.
        """
        staged = self._staged.setdefault(part.subject, {})
        if part.part == 0:
            self._unstage(part.subject, step)
        if part.part < part.parts - 1:
            key = _key(STAGED, part.subject, str(part.part))
            step.writes[key] = staged[part.part] = record.model_dump_json().encode()
            return DossierRecord(input=record.input, entries=[])
        parts = [DossierRecord.model_validate_json(staged[number]) for number in sorted(staged)]
        self._unstage(part.subject, step)
        if len(parts) != part.parts - 1:
            # The beginning is of another attempt.
            return DossierRecord(input=record.input, entries=[])
        self._reopen(part, step)
        return record.model_copy(
            update={
                "entries": [entry for each in (*parts, record) for entry in each.entries],
                "observed": [seen for each in (*parts, record) for seen in each.observed],
            }
        )

    def _unstage(self, subject: str, step: Step) -> None:
        staged = self._staged.setdefault(subject, {})
        step.writes |= {_key(STAGED, subject, str(number)): None for number in staged}
        staged.clear()

    def skip(self, offset: int) -> Step:
        """Pass over a record that cannot be read."""
        self._meta = self._meta.model_copy(update={"applied": offset})
        return Step(writes={META: self._meta.model_dump_json().encode()})

    def _restore(self, state: Mapping[str, bytes]) -> None:
        heads: dict[str, Observed] = {}
        runs: dict[str, dict[str, list[Run]]] = defaultdict(dict)
        for key, value in state.items():
            kind, *names = key.split("\n")
            if kind == META:
                self._meta = Meta.model_validate_json(value)
            elif kind == FACT:
                self._registry.add(EVENT.validate_json(value))
            elif kind == EVENT_OF:
                self._events[names[0]][key] = value
            elif kind == MARK_OF:
                self._marks[names[0]].add(MARK.validate_json(value))
            elif kind == OBSERVED:
                heads[names[0]] = Observed.model_validate_json(value)
            elif kind == RUNS_OF:
                runs[names[0]][names[1]] = RUNS.validate_json(value)
            elif kind == STAGED:
                self._staged.setdefault(names[0], {})[int(names[1])] = value
            else:
                self._said_of[names[0]] = value
                said = Said.model_validate_json(value)
                self._agenda.enter(names[0], said.consulted, said.wake)
        for subject, head in heads.items():
            self._observed[subject] = head.model_copy(update={"runs": dict(runs[subject])})
        self._notice_suspended()

    def _notice_other_rules(self) -> None:
        """State that other rules have left behind is judged again, a little with every record."""
        rules = sorted(f"{rule.id}/{rule.version}" for rule in self._rules)
        if self._said_of and rules != self._meta.rules:
            self._put_off(Reexamination(dependency=EVERYTHING, since=EARLIEST))
        self._meta = self._meta.model_copy(update={"rules": rules})

    def _put_off(self, item: Reexamination) -> None:
        if self._agenda.affected(item):
            backlog = with_item(self._meta.backlog, item)
            self._meta = self._meta.model_copy(update={"backlog": backlog})

    def _reopen(self, given: GivenBack, step: Step) -> None:
        """Forget what the archive knows too; what came since stays. What was said of the dossier
        stays as well, and is corrected."""
        subject = given.subject
        events = self._events.pop(subject, {})
        marks = self._marks.pop(subject, Marks())
        for key, line in events.items():
            if received(EVENT.validate_json(line)) > given.complete_to:
                self._events[subject][key] = line
            else:
                step.writes[key] = None
        for mark in marks:
            if received(mark) > given.complete_to:
                self._marks[subject].add(mark)
            else:
                step.writes[_key(MARK_OF, subject, *mark.key)] = None
        if subject in self._said_of:
            said = self._last_said(subject)
            # Whatever was published of it may be wrong, even where the fold knows better: all is
            # said anew.
            stale = {
                identity: known.model_copy(update={"reason": REOPENED})
                for identity, known in said.findings.items()
            }
            self._keep(subject, said.model_copy(update={"closed": None, "findings": stale}), step)

    def _keep(self, subject: str, said: Said, step: Step) -> None:
        value = said.model_dump_json(exclude_none=True).encode()
        self._said_of[subject] = step.writes[_key(DOSSIER, subject)] = value
        self._agenda.enter(subject, said.consulted, said.wake)

    def _observe(self, seen: Iterable[Observed], is_archive: bool, step: Step) -> set[str]:
        """Add what was observed of sources; returns their subjects. What the archive saw, the fold
        may have seen too. The numbers of each instance
        are stored apart: over the years there are many, and few of them change."""
        subjects = set()
        for one in seen:
            subject = f"source{one.source}"
            known = self._observed.get(subject)
            together = reconciled if is_archive else merged
            now = one if known is None else together(known, one)
            self._observed[subject] = now
            head = now.model_copy(update={"runs": {}})
            step.writes[_key(OBSERVED, subject)] = head.model_dump_json(exclude_none=True).encode()
            for instance in one.runs:
                key = _key(RUNS_OF, subject, instance)
                step.writes[key] = RUNS.dump_json(now.runs[instance])
            subjects.add(subject)
        return subjects

    def _take_in(self, record: DossierRecord, step: Step) -> dict[str, list[Event | Mark]]:
        """Facts go to the registry; returns what is for dossiers, by subject."""
        arrivals: dict[str, list[Event | Mark]] = defaultdict(list)
        for entry in record.entries:
            arrived = entry.event or entry.mark
            assert arrived is not None
            if entry.dossier is not None:
                arrivals[entry.dossier].append(arrived)
            elif entry.event is not None:
                self._learn(entry.event, step)
        return arrivals

    def _learn(self, fact: Event, step: Step) -> None:
        """Add a fact to the registry, and note which dossiers it may concern."""
        entity = entity_of(fact)
        known = {_key(FACT, entity, f.source, f.id): f for f in self._registry.all_facts(entity)}
        if not self._registry.add(fact):
            return
        after = {
            _key(FACT, entity, f.source, f.id): dump(f) for f in self._registry.all_facts(entity)
        }
        step.writes |= dict.fromkeys(known.keys() - after.keys())
        key = _key(FACT, entity, fact.source, fact.id)
        step.writes[key] = after[key]
        concerned = dependencies_of(fact)
        if SOURCES in concerned:
            self._notice_suspended()
        if isinstance(fact, SourceChanged):
            self._introduce(fact)
        # One with the same id that it takes the place of may have been in force from earlier on;
        # what a retraction takes back, from any time on.
        since = min(fact.time, known[key].time) if key in known else fact.time
        since = EARLIEST if isinstance(fact, EventRetracted) else since
        for dependency in concerned:
            self._put_off(Reexamination(dependency=dependency, since=since))

    def _introduce(self, fact: SourceChanged) -> None:
        """From its registration on, a source is waited for: what it has sent may not be here yet,
        and must not be called missing. One that is suspended is waited for no longer."""
        if fact.data.source in self._suspended:
            return
        inputs = {fact.data.source: received(fact)} | self._meta.inputs
        self._meta = self._meta.model_copy(update={"inputs": inputs})

    def _notice_suspended(self) -> None:
        """Which sources are suspended by now, as far as nobody retracted it. Here, now is the
        furthest that any input has come: the others are what the question is about."""
        reached = max(self._meta.inputs.values(), default=EARLIEST)
        suspended = self._registry.sources_at(reached, active=False)
        self._suspended = {source.data.source for source in suspended}
        self._next_suspension = self._registry.sources_change_after(reached)

    def _to_judge(self, arrivals: Iterable[str]) -> list[str]:
        """The record's own dossiers, then those due by time, then those that a fact concerns."""
        chosen = dict.fromkeys(arrivals)
        due = self._agenda.due(self.now, self._per_record) if self.now is not None else []
        chosen |= dict.fromkeys(due)
        concerned, backlog = self._agenda.take(self._meta.backlog, self._per_record - len(due))
        chosen |= dict.fromkeys(concerned)
        self._meta = self._meta.model_copy(update={"backlog": backlog})
        return list(chosen)

    def _last_said(self, subject: str) -> Said:
        stored = self._said_of.get(subject)
        return Said.model_validate_json(stored) if stored else Said()

    def _look_at(self, subject: str, arrivals: list[Event | Mark], observed: bool) -> Step:
        """File what arrived for a dossier, and judge it. What fails is shown, and stops no other;
        the events stay, and are judged with whatever comes next."""
        old = self._last_said(subject)
        step = Step()
        has_news = self._file_all(subject, arrivals, old, step)
        try:
            step.add(self._judge(subject, old, has_news, observed))
        except Exception as error:
            step.failures.append((subject, type(error).__name__))
            if self.now is not None:
                self._keep(subject, old.model_copy(update={"wake": self.now + _RETRY}), step)
        return step

    def _file_all(
        self, subject: str, arrivals: list[Event | Mark], old: Said, step: Step
    ) -> bool:
        news = [self._file(subject, arrived, old, step) for arrived in arrivals]
        return any(news)

    def _file(self, subject: str, event: Event | Mark, old: Said, step: Step) -> bool:
        """Store an event of a dossier; whether it is news."""
        if isinstance(event, Mark):
            return self._file_mark(subject, event, step)
        if is_known(old.closed, event):
            return False
        if kind_of(subject) == "employee" and isinstance(event, UseRecorded):
            return self._file_mark(subject, mark_of(event), step)
        key = _key(EVENT_OF, subject, event.source, event.id)
        known = self._events[subject].get(key)
        if known is not None and not EventSet([EVENT.validate_json(known)]).add(event):
            return False
        step.writes[key] = self._events[subject][key] = dump(event)
        return True

    def _file_mark(self, subject: str, mark: Mark, step: Step) -> bool:
        is_news = self._marks[subject].add(mark)
        if is_news:
            step.writes[_key(MARK_OF, subject, *mark.key)] = MARK.dump_json(mark)
        return is_news

    def _dossier(self, subject: str) -> Dossier:
        dossier = Dossier(subject, map(EVENT.validate_json, self._events[subject].values()))
        dossier.uses = self._marks.get(subject, dossier.uses)
        dossier.observed = self._observed.get(subject)
        return dossier

    def _judge(self, subject: str, old: Said, has_news: bool, observed: bool) -> Step:
        """Judge one dossier; what is new of it."""
        now = self.now
        step = Step()
        if now is None:
            # No input has reported yet.
            return step
        dossier = self._dossier(subject)
        if old.closed is None:
            judgement = judge(dossier, self._registry, now, self._rules)
        elif has_news or self._takes_back(old.closed, old.consulted):
            judgement = Judgement(old.about, late_verdicts(old.verdicts), dict(old.consulted))
        else:
            return step
        new = self._said(subject, old, judgement, observed, step)
        if old.closed is None and dossier.kind in CLOSING_KINDS:
            new = self._close_when_over(subject, new, dossier.events, now, step)
        if new != old:
            self._keep(subject, new, step)
        return step

    def _takes_back(self, closed: list[str], consulted: Iterable[str]) -> bool:
        """Whether a retraction names an event of a dossier that has closed."""
        subjects = [name.removeprefix(_RETRACTION) for name in consulted if _RETRACTION in name]
        return any(names_one_of(closed, self._registry.retracted(s)) for s in subjects)

    def _said(
        self, subject: str, old: Said, judgement: Judgement, observed: bool, step: Step
    ) -> Said:
        """Publish the difference between what was said and what is to be said now."""
        now, about = self.now, judgement.attribution or old.about
        assert now is not None
        findings = dict(old.findings)
        if about is not None:
            for news in self._news(old, judgement, about, now):
                findings[news.finding_id] = news
                step.findings.append(news)
        revision = old.revision
        is_new = observed or (about, judgement.verdicts) != (old.about, old.verdicts)
        if about is not None and is_new:
            revision += 1
            seen = self._observed.get(subject)
            step.metrics.append(metrics(subject, revision, about, judgement.verdicts, now, seen))
        return Said(
            closed=old.closed,
            revision=revision,
            about=about,
            verdicts=judgement.verdicts,
            findings=findings,
            consulted=judgement.consulted,
            wake=judgement.wake,
        )

    def _news(
        self, old: Said, judgement: Judgement, about: Attribution, now: datetime
    ) -> Iterable[Finding]:
        place = self._partition, self._meta.applied
        titles = {rule.id: rule.title for rule in self._rules}
        judged = {finding_id(verdict): verdict for verdict in judgement.verdicts}
        for identity, verdict in judged.items():
            known = old.findings.get(identity)
            title = titles.get(verdict.rule, known.title if known else "")
            if news := finding(verdict, title, about, known, now, place):
                yield news
        why = RETRACTED if judgement.attribution is None else RULE_GONE
        for identity, known in old.findings.items():
            if identity not in judged and (gone := withdrawn(known, why, now, place)):
                yield gone

    def _close_when_over(
        self, subject: str, said: Said, events: EventSet, now: datetime, step: Step
    ) -> Said:
        """A dossier in which nothing is open closes after a while, and keeps only what was said."""
        is_open = any(verdict.verdict == "pending" for verdict in said.verdicts)
        # Where all was retracted, a correction may still come: there is nothing yet to be late for.
        if is_open or not said.verdicts or not len(events):
            return said
        policy = self._registry.policy_at(now) or self._registry.editions()[0]
        horizon = timedelta(days=policy.time.dossier_closes_after_days)
        over = max(received(event) for event in events) + horizon
        if now <= over:
            return said.model_copy(update={"wake": min(said.wake or over, over)})
        step.writes |= dict.fromkeys(self._events.pop(subject))
        return said.model_copy(update={"closed": digests(events), "wake": None})
