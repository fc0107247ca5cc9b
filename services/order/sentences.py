"""Every event as one plain sentence, for people. It repeats what was reported, and judges nothing.

A sentence has no full stop, so that it can stand in a list.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from textwrap import shorten
from typing import Any
from zoneinfo import ZoneInfo

from schemas import ai, oversight, registry, review
from schemas.base import Model
from schemas.events import Event

from .times import said

_LONGEST_QUOTE = 300
_MOST_NAMED = 12


def sentence(event: Event, zone: ZoneInfo) -> str:
    """What an event says; times as they are in `zone`."""
    told = _SENTENCES[event.type](_localised(event.data, zone))
    return " ".join(told.split())


def _localised(data: Model, zone: ZoneInfo) -> Model:
    changed: dict[str, Any] = {}
    for name in type(data).model_fields:
        value = getattr(data, name)
        if isinstance(value, datetime):
            changed[name] = value.astimezone(zone)
        elif isinstance(value, registry.Validity):
            changed[name] = _localised(value, zone)
    return data.model_copy(update=changed)


def plain(name: str) -> str:
    """A word of the contract as people write it: `report_writing` as `report writing`."""
    return "ALPR" if name == "alpr" else name.replace("_", " ")


def quoted(text: str) -> str:
    """What a person typed, in quotation marks; white space and what is very long are shortened."""
    return f"“{shorten(text, _LONGEST_QUOTE, placeholder=' …')}”"


def listed(words: Iterable[str], last: str = "and") -> str:
    """`a, b and c`; of very many only the first."""
    told = list(words)
    if len(told) > _MOST_NAMED:
        told = [*told[: _MOST_NAMED - 1], f"{len(told) - _MOST_NAMED + 1} more"]
    if len(told) < 2:
        return "".join(told)
    return f"{', '.join(told[:-1])} {last} {told[-1]}"


def duration(seconds: float) -> str:
    """Seconds in words, to two units: `3 days 4 h`."""
    if seconds < 0:
        return "-" + duration(-seconds)
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        unit = "day" if days == 1 else "days"
        return f"{days:,} {unit}" + (f" {hours} h" if hours and days < 30 else "")
    if hours:
        return f"{hours} h" + (f" {minutes} min" if minutes else "")
    return f"{minutes} min"


def _part(form: str, value: str | None) -> str:
    """`form` with the value, or nothing where there is none."""
    return form.format(value) if value else ""


def _note(form: str, text: str | None) -> str:
    return form.format(quoted(text)) if text and text.strip() else ""


def _about(use_id: str | None, system_id: str | None) -> str:
    return f"use {use_id}" if use_id else f"system {system_id}"


def _use(data: ai.UseRecordedData) -> str:
    is_named = data.account_kind == "named"
    account = "" if is_named else f" through a {plain(data.account_kind)} account"
    purpose = {"not_stated": "for no stated purpose", "personal": "for a personal purpose"}.get(
        data.purpose, f"for {plain(data.purpose)}"
    )
    return (
        f"Employee {data.employee_id} used {data.system_id}"
        f" ({data.family}, {plain(data.capability)}) {purpose}{account}"
        + _note(": {}", data.purpose_text)
        + _part(", case {}", data.case_number)
        + _part(", incident {}", data.incident_number)
        + _part(", authorised by {}", data.authorization_ref)
        + _part(", on {}", data.input_kind and plain(data.input_kind))
        + _use_of_people(data)
    )


def _use_of_people(data: ai.UseRecordedData) -> str:
    """What a use had to do with people and their data."""
    declared = listed(each.upper() for each in data.data_classes or [])
    found = listed(sorted({each.data_class.upper() for each in data.detected or []}))
    grounds = [plain(each) for each in data.surveillance.bases] if data.surveillance else None
    return (
        _part("; declared to hold {}", declared)
        + _part("; the scanner found {}", found)
        + _part("; showing {}", listed(data.depicted_employees or []))
        + ("; altering a likeness or voice" if data.alters_likeness else "")
        + (f"; watched for: {listed(grounds) or 'no ground given'}" if grounds is not None else "")
    )


_USED = {
    "report": "in a report",
    "case_file": "in a case file",
    "court": "in court",
    "public_release": "for public release",
    "briefing": "in a briefing",
    "lead": "as a lead",
    "deployment": "for a deployment",
    "other": "for another purpose",
}
_TREATED = {
    "lead": "a lead",
    "identification": "an identification",
    "conclusion": "a conclusion",
}


def _output_used(data: ai.OutputUsedData) -> str:
    document = "final document" if data.final_document else "document"
    return (
        f"Employee {data.employee_id} used output {data.output_id} ({plain(data.output_kind)})"
        f" {_USED[data.used_for]}"
        + (_part(f", in {document} {{}}", data.document_id) or _final(data.final_document))
        + _part(", treated as {}", data.treated_as and _TREATED[data.treated_as])
        + _note(", which states: {}", data.disclosure)
    )


def _final(is_final: bool | None) -> str:
    return ", in a final document" if is_final else ""


def _shared(data: ai.OutputSharedData) -> str:
    who = f"Employee {data.employee_id}" if data.employee_id else "Somebody"
    to = "with" if data.manner == "shared" else "to"
    return (
        f"{who} {data.manner} data of {data.system_id} {to} {data.recipient.kind}"
        f" {data.recipient.id}" + _note(", on the legal basis {}", data.legal_basis)
    )


def _evaluated(data: ai.OutputEvaluatedData) -> str:
    group = _part(" in group {}", data.group)
    return (
        f"The results of system {data.system_id} were measured{group}: {plain(data.metric)}"
        f" {data.value:g}, in {data.sample_size:,} samples"
    )


def _heartbeat(data: ai.SourceHeartbeatData) -> str:
    reach = said(data.complete_to) if data.complete_to else None
    return (
        f"The source reported that it runs: {data.emitted:,} sent, {data.dropped:,} lost,"
        f" {data.spooled:,} waiting" + _part("; everything up to {} was sent", reach)
    )


def _asked(data: oversight.ApprovalRequestedData) -> str:
    what = _part("output {} of ", data.output_id)
    return f"Employee {data.employee_id} asked for approval of {what}use {data.use_id}" + _part(
        " by {}", data.approver_id
    )


def _decided(data: oversight.ApprovalDecidedData) -> str:
    what = f"output {data.output_id}" if data.output_id else "every output"
    return f"{data.approver_id} {data.decision} {what} of use {data.use_id}"


_REVIEWED = {
    "accuracy": "accuracy",
    "content_bias": "bias in its content",
    "input_bias": "bias in its inputs",
    "output_bias": "bias in its outputs",
}
_OUTCOMES = {
    "clear": "nothing was found",
    "errors_corrected": "errors were found and corrected",
    "errors_found": "errors were found",
    "bias_found": "bias was found",
}


def _reviewed(data: oversight.ReviewCompletedData) -> str:
    what = _part("output {} of ", data.output_id) + _about(data.use_id, data.system_id)
    period = ""
    if data.covers_from and data.covers_to:
        ends = said(data.covers_from), said(data.covers_to)
        period = f", from {ends[0]} to {ends[1]}"
    found = _OUTCOMES[data.outcome]
    return f"{data.reviewer_id} reviewed {what}{period} for {_REVIEWED[data.kind]}: {found}"


def _mitigated(data: oversight.MitigationRecordedData) -> str:
    about = _about(data.use_id, data.system_id)
    how = plain(data.method)
    return f"Employee {data.employee_id} recorded a step against bias in {about}: {how}" + _note(
        ", {}", data.note
    )


def _documented(data: oversight.LeadDocumentedData) -> str:
    where = [_part("report {}", data.report_number), _part("CAD log {}", data.cad_log)]
    return f"Employee {data.employee_id} documented the lead in {listed(filter(None, where))}"


def _ground(basis: oversight.Basis) -> str:
    return (
        plain(basis.kind)
        + _part(" of use {}", basis.use_id)
        + _part(" that use {} led to", basis.derived_from)
    )


def _acted(data: oversight.ActionTakenData) -> str:
    grounds = listed(_ground(basis) for basis in data.bases) or "no ground named"
    return (
        f"Employee {data.employee_id} took an action ({plain(data.kind)}) resting on {grounds}"
        + _part(", case {}", data.case_number)
    )


def _complaint(data: oversight.ComplaintDecidedData) -> str:
    use = _part(" in use {}", data.use_id)
    return (
        f"Complaint {data.complaint_id} about employee {data.employee_id}{use}"
        f" ({plain(data.allegation)}) was {plain(data.finding)}"
    )


def _retracted(data: oversight.EventRetractedData) -> str:
    why = _note(": {}", data.reason)
    return f"{data.actor_id} retracted event {data.event_id} from {data.event_source}{why}"


def _source(data: registry.SourceChangedData) -> str:
    record = "a system of record" if data.system_of_record else "no system of record"
    held = _part(" for {}", listed(data.holds or []))
    often = data.cadence_seconds and f", which reports every {duration(data.cadence_seconds)}"
    trial = "; a sandbox, of which nothing counts" if data.sandbox else ""
    return (
        f"Source {data.source} of {data.owner}: {data.status}, {record}{held}{often or ''}{trial}"
    )


def _employee(data: registry.EmployeeChangedData) -> str:
    role = data.role or ("a supervisor" if data.is_supervisor else "an employee")
    superior = _part(", under {}", data.supervisor_id)
    purposes = [plain(each) for each in data.authorized_purposes or []]
    return (
        f"On the roster, {data.employee_id} is {role} in unit {data.unit}{superior}; status"
        f" {data.status}"
        + ("; a supervisor" if data.is_supervisor and data.role else "")
        + _part("; authorised for {} only", listed(purposes))
        + _part("; must be trained in topics {}", listed(data.required_topics or []))
    )


def _trained(data: registry.TrainingCompletedData) -> str:
    topics = _part(", on topics {}", listed(data.topics)) or ", on no topic"
    return f"Employee {data.employee_id} completed the course {quoted(data.course)}{topics}"


def _period(validity: registry.Validity | None) -> str:
    if validity is None:
        return "none"
    until = f" until {said(validity.to)}" if validity.to else ""
    return f"from {said(validity.from_)}{until}"


def _system(data: registry.SystemChangedData) -> str:
    approved = f"approved from {said(data.approved_from)}" if data.approved_from else ""
    until = f" until {said(data.approved_to)}" if data.approved_to else ""
    return (
        f"System {data.system_id} ({data.name}, {data.vendor}) is registered for"
        f" {listed(data.families) or 'no kind of AI'}: {approved + until or 'not approved'}"
        f"{'; a third party’s' if data.third_party else ''}"
        f"{'; the public can use it too' if data.publicly_accessible else ''}"
        f"; safeguards: {_period(data.safeguards)}"
        f"; information-exchange agreement: {_period(data.exchange_agreement)}"
        + _part("; coordinated with City IT on {}", _on(data.city_it_coordinated_on))
        + _part("; AI Officer engaged on {}", _on(data.ai_officer_engaged_on))
        + _part("; data may be kept {} days", _number(data.retention_days))
        + _part("; data may leave on the basis of {}", listed(data.permitted_transfers))
    )


def _on(day: date | None) -> str | None:
    return said(day) if day else None


def _number(value: int | None) -> str | None:
    return None if value is None else f"{value:,}"


def _consent(data: registry.ConsentChangedData) -> str:
    verb = "gave consent" if data.granted else "withdrew consent"
    scope = _part(" in use {}", data.use_id) or _part(" by {}", data.system_id) or " by any system"
    until = _part(", until {}", said(data.until) if data.until else None)
    return f"Employee {data.employee_id} {verb} to having their likeness altered{scope}{until}"


def _procurement(data: registry.ProcurementChangedData) -> str:
    return (
        f"Procurement {data.procurement_id} of {data.system_name} is {data.stage}"
        + _part("; begun on {}", _on(data.began_on))
        + _part("; AI Officer engaged on {}", _on(data.ai_officer_engaged_on))
    )


def _audited(data: registry.AuditCompletedData) -> str:
    results = data.elements.model_dump(exclude_none=True)
    told = listed(f"{plain(name)} ({result})" for name, result in results.items())
    ends = said(data.period_from), said(data.period_to)
    return (
        f"{data.auditor_id} completed the audit of {data.system_id} from {ends[0]} to {ends[1]};"
        f" looked at: {told or 'nothing'}"
    )


def _waived(data: registry.WaiverGrantedData) -> str:
    until = said(data.until)
    why = _note(": {}", data.reason)
    return f"{data.approver_id} waived clause {data.clause} until {until}{why}"


def _policy(data: registry.PolicyChangedData) -> str:
    since = said(data.effective_on)
    return f"The department’s policy for edition {data.edition}, in force from {since}"


def _review(data: review.FindingActedData) -> str:
    done = {
        "information_requested": "asked for information on",
        "dismissal_requested": "asked to dismiss",
        "commented": "commented on",
    }.get(data.action, data.action)
    return (
        f"{data.actor_id} {done} this finding"
        + _part(", for {}", data.assignee_id)
        + _note(": {}", data.reason)
        + _note(", saying {}", data.comment)
    )


def _signed(data: review.WeekSignedData) -> str:
    return f"{data.actor_id} signed the review of week {data.week}"


_ACCESSES = {
    "viewed": "viewed the log",
    "searched": "searched the log",
    "exported": "exported from the log",
    "signed_in": "signed in",
    "sign_in_failed": "failed to sign in",
    "verified": "verified the log",
}


def _accessed(data: review.LogAccessedData) -> str:
    return (
        f"{data.actor_id} {_ACCESSES[data.what]}"
        + _note(", namely {}", data.target)
        + _note(", asking for {}", data.query)
    )


_SENTENCES: dict[str, Callable[[Any], str]] = {
    "ai.use.recorded.v1": _use,
    "ai.output.used.v1": _output_used,
    "ai.output.shared.v1": _shared,
    "ai.output.evaluated.v1": _evaluated,
    "ai.retention.reported.v1": lambda data: (
        f"System {data.system_id} still keeps a record of {said(data.oldest_record_on)}, its oldest"
    ),
    "ai.source.heartbeat.v1": _heartbeat,
    "oversight.approval.requested.v1": _asked,
    "oversight.approval.decided.v1": _decided,
    "oversight.review.completed.v1": _reviewed,
    "oversight.mitigation.recorded.v1": _mitigated,
    "oversight.disclosure.recorded.v1": lambda data: (
        f"Document {data.document_id} states: {quoted(data.statement)}"
    ),
    "oversight.lead.documented.v1": _documented,
    "oversight.action.taken.v1": _acted,
    "oversight.complaint.decided.v1": _complaint,
    "oversight.event.retracted.v1": _retracted,
    "registry.source.changed.v1": _source,
    "registry.employee.changed.v1": _employee,
    "registry.training.completed.v1": _trained,
    "registry.system.changed.v1": _system,
    "registry.consent.changed.v1": _consent,
    "registry.procurement.changed.v1": _procurement,
    "registry.audit.completed.v1": _audited,
    "registry.waiver.granted.v1": _waived,
    "registry.policy.changed.v1": _policy,
    "review.finding.acted.v1": _review,
    "review.week.signed.v1": _signed,
    "review.log.accessed.v1": _accessed,
}
