"""What the order would find in the events of a sandbox, in a department that does its part; pure.

The events know nothing of the department, and the gateway does not either. So it supposes one: all
that a product cannot bring about is in order, and all that others would still have to do is not
done. What is found then is what the product's events give rise to.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from blotter_emitter.certify import Item, OrderRemark
from pydantic import ValidationError

from schemas.base import EARLIEST
from schemas.events import EVENT, EVENT_MODELS, Event
from schemas.policy import Policy
from schemas.verdicts import Verdict
from services.order.pile import Pile
from services.order.recheck import findings_of
from services.order.rulebook import rulebook
from services.order.story import VERDICTS
from services.runtime.topics import CONSOLE

SUPPOSING = (
    "As if these events counted, in a department where every system that is named is registered,"
    " approved and under contract, where everybody who is named is on the roster and trained, and"
    " where nobody has done anything since: no approval, no review, no report of a lead. A duty of"
    " the department’s own people that is found here is no fault of the product: it shows that the"
    " product told enough to ask for it. Nothing of this counts."
)
MOST_REMARKS = 200

_BEFORE = timedelta(days=30)
_AFTER = timedelta(days=8)
"""Longer than any duty is open."""
_NAMES = ("employee_id", "approver_id", "reviewer_id")


def remarks(items: Iterable[Item], now: datetime) -> tuple[OrderRemark, ...]:
    """What would have been found, by clause; the first of it if it is very much."""
    events = [event for item in items for event in _events(item)]
    if not events:
        return ()
    pile = Pile(Policy())
    for event in [*events, *_department(events)]:
        pile.add(event)
    later = max(now, *(event.time for event in events)) + _AFTER
    found = [v for subject in pile.subjects() for v in _found(pile, subject, later)]
    found.sort(key=lambda verdict: (verdict.clause, verdict.subject))
    return tuple(map(_remark, found[:MOST_REMARKS]))


def _events(item: Item) -> Iterator[Event]:
    """The event as intake would have taken it in; none if it would have been refused."""
    if item.event is None:
        return
    stamped = {**item.raw, "receivedtime": (item.received or item.event.time).isoformat()}
    try:
        yield EVENT.validate_json(json.dumps(stamped))
    except ValidationError:
        # Approvals and the like are validated here for the first time.
        return


def _found(pile: Pile, subject: str, now: datetime) -> list[Verdict]:
    return findings_of(pile.judge(subject, now, rulebook()))


def _remark(verdict: Verdict) -> OrderRemark:
    rule = next(rule for rule in rulebook() if rule.id == verdict.rule)
    return OrderRemark(
        clause=verdict.clause,
        title=rule.title,
        verdict=VERDICTS[verdict.verdict],
        subject=verdict.subject,
        text=verdict.reason,
        mend=rule.remedy,
    )


def _department(events: list[Event]) -> Iterator[Event]:
    """A registry in which everybody and everything that is named is in order."""
    since = max(EARLIEST, min(event.time for event in events) - _BEFORE)
    names = sorted({name for event in events for name in _people(event)})
    systems = sorted({name for event in events if (name := _system(event))})
    approvers = {getattr(event.data, "approver_id", None) for event in events}
    facts = [
        *(_employee(name, name in approvers) for name in names),
        *(_training(name) for name in names),
        *(_registration(name, events, since) for name in systems),
    ]
    for number, fact in enumerate(facts):
        yield _event(f"supposed-{number}", since, fact)


class _Fact(NamedTuple):
    kind: str
    subject: str
    data: dict[str, Any]


def _employee(name: str, is_supervisor: bool) -> _Fact:
    status = {"unit": "supposed", "is_supervisor": is_supervisor, "status": "active"}
    return _Fact("registry.employee.changed.v1", f"employee/{name}", {"employee_id": name} | status)


def _training(name: str) -> _Fact:
    course = {"employee_id": name, "course": "supposed", "topics": list("abcdefg")}
    return _Fact("registry.training.completed.v1", f"employee/{name}", course)


def _people(event: Event) -> list[str]:
    named = [getattr(event.data, field, None) for field in _NAMES]
    return [*filter(None, named), *(getattr(event.data, "depicted_employees", None) or [])]


def _system(event: Event) -> str | None:
    return getattr(event.data, "system_id", None)


def _registration(name: str, events: list[Event], since: datetime) -> _Fact:
    uses = [e.data for e in events if e.type == "ai.use.recorded.v1" and _system(e) == name]
    # A day that is none too late in any time zone.
    day, force = (since - timedelta(days=1)).date().isoformat(), {"from": since.isoformat()}
    data = {
        "system_id": name,
        "name": name,
        "vendor": "supposed",
        "third_party": True,
        "families": sorted({use.family for use in uses}),
        "capabilities": sorted({use.capability for use in uses}),
        "publicly_accessible": False,
        "approved_from": since.isoformat(),
        "ai_officer_engaged_on": day,
        "city_it_coordinated_on": day,
        "safeguards": force,
        "exchange_agreement": force,
        "permitted_transfers": [],
    }
    return _Fact("registry.system.changed.v1", f"system/{name}", data)


def _event(name: str, since: datetime, fact: _Fact) -> Event:
    told = {
        "specversion": "1.0",
        "id": name,
        "source": CONSOLE,
        "type": fact.kind,
        "subject": fact.subject,
        "time": since.isoformat(),
        "data": fact.data,
    }
    event: Event = EVENT_MODELS[fact.kind].model_validate_json(json.dumps(told))
    return event
