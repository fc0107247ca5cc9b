"""Judgement: dossier, registry and now to verdicts. The same function wherever Blotter judges."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice
from textwrap import shorten
from typing import NamedTuple

from schemas import ai
from schemas.events import Event
from schemas.oversight import ReviewCompleted
from schemas.policy import Policy
from schemas.registry import (
    AuditCompleted,
    ConsentChanged,
    SystemChanged,
    TrainingCompleted,
    WaiverGranted,
)
from schemas.verdicts import FINDING_KINDS, Basis, EvidenceRef, FactRef, Verdict

from .authority import has_authority
from .case import Case
from .dossier import CLOSING_KINDS, Dossier, kind_of
from .eventset import EventKey, Occurrence, chronological, received
from .lasting import Circumstances, LastingUses
from .marks import Marks
from .outcome import NEEDS_NO_WAIVER, Outcome, failure, worst
from .plan import Plan
from .plans import Plans, plans
from .registry import SOURCES, Registry, RegistryView, waiver_end
from .rule import Rule
from .shape import Shape, shape_of
from .spans import Ground, Span
from .told import NOTHING_IDLE, Idle, Told

# What can be written after the fact, and is looked at twice when it comes late.
_LATE_EVIDENCE = ("oversight.", "ai.retention.")
_LATE_FACTS = frozenset({TrainingCompleted, AuditCompleted, ConsentChanged, ReviewCompleted})
_INSTANT = timedelta(microseconds=1)
_AT_ONCE = timedelta()
_HOUR = timedelta(hours=1)
_LONGEST_REASON = 2000
_MOST_EVIDENCE = 200
_MOST_FACTS = 50


class Attribution(NamedTuple):
    """Whom and what a subject concerns, as of the judged act, for people who look for it."""

    occurred_at: datetime
    edition: str
    employee_id: str | None = None
    supervisor_id: str | None = None
    unit: str | None = None
    system_id: str | None = None
    family: str | None = None
    capability: str | None = None


class _RestedOn(NamedTuple):
    """What a finding was judged by: the policy's settings, each as JSON, and the facts that were
    consulted, in any order."""

    settings: Mapping[str, str]
    facts: tuple[Event, ...]


@dataclass(slots=True)
class Judgement:
    """What the rules say of one subject, what that depends on, and when time alone may change it.

    `attribution` is None where every event was retracted: then nothing is said either. `told`: what
    is said by rules that have something to judge; `idle`: by the others. `plan`: name of the rules
    that were asked.
    """

    attribution: Attribution | None = None
    told: list[Told] = field(default_factory=list)
    consulted: dict[str, datetime] = field(default_factory=dict)
    wake: datetime | None = None
    plan: str = ""
    idle: Idle = NOTHING_IDLE
    _case: Case | None = None
    _rested_on: dict[str, _RestedOn] = field(default_factory=dict)

    @property
    def case(self) -> Case:
        """What was judged; there is one as soon as anything is told."""
        assert self._case is not None
        return self._case

    @property
    def verdicts(self) -> list[Verdict]:
        """All that was said, in full, by clause and rule."""
        every = (*self.told, *self.idle.told)
        return [self.verdict(told) for told in sorted(every, key=by_clause)]

    def verdict(self, told: Told) -> Verdict:
        """What one rule said, in full."""
        case = self.case
        if told.is_brief:
            outcome = _judge_case(told.rule, told.clause, _alike(case, True))
            told = told._replace(outcome=outcome, is_brief=False)
        rested_on = self._rested_on.get(told.rule.id)
        basis = None if rested_on is None else _basis(told.rule, rested_on)
        try:
            return _verdict(told, case, basis, told.rule.group(case))
        except Exception as error:
            failed = told._replace(outcome=_failed(case, error))
            return _verdict(failed, case, basis, case.subject)

    def keep_basis(self, rule: Rule, outcome: Outcome, known: Plans) -> Outcome:
        """Note what a finding rests on, while it is known; a rule whose settings cannot be told
        must not look compliant either."""
        case = self.case
        if case.recorded is not None and not rule.unregistered:
            # Whether the system was registered was asked for all such rules at once.
            case.registry.system(case.recorded.data.system_id, case.at)
        settings: Mapping[str, str] = {}
        try:
            settings = known.settings(rule)
        except Exception as error:
            outcome = _failed(case, error)
        self._rested_on[rule.id] = _RestedOn(settings, tuple(case.registry.returned.values()))
        return outcome


def judge(dossier: Dossier, registry: Registry, now: datetime, rules: Sequence[Rule]) -> Judgement:
    """Judge one subject by every rule for its kind.

    Pure: equal arguments give equal judgements, whatever order the events came in.
    """
    view = RegistryView(registry, now, dossier.subject)
    cases = _cases(dossier, view, now)
    if not cases:
        return Judgement(consulted=view.consulted)
    case = cases[0]
    judgement = Judgement(_attribution(case), [], view.consulted, _case=case)
    known = plans(rules, case.policy)
    is_alone, shadow = len(cases) == 1, case.policy.rules.shadow
    alike = [_alike(case, True)] if is_alone else [_alike(each, False) for each in cases]
    plan = known.of(alike[0].shape) if is_alone else known.of_all(each.shape for each in alike)
    judgement.plan, judgement.idle = plan.name, plan.idle
    circumstances = _circumstances(alike[0], plan) if is_alone else None
    recalled = None if circumstances is None else known.lasting.recall(circumstances, case.at)
    wakes: list[datetime] = []
    if recalled is not None:
        view.sources_alike(recalled.sources_asked)
        judgement.told += recalled.told
        wakes += recalled.wakes
    for rule, clause in plan.judged if recalled is None else recalled.left:
        view.returned.clear()
        outcome = _judge_case(rule, clause, alike[0])
        if not is_alone:
            outcome = worst([outcome, *(_judge_case(rule, clause, each) for each in alike[1:])])
        if outcome.verdict in FINDING_KINDS:
            outcome = judgement.keep_basis(rule, outcome, known)
        judgement.told.append(Told(rule, clause, outcome, rule.id in shadow))
        if outcome.wake is not None:
            wakes.append(outcome.wake)
    if recalled is not None:
        for ground in recalled.unknown:
            _learn(known.lasting, recalled.circumstances, ground, judgement)
    judgement.told += plan.settled
    if view.upcoming:
        # The instant at which a fact comes into force is its first, not the last before it.
        wakes.append(min(view.upcoming) - _INSTANT)
    judgement.wake = min(wakes, default=None)
    return judgement


def by_clause(told: Told) -> tuple[str, str]:
    """A sort key: as the order has them."""
    return told.clause, told.rule.id


def _cases(dossier: Dossier, view: RegistryView, now: datetime) -> list[Case]:
    """One case; where a use was recorded several times, one for each: none can hide another.

    None where there is nothing that counts.
    """
    events, retracted = _split(dossier, view)
    uses = view.counted(dossier.uses)
    if not events and not len(uses) and dossier.observed is None:
        return []
    if dossier.kind == "use" and events:
        record_retracted = any(type(event) is ai.UseRecorded for event in retracted)
        recorded = [event for event in events if type(event) is ai.UseRecorded]
        each: Sequence[ai.UseRecorded | None] = recorded or [None]
        # A use is dated by itself, or by the first that others say of it.
        return [
            _case(dossier, events, uses, view, now, use, (use or events[0]).time, record_retracted)
            for use in each
        ]
    events = _since_first_edition(events, view)
    # An act is dated by the latest report of it; duties stand for ever.
    at = events[-1].time if dossier.kind in CLOSING_KINDS else now
    return [_case(dossier, events, uses, view, now, None, at)]


def _case(
    dossier: Dossier,
    events: tuple[Event, ...],
    uses: Marks,
    view: RegistryView,
    now: datetime,
    recorded: ai.UseRecorded | None,
    at: datetime,
    record_retracted: bool = False,
) -> Case:
    in_force = view.policy(at)
    return Case(
        dossier.subject,
        events,
        view,
        now,
        at,
        in_force or view.editions()[0],
        recorded,
        record_retracted,
        in_force is None,
        uses,
        dossier.observed,
    )


def _split(dossier: Dossier, view: RegistryView) -> tuple[tuple[Event, ...], list[Event]]:
    """The events that count, and those that were retracted."""
    events = dossier.events.ordered
    retracted = view.retracted(events)
    if retracted:
        events = tuple(event for event in events if event not in retracted)
    return events, retracted


def _since_first_edition(events: tuple[Event, ...], view: RegistryView) -> tuple[Event, ...]:
    """Without what happened before the order was in force, unless nothing else happened. Facts
    of the registry hold from before."""
    since = tuple(
        event
        for event in events
        if event.type.startswith("registry.") or view.policy(event.time) is not None
    )
    return since or events


def _attribution(case: Case) -> Attribution:
    if case.recorded is not None:
        use = case.recorded.data
        edition, employee_id, superior, unit = _of_employee(case, use.employee_id)
        return Attribution(
            case.at,
            edition,
            employee_id,
            superior,
            unit,
            use.system_id,
            use.family,
            use.capability,
        )
    data = case.events[0].data if case.events else None
    kind, _, name = case.subject.partition("/")
    return Attribution(
        case.at if kind in CLOSING_KINDS else _begun(case),
        *_of_employee(case, name if kind == "employee" else getattr(data, "employee_id", None)),
        name if kind == "system" else getattr(data, "system_id", None),
        getattr(data, "family", None),
        getattr(data, "capability", None),
    )


def _of_employee(
    case: Case, employee_id: str | None
) -> tuple[str, str | None, str | None, str | None]:
    """Edition, employee, supervisor and unit."""
    entry = case.employee(employee_id, case.at) if employee_id else None
    if entry is None:
        return case.policy.edition, employee_id, None, None
    return case.policy.edition, employee_id, entry.data.supervisor_id, entry.data.unit


def _begun(case: Case) -> datetime:
    """Since when there is something to say of a subject whose duties stand for ever."""
    days = sorted(case.observed.days) if case.observed else []
    since = [datetime.fromisoformat(day).replace(tzinfo=UTC) for day in days[:1]]
    return min([*since, *(e.time for e in (*case.events[:1], *islice(case.uses, 1)))])


class _Alike(NamedTuple):
    """A case, and what holds for every rule alike. `instead`: what every rule says of it, but for
    those that find a violation in a use that nobody recorded. `registration`: of a recorded use's
    system; `unregistered`: without one, what rules say that judge registered systems only. `late`:
    evidence that came late. `is_alone`: rules that its shape settles have been left out."""

    case: Case
    shape: Shape
    instead: Outcome | None
    registration: SystemChanged | None
    unregistered: Outcome | None
    late: list[Event]
    is_alone: bool


def _alike(case: Case, is_alone: bool) -> _Alike:
    shape = shape_of(kind_of(case.subject), case.events, case.recorded)
    instead = _before_edition(case)
    registration = unregistered = None
    if shape.kind == "use" and instead is None:
        if case.recorded is None:
            instead = _unrecorded(case)
        else:
            registration = case.registry.system(case.recorded.data.system_id, case.at)
            unregistered = _unregistered(case) if registration is None else None
    late = [e for e in case.events if e.type.startswith(_LATE_EVIDENCE) and _is_late(e, case)]
    return _Alike(case, shape, instead, registration, unregistered, late, is_alone)


def _circumstances(alike: _Alike, plan: Plan) -> Circumstances | None:
    """Those of a use whose record is in order, unless evidence came late: that is looked at twice,
    in each case."""
    case = alike.case
    if case.recorded is None or alike.registration is None or alike.late:
        return None
    employee_id = case.recorded.data.employee_id
    entry = case.registry.employee(employee_id, case.at)
    if entry is None:
        return None
    completed = case.registry.training_so_far(employee_id, case.at)
    sources = case.registry.sources_alike()
    return Circumstances(plan, alike.registration, entry, completed, sources)


def _learn(lasting: LastingUses, on: Circumstances, ground: Ground, judgement: Judgement) -> None:
    """Keep what was said of a use for others like it."""
    case = judgement.case
    spans = [(told, _span(told, case)) for told in judgement.told if told.rule.ground == ground]
    kept = [(told, span) for told, span in spans if span is not None]
    lasting.learn(on, ground, judgement.consulted.get(SOURCES), kept)


def _span(told: Told, case: Case) -> Span | None:
    """Within which times the same is said of every use like this one."""
    outcome, lasting = told.outcome, told.rule.lasting
    if lasting is None or outcome.verdict not in ("compliant", "not_applicable"):
        return None
    # What was back-dated is looked at in each case.
    facts = [e for e in outcome.evidence if type(e) in _LATE_FACTS and _is_late(e, case)]
    return None if any(_is_of_no_record(fact, case) for fact in facts) else lasting(case)


def _judge_case(rule: Rule, clause: str, alike: _Alike) -> Outcome:
    """One rule on one case, with all that holds for every rule alike.

    A rule that crashes must not look compliant, and must not stop the others.
    """
    try:
        if alike.instead is not None:
            return _instead(rule, alike, alike.instead)
        if alike.unregistered is not None and not rule.unregistered:
            return alike.unregistered
        outcome = _with_late_evidence(rule, alike)
        if outcome.verdict in NEEDS_NO_WAIVER or alike.shape.kind != "use":
            return outcome
        return _waived(clause, alike.case, outcome)
    except Exception as error:
        return _failed(alike.case, error)


def _instead(rule: Rule, alike: _Alike, instead: Outcome) -> Outcome:
    """Of a use that nobody recorded a violation may be known all the same."""
    is_unrecorded = alike.shape.kind == "use" and not alike.shape.is_recorded
    if not (rule.unrecorded and is_unrecorded):
        return instead
    told = _with_late_evidence(rule, alike)
    return told if told.verdict == "violation" else instead


def _failed(case: Case, error: Exception) -> Outcome:
    is_act = kind_of(case.subject) in CLOSING_KINDS
    return failure(error)._replace(evidence=case.events, at=case.at if is_act else None)


def _before_edition(case: Case) -> Outcome | None:
    if not case.precedes_order:
        return None
    first: Policy = case.registry.editions()[0]
    return Outcome("not_applicable", f"before the order took effect on {first.effective_on}")


def _unrecorded(case: Case) -> Outcome:
    """A use that others speak of but nobody recorded: wait until it settles, then say so."""
    first = min(case.events, key=lambda event: (received(event), chronological(event)))
    until = received(first) + timedelta(seconds=case.policy.time.settling_seconds)
    if case.now <= until:
        reason = "the record of this use has not arrived yet"
        return Outcome("pending", reason, case.events, first.time, until, wake=until)
    reason = "others refer to this use, but the AI system never reported it"
    if case.record_retracted:
        reason = "others refer to this use, but its record was retracted"
    return Outcome("undetermined", reason, case.events, first.time)


def _unregistered(case: Case) -> Outcome:
    system_id = case.use.data.system_id
    reason = f"system {system_id} was not registered at the time, which comes first"
    return Outcome("not_applicable", reason, (case.use,), case.at)


def _with_late_evidence(rule: Rule, alike: _Alike) -> Outcome:
    """Judge with all evidence; if back-dated evidence decides the outcome, a person must look."""
    case = alike.case
    case.registry.has_told_history = False
    outcome = rule.check(case) if alike.is_alone else _check(rule, case, alike.shape)
    if not alike.late and not case.registry.has_told_history:
        return outcome
    told = (fact for fact in case.registry.returned.values() if type(fact) in _LATE_FACTS)
    late = [*alike.late, *(fact for fact in told if _is_late(fact, case))]
    back_dated = {(e.source, e.id): e for e in late if _is_of_no_record(e, case)}
    if not back_dated:
        return outcome
    without = _without(case, back_dated)
    trusted = _check(rule, without, shape_of(alike.shape.kind, without.events, without.recorded))
    if trusted.verdict == "pending":
        return trusted
    # What is true without the late evidence changes at times of its own.
    wakes = [wake for wake in (outcome.wake, trusted.wake) if wake is not None]
    outcome = outcome._replace(wake=min(wakes, default=None))
    if trusted.verdict == outcome.verdict:
        return outcome
    events = tuple(back_dated.values())
    reason, evidence = _reported_late(events), (*outcome.evidence, *events)
    return outcome._replace(verdict="undetermined", reason=reason, evidence=evidence)


def _check(rule: Rule, case: Case, shape: Shape) -> Outcome:
    """The rule, unless the shape settles it, which its plan need not know: where a use was recorded
    several times, or some evidence is left out."""
    settled = rule.settled(shape) if rule.settled is not None and shape.is_recorded else None
    return rule.check(case) if settled is None else settled


def _without(case: Case, keys: Iterable[EventKey]) -> Case:
    """The case as if some events and facts had never been reported."""
    ignored = frozenset(keys)
    events = tuple(event for event in case.events if (event.source, event.id) not in ignored)
    return replace(case, events=events, registry=case.registry.without(ignored), shared={})


def _reported_late(events: Iterable[Occurrence]) -> str:
    delays = ", ".join(
        f"{event.id} from {event.source} came {_lag(event) / _HOUR:.0f} h after its time"
        for event in events
    )
    return f"evidence was reported late and its source is no system of record: {delays}"


def _lag(event: Occurrence) -> timedelta:
    received_at = event.receivedtime
    return _AT_ONCE if received_at is None else received_at - event.time


@lru_cache
def _hours(count: float) -> timedelta:
    return timedelta(hours=count)


def _is_late(event: Occurrence, case: Case) -> bool:
    """Whether it came so long after its time that it may be back-dated."""
    # What was received at once is not late, whatever the policy says.
    lag = _lag(event)
    return bool(lag) and lag > _hours(case.policy.time.back_dated_after_hours)


def _is_of_no_record(event: Occurrence, case: Case) -> bool:
    """Whether an event that came late is back-dated: its source is no system of record."""
    # A source that the registry does not name counts as a system of record: plain files work.
    source = case.registry.source(event.source, received(event))
    return source is not None and not source.data.system_of_record


def _waived(clause: str, case: Case, outcome: Outcome) -> Outcome:
    """`waived` instead of a finding or an open duty, where valid waivers cover every act."""
    acts = outcome.acts or (outcome.at or case.at,)
    found = [_waiver(clause, case, act) for act in acts]
    waivers = [waiver for waiver in found if waiver is not None]
    if len(waivers) < len(acts):
        return outcome
    evidence = (*outcome.evidence, *waivers)
    late = [w for w in waivers if _is_late(w, case) and _is_of_no_record(w, case)]
    if late:
        reason = _reported_late(late)
        return Outcome("undetermined", reason, evidence, outcome.at, wake=outcome.wake)
    reason = f"waived by {waivers[0].data.approver_id}: {waivers[0].data.reason}"
    return Outcome("waived", reason, evidence, outcome.at, wake=outcome.wake)


def _waiver(clause: str, case: Case, act: datetime) -> WaiverGranted | None:
    """A supervisor's waiver, granted by the time of the act, that held then for this clause."""
    use = case.use.data
    for subject in (case.subject, f"employee/{use.employee_id}", f"system/{use.system_id}"):
        for waiver in case.registry.waivers(subject, act):
            approver_id = waiver.data.approver_id
            holds = act < waiver_end(waiver, case.policy)
            # Nobody waives a clause for themselves.
            is_own = approver_id == use.employee_id
            if not (_names(waiver.data.clause, clause) and holds) or is_own:
                continue
            if has_authority(case.employee(approver_id, waiver.time)):
                return waiver
    return None


def _names(waived: str, clause: str) -> bool:
    """Whether a waiver's clause is the rule's, or one that contains it (C.1 contains C.1.a)."""
    return clause == waived or clause.startswith(waived + ".")


def _verdict(told: Told, case: Case, basis: Basis | None, group: str) -> Verdict:
    outcome = told.outcome
    is_act = kind_of(case.subject) in CLOSING_KINDS
    return Verdict(
        clause=told.clause,
        rule=told.rule.id,
        subject=case.subject,
        verdict=outcome.verdict,
        severity=told.rule.severity,
        group=group,
        deadline=outcome.deadline,
        reason=_bounded(outcome.reason),
        evidence=_references(outcome, case),
        occurred_at=outcome.at or (case.at if is_act else None),
        measures=dict(outcome.measures),
        shadow=told.is_shadow,
        basis=basis,
    )


def _bounded(reason: str) -> str:
    # Asking first makes a judgement a third faster.
    too_long = len(reason) > _LONGEST_REASON
    return shorten(reason, _LONGEST_REASON, placeholder=" …") if too_long else reason


def _basis(rule: Rule, rested_on: _RestedOn) -> Basis:
    """What a person must know to repeat the judgement."""
    facts = sorted(rested_on.facts, key=chronological)[-_MOST_FACTS:]
    return Basis(
        version=rule.version,
        settings=dict(rested_on.settings),
        facts=[
            FactRef(
                source=fact.source,
                id=fact.id,
                type=fact.type,
                subject=fact.subject,
                valid_from=fact.time,
            )
            for fact in facts
        ],
        remedy=rule.remedy,
    )


def _references(outcome: Outcome, case: Case) -> list[EvidenceRef]:
    """What the outcome rests on; where that is nothing but the use, the use."""
    evidence = outcome.evidence or ((case.recorded,) if case.recorded is not None else ())
    ordered = sorted(evidence, key=chronological)
    named = [EvidenceRef(source=event.source, id=event.id) for event in ordered]
    unique = {(ref.source, ref.id): ref for ref in (*named, *outcome.references)}
    return list(unique.values())[:_MOST_EVIDENCE]
