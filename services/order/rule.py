"""A rule: one clause of the order as a pure function from a case to an outcome."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from schemas.events import Event
from schemas.observed import Observed
from schemas.policy import Policy
from schemas.verdicts import Severity, VerdictKind

from .case import Case
from .outcome import Outcome
from .shape import Settled
from .spans import Ground, Span


@dataclass(frozen=True)
class Example:
    """What must be true of a rule: these events, judged at `now`, end in this verdict.

    `reason`: words that the reason must contain. `rule`: id of the rule, where a file declares
    several. `observed`: what was seen of sources beyond these events, as refusals are.
    """

    name: str
    events: Sequence[Event]
    subject: str
    expect: VerdictKind
    now: datetime
    reason: str = ""
    rule: str = ""
    observed: Sequence[Observed] = ()


def subject_group(case: Case) -> str:
    """Findings on one subject stand together."""
    return case.subject


def system_group(case: Case) -> str:
    """Findings with a system as their cause stand together."""
    return case.subject if case.recorded is None else f"system/{case.use.data.system_id}"


def employee_group(case: Case) -> str:
    """Findings with an employee as their cause stand together."""
    return case.subject if case.recorded is None else f"employee/{case.use.data.employee_id}"


@dataclass(frozen=True)
class Rule:
    """One rule, as its file declares it.

    `clause`: of General Order 390.01; the policy of another order may give it another. `id`: its
    name, the same in every order. `title`: the clause in our own words. `remedy`: what would have
    made it compliant. `kinds`: of subjects that it judges. `settings`: keys of the
    policy that it reads, e.g. `lead.document_within_hours`. `settled`: what it says of
    every dossier of some shape, where that settles it; then `check` is not called. `lasting`: of a
    use that it found compliant, or not for it to judge, between which times it would say the
    same of every use on the same `ground`, while no fact and no policy changes; None if it also
    looks at anything else. `ground`: `system`, if by that it only looks at the registration and the
    shape of the use; `employee`, if at the roster's entry, the courses, the purpose
    and whether there are complaints.
    `unregistered`:
    whether it also judges uses of a system that nobody registered. `unrecorded`: whether it can
    find a violation in a use that only others speak of. `also`: clauses that live in this rule
    without a verdict of their own, as exemptions do. `group`: findings with one cause share it.
    """

    clause: str
    id: str
    title: str
    remedy: str
    severity: Severity
    kinds: tuple[str, ...]
    check: Callable[[Case], Outcome]
    settings: tuple[str, ...] = ()
    settled: Settled | None = None
    lasting: Callable[[Case], Span | None] | None = None
    ground: Ground = "system"
    unregistered: bool = False
    unrecorded: bool = False
    also: tuple[str, ...] = ()
    version: int = 1
    group: Callable[[Case], str] = subject_group

    def clause_in(self, policy: Policy) -> str | None:
        """The clause that it judges under a policy; None where that order has none for it."""
        if not policy.clauses:
            return self.clause
        named = (clause for clause, entry in policy.clauses.items() if self.id in entry.rules)
        return next(named, None)
