"""The checker's heart: a deterministic fold over one partition of `ai.dossiers`.

It has no clock: its *now* is the least of the inputs' ticks, so an input that falls silent delays
judgement and never invents absence. A replay of the same records gives the same findings with the
same revisions. The state is plain key/value bytes; whoever hosts the fold makes it durable together
with what the step publishes.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from pydantic import TypeAdapter

from schemas.base import EARLIEST, LATEST, Model, Time
from schemas.events import EVENT, Event, dump
from schemas.observed import Mark, Observed, Run
from schemas.oversight import EventRetracted
from schemas.policy import Policy
from schemas.records import DossierRecord, GivenBack
from schemas.registry import SourceChanged
from schemas.review import FindingActed
from schemas.verdicts import DossierMetrics, Finding, PartitionProgress

from .agenda import EVERYTHING, Agenda, Reexamination, with_item
from .closing import digests, is_known, late, names_one_of
from .dossier import CLOSING_KINDS, Dossier
from .engine import Judgement, judge
from .eventset import received
from .observing import merged, reconciled
from .pool import Pool
from .recent import Recent
from .registry import SOURCES, Registry, entity_of
from .reviewing import acted
from .rule import Rule
from .saying import Said, news
from .shelf import Shelf

REOPENED = "given back from the archive"

# State by key. The parts of a key are separated by newlines, which no name contains.
META = "meta"
FACT = "fact"
DOSSIER = "dossier"
EVENT_OF = "event"
OBSERVED = "observed"
RUNS_OF = "runs"
STAGED = "staged"
WAITING = "waiting"
_RETRY = timedelta(hours=1)
_RECENT = 10_000


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


@dataclass
class Step:
    """What one record did. `writes`: state by key (None: deleted), to be made durable with the
    rest. `failures`: subjects that could not be judged, with the kind of error."""

    writes: dict[str, bytes | None] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    metrics: list[DossierMetrics] = field(default_factory=list)
    failures: list[tuple[str, str]] = field(default_factory=list)


class Fold:
    """One partition: its registry, its dossiers, and when to look at them again."""

    def __init__(
        self,
        partition: int,
        state: Mapping[str, bytes],
        rules: Sequence[Rule],
        policy: Policy,
        judged_per_record: int = 1000,
        uses_wait: timedelta = timedelta(),
        pool: Pool | None = None,
    ) -> None:
        """`state`: what earlier steps wrote. `policy`: see `Registry`.

        `judged_per_record`: how many dossiers one record may cause to be judged again beyond its
        own; the rest waits for the next record, so that a changed fact never starves the stream.
        `uses_wait`: how long a use may wait to be judged as one of many of its employee; in a
        dossier of its own it never waits. `pool`: of facts, shared with other partitions.
        """
        self._partition = partition
        self._rules = rules
        self._per_record = judged_per_record
        self._uses_wait = uses_wait
        self._registry = Registry(policy)
        self._pool = Pool() if pool is None else pool
        self._suspended: set[str] = set()
        self._now: datetime | None = None
        self._agenda = Agenda()
        self._said_of: dict[str, bytes] = {}
        # The dossier of each finding.
        self._found_in: dict[str, str] = {}
        self._recent: Recent[Said] = Recent(_RECENT)
        self._shelf = Shelf()
        # Employees whose latest uses wait to be judged together, and until when.
        self._waiting: dict[str, datetime] = {}
        # Dossiers in which a retraction may take something back.
        self._touched: set[str] = set()
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
        return self._now

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
        self._meta = self._meta.model_copy(update={"applied": offset})
        if record.given_back is not None:
            record = self._given_back(record, record.given_back, step)
        arrivals = self._take_in(record, step)
        observed = self._observe(record.observed, record.given_back is not None, step)
        self._advance(record)
        self._tell_time()
        whole = [record.given_back.subject] if record.given_back else []
        chosen = dict.fromkeys([*whole, *observed, *sorted(self._touched)])
        self._touched.clear()
        concerned = self._concerned()
        for subject in dict.fromkeys([*chosen, *concerned, *arrivals]):
            arrived = arrivals.get(subject, [])
            is_due = concerned.get(subject, False) and subject not in chosen and not arrived
            if subject in chosen or subject in concerned or not self._may_wait(subject, arrived):
                self._look_at(subject, arrived, subject in observed, is_due, step)
            else:
                self._wait(subject, arrived, step)
        step.writes[META] = self._meta.model_dump_json().encode()
        return step

    def _concerned(self) -> dict[str, bool]:
        """Dossiers that are to be judged again, though nothing arrived for them; whether only
        because their time has come."""
        due = self._agenda.due(self.now, self._per_record) if self.now is not None else []
        concerned, backlog = self._agenda.take(self._meta.backlog, self._per_record - len(due))
        self._meta = self._meta.model_copy(update={"backlog": backlog})
        return dict.fromkeys(due, True) | dict.fromkeys(concerned, False)

    def _may_wait(self, subject: str, arrived: Sequence[Event | Mark]) -> bool:
        """Whether nothing but uses arrived for an employee of whom something has been said."""
        can = self._uses_wait and self.now is not None and subject in self._said_of
        return bool(can) and all(isinstance(each, Mark) for each in arrived)

    def _wait(self, subject: str, arrived: Iterable[Event | Mark], step: Step) -> None:
        """Add uses to an employee's dossier, and judge them later, all at once."""
        is_news = self._shelf.file(
            self._shelf.open(subject), arrived, self._key_of(subject), step.writes
        )
        if is_news and subject not in self._waiting and self.now is not None:
            until = self._waiting[subject] = self.now + self._uses_wait
            step.writes[_key(WAITING, subject)] = until.isoformat().encode()
            self._wake_waiting(subject)

    def _wake_waiting(self, subject: str) -> None:
        until = self._waiting.get(subject)
        if until is not None:
            next_look = self._last_said(subject).next_look
            self._agenda.wake(subject, min(next_look or until, until))

    def _key_of(self, subject: str) -> str:
        """The key of what the record in hand brings for a dossier."""
        return _key(EVENT_OF, subject, str(self._meta.applied))

    def _tell_time(self) -> None:
        ticks = (t for name, t in self._meta.inputs.items() if name not in self._suspended)
        self._now = min(ticks, default=None)

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
                self._registry.add(self._pool.shared(EVENT.validate_json(value), value))
            elif kind == EVENT_OF:
                self._shelf.restore(names[0], key, value)
            elif kind == OBSERVED:
                heads[names[0]] = Observed.model_validate_json(value)
            elif kind == RUNS_OF:
                runs[names[0]][names[1]] = RUNS.validate_json(value)
            elif kind == STAGED:
                self._staged.setdefault(names[0], {})[int(names[1])] = value
            elif kind == WAITING:
                self._waiting[names[0]] = datetime.fromisoformat(value.decode())
            else:
                self._said_of[names[0]] = value
                self._enter(names[0], Said.read(value))
        for subject, head in heads.items():
            self._observed[subject] = head.model_copy(update={"runs": dict(runs[subject])})
        for subject in self._waiting:
            self._wake_waiting(subject)
        self._notice_suspended()
        self._tell_time()

    def _enter(self, subject: str, said: Said) -> None:
        """Note a dossier's findings, and when to look at it again. Most closed ones never are, and
        they are many."""
        for identity in said.findings:
            self._found_in[identity] = subject
        if said.closed is not None and not said.consulted:
            self._agenda.forget(subject)
        else:
            self._agenda.enter(subject, said.consulted, said.next_look)

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
        self._shelf.keep_since(subject, given.complete_to, self._key_of(subject), step.writes)
        if subject in self._said_of:
            said = self._last_said(subject)
            said.closed = None
            # Whatever was published of it may be wrong, even where the fold knows better: all is
            # said anew.
            said.findings = {
                identity: known.model_copy(update={"reason": REOPENED})
                for identity, known in said.findings.items()
            }
            self._keep(subject, said, step)

    def _keep(self, subject: str, said: Said, step: Step) -> None:
        value = said.dump()
        self._recent.put(subject, said)
        self._said_of[subject] = step.writes[_key(DOSSIER, subject)] = value
        self._enter(subject, said)

    def _observe(self, seen: Iterable[Observed], is_archive: bool, step: Step) -> set[str]:
        """Add what was observed of sources; returns their subjects.

        What the archive saw, the fold may have seen too. The numbers of each instance are stored
        apart: over the years there are many, and few of them change.
        """
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
        """Facts go to the registry, people's actions to the findings; returns what is for dossiers,
        by subject."""
        arrivals: dict[str, list[Event | Mark]] = defaultdict(list)
        for entry in record.entries:
            arrived = entry.event or entry.mark
            assert arrived is not None
            if entry.dossier is not None:
                arrivals[entry.dossier].append(arrived)
            elif type(entry.event) is FindingActed:
                self._act(entry.event, step)
            elif entry.event is not None:
                self._learn(entry.event, step)
        return arrivals

    def _act(self, event: FindingActed, step: Step) -> None:
        """Somebody acted on a finding: if it is of this partition, say how it stands now."""
        subject = self._found_in.get(event.data.finding_id)
        if subject is None:
            return
        said = self._last_said(subject)
        known = said.findings[event.data.finding_id]
        if (changed := acted(known, event, self._meta.applied)) is not None:
            step.findings.append(changed)
            findings = said.findings | {changed.finding_id: changed}
            self._keep(subject, replace(said, findings=findings), step)
            self._wake_waiting(subject)

    def _learn(self, fact: Event, step: Step) -> None:
        """Add a fact to the registry, and note which dossiers it may concern."""
        entity = entity_of(fact)
        known = {_key(FACT, entity, f.source, f.id): f for f in self._registry.all_facts(entity)}
        line = dump(fact)
        fact = self._pool.shared(fact, line)
        if not self._registry.add(fact):
            return
        key = _key(FACT, entity, fact.source, fact.id)
        step.writes[key] = line
        kept = {_key(FACT, entity, f.source, f.id) for f in self._registry.all_facts(entity)}
        step.writes |= dict.fromkeys(known.keys() - kept)
        concerned = self._registry.concerned(fact)
        if SOURCES in concerned:
            self._notice_suspended()
        if isinstance(fact, SourceChanged):
            self._introduce(fact)
        if isinstance(fact, EventRetracted):
            self._touch(fact)
        # One with the same id that it takes the place of may have been in force from earlier on;
        # what a retraction takes back, from any time on.
        since = min(fact.time, known[key].time) if key in known else fact.time
        since = EARLIEST if isinstance(fact, EventRetracted) else since
        for dependency in concerned:
            self._put_off(Reexamination(dependency=dependency, since=since))

    def _touch(self, retraction: EventRetracted) -> None:
        """Dossiers that hold what a retraction takes back: its subject's, and where it is a use,
        its employee's."""
        touched = self._shelf.with_mark(retraction.data.event_source, retraction.data.event_id)
        self._touched.update(touched)
        if retraction.subject in self._said_of:
            self._touched.add(retraction.subject)

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

    def _last_said(self, subject: str) -> Said:
        said = self._recent.get(subject)
        if said is None:
            stored = self._said_of.get(subject)
            said = Said.read(stored) if stored else Said()
        return said

    def _look_at(
        self,
        subject: str,
        arrived: Sequence[Event | Mark],
        observed: bool,
        is_due: bool,
        step: Step,
    ) -> None:
        """File what arrived for a dossier, and judge it. What fails is shown, and stops no other;
        the events stay, and are judged with whatever comes next.

        `is_due`: only because its time has come.
        """
        if self._waiting.pop(subject, None) is not None:
            step.writes[_key(WAITING, subject)] = None
        old = self._last_said(subject)
        if old.closed is not None:
            arrived = [a for a in arrived if isinstance(a, Mark) or not is_known(old.closed, a)]
        dossier = self._shelf.open(subject)
        has_news = self._shelf.file(dossier, arrived, self._key_of(subject), step.writes)
        try:
            self._judge(dossier, old, has_news, observed, is_due, step)
        except Exception as error:
            step.failures.append((subject, type(error).__name__))
            if self.now is not None:
                old.wake = self.now + _RETRY
                self._keep(subject, old, step)

    def _judge(
        self,
        dossier: Dossier,
        old: Said,
        has_news: bool,
        observed: bool,
        is_due: bool,
        step: Step,
    ) -> None:
        """Judge one dossier, if there is any reason to; and say what is new of it."""
        now, subject = self.now, dossier.subject
        if now is None:
            # No input has reported yet.
            return
        # While work is put off, what changed may concern this dossier: it is judged once more.
        is_settled = not self._meta.backlog and not _is_past(old.wake, now)
        if is_due and _is_past(old.closes, now) and is_settled:
            self._close(old, dossier, step)
            return
        if old.closed is not None:
            if not has_news and not self._takes_back(subject, old.closed, old.consulted):
                return
            policy = self._registry.policy_at(old.about.occurred_at) if old.about else None
            policy = policy or self._registry.editions()[0]
            judgement: Judgement = late(subject, old, dossier.events, self._rules, policy)
        else:
            dossier.observed = self._observed.get(subject)
            judgement = judge(dossier, self._registry, now, self._rules)
        place = self._partition, self._meta.applied
        told = news(subject, old, judgement, now, place, dossier.observed if observed else None)
        step.findings += told.findings
        step.metrics += [told.metrics] if told.metrics is not None else []
        if old.closed is None and dossier.kind in CLOSING_KINDS:
            told.said.closes = self._closes(judgement, dossier, now)
            if _is_past(told.said.closes, now):
                self._close(told.said, dossier, step)
                return
        if told.said != old:
            self._keep(subject, told.said, step)

    def _takes_back(self, subject: str, closed: list[str], consulted: Iterable[str]) -> bool:
        """Whether a retraction names an event of a dossier that has closed."""
        subjects = (subject, *consulted)
        return any(names_one_of(closed, self._registry.retracted(s)) for s in subjects)

    def _closes(self, judgement: Judgement, dossier: Dossier, now: datetime) -> datetime | None:
        """When a dossier closes, if nothing is open in it, and nothing changes."""
        # Where all was retracted, a correction may still come: there is nothing yet to be late for.
        for told in judgement.told:
            if told.outcome.verdict == "pending":
                return None
        if not judgement.told and not judgement.idle.told:
            return None
        policy = self._registry.policy_at(now) or self._registry.editions()[0]
        horizon = timedelta(days=policy.time.dossier_closes_after_days)
        return max(map(received, dossier.events)) + horizon

    def _close(self, said: Said, dossier: Dossier, step: Step) -> None:
        """Of what was in the dossier only digests are kept, and what was said of it."""
        said.closed, said.closes, said.wake = digests(dossier.events), None, None
        others = {event.subject for event in dossier.events} - {dossier.subject}
        said.consulted = dict.fromkeys(sorted(others), LATEST)
        self._shelf.clear(dossier.subject, step.writes)
        self._keep(dossier.subject, said, step)


def _is_past(time: datetime | None, now: datetime) -> bool:
    return time is not None and time < now
