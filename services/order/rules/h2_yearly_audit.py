"""H.2: every approved system is audited every year."""

from datetime import UTC, date, datetime, timedelta

from schemas.events import Event
from schemas.policy import Policy
from schemas.registry import AuditCompleted, SystemChanged
from schemas.verdicts import VerdictKind

from ..audits import is_complete, judge_audits
from ..case import Case
from ..outcome import Outcome
from ..rule import Example, Rule
from ..scenario import (
    NINE,
    after,
    audited,
    department,
    policy_change,
    retracted,
    reviewed,
    source,
    system,
)
from ..standing import order_began


def check(case: Case) -> Outcome:
    """A complete audit within a year of the last one; the first within a year of the approval, or
    of the order. A late one cures until the next is due."""

    def judge(registered: SystemChanged, since: datetime, audits: list[AuditCompleted]) -> Outcome:
        start = max(since, order_began(case))
        done = [audit for audit in audits if audit.time > start]
        complete = [audit for audit in done if is_complete(audit, _policy_of(case, audit))]
        return _judge(case, registered, start, complete)

    return judge_audits(case, judge)


def _judge(
    case: Case, registered: SystemChanged, start: datetime, audits: list[AuditCompleted]
) -> Outcome:
    year = timedelta(days=case.policy.audit.every_days)
    anchors = [start, *(audit.time for audit in audits)]
    last, due = anchors[-1], anchors[-1] + year
    since = audits[-1] if audits else registered
    remind = due - timedelta(days=case.policy.audit.remind_days_before)
    if case.now > due:
        return _overdue(case, since, last, due, ever=bool(audits))
    if case.now > remind:
        reason = f"the next complete audit of {case.name} is due by {case.when(due)}"
        return Outcome("pending", reason, (since,), last, due, wake=due)
    if not audits:
        reason = f"the first complete audit of {case.name} is not due before {case.when(due)}"
        return Outcome("compliant", reason, (since,), last, wake=remind)
    audit = audits[-1]
    was_due = anchors[-2] + timedelta(days=_policy_of(case, audit).audit.every_days)
    reason = f"{audit.data.auditor_id} completed the audit of {case.name} on {case.when(last)}"
    if last > was_due:
        reason += f"; it was due by {case.when(was_due)}"
        return Outcome("cured", reason, (audit,), last, was_due, wake=remind)
    return Outcome("compliant", reason, (audit,), last, was_due, wake=remind)


def _policy_of(case: Case, audit: AuditCompleted) -> Policy:
    """The policy that an audit was done under: no later edition makes it late, or partial."""
    return case.registry.policy(audit.time) or case.policy


def _overdue(
    case: Case, since: SystemChanged | AuditCompleted, last: datetime, due: datetime, *, ever: bool
) -> Outcome:
    duty = f"an audit of {case.name} with all its elements was due by {case.when(due)}"
    waiting = case.awaits(None, deadline=due, since=since, duty=duty)
    if waiting is not None:
        return waiting
    known = f"the last one is of {case.when(last)}" if ever else "there was none before"
    reason = f"{duty} and is not on record; {known}"
    return Outcome("violation", reason, (since,), due, due)


RULE = Rule(
    clause="H.2",
    id="yearly_audit",
    title="Every approved system is audited every year",
    remedy="an audit with all its elements, completed before the last one was a year old",
    settings=("audit.every_days", "audit.remind_days_before", "audit.elements"),
    severity="medium",
    kinds=("system",),
    check=check,
)

_DUE = NINE + timedelta(days=275)  # approved 90 days before
_REMIND = _DUE - timedelta(days=30)
_LATER = timedelta(seconds=0.01)
_PART = {"effectiveness": "satisfied", "accuracy": "satisfied", "access_and_use": "satisfied"}
_FINDINGS = dict.fromkeys((*_PART, "no_transfer"), "findings")
_early = audited(after(24))
_NEXT = after(24) + timedelta(days=365)
_late = [*department(), audited(_DUE + _LATER)]
_old = [system("writer", after(-5000 * 24), approved_from=after(-4000 * 24))]
_SOONER = policy_change(
    edition="390.02",
    effective_on=date(2026, 4, 1),
    audit={"every_days": 100, "remind_days_before": 10},
)
_ORDER_DUE = datetime(2026, 9, 30, 7, tzinfo=UTC)  # midnight in Los Angeles


def _told(
    name: str, events: list[Event], expect: VerdictKind, now: datetime, reason: str = ""
) -> Example:
    return Example(name, events, "system/writer", expect, now, reason)


EXAMPLES = [
    _told("approved lately", department(), "compliant", after(1), "not due before"),
    _told("a month before it is due", department(), "compliant", _REMIND),
    _told("within the last month", department(), "pending", _REMIND + _LATER, "is due by"),
    _told("on the hour", department(), "pending", _DUE),
    _told("never audited", department(), "violation", _DUE + _LATER, "there was none before"),
    _told("audited in time", [*department(), _early], "compliant", _DUE + _LATER, "A-1"),
    _told("audited on the hour", [*department(), audited(_DUE)], "compliant", after(9000)),
    _told("audited late", _late, "cured", _DUE + timedelta(days=300), "it was due by"),
    _told("late, and the next is due soon", _late, "pending", _DUE + timedelta(days=336)),
    _told("the next one was missed", [*department(), _early], "violation", _NEXT + _LATER, "last"),
    _told(
        "late once, in time since",
        [*_late, audited(_DUE + timedelta(days=300))],
        "compliant",
        _DUE + timedelta(days=301),
    ),
    _told(
        "an element was not looked at",
        [*department(), audited(after(24), elements=_PART)],
        "violation",
        _DUE + _LATER,
    ),
    _told(
        "findings are no gap",
        [*department(), audited(after(24), elements=_FINDINGS)],
        "compliant",
        _DUE + _LATER,
    ),
    _told(
        "before the approval counts for nothing",
        [*department(), audited(after(-91 * 24))],
        "violation",
        _DUE + _LATER,
    ),
    _told(
        "in time by the edition of then",
        [*department(), _SOONER, audited(after(20 * 24))],
        "compliant",
        after(40 * 24),
    ),
    _told(
        "late by the edition of then",
        [*department(), _SOONER, audited(after(31 * 24))],
        "cured",
        after(40 * 24),
    ),
    _told(
        "complete by the edition of then",
        [
            *department(),
            policy_change(audit={"elements": list(_PART)}),
            policy_change(edition="390.02", effective_on=date(2026, 4, 1)),
            audited(after(24), elements=_PART),
        ],
        "compliant",
        _DUE + _LATER,
    ),
    _told(
        "the registration changed when it was overdue",
        [*department(), system("writer", _DUE + timedelta(days=1), name="Writer")],
        "violation",
        _DUE + timedelta(days=1),
    ),
    _told(
        "retracted",
        [*department(), _early, retracted(after(25), _early)],
        "violation",
        _DUE + _LATER,
    ),
    _told("approved before the order: counted from it", _old, "pending", _ORDER_DUE),
    _told("approved before the order, and due", _old, "violation", _ORDER_DUE + _LATER),
    _told(
        "the approval was made known late: settling",
        [system("writer", after(-5000 * 24), approved_from="2025-01-01", received=_ORDER_DUE)],
        "pending",
        _ORDER_DUE + timedelta(minutes=5),
    ),
    _told(
        "the approval was made known late: settled",
        [system("writer", after(-5000 * 24), approved_from="2025-01-01", received=_ORDER_DUE)],
        "violation",
        _ORDER_DUE + timedelta(minutes=5, seconds=0.01),
    ),
    _told(
        "back-dated by a source that is no system of record",
        [*department(), source("/records/rms"), audited(after(24), received=_DUE)],
        "undetermined",
        _DUE + timedelta(days=1),
        "reported late",
    ),
    _told(
        "back-dated by a system of record",
        [
            *department(),
            source("/records/rms", system_of_record=True),
            audited(after(24), received=_DUE),
        ],
        "compliant",
        _DUE + timedelta(days=1),
    ),
    _told("not approved", [system("writer", approved_from=None)], "not_applicable", _DUE),
    _told(
        "approved from then on",
        [system("writer", approved_from=after(1))],
        "compliant",
        after(1),
    ),
    _told(
        "not approved before",
        [system("writer", approved_from=after(1))],
        "not_applicable",
        after(1) - _LATER,
        "not approved",
    ),
    _told(
        "renewed before it ended: the same approval",
        [
            system("writer", approved_to=after(24)),
            system("writer", after(24), approved_from=after(24)),
        ],
        "violation",
        _DUE + _LATER,
    ),
    _told(
        "approved anew after it had ended",
        [
            system("writer", approved_to=after(24) - _LATER),
            system("writer", after(24), approved_from=after(24)),
        ],
        "compliant",
        _DUE + _LATER,
    ),
    _told(
        "approved anew after it had been withdrawn",
        [
            system("writer"),
            system("writer", after(23), approved_from=None),
            system("writer", after(24), approved_from=after(24)),
        ],
        "compliant",
        _DUE + _LATER,
    ),
    _told(
        "no longer approved",
        [system("writer", approved_to=_DUE)],
        "not_applicable",
        _DUE + _LATER,
    ),
    _told(
        "reviewed, but not registered",
        [
            reviewed(
                after(1),
                "input_bias",
                system_id="writer",
                covers_from="2026-03-01",
                covers_to="2026-04-01",
            )
        ],
        "not_applicable",
        after(2),
        "not registered",
    ),
]
