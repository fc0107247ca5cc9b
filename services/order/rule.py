"""A rule: one clause of the order as a pure function from a case to an outcome."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from schemas.events import Event
from schemas.verdicts import Severity, VerdictKind

from .case import Case
from .outcome import Outcome


@dataclass(frozen=True)
class Example:
    """What must be true of a rule: these events, judged at `now`, end in this verdict.

    `reason`: words that the reason must contain.
    """

    name: str
    events: Sequence[Event]
    subject: str
    expect: VerdictKind
    now: datetime
    reason: str = ""


@dataclass(frozen=True)
class Rule:
    """One rule, as its file declares it.

    `title`: the clause in our own words. `kinds`: of subjects that it judges. `unregistered`:
    whether it also judges uses of a system that nobody registered. `unrecorded`: whether it can
    find a violation in a use that only others speak of. `also`: clauses that live in this rule
    without a verdict of their own, as exemptions do. `group`: findings with one cause share it;
    given the case, by default the subject.
    """

    clause: str
    id: str
    title: str
    severity: Severity
    kinds: tuple[str, ...]
    check: Callable[[Case], Outcome]
    unregistered: bool = False
    unrecorded: bool = False
    also: tuple[str, ...] = ()
    version: int = 1
    group: Callable[[Case], str] = lambda case: case.subject
