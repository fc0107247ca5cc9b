"""H.2: the audits of a system that is approved now. Shared by H.2 and its elements."""

from collections.abc import Callable
from datetime import datetime

from schemas.base import LATEST
from schemas.policy import Policy
from schemas.registry import AuditCompleted, SystemChanged

from .case import Case
from .eventset import received
from .outcome import Outcome
from .standing import come, just_before, woken

Judge = Callable[[SystemChanged, datetime, list[AuditCompleted]], Outcome]


def judge_audits(case: Case, judge: Judge) -> Outcome:
    """What `judge` says of the registration that first told of a system's approval, of since when
    it is approved, and of its audits so far, by time; not applicable while it is not approved."""
    system = case.registry.system(case.name, case.now)
    if system is None:
        return Outcome("not_applicable", f"{case.name} is not registered")
    since, until = _approval(case, system)
    edges = [just_before(edge) for edge in (since, until) if edge and case.now < edge < LATEST]
    if since is None or since > case.now or until <= case.now:
        outcome = Outcome("not_applicable", f"{case.name} is not approved", (system,))
    else:
        audits = case.registry.audits(case.name, case.now)
        outcome = judge(*_unbroken(case, system, since), audits)
    return woken(outcome, *edges)


def _approval(case: Case, system: SystemChanged) -> tuple[datetime | None, datetime]:
    """From when, and until when, a registration says that a system is approved."""
    since, until = system.data.approved_from, system.data.approved_to
    return (
        None if since is None else case.instant(since),
        LATEST if until is None else case.instant(until),
    )


def _unbroken(case: Case, system: SystemChanged, since: datetime) -> tuple[SystemChanged, datetime]:
    """Since when an approval has lasted, and the registration that told of it first: one that is
    renewed before it ends is the same one, or a renewal every year would put off the audit for
    ever."""
    snapshots, _ = come(case, case.of(SystemChanged))
    told = system
    for snapshot in reversed(snapshots):
        start, end = _approval(case, snapshot)
        if start is None or end < since:
            break
        since = min(since, start)
        told = min(told, snapshot, key=received)
    return told, since


def is_complete(audit: AuditCompleted, policy: Policy) -> bool:
    """Whether all that the policy asks for was looked at, whatever was found."""
    elements = policy.audit.elements
    return all(getattr(audit.data.elements, element) is not None for element in elements)
