"""Short ways to write down what happened in the demonstration."""

import json
from datetime import datetime
from typing import Any

from schemas.ai import UseRecorded
from schemas.events import EVENT, Event

REPORT_WRITER = "/vendors/acme/report-writer"
REDACTOR = "/vendors/acme/redactor"
IMAGE_STUDIO = "/vendors/lumen/image-studio"
FACE_SEARCH = "/vendors/visage/face-search"
ALPR = "/records/alpr"
RMS = "/records/rms"
CAD = "/records/cad"
PAPER = "/records/paper-approvals"
NOTEBOOK = "/records/field-notes"
STANDARDS = "/records/professional-standards"
PSIT = "/records/psit"
HR = "/records/hr"


def event(source: str, kind: str, subject: str, at: datetime, /, **data: Any) -> Event:
    """An event as its source sends it; what is None is left out.

    Its id follows from what it is about; a `note` sets apart two of one kind, subject and time.
    """
    note = data.pop("note", None)
    parts = [subject, kind.removesuffix(".v1"), f"{at:%Y%m%dT%H%M%S}", note]
    fields = {key: value for key, value in data.items() if value is not None}
    whole = {
        "specversion": "1.0",
        "id": "/".join(part for part in parts if part),
        "source": source,
        "type": kind,
        "subject": subject,
        "time": at.isoformat(),
        "data": fields,
    }
    return EVENT.validate_json(json.dumps(whole))


def _used(source: str, use_id: str, at: datetime, /, **data: Any) -> UseRecorded:
    whole = {"use_id": use_id, "system_id": source.rsplit("/", 1)[1], **data}
    recorded = event(source, "ai.use.recorded.v1", f"use/{use_id}", at, **whole)
    assert isinstance(recorded, UseRecorded)
    return recorded


def draft(use_id: str, at: datetime, employee_id: str, **data: Any) -> UseRecorded:
    """Somebody had the report writer draft a text."""
    made = {"family": "generative", "capability": "text", "purpose": "report_writing"}
    return _used(REPORT_WRITER, use_id, at, employee_id=employee_id, **(made | data))


def picture(use_id: str, at: datetime, employee_id: str, shows: str) -> UseRecorded:
    """Somebody had a picture made that shows an employee."""
    made = {"family": "generative", "capability": "image", "purpose": "administrative"}
    shown = {"depicted_employees": [shows], "alters_likeness": False}
    return _used(IMAGE_STUDIO, use_id, at, employee_id=employee_id, **made, **shown)


def redaction(use_id: str, at: datetime, employee_id: str, footage: str | None) -> UseRecorded:
    """Somebody had faces blurred, for the public."""
    made = {"family": "generative", "capability": "redaction"}
    why = {"purpose": "public_release_redaction", "input_kind": footage}
    return _used(REDACTOR, use_id, at, employee_id=employee_id, **made, **why)


def face_search(use_id: str, at: datetime, employee_id: str) -> UseRecorded:
    """Somebody searched for a face."""
    made = {"family": "perceptive", "capability": "face_recognition", "purpose": "investigation"}
    case = {"case_number": f"26-{at:%m%d%H}", "authorization_ref": f"FR-{at:%m%d%H}"}
    return _used(FACE_SEARCH, use_id, at, employee_id=employee_id, **made, **case)


def plate_search(
    use_id: str, at: datetime, employee_id: str, why: str | None, note: str | None = None
) -> UseRecorded:
    """Somebody searched for a licence plate; `why` is what they typed."""
    made = {"family": "perceptive", "capability": "alpr", "purpose": "investigation"}
    return _used(ALPR, use_id, at, employee_id=employee_id, purpose_text=why, note=note, **made)


def put_to_use(of: UseRecorded, at: datetime, used_for: str, **data: Any) -> Event:
    """The output of a use was used by the same person."""
    use = of.data
    kinds = {"image": "image", "redaction": "video", "face_recognition": "match"}
    whole = {
        "use_id": use.use_id,
        "output_id": f"{use.use_id}-1",
        "output_kind": kinds.get(use.capability, "text"),
        "employee_id": use.employee_id,
        "used_for": used_for,
    } | data
    return event(of.source, "ai.output.used.v1", of.subject, at, **whole)


def decided(
    of: UseRecorded, at: datetime, approver_id: str, decision: str = "approved", **data: Any
) -> Event:
    """Somebody approved or denied what a use brought forth."""
    whole = {"use_id": of.data.use_id, "approver_id": approver_id, "decision": decision, **data}
    return event(RMS, "oversight.approval.decided.v1", of.subject, at, **whole)


def requested(of: UseRecorded, at: datetime, approver_id: str) -> Event:
    """The person who used a system asked for approval."""
    whole = {"use_id": of.data.use_id, "employee_id": of.data.employee_id}
    kind = "oversight.approval.requested.v1"
    return event(RMS, kind, of.subject, at, approver_id=approver_id, **whole)


def documented(of: UseRecorded, at: datetime, report: str, source: str = RMS) -> Event:
    """A lead was written into a report, or into the CAD log."""
    where = "cad_log" if source == CAD else "report_number"
    whole = {"use_id": of.data.use_id, "employee_id": of.data.employee_id, where: report}
    return event(source, "oversight.lead.documented.v1", of.subject, at, **whole)


def retracted(wrong: Event, at: datetime, actor_id: str, reason: str) -> Event:
    """An event was wrong."""
    whole = {"event_source": wrong.source, "event_id": wrong.id, "actor_id": actor_id}
    kind = "oversight.event.retracted.v1"
    return event(PSIT, kind, wrong.subject, at, reason=reason, **whole)


def shared(share_id: str, at: datetime, by: str, kind: str, with_whom: str) -> Event:
    """Somebody passed a draft on."""
    whole = {"share_id": share_id, "system_id": "report-writer", "employee_id": by}
    recipient = {"kind": kind, "id": with_whom}
    return event(
        REPORT_WRITER,
        "ai.output.shared.v1",
        f"share/{share_id}",
        at,
        recipient=recipient,
        manner="shared",
        **whole,
    )


def complaint(complaint_id: str, at: datetime, about: str, allegation: str, finding: str) -> Event:
    """A complaint that names no use was decided."""
    whole = {"complaint_id": complaint_id, "employee_id": about, "allegation": allegation}
    kind = "oversight.complaint.decided.v1"
    return event(
        STANDARDS, kind, f"employee/{about}", at, finding=finding, note=complaint_id, **whole
    )


def waiver(subject: str, at: datetime, clause: str, until: datetime, why: str) -> Event:
    """The lieutenant waived a clause."""
    whole = {"waiver_id": f"W-{clause}-{subject}", "clause": clause, "approver_id": "L-1"}
    kind = "registry.waiver.granted.v1"
    return event(PSIT, kind, subject, at, reason=why, until=until.isoformat(), **whole)


def heartbeat(source: str, at: datetime) -> Event:
    """A source that reports in intervals has sent all that happened before `at`."""
    counts = {"emitted": 1, "dropped": 0, "spooled": 0}
    whole: dict[str, Any] = {"complete_to": at.isoformat(), **counts}
    return event(source, "ai.source.heartbeat.v1", f"source{source}", at, **whole)
