"""Judgement: dossier, registry and now to verdicts. The same function wherever Blotter judges."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from textwrap import shorten

from schemas import ai
from schemas.base import Model, Time
from schemas.events import Event
from schemas.oversight import ReviewCompleted
from schemas.policy import Policy
from schemas.registry import (
    AuditCompleted,
    ConsentChanged,
    TrainingCompleted,
    WaiverGranted,
)
from schemas.verdicts import FINDING_KINDS, Basis, EvidenceRef, FactRef, Verdict

from .authority import has_authority
from .case import Case
from .dossier import CLOSING_KINDS, Dossier, kind_of
from .eventset import EventKey, Occurrence, chronological, received
from .marks import Marks
from .outcome import NEEDS_NO_WAIVER, Outcome, worst
from .registry import Registry, RegistryView, waiver_end
from .rule import Rule, subject_group

# What can be written after the fact, and is looked at twice when it comes late.
_LATE_EVIDENCE = ("oversight.", "ai.retention.")
_LATE_FACTS = (TrainingCompleted, AuditCompleted, ConsentChanged, ReviewCompleted)
_INSTANT = timedelta(microseconds=1)
_LONGEST_REASON = 2000
_MOST_EVIDENCE = 200
_MOST_FACTS = 50


class Attribution(Model):
    """Whom and what a subject concerns, as of the judged act, for people who look for it."""

    occurred_at: Time
    edition: str
    employee_id: str | None = None
    supervisor_id: str | None = None
    unit: str | None = None
    system_id: str | None = None
    family: str | None = None
    capability: str | None = None


@dataclass
class Judgement:
    """The verdicts on one subject, what they depend on, and when time alone may change them.

    `attribution` is None where every event was retracted: then there are no verdicts either.
    """

    attribution: Attribution | None = None
    verdicts: list[Verdict] = field(default_factory=list)
    consulted: dict[str, datetime] = field(default_factory=dict)
    wake: datetime | None = None


def judge(dossier: Dossier, registry: Registry, now: datetime, rules: Sequence[Rule]) -> Judgement:
    """Judge one subject by every rule for its kind.

    Pure: equal arguments give equal judgements, whatever order the events came in.
    """
    view = RegistryView(registry, now)
    judgement = Judgement(consulted=view.consulted)
    cases = _cases(dossier, view, now)
    if not cases:
        return judgement
    judgement.attribution = _attribution(cases[0])
    wakes = []
    for rule in rules:
        clause = rule.clause_in(cases[0].policy) if dossier.kind in rule.kinds else None
        if clause is not None:
            view.returned.clear()
            outcome = worst(_judge_case(rule, clause, case) for case in cases)
            judgement.verdicts.append(_told(rule, clause, cases[0], outcome))
            wakes.append(outcome.wake)
    judgement.verdicts.sort(key=lambda verdict: (verdict.clause, verdict.rule))
    # The instant at which a fact comes into force is its first, not the last before it.
    wakes += [change - _INSTANT for change in view.upcoming]
    judgement.wake = min((wake for wake in wakes if wake is not None), default=None)
    return judgement


def _cases(dossier: Dossier, view: RegistryView, now: datetime) -> list[Case]:
    """One case; where a use was recorded several times, one for each: none can hide another.

    None where there is nothing that counts.
    """
    events, retracted = _split(dossier, view)
    uses = view.counted(dossier.uses)
    if not events and not len(uses) and dossier.observed is None:
        return []
    if dossier.kind == "use" and events:
        record_retracted = any(isinstance(event, ai.UseRecorded) for event in retracted)
        recorded = [event for event in events if isinstance(event, ai.UseRecorded)]
        each: list[ai.UseRecorded | None] = list(recorded) or [None]
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
    policy = view.policy(at) or view.editions()[0]
    return Case(
        dossier.subject,
        events,
        view,
        now,
        at,
        policy,
        recorded,
        record_retracted,
        uses,
        dossier.observed,
    )


def _split(dossier: Dossier, view: RegistryView) -> tuple[tuple[Event, ...], list[Event]]:
    """The events that count, and those that were retracted."""
    counted: list[Event] = []
    retracted: list[Event] = []
    for event in dossier.events:
        (retracted if view.is_retracted(event) else counted).append(event)
    return tuple(counted), retracted


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
    data = (case.recorded or case.events[0]).data if case.events else None
    named = {kind_of(case.subject) + "_id": case.name}
    employee_id = named.get("employee_id") or getattr(data, "employee_id", None)
    entry = case.employee(employee_id, case.at) if employee_id else None
    is_act = kind_of(case.subject) in CLOSING_KINDS
    return Attribution(
        occurred_at=case.at if is_act else _begun(case),
        edition=case.policy.edition,
        employee_id=employee_id,
        supervisor_id=entry.data.supervisor_id if entry else None,
        unit=entry.data.unit if entry else None,
        system_id=named.get("system_id") or getattr(data, "system_id", None),
        family=getattr(data, "family", None),
        capability=getattr(data, "capability", None),
    )


def _begun(case: Case) -> datetime:
    """Since when there is something to say of a subject whose duties stand for ever."""
    days = sorted(case.observed.days) if case.observed else []
    since = [datetime.fromisoformat(day).replace(tzinfo=UTC) for day in days[:1]]
    return min([*since, *(e.time for e in (*case.events[:1], *list(case.uses)[:1]))])


def _judge_case(rule: Rule, clause: str, case: Case) -> Outcome:
    """One rule on one case, with all that holds for every rule alike.

    A rule that crashes must not look compliant, and must not stop the others.
    """
    try:
        return _before_edition(case) or _unrecorded(rule, case) or _registered(rule, clause, case)
    except Exception as error:
        return _failed(case, error)


def _failed(case: Case, error: Exception) -> Outcome:
    reason = f"the rule failed and a person must look: {type(error).__name__}"
    is_act = kind_of(case.subject) in CLOSING_KINDS
    return Outcome("undetermined", reason, case.events, case.at if is_act else None)


def _registered(rule: Rule, clause: str, case: Case) -> Outcome:
    outcome = _unregistered(rule, case) or _with_late_evidence(rule, case)
    return _waived(clause, case, outcome)


def _before_edition(case: Case) -> Outcome | None:
    if case.registry.policy(case.at) is not None:
        return None
    first: Policy = case.registry.editions()[0]
    return Outcome("not_applicable", f"before the order took effect on {first.effective_on}")


def _unrecorded(rule: Rule, case: Case) -> Outcome | None:
    """A use that others speak of but nobody recorded: wait until it settles, then say so."""
    if kind_of(case.subject) != "use" or case.recorded is not None:
        return None
    if rule.unrecorded and (told := _with_late_evidence(rule, case)).verdict == "violation":
        return told
    first = min(case.events, key=lambda event: (received(event), chronological(event)))
    until = received(first) + timedelta(seconds=case.policy.time.settling_seconds)
    if case.now <= until:
        reason = "the record of this use has not arrived yet"
        return Outcome("pending", reason, case.events, first.time, until, wake=until)
    reason = "others refer to this use, but the AI system never reported it"
    if case.record_retracted:
        reason = "others refer to this use, but its record was retracted"
    return Outcome("undetermined", reason, case.events, first.time)


def _unregistered(rule: Rule, case: Case) -> Outcome | None:
    if kind_of(case.subject) != "use" or rule.unregistered:
        return None
    system_id = case.use.data.system_id
    if case.registry.system(system_id, case.at) is not None:
        return None
    reason = f"system {system_id} was not registered at the time, which comes first"
    return Outcome("not_applicable", reason, (case.use,), case.at)


def _with_late_evidence(rule: Rule, case: Case) -> Outcome:
    """Judge with all evidence; if back-dated evidence decides the outcome, a person must look."""
    outcome = rule.check(case)
    evidence = [event for event in case.events if event.type.startswith(_LATE_EVIDENCE)]
    facts = [fact for fact in case.registry.returned.values() if isinstance(fact, _LATE_FACTS)]
    back_dated = {(e.source, e.id): e for e in (*evidence, *facts) if _is_back_dated(e, case)}
    if not back_dated:
        return outcome
    trusted = rule.check(_without(case, back_dated))
    if trusted.verdict == "pending":
        return trusted
    # What is true without the late evidence changes at times of its own.
    wakes = [wake for wake in (outcome.wake, trusted.wake) if wake is not None]
    outcome = replace(outcome, wake=min(wakes, default=None))
    if trusted.verdict == outcome.verdict:
        return outcome
    late = tuple(back_dated.values())
    reason = _reported_late(late)
    return replace(
        outcome, verdict="undetermined", reason=reason, evidence=(*outcome.evidence, *late)
    )


def _without(case: Case, keys: Iterable[EventKey]) -> Case:
    """The case as if some events and facts had never been reported."""
    ignored = frozenset(keys)
    events = tuple(event for event in case.events if (event.source, event.id) not in ignored)
    return replace(case, events=events, registry=case.registry.without(ignored))


def _reported_late(events: Iterable[Occurrence]) -> str:
    delays = ", ".join(
        f"{event.id} from {event.source} came {_delay_hours(event):.0f} h after its time"
        for event in events
    )
    return f"evidence was reported late and its source is no system of record: {delays}"


def _is_back_dated(event: Occurrence, case: Case) -> bool:
    limit = timedelta(hours=case.policy.time.back_dated_after_hours)
    if received(event) - event.time <= limit:
        return False
    # A source that the registry does not name counts as a system of record: plain files work.
    source = case.registry.source(event.source, received(event))
    return source is not None and not source.data.system_of_record


def _delay_hours(event: Occurrence) -> float:
    return (received(event) - event.time) / timedelta(hours=1)


def _waived(clause: str, case: Case, outcome: Outcome) -> Outcome:
    """`waived` instead of a finding or an open duty, where valid waivers cover every act."""
    if outcome.verdict in NEEDS_NO_WAIVER or kind_of(case.subject) != "use":
        return outcome
    acts = outcome.acts or (outcome.at or case.at,)
    found = [_waiver(clause, case, act) for act in acts]
    waivers = [waiver for waiver in found if waiver is not None]
    if len(waivers) < len(acts):
        return outcome
    evidence = (*outcome.evidence, *waivers)
    if late := [waiver for waiver in waivers if _is_back_dated(waiver, case)]:
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


def _told(rule: Rule, clause: str, case: Case, outcome: Outcome) -> Verdict:
    """The verdict; what else a rule declares may fail too."""
    try:
        return _verdict(rule, clause, case, outcome)
    except Exception as error:
        plain = replace(rule, settings=(), group=subject_group)
        return _verdict(plain, clause, case, _failed(case, error))


def _verdict(rule: Rule, clause: str, case: Case, outcome: Outcome) -> Verdict:
    is_act = kind_of(case.subject) in CLOSING_KINDS
    return Verdict(
        clause=clause,
        rule=rule.id,
        subject=case.subject,
        verdict=outcome.verdict,
        severity=rule.severity,
        group=rule.group(case),
        deadline=outcome.deadline,
        reason=_bounded(outcome.reason),
        evidence=_references(outcome),
        occurred_at=outcome.at or (case.at if is_act else None),
        measures=outcome.measures,
        shadow=rule.id in case.policy.rules.shadow,
        basis=_basis(rule, case) if outcome.verdict in FINDING_KINDS else None,
    )


def _bounded(reason: str) -> str:
    # Asking first makes a judgement a third faster.
    too_long = len(reason) > _LONGEST_REASON
    return shorten(reason, _LONGEST_REASON, placeholder=" …") if too_long else reason


def _basis(rule: Rule, case: Case) -> Basis:
    """What a person must know to repeat the judgement."""
    facts = sorted(case.registry.returned.values(), key=chronological)[-_MOST_FACTS:]
    return Basis(
        version=rule.version,
        settings={key: _as_json(case.policy.setting(key)) for key in rule.settings},
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


def _as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _references(outcome: Outcome) -> list[EvidenceRef]:
    ordered = sorted(outcome.evidence, key=chronological)
    named = [EvidenceRef(source=event.source, id=event.id) for event in ordered]
    unique = {(ref.source, ref.id): ref for ref in (*named, *outcome.references)}
    return list(unique.values())[:_MOST_EVIDENCE]
