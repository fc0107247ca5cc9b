"""Short ways to write down what is on file: who and what there is."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from schemas.events import Event

from . import telling
from .telling import event

_AUDIT = ("effectiveness", "accuracy", "access_and_use", "no_transfer")
_INTERVAL = timedelta(days=300)
"""Between two trainings of a person, or two audits of a system: well within a year."""


def employee(employee_id: str, since: datetime, **data: Any) -> Event:
    """Somebody on the roster: by default an officer on patrol."""
    whole = {"unit": "patrol", "supervisor_id": "S-1", "is_supervisor": False, "status": "active"}
    kind, subject = "registry.employee.changed.v1", f"employee/{employee_id}"
    return event(telling.HR, kind, subject, since, **(whole | data | {"employee_id": employee_id}))


def trained(employee_id: str, at: datetime, topics: str = "abcdefg") -> Event:
    """Somebody completed a course on these topics."""
    whole = {"employee_id": employee_id, "course": "AI for police", "topics": list(topics)}
    kind = "registry.training.completed.v1"
    return event(telling.HR, kind, f"employee/{employee_id}", at, **whole)


def consent(employee_id: str, at: datetime, *, granted: bool = True) -> Event:
    """Somebody agreed that their likeness is altered, or withdrew that."""
    whole = {"employee_id": employee_id, "granted": granted}
    kind = "registry.consent.changed.v1"
    return event(telling.HR, kind, f"employee/{employee_id}", at, **whole)


def system(system_id: str, since: datetime, **data: Any) -> Event:
    """A system of a third party, approved then, with all that the order asks for."""
    whole = {
        "system_id": system_id,
        "name": system_id.replace("-", " ").capitalize(),
        "third_party": True,
        "publicly_accessible": False,
        "approved_from": since.isoformat(),
        "ai_officer_engaged_on": _day(since, 90),
        "city_it_coordinated_on": _day(since, 60),
        "safeguards": {"from": since.isoformat()},
        "exchange_agreement": {"from": since.isoformat()},
        "permitted_transfers": [],
    }
    kind, subject = "registry.system.changed.v1", f"system/{system_id}"
    return event(telling.PSIT, kind, subject, since, **(whole | data))


def _day(since: datetime, before: int) -> str:
    return (since - timedelta(days=before)).date().isoformat()


def audited(system_id: str, at: datetime, *elements: str) -> Event:
    """A system was audited for the year before: by default all elements of it."""
    whole: dict[str, Any] = {
        "system_id": system_id,
        "auditor_id": "City auditor",
        "period_from": (at - timedelta(days=365)).isoformat(),
        "period_to": at.isoformat(),
        "elements": dict.fromkeys(elements or _AUDIT, "satisfied"),
    }
    kind = "registry.audit.completed.v1"
    return event(telling.PSIT, kind, f"system/{system_id}", at, **whole)


def procurement(name: str, at: datetime, stage: str, **data: Any) -> Event:
    """A procurement of an AI system."""
    whole = {"procurement_id": name, "system_name": name, "stage": stage, **data}
    kind = "registry.procurement.changed.v1"
    return event(telling.PSIT, kind, f"procurement/{name}", at, **whole)


def waiver(subject: str, at: datetime, clause: str, until: datetime, why: str) -> Event:
    """The lieutenant waived a clause."""
    whole = {"waiver_id": f"W-{clause}-{subject}", "clause": clause, "approver_id": "L-1"}
    kind = "registry.waiver.granted.v1"
    until_then = {"reason": why, "until": until.isoformat(), "note": clause}
    return event(telling.PSIT, kind, subject, at, **whole, **until_then)


def regularly(base: datetime, since: datetime) -> Iterator[datetime]:
    """When something that is done again before a year is over was done: the last time shortly
    before the end of the day, the first time within an interval before `since`."""
    at = base - timedelta(days=20)
    while at > since:
        yield at
        at -= _INTERVAL
    yield at
