"""What a rule says of a case, before the engine adds who, what and which group."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

from schemas.verdicts import EvidenceRef, VerdictKind

from .eventset import Occurrence

# Of several outcomes on one subject the gravest stands; what a person must see comes first.
_GRAVITY: list[VerdictKind] = [
    "not_applicable",
    "waived",
    "compliant",
    "cured",
    "pending",
    "undetermined",
    "violation",
]

NEEDS_NO_WAIVER = frozenset({"compliant", "not_applicable", "waived"})


_NONE: Mapping[str, float] = MappingProxyType({})


class Outcome(NamedTuple):
    """`at`: the judged act. `acts`: every act that a waiver would have to cover; by default `at`.

    `deadline`: of a duty. `wake`: when time alone may change this. `references`: evidence of which
    no more is known than its name.
    """

    verdict: VerdictKind
    reason: str
    evidence: tuple[Occurrence, ...] = ()
    at: datetime | None = None
    deadline: datetime | None = None
    wake: datetime | None = None
    measures: Mapping[str, float] = _NONE
    acts: tuple[datetime, ...] = ()
    references: tuple[EvidenceRef, ...] = ()


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """The gravest of several outcomes; the first of equally grave ones."""
    told = list(outcomes)
    if len(told) == 1:
        return told[0]
    gravest = max(told, key=lambda outcome: _GRAVITY.index(outcome.verdict))
    acts = [
        act
        for outcome in told
        if outcome.verdict not in NEEDS_NO_WAIVER
        for act in outcome.acts or ((outcome.at,) if outcome.at else ())
    ]
    wakes = [outcome.wake for outcome in told if outcome.wake is not None]
    return gravest._replace(acts=tuple(dict.fromkeys(acts)), wake=min(wakes, default=None))


def failure(error: Exception) -> Outcome:
    """What a rule says that crashed."""
    reason = f"the rule failed and a person must look: {type(error).__name__}"
    return Outcome("undetermined", reason)
