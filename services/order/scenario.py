"""Short ways to write events down, for the examples in the rule files and for tests.

A scenario happens on 2026-03-02 in a made-up department that keeps to the order: officer E-1, their
sergeant S-1, both trained, and the AI systems `writer` (generative), `faces` and `plates`
(perceptive) and `hotspots` (predictive), approved 90 days ago.
"""

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from schemas.events import EVENT_MODELS, Event

NINE = datetime(2026, 3, 2, 17, tzinfo=UTC)
"""09:00 in Los Angeles."""

RECORDS = "/records/rms"
_LONG_AGO = NINE - timedelta(days=100)
_PERCEPTIVE = {"family": "perceptive", "purpose": "investigation"}
_numbers = count(1)


def after(hours: float = 0, **kwargs: float) -> datetime:
    """A time so much after nine."""
    return NINE + timedelta(hours=hours, **kwargs)


def event(kind: str, subject: str, at: datetime, sender: str = RECORDS, /, **data: Any) -> Event:
    """Any event; `received=` stamps its receipt, `known_as=` sets its id, `sent_by=` its source,
    `sequence=` and `instance=` its number among those that a process of the source sent."""
    sender = data.pop("sent_by", sender)
    received = data.pop("received", None)
    sequence, instance = data.pop("sequence", None), data.pop("instance", None)
    event_id = data.pop("known_as", None) or f"ev-{next(_numbers)}"
    model = EVENT_MODELS[kind]
    fields = model.model_fields["data"].annotation
    assert fields is not None
    built: Event = model(
        specversion="1.0",
        id=event_id,
        source=sender,
        type=kind,
        subject=subject,
        time=at,
        receivedtime=received,
        sequence=None if sequence is None else str(sequence),
        instance=instance,
        data=fields.model_validate(data),
    )
    return built


def use(at: datetime = NINE, **data: Any) -> Event:
    """Officer E-1 used `writer` to draft text for a report, as use U-1; all may be overridden."""
    defaults = {
        "use_id": "U-1",
        "system_id": "writer",
        "employee_id": "E-1",
        "family": "generative",
        "capability": "text",
        "purpose": "report_writing",
    }
    whole = defaults | data
    return event("ai.use.recorded.v1", f"use/{whole['use_id']}", at, "/vendors/acme/x", **whole)


def face_search(at: datetime = NINE, **data: Any) -> Event:
    """Officer E-1 searched for a face."""
    return use(
        at, **(_PERCEPTIVE | {"system_id": "faces", "capability": "face_recognition"} | data)
    )


def plate_search(at: datetime = NINE, **data: Any) -> Event:
    """Officer E-1 searched for a licence plate."""
    return use(at, **(_PERCEPTIVE | {"system_id": "plates", "capability": "alpr"} | data))


def forecast(at: datetime = NINE, **data: Any) -> Event:
    """Officer E-1 had crime forecast."""
    defaults = {
        "system_id": "hotspots",
        "family": "predictive",
        "capability": "crime_forecast",
        "purpose": "crime_forecasting",
    }
    return use(at, **(defaults | data))


def output_used(at: datetime, **data: Any) -> Event:
    """Output O-1 of use U-1 went into a report."""
    defaults = {
        "use_id": "U-1",
        "output_id": "O-1",
        "output_kind": "text",
        "employee_id": "E-1",
        "used_for": "report",
    }
    whole = defaults | data
    return event("ai.output.used.v1", f"use/{whole['use_id']}", at, "/vendors/acme/x", **whole)


def used_as_lead(at: datetime, **data: Any) -> Event:
    """A match of use U-1 was used as a lead."""
    return output_used(at, **({"output_kind": "match", "used_for": "lead"} | data))


def decided(at: datetime, **data: Any) -> Event:
    """Sergeant S-1 approved every output of use U-1."""
    whole = {"use_id": "U-1", "approver_id": "S-1", "decision": "approved"} | data
    return event("oversight.approval.decided.v1", f"use/{whole['use_id']}", at, **whole)


def reviewed(at: datetime, kind: str, **data: Any) -> Event:
    """Officer E-1 reviewed every output of use U-1, and all was clear; with `system_id=`,
    `covers_from=` and `covers_to=` a system over a period."""
    defaults = {"reviewer_id": "E-1", "outcome": "clear"}
    if "system_id" not in data:
        defaults["use_id"] = "U-1"
    whole = defaults | data | {"kind": kind}
    return event("oversight.review.completed.v1", _use_or_system(whole), at, **whole)


def mitigated(at: datetime, **data: Any) -> Event:
    """Officer E-1 took steps against bias in use U-1; with `system_id=` in a system."""
    defaults = {"employee_id": "E-1", "method": "bias_testing"}
    if "system_id" not in data:
        defaults["use_id"] = "U-1"
    whole = defaults | data
    return event("oversight.mitigation.recorded.v1", _use_or_system(whole), at, **whole)


def _use_or_system(data: dict[str, Any]) -> str:
    return f"use/{data['use_id']}" if "use_id" in data else f"system/{data['system_id']}"


def disclosed(at: datetime, **data: Any) -> Event:
    """Document D-1 of use U-1 says that AI helped."""
    defaults = {"use_id": "U-1", "document_id": "D-1", "statement": "Drafted with generative AI."}
    whole = defaults | data
    return event("oversight.disclosure.recorded.v1", f"use/{whole['use_id']}", at, **whole)


def documented(at: datetime, **data: Any) -> Event:
    """The lead of use U-1 was documented in report R-1."""
    whole = {"use_id": "U-1", "employee_id": "E-1", "report_number": "R-1"} | data
    return event("oversight.lead.documented.v1", f"use/{whole['use_id']}", at, **whole)


def action(at: datetime, bases: list[dict[str, Any]], **data: Any) -> Event:
    """Officer E-1 made arrest A-1 on these grounds."""
    defaults = {"action_id": "A-1", "kind": "arrest", "employee_id": "E-1"}
    whole: dict[str, Any] = defaults | data | {"bases": bases}
    return event("oversight.action.taken.v1", f"action/{whole['action_id']}", at, **whole)


def complaint(at: datetime, **data: Any) -> Event:
    """A complaint about officer E-1 was sustained."""
    whole = {"complaint_id": "C-1", "employee_id": "E-1", "finding": "sustained"} | data
    use_id = whole.get("use_id")
    subject = f"use/{use_id}" if use_id else f"employee/{whole['employee_id']}"
    return event("oversight.complaint.decided.v1", subject, at, **whole)


def shared(at: datetime, recipient: tuple[str, str], **data: Any) -> Event:
    """Officer E-1 passed data of `writer` on."""
    kind, identity = recipient
    defaults: dict[str, Any] = {
        "share_id": "SH-1",
        "system_id": "writer",
        "employee_id": "E-1",
        "manner": "shared",
        "recipient": {"kind": kind, "id": identity},
    }
    whole = defaults | data
    share = f"share/{whole['share_id']}"
    return event("ai.output.shared.v1", share, at, "/vendors/acme/x", **whole)


def kept_since(at: datetime, day: date, **data: Any) -> Event:
    """`writer` still keeps a record of that day."""
    whole: dict[str, Any] = {"system_id": "writer"} | data | {"oldest_record_on": day}
    return event(
        "ai.retention.reported.v1",
        f"system/{whole['system_id']}",
        at,
        "/vendors/acme/x",
        **whole,
    )


def retracted(at: datetime, wrong: Event, **data: Any) -> Event:
    """An event was wrong."""
    named = {"event_source": wrong.source, "event_id": wrong.id}
    whole = {"actor_id": "S-1", "reason": "typo"} | data | named
    return event("oversight.event.retracted.v1", wrong.subject, at, **whole)


def employee(employee_id: str, at: datetime | None = None, **data: Any) -> Event:
    """An active employee of unit patrol, since 100 days before the scenario."""
    defaults: dict[str, Any] = {"unit": "patrol", "is_supervisor": False, "status": "active"}
    whole = defaults | data | {"employee_id": employee_id}
    since = at or _LONG_AGO
    return event("registry.employee.changed.v1", f"employee/{employee_id}", since, **whole)


def supervisor(employee_id: str = "S-1", at: datetime | None = None, **data: Any) -> Event:
    """A sergeant."""
    return employee(employee_id, at, **({"is_supervisor": True} | data))


def trained(
    at: datetime = NINE - timedelta(days=60), topics: str = "abcdefg", **data: Any
) -> Event:
    """Officer E-1 completed a course."""
    whole: dict[str, Any] = {"employee_id": "E-1", "course": "AI"} | data | {"topics": list(topics)}
    subject = f"employee/{whole['employee_id']}"
    return event("registry.training.completed.v1", subject, at, **whole)


def system(system_id: str, at: datetime | None = None, **data: Any) -> Event:
    """A registered system of a third party, approved 90 days ago, all in order."""
    defaults: dict[str, Any] = {
        "name": system_id,
        "vendor": "Acme",
        "third_party": True,
        "families": ["generative"],
        "capabilities": ["text"],
        "publicly_accessible": False,
        "approved_from": NINE - timedelta(days=90),
        "ai_officer_engaged_on": date(2025, 11, 1),
        "city_it_coordinated_on": date(2025, 11, 2),
        "safeguards": {"from": NINE - timedelta(days=90)},
        "exchange_agreement": {"from": NINE - timedelta(days=90)},
        "permitted_transfers": [],
    }
    whole: dict[str, Any] = defaults | data | {"system_id": system_id}
    return event("registry.system.changed.v1", f"system/{system_id}", at or _LONG_AGO, **whole)


def consent(employee_id: str, at: datetime, **data: Any) -> Event:
    """An employee agreed that any system may alter their likeness, until further notice."""
    whole = {"granted": True} | data | {"employee_id": employee_id}
    return event("registry.consent.changed.v1", f"employee/{employee_id}", at, **whole)


def procurement(at: datetime, **data: Any) -> Event:
    """Procurement P-1 of an AI system was proposed."""
    defaults = {"procurement_id": "P-1", "system_name": "New", "stage": "proposed"}
    whole = defaults | data
    subject = f"procurement/{whole['procurement_id']}"
    return event("registry.procurement.changed.v1", subject, at, **whole)


def audited(at: datetime, **data: Any) -> Event:
    """The yearly audit of `writer` was completed, with all its elements."""
    elements = ("effectiveness", "accuracy", "access_and_use", "no_transfer")
    defaults: dict[str, Any] = {
        "system_id": "writer",
        "auditor_id": "A-1",
        "period_from": at - timedelta(days=365),
        "period_to": at,
        "elements": dict.fromkeys(elements, "satisfied"),
    }
    whole = defaults | data
    return event("registry.audit.completed.v1", f"system/{whole['system_id']}", at, **whole)


def source(name: str, at: datetime | None = None, **data: Any) -> Event:
    """A registered source; by default no system of record."""
    defaults: dict[str, Any] = {
        "owner": "Acme",
        "allowed_types": [],
        "system_of_record": False,
        "status": "active",
    }
    whole = defaults | data | {"source": name}
    subject = f"source{name}"
    return event("registry.source.changed.v1", subject, at or _LONG_AGO, "/console", **whole)


def heartbeat(at: datetime, name: str = RECORDS, **data: Any) -> Event:
    """A source is alive; `complete_to=` tells how far its reports go."""
    whole = {"emitted": 1, "dropped": 0, "spooled": 0} | data
    return event("ai.source.heartbeat.v1", f"source{name}", at, name, **whole)


def waiver(at: datetime, subject: str, clause: str, until: datetime, **data: Any) -> Event:
    """Sergeant S-1 waived a clause."""
    defaults = {"waiver_id": "W-1", "approver_id": "S-1", "reason": "exigent"}
    whole = defaults | data | {"clause": clause, "until": until}
    return event("registry.waiver.granted.v1", subject, at, **whole)


def policy_change(at: datetime = NINE - timedelta(days=100), **policy: Any) -> Event:
    """The policy of the first edition, with these differences; or of another edition."""
    edition = policy.pop("edition", "390.01")
    day = policy.pop("effective_on", date(2025, 9, 30))
    envelope = {name: policy.pop(name) for name in ("known_as", "received") if name in policy}
    whole = {"edition": edition, "effective_on": day, "policy": policy} | envelope
    return event("registry.policy.changed.v1", f"policy/{edition}", at, "/console", **whole)


def department() -> list[Event]:
    """Who and what there is in every scenario."""
    return [
        employee("E-1", supervisor_id="S-1"),
        employee("E-2", supervisor_id="S-1"),
        employee("E-9", status="separated"),
        supervisor(),
        *(trained(employee_id=employee_id) for employee_id in ("E-1", "E-2", "S-1")),
        system("writer"),
        system("faces", families=["perceptive"], capabilities=["face_recognition"]),
        system("plates", families=["perceptive"], capabilities=["alpr"]),
        system("hotspots", families=["predictive"], capabilities=["crime_forecast"]),
    ]
