"""Closed dossiers: after the lateness horizon, only what was said and which events were seen stay.

An event that comes later still is never judged silently: every rule that had said something says
`undetermined`, and a recheck judges the subject from the archive.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from schemas.events import Event
from schemas.policy import Policy
from schemas.verdicts import EvidenceRef, Finding, Verdict

from .dossier import kind_of
from .engine import Judgement
from .eventset import EventKey
from .outcome import Outcome
from .rule import Rule
from .saying import Said
from .told import Told

CLOSED = "an event arrived after the record was closed; judge it again from the archive"


def digests(events: Iterable[Event]) -> list[str]:
    """What a closed dossier remembers of its events."""
    return sorted(_digest(event) for event in events)


def is_known(closed: list[str] | None, event: Event) -> bool:
    """Whether a closed dossier has seen the event: then it is a repetition, and no news."""
    return closed is not None and _digest(event) in closed


def names_one_of(closed: list[str], keys: Iterable[EventKey]) -> bool:
    """Whether one of these was an event of the dossier before it closed."""
    return any(_digest_of(key) in closed for key in keys)


@dataclass
class Late(Judgement):
    """What is said of a closed dossier to which something was added: no rule that had said
    something can decide any more. `findings`: that were known, by id."""

    subject: str = ""
    findings: Mapping[str, Finding] = field(default_factory=dict)

    def verdict(self, told: Told) -> Verdict:
        """As of the finding that was known, if there was one."""
        place = told.clause, told.rule.id
        known = next((f for f in self.findings.values() if (f.clause, f.rule) == place), None)
        return Verdict(
            clause=told.clause,
            rule=told.rule.id,
            subject=self.subject,
            verdict=told.outcome.verdict,
            severity=told.rule.severity,
            group=known.group if known else self.subject,
            deadline=known.deadline if known else None,
            reason=told.outcome.reason,
            evidence=known.evidence if known else list(told.outcome.references),
            occurred_at=known.occurred_at if known else told.outcome.at,
            shadow=told.is_shadow,
            basis=known.basis if known else None,
        )


def late(
    subject: str,
    old: Said,
    arrived: Iterable[Event],
    rules: Iterable[Rule],
    policy: Policy,
) -> Late:
    """What is said of a dossier that had closed when these events arrived, or were taken back.

    `policy`: of the edition that it was judged by.
    """
    verdicts = {rule_id: verdict for verdict, ids in old.told.items() for rule_id in ids}
    refs = tuple(EvidenceRef(source=event.source, id=event.id) for event in arrived)
    at = old.about.occurred_at if old.about else None
    told = []
    for rule in rules:
        clause = rule.clause_in(policy)
        if clause is None or kind_of(subject) not in rule.kinds:
            continue
        outcome = Outcome("not_applicable", CLOSED)
        if rule.id in verdicts:
            outcome = Outcome("undetermined", CLOSED, at=at, references=refs)
        told.append(Told(rule, clause, outcome, rule.id in policy.rules.shadow))
    return Late(old.about, told, old.consulted, subject=subject, findings=old.findings)


def _digest(event: Event) -> str:
    return _digest_of((event.source, event.id))


def _digest_of(key: EventKey) -> str:
    return hashlib.sha256("\n".join(key).encode()).hexdigest()[:16]
