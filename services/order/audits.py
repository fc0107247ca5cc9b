"""H.2: the audits of a system that is approved now. Shared by H.2 and its elements."""

from collections.abc import Callable
from datetime import datetime

from schemas.policy import Policy
from schemas.registry import AuditCompleted, SystemChanged

from .case import Case
from .outcome import Outcome
from .standing import just_before, woken

Judge = Callable[[SystemChanged, datetime, list[AuditCompleted]], Outcome]


def judge_audits(case: Case, judge: Judge) -> Outcome:
    """What `judge` says of a system's registration, of since when it is approved, and of its
    audits so far, by time; not applicable while the system is not approved."""
    system = case.registry.system(case.name, case.now)
    if system is None:
        return Outcome("not_applicable", f"{case.name} is not registered")
    since, until = (
        None if value is None else case.instant(value)
        for value in (system.data.approved_from, system.data.approved_to)
    )
    edges = [just_before(edge) for edge in (since, until) if edge is not None and edge > case.now]
    if since is None or since > case.now or (until is not None and until <= case.now):
        outcome = Outcome("not_applicable", f"{case.name} is not approved", (system,))
    else:
        outcome = judge(system, since, case.registry.audits(case.name, case.now))
    return woken(outcome, *edges)


def is_complete(audit: AuditCompleted, policy: Policy) -> bool:
    """Whether all that the policy asks for was looked at, whatever was found."""
    elements = policy.audit.elements
    return all(getattr(audit.data.elements, element) is not None for element in elements)
