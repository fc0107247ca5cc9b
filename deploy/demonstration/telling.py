"""Short ways to write down what happened in the demonstration."""

import json
from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

from schemas.ai import UseRecorded
from schemas.events import EVENT, Event

REPORT_WRITER = "/vendors/acme/report-writer"
REDACTOR = "/vendors/acme/redactor"
IMAGE_STUDIO = "/vendors/lumen/image-studio"
FACE_SEARCH = "/vendors/visage/face-search"
TRANSLATOR = "/vendors/babel/translator"
PUBLIC_CHAT = "/vendors/parley/public-chat"
HOTSPOTS = "/vendors/foresight/hotspots"
INTERVIEWS = "/vendors/scribe/interviews"
DISPATCH_AUDIO = "/vendors/scribe/dispatch-audio"
GUNSHOT_DETECTOR = "/vendors/echo/gunshot-detector"
ALPR = "/records/alpr"
WEB_PROXY = "/records/web-proxy"
RMS = "/records/rms"
CAD = "/records/cad"
PAPER = "/records/paper-approvals"
NOTEBOOK = "/records/field-notes"
STANDARDS = "/records/professional-standards"
PSIT = "/records/psit"
HR = "/records/hr"

STATEMENT = "Drafted with generative AI and reviewed by the author."

_TEXTUAL = ("text", "transcription", "translation")


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


def transcript(
    source: str, use_id: str, at: datetime, employee_id: str, **data: Any
) -> UseRecorded:
    """Somebody had speech written down."""
    made = {"family": "generative", "capability": "transcription", "purpose": "investigation"}
    return _used(source, use_id, at, employee_id=employee_id, **(made | data))


def translation(use_id: str, at: datetime, employee_id: str, **data: Any) -> UseRecorded:
    """Somebody had a text translated."""
    made = {"family": "generative", "capability": "translation", "purpose": "investigation"}
    return _used(TRANSLATOR, use_id, at, employee_id=employee_id, **(made | data))


def question(source: str, use_id: str, at: datetime, employee_id: str, **data: Any) -> UseRecorded:
    """Somebody asked a chatbot."""
    made = {"family": "generative", "capability": "text", "purpose": "data_analysis"}
    return _used(source, use_id, at, employee_id=employee_id, **(made | data))


def picture(
    use_id: str, at: datetime, employee_id: str, *shows: str, altered: bool = False
) -> UseRecorded:
    """Somebody had a picture made that shows employees."""
    made = {"family": "generative", "capability": "image", "purpose": "administrative"}
    shown = {"depicted_employees": list(shows), "alters_likeness": altered}
    return _used(IMAGE_STUDIO, use_id, at, employee_id=employee_id, **made, **shown)


def forecast(use_id: str, at: datetime, employee_id: str, **data: Any) -> UseRecorded:
    """Somebody had crime forecast."""
    made = {"family": "predictive", "capability": "crime_forecast", "purpose": "crime_forecasting"}
    return _used(HOTSPOTS, use_id, at, employee_id=employee_id, **(made | data))


def redaction(use_id: str, at: datetime, employee_id: str, footage: str | None) -> UseRecorded:
    """Somebody had faces blurred, for the public."""
    made = {"family": "generative", "capability": "redaction"}
    why = {"purpose": "public_release_redaction", "input_kind": footage}
    return _used(REDACTOR, use_id, at, employee_id=employee_id, **made, **why)


def face_search(use_id: str, at: datetime, employee_id: str, **data: Any) -> UseRecorded:
    """Somebody searched for a face."""
    made = {
        "family": "perceptive",
        "capability": "face_recognition",
        "purpose": "investigation",
        "purpose_text": "robbery, suspect on camera",
        "case_number": f"26-{at:%m%d%H}",
        "authorization_ref": f"FR-{at:%m%d%H}",
    }
    return _used(FACE_SEARCH, use_id, at, employee_id=employee_id, **(made | data))


def plate_search(
    use_id: str, at: datetime, employee_id: str, why: str | None, **data: Any
) -> UseRecorded:
    """Somebody searched for a licence plate; `why` is what they typed."""
    made = {"family": "perceptive", "capability": "alpr", "purpose": "investigation"}
    return _used(ALPR, use_id, at, employee_id=employee_id, purpose_text=why, **(made | data))


def proper(
    of: UseRecorded,
    at: datetime,
    used_for: str = "report",
    *,
    lacks: Collection[str] = (),
    **data: Any,
) -> tuple[Event, ...]:
    """A generative use whose output was used, reviewed and approved as the order asks.

    `lacks`: what was not done: `accuracy`, `content_bias`, `approval`.
    """
    steps = {
        "accuracy": reviewed(of, at - timedelta(minutes=6), "accuracy"),
        "content_bias": reviewed(of, at - timedelta(minutes=5), "content_bias"),
        "approval": decided(of, at - timedelta(minutes=4), "S-1"),
    }
    if of.data.capability not in _TEXTUAL:
        del steps["accuracy"]
    done = [step for name, step in steps.items() if name not in lacks]
    return (of, *done, put_to_use(of, at, used_for, **data))


def put_to_use(of: UseRecorded, at: datetime, used_for: str, **data: Any) -> Event:
    """The output of a use was used by the same person."""
    use = of.data
    kinds = {
        "image": "image",
        "redaction": "video",
        "face_recognition": "match",
        "crime_forecast": "forecast",
    }
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


def requested(of: UseRecorded, at: datetime, approver_id: str, **data: Any) -> Event:
    """The person who used a system asked for approval."""
    whole = {"use_id": of.data.use_id, "employee_id": of.data.employee_id, **data}
    kind = "oversight.approval.requested.v1"
    return event(RMS, kind, of.subject, at, approver_id=approver_id, **whole)


def reviewed(
    of: UseRecorded, at: datetime, kind: str, outcome: str = "clear", **data: Any
) -> Event:
    """Whoever used a system looked at what it brought forth."""
    whole = {"use_id": of.data.use_id, "reviewer_id": of.data.employee_id, "kind": kind, **data}
    name = "oversight.review.completed.v1"
    return event(RMS, name, of.subject, at, outcome=outcome, note=kind, **whole)


def system_review(system_id: str, at: datetime, kind: str, outcome: str, **covers: str) -> Event:
    """An analyst looked at what went into a system, or came out of it, for a period."""
    whole = {"system_id": system_id, "reviewer_id": "E-112", "kind": kind, **covers}
    name, subject = "oversight.review.completed.v1", f"system/{system_id}"
    return event(RMS, name, subject, at, outcome=outcome, note=kind, **whole)


def mitigated(subject: str, at: datetime) -> Event:
    """An analyst took steps against bias in a use, or in a system."""
    kind, name = subject.split("/", 1)
    whole = {f"{kind}_id": name, "employee_id": "E-112", "method": "bias_testing"}
    return event(RMS, "oversight.mitigation.recorded.v1", subject, at, **whole)


def disclosed(of: UseRecorded, at: datetime, document_id: str) -> Event:
    """A document says that AI was used."""
    whole = {"use_id": of.data.use_id, "document_id": document_id, "statement": STATEMENT}
    return event(RMS, "oversight.disclosure.recorded.v1", of.subject, at, **whole)


def documented(of: UseRecorded, at: datetime, report: str, source: str = RMS) -> Event:
    """A lead was written into a report, or into the CAD log."""
    where = "cad_log" if source == CAD else "report_number"
    whole = {"use_id": of.data.use_id, "employee_id": of.data.employee_id, where: report}
    return event(source, "oversight.lead.documented.v1", of.subject, at, **whole)


def arrest(action_id: str, at: datetime, by: str, *bases: dict[str, str]) -> Event:
    """Somebody was arrested, on these grounds."""
    whole = {"action_id": action_id, "kind": "arrest", "employee_id": by, "bases": list(bases)}
    return event(RMS, "oversight.action.taken.v1", f"action/{action_id}", at, **whole)


def retracted(wrong: Event, at: datetime, actor_id: str, reason: str) -> Event:
    """An event was wrong."""
    whole = {"event_source": wrong.source, "event_id": wrong.id, "actor_id": actor_id}
    kind = "oversight.event.retracted.v1"
    return event(PSIT, kind, wrong.subject, at, reason=reason, **whole)


def shared(share_id: str, at: datetime, by: str, kind: str, with_whom: str, **data: Any) -> Event:
    """Somebody passed a draft on."""
    whole = {"share_id": share_id, "system_id": "report-writer", "employee_id": by}
    whole |= {"manner": "shared", "recipient": {"kind": kind, "id": with_whom}} | data
    return event(REPORT_WRITER, "ai.output.shared.v1", f"share/{share_id}", at, **whole)


def complaint(
    complaint_id: str,
    at: datetime,
    about: str,
    allegation: str,
    finding: str = "sustained",
    of: UseRecorded | None = None,
) -> Event:
    """A complaint was decided; `of`: about one use."""
    whole = {"complaint_id": complaint_id, "employee_id": about, "allegation": allegation}
    subject = f"employee/{about}"
    if of is not None:
        whole["use_id"], subject = of.data.use_id, of.subject
    kind = "oversight.complaint.decided.v1"
    return event(STANDARDS, kind, subject, at, finding=finding, note=complaint_id, **whole)


def oldest_record(source: str, at: datetime, day: date) -> Event:
    """A system says of which day its oldest record is."""
    system_id = source.rsplit("/", 1)[1]
    whole = {"system_id": system_id, "oldest_record_on": day.isoformat()}
    return event(source, "ai.retention.reported.v1", f"system/{system_id}", at, **whole)


def heartbeat(source: str, at: datetime, complete_to: datetime | None = None) -> Event:
    """A source is there; `complete_to`: it has sent all that happened before."""
    whole: dict[str, Any] = {"emitted": 1, "dropped": 0, "spooled": 0}
    if complete_to is not None:
        whole["complete_to"] = complete_to.isoformat()
    return event(source, "ai.source.heartbeat.v1", f"source{source}", at, **whole)
