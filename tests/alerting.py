"""Findings, and people to be told of them."""

from datetime import datetime
from typing import Any

from schemas.finding_review import Act, FindingReview
from schemas.verdicts import VERDICT_KINDS, DossierMetrics, Finding, Obligation
from services.runtime.roster import Person, Roster

PEOPLE = {
    "O-1": "S-1",
    "O-2": "S-1",
    "S-1": "L-1",
    "S-2": "L-1",
    "L-1": None,
}
"""Officers, sergeants and the lieutenant, each with their supervisor."""


def email(employee_id: str) -> str:
    return f"{employee_id.lower()}@example.org"


def roster(**changes: dict[str, Any]) -> Roster:
    """`changes`: fields of some of them, by id with `_` for `-`."""
    people = {}
    for name, above in PEOPLE.items():
        leads = not name.startswith("O")
        person = Person(name, f"Name {name}", email(name), "Unit", leads, above, "active")
        people[name] = person._replace(**changes.get(name.replace("-", "_"), {}))
    return Roster(people)


def finding(number: int, at: datetime, **changes: Any) -> Finding:
    """A finding on O-1, each with a cause of its own."""
    fields: dict[str, Any] = {
        "finding_id": f"f-{number:024x}",
        "revision": 1,
        "state": "open",
        "clause": "C.1.a",
        "rule": "supervisor_approval",
        "title": "secret title",
        "subject": f"use/secret-{number}",
        "verdict": "violation",
        "severity": "medium",
        "group": f"secret-{number}",
        "sentence": "secret sentence",
        "reason": "secret reason 24-123456",
        "evidence": [],
        "first_found_at": at,
        "judged_at": at,
        "edition": "390.01",
        "employee_id": "O-1",
        "log_partition": 0,
        "log_offset": number,
        **changes,
    }
    return Finding(**fields)


def reviewed(status: Any, at: datetime, assignee_id: str | None = None) -> FindingReview:
    act = Act(event_id="e-1", action="commented", actor_id="S-1", at=at, comment="secret")
    return FindingReview(
        status=status, assignee_id=assignee_id, unchanged_since=1, acts=["e-1"], last=act
    )


def judged(dossier: str, at: datetime, *duties: Obligation, **changes: Any) -> DossierMetrics:
    """A dossier of O-1 as it was judged, with what is still open in it."""
    fields: dict[str, Any] = {
        "dossier": dossier,
        "kind": dossier.split("/", maxsplit=1)[0],
        "revision": 1,
        "occurred_at": at,
        "judged_at": at,
        "edition": "390.01",
        "employee_id": "O-1",
        **{kind: [] for kind in VERDICT_KINDS},
        "obligations": list(duties),
        "measures": [],
        **changes,
    }
    return DossierMetrics(**fields)


def duty(deadline: datetime | None, **changes: Any) -> Obligation:
    """A lead that is still to be documented."""
    fields = {"clause": "D.2", "rule": "lead_documented", "state": "open", **changes}
    return Obligation(deadline=deadline, **fields)
