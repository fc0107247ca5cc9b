"""Completeness: an event, once sent, stays as it is."""

from schemas.events import Event
from schemas.observed import Conflict, Observed
from schemas.verdicts import EvidenceRef, VerdictKind

from ..case import Case
from ..outcome import Outcome
from ..rule import Example, Rule
from ..scenario import RECORDS, after, documented, source

_NAMED = 3


def check(case: Case) -> Outcome:
    """No id came again with other bytes."""
    if case.observed is None:
        return Outcome("not_applicable", "nothing was received from this source")
    found, name = case.observed.conflicts, case.observed.source
    if not found:
        return Outcome("compliant", "no event of this source came again with other content")
    named = ", ".join(conflict.id for conflict in found[:_NAMED])
    named += f" and {len(found) - _NAMED:,} more" if len(found) > _NAMED else ""
    reason = f"{name} sent again with other content, under the same id: {named}"
    beside = tuple(EvidenceRef(source=name, id=conflict.id) for conflict in found)
    return Outcome("violation", reason, at=found[0].received, references=beside)


RULE = Rule(
    clause="completeness",
    id="conflicting_events",
    title="An event, once sent, stays as it is",
    remedy="an id of its own for every event; a correction is a retraction and a new event",
    severity="medium",
    kinds=("source",),
    check=check,
)


def _told(name: str, ids: list[str], expect: VerdictKind, reason: str = "") -> Example:
    conflicts = [Conflict(id=identity, received=after(1)) for identity in ids]
    seen = [Observed(source=RECORDS, conflicts=conflicts)] if ids else []
    events = [_accepted]
    return Example(name, events, f"source{RECORDS}", expect, after(2), reason, observed=seen)


_accepted: Event = documented(after(0), known_as="ev-same")

EXAMPLES = [
    _told("each once", [], "compliant"),
    _told("one with other content", ["ev-same"], "violation", "same id: ev-same"),
    _told("many", [f"ev-{n}" for n in range(1, 6)], "violation", "ev-1, ev-2, ev-3 and 2 more"),
    Example(
        "the same again",
        [_accepted, _accepted],
        f"source{RECORDS}",
        "compliant",
        after(2),
    ),
    Example(
        "registered, nothing received",
        [source("/vendors/acme/x")],
        "source/vendors/acme/x",
        "not_applicable",
        after(1),
        "nothing was received",
    ),
]
