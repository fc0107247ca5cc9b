"""Judgement: dossier, registry and now to verdicts. The same function wherever Blotter judges."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from textwrap import shorten

from schemas import ai
from schemas.base import Model, Time
from schemas.events import Event
from schemas.policy import Policy
from schemas.registry import WaiverGranted
from schemas.verdicts import EvidenceRef, Verdict

from .case import Case
from .eventset import EventSet, chronological, received
from .outcome import NEEDS_NO_WAIVER, Outcome, worst
from .registry import Registry, RegistryView, waiver_end
from .rule import Rule

# Evidence of these types can be written after the fact, and is looked at twice when it comes late.
_LATE_EVIDENCE = "oversight."
_LONGEST_REASON = 2000
_MOST_EVIDENCE = 200


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


def judge(
    subject: str, events: EventSet, registry: Registry, now: datetime, rules: Sequence[Rule]
) -> Judgement:
    """Judge one subject by every rule for its kind.

    Pure: equal arguments give equal judgements, whatever order the events came in.
    """
    view = RegistryView(registry)
    kind = subject.split("/", 1)[0]
    judgement = Judgement(consulted=view.consulted)
    counted, retracted = _split(events, view)
    if not counted:
        return judgement
    record_retracted = any(isinstance(event, ai.UseRecorded) for event in retracted)
    cases = _cases(subject, counted, view, now, record_retracted)
    judgement.attribution = _attribution(cases[0])
    wakes = []
    for rule in rules:
        if kind in rule.kinds:
            outcome = worst(_judge_case(rule, case) for case in cases)
            judgement.verdicts.append(_verdict(rule, cases[0], outcome))
            wakes.append(outcome.wake)
    judgement.wake = min((wake for wake in wakes if wake is not None), default=None)
    return judgement


def _split(events: EventSet, view: RegistryView) -> tuple[tuple[Event, ...], list[Event]]:
    """The events that count, and those that were retracted."""
    counted: list[Event] = []
    retracted: list[Event] = []
    for event in events:
        (retracted if view.is_retracted(event) else counted).append(event)
    return tuple(counted), retracted


def _cases(
    subject: str,
    events: tuple[Event, ...],
    view: RegistryView,
    now: datetime,
    record_retracted: bool,
) -> list[Case]:
    """One case; where a use was recorded several times, one for each: none can hide another."""
    if not _is_use(subject):
        events = _since_first_edition(events, view)
    uses = [e for e in events if isinstance(e, ai.UseRecorded)] if _is_use(subject) else []
    recorded: list[ai.UseRecorded | None] = list(uses) or [None]
    cases = []
    for use in recorded:
        # A use is dated by itself; anything else by the latest that happened to it.
        at = use.time if use else events[0 if _is_use(subject) else -1].time
        policy = view.policy(at) or view.editions()[0]
        cases.append(Case(subject, events, view, now, at, policy, use, record_retracted))
    return cases


def _since_first_edition(events: tuple[Event, ...], view: RegistryView) -> tuple[Event, ...]:
    """Without what happened before the order was in force, unless nothing else happened."""
    return tuple(event for event in events if view.policy(event.time) is not None) or events


def _attribution(case: Case) -> Attribution:
    data = (case.recorded or case.events[0]).data
    employee_id = getattr(data, "employee_id", None)
    entry = case.employee(employee_id, case.at) if employee_id else None
    return Attribution(
        occurred_at=case.at,
        edition=case.policy.edition,
        employee_id=employee_id,
        supervisor_id=entry.data.supervisor_id if entry else None,
        unit=entry.data.unit if entry else None,
        system_id=getattr(data, "system_id", None),
        family=getattr(data, "family", None),
        capability=getattr(data, "capability", None),
    )


def _is_use(subject: str) -> bool:
    return subject.startswith("use/")


def _judge_case(rule: Rule, case: Case) -> Outcome:
    """One rule on one case, with all that holds for every rule alike.

    A rule that crashes must not look compliant, and must not stop the others.
    """
    try:
        return _before_edition(case) or _unrecorded(rule, case) or _registered(rule, case)
    except Exception as error:
        reason = f"the rule failed and a person must look: {type(error).__name__}"
        return Outcome("undetermined", reason, case.events, case.at)


def _registered(rule: Rule, case: Case) -> Outcome:
    outcome = _unregistered(rule, case) or _with_late_evidence(rule, case)
    return _waived(rule, case, outcome)


def _before_edition(case: Case) -> Outcome | None:
    if case.registry.policy(case.at) is not None:
        return None
    first: Policy = case.registry.editions()[0]
    return Outcome("not_applicable", f"before the order took effect on {first.effective_on}")


def _unrecorded(rule: Rule, case: Case) -> Outcome | None:
    """A use that others speak of but nobody recorded: wait until it settles, then say so."""
    if not _is_use(case.subject) or case.recorded is not None:
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
    if not _is_use(case.subject) or rule.unregistered:
        return None
    system_id = case.use.data.system_id
    if case.registry.system(system_id, case.at) is not None:
        return None
    reason = f"system {system_id} was not registered at the time (H.1.a comes first)"
    return Outcome("not_applicable", reason, (case.use,), case.at)


def _with_late_evidence(rule: Rule, case: Case) -> Outcome:
    """Judge with all evidence; if back-dated evidence decides the outcome, a person must look."""
    outcome = rule.check(case)
    back_dated = tuple(
        event
        for event in case.events
        if event.type.startswith(_LATE_EVIDENCE) and _is_back_dated(event, case)
    )
    if not back_dated:
        return outcome
    rest = tuple(event for event in case.events if event not in back_dated)
    trusted = rule.check(replace(case, events=rest))
    if trusted.verdict in (outcome.verdict, "pending"):
        return trusted if trusted.verdict == "pending" else outcome
    reason = _reported_late(back_dated)
    evidence = (*outcome.evidence, *back_dated)
    return replace(outcome, verdict="undetermined", reason=reason, evidence=evidence)


def _reported_late(events: Iterable[Event]) -> str:
    delays = ", ".join(
        f"{event.id} from {event.source} came {_delay_hours(event):.0f} h after its time"
        for event in events
    )
    return f"evidence was reported late and its source is no system of record: {delays}"


def _is_back_dated(event: Event, case: Case) -> bool:
    limit = timedelta(hours=case.policy.time.back_dated_after_hours)
    if received(event) - event.time <= limit:
        return False
    # A source that the registry does not name counts as a system of record: plain files work.
    source = case.registry.source(event.source, received(event))
    return source is not None and not source.data.system_of_record


def _delay_hours(event: Event) -> float:
    return (received(event) - event.time) / timedelta(hours=1)


def _waived(rule: Rule, case: Case, outcome: Outcome) -> Outcome:
    """`waived` instead of a finding or an open duty, where valid waivers cover every act."""
    if outcome.verdict in NEEDS_NO_WAIVER or not _is_use(case.subject):
        return outcome
    acts = outcome.acts or (outcome.at or case.at,)
    found = [_waiver(rule, case, act) for act in acts]
    waivers = [waiver for waiver in found if waiver is not None]
    if len(waivers) < len(acts):
        return outcome
    evidence = (*outcome.evidence, *waivers)
    if late := [waiver for waiver in waivers if _is_back_dated(waiver, case)]:
        reason = _reported_late(late)
        return Outcome("undetermined", reason, evidence, outcome.at, wake=outcome.wake)
    reason = f"waived by {waivers[0].data.approver_id}: {waivers[0].data.reason}"
    return Outcome("waived", reason, evidence, outcome.at, wake=outcome.wake)


def _waiver(rule: Rule, case: Case, act: datetime) -> WaiverGranted | None:
    """A supervisor's waiver, granted by the time of the act, that held then for this clause."""
    use = case.use.data
    for subject in (case.subject, f"employee/{use.employee_id}", f"system/{use.system_id}"):
        for waiver in case.registry.waivers(subject, act):
            approver = case.employee(waiver.data.approver_id, waiver.time)
            holds = act < waiver_end(waiver, case.policy)
            is_valid = approver is not None and approver.data.is_supervisor
            if _names(waiver.data.clause, rule.clause) and holds and is_valid:
                return waiver
    return None


def _names(waived: str, clause: str) -> bool:
    """Whether a waiver's clause is the rule's, or one that contains it (C.1 contains C.1.a)."""
    return clause == waived or clause.startswith(waived + ".")


def _verdict(rule: Rule, case: Case, outcome: Outcome) -> Verdict:
    return Verdict(
        clause=rule.clause,
        rule=rule.id,
        subject=case.subject,
        verdict=outcome.verdict,
        severity=rule.severity,
        group=rule.group(case),
        deadline=outcome.deadline,
        reason=shorten(outcome.reason, _LONGEST_REASON, placeholder=" …"),
        evidence=_references(outcome.evidence),
        occurred_at=outcome.at or case.at,
        measures=outcome.measures,
    )


def _references(events: Iterable[Event]) -> list[EvidenceRef]:
    ordered = sorted(events, key=chronological)
    unique = dict.fromkeys((event.source, event.id) for event in ordered)
    shown = list(unique)[:_MOST_EVIDENCE]
    return [EvidenceRef(source=source, id=event_id) for source, event_id in shown]
