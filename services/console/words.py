"""Plain words for what the records say. Nothing here accuses anybody."""

from collections.abc import Callable
from functools import cache
from typing import Any

from services.order.rulebook import rulebook

VERDICTS = {
    "violation": "Possible violation",
    "undetermined": "Needs a look: could not be decided",
    "cured": "Mended late",
    "pending": "Still open",
    "waived": "Waived",
    "not_applicable": "Does not apply",
    "compliant": "As the order asks",
}
SHORT_VERDICTS = {**VERDICTS, "undetermined": "Needs a look"}
PLURAL_VERDICTS = {
    **SHORT_VERDICTS,
    "violation": "Possible violations",
    "undetermined": "Need a look",
}
SEVERITIES = {"high": "High", "medium": "Medium", "low": "Low"}
SORTS = {
    "newest": "Newest first",
    "oldest": "Oldest first",
    "severity": "Most severe first",
    "occurred": "Latest act first",
    "deadline": "Earliest deadline first",
}
FILTERS = {
    "q": "Search",
    "state": "State",
    "verdict": "Verdict",
    "severity": "Severity",
    "clause": "Clause",
    "system": "System",
    "unit": "Unit",
    "employee": "Employee",
    "family": "Kind of AI",
    "from": "From",
    "to": "To",
    "entry": "Entry",
    "source": "Source",
    "reason": "Reason",
}


def verdict(state: str, kind: str) -> str:
    """What to call a finding."""
    return "Withdrawn" if state == "withdrawn" else VERDICTS.get(kind, plain(kind))


def plain(name: str) -> str:
    """`report_writing` as words."""
    return str(name).replace("_", " ")


def heading(name: str) -> str:
    """`documentation_delay` as a heading."""
    words = plain(name)
    return words[:1].upper() + words[1:]


@cache
def clauses() -> dict[str, str]:
    """What each clause asks, in the words of its first rule."""
    titles: dict[str, str] = {}
    for rule in rulebook():
        titles.setdefault(rule.clause, rule.title)
    return titles


def happened(event: dict[str, Any]) -> str:
    """One line about an event, whatever is missing from it."""
    data = event.get("data")
    line = _LINES.get(event.get("type", ""))
    if line is None or not isinstance(data, dict):
        return f"{heading(event.get('type', 'event'))} about {event.get('subject', 'nothing')}"
    return line(_Data(data))


class _Data:
    """The `data` of an event; a missing field reads as “unknown”."""

    def __init__(self, data: dict[str, Any]) -> None:
        self._data = data

    def __getattr__(self, name: str) -> str:
        value = self._data.get(name)
        if isinstance(value, dict):
            return " ".join(str(part) for part in value.values())
        if isinstance(value, list):
            return ", ".join(plain(part) for part in value) or "none"
        return "unknown" if value is None else str(value)

    def has(self, name: str) -> bool:
        return self._data.get(name) not in (None, False, "", [])

    def words(self, name: str) -> str:
        return plain(getattr(self, name))

    def part(self, name: str, text: str) -> str:
        """`text` with the value, or nothing where there is none."""
        return text.format(self.words(name)) if self.has(name) else ""

    @property
    def about(self) -> str:
        """The use, system or employee that it is about."""
        for name in ("use_id", "system_id", "employee_id"):
            if self.has(name):
                return f"{name.removesuffix('_id')} {getattr(self, name)}"
        return "this"


def _use(d: _Data) -> str:
    account = (
        ""
        if not d.has("account_kind") or d.account_kind == "named"
        else (f" through a {d.account_kind} account")
    )
    return (
        f"Employee {d.employee_id} used {d.system_id} ({d.family}, {d.words('capability')})"
        f" for {d.words('purpose')}{account}"
        + d.part("purpose_text", ": “{}”")
        + d.part("case_number", ", case {}")
        + d.part("data_classes", ", declaring {}")
    )


def _output_used(d: _Data) -> str:
    return (
        f"Employee {d.employee_id} used output {d.output_id} ({d.words('output_kind')})"
        f" for {d.words('used_for')}"
        + (" in a final document" if d.has("final_document") else "")
        + d.part("treated_as", ", treated as {}")
        + (", with a disclosure" if d.has("disclosure") else "")
    )


def _shared(d: _Data) -> str:
    by = d.part("employee_id", " by employee {}")
    return f"Data of {d.system_id} {d.manner}{by} with {d.recipient}" + d.part(
        "legal_basis", ", legal basis: {}"
    )


def _action(d: _Data) -> str:
    grounds = [plain(basis.get("kind", "unknown")) for basis in d._data.get("bases") or []]
    resting = ", ".join(grounds) or "no grounds named"
    return f"Employee {d.employee_id}: {d.words('kind')}, resting on {resting}" + d.part(
        "case_number", ", case {}"
    )


def _source(d: _Data) -> str:
    record = "a system of record" if d.has("system_of_record") else "not a system of record"
    return f"Source {d.source} registered by {d.owner}: {d.status}, {record}"


def _employee(d: _Data) -> str:
    role = "supervisor" if d.has("is_supervisor") else "employee"
    return f"Roster: {role} {d.employee_id}, unit {d.unit}, {d.status}"


def _system(d: _Data) -> str:
    party = "a third party’s" if d.has("third_party") else "the department’s own"
    return (
        f"Registry: {d.system_id} ({d.name}, {d.vendor}), {party}; {d.families}"
        + d.part("approved_from", "; approved from {}")
        + d.part("approved_to", " to {}")
    )


def _acted(d: _Data) -> str:
    to = d.part("assignee_id", " to {}")
    note = d.part("reason", ": “{}”") or d.part("comment", ": “{}”")
    return f"{d.actor_id} {d.words('action')} this finding{to}{note}"


_LINES: dict[str, Callable[[_Data], str]] = {
    "ai.use.recorded.v1": _use,
    "ai.output.used.v1": _output_used,
    "ai.output.shared.v1": _shared,
    "ai.output.evaluated.v1": lambda d: (
        f"{d.system_id} measured: {d.words('metric')} {d.value}, {d.sample_size} samples"
    ),
    "ai.retention.reported.v1": lambda d: (
        f"{d.system_id} reported its oldest record: {d.oldest_record_on}"
    ),
    "ai.source.heartbeat.v1": lambda d: (
        f"Heartbeat: {d.emitted} sent, {d.dropped} dropped, {d.spooled} waiting"
        + d.part("complete_to", "; complete up to {}")
    ),
    "oversight.approval.requested.v1": lambda d: (
        f"Employee {d.employee_id} asked for approval of {d.part('output_id', 'output {} of ')}"
        f"use {d.use_id}" + d.part("approver_id", " from {}")
    ),
    "oversight.approval.decided.v1": lambda d: (
        f"{d.approver_id} {d.decision} {d.part('output_id', 'output {} of ')}use {d.use_id}"
    ),
    "oversight.review.completed.v1": lambda d: (
        f"{d.reviewer_id} reviewed {d.about} for {d.words('kind')}: {d.words('outcome')}"
        + d.part("covers_from", ", covering {}")
        + d.part("covers_to", " to {}")
    ),
    "oversight.mitigation.recorded.v1": lambda d: (
        f"{d.employee_id} recorded a mitigation for {d.about}: {d.words('method')}"
        + d.part("note", ", “{}”")
    ),
    "oversight.disclosure.recorded.v1": lambda d: (
        f"Document {d.document_id} states the use of AI: “{d.statement}”"
    ),
    "oversight.lead.documented.v1": lambda d: (
        f"Employee {d.employee_id} documented the lead"
        + d.part("report_number", " in report {}")
        + d.part("cad_log", " in CAD log {}")
    ),
    "oversight.action.taken.v1": _action,
    "oversight.complaint.decided.v1": lambda d: (
        f"Complaint {d.complaint_id} about employee {d.employee_id}"
        f" ({d.words('allegation')}): {d.words('finding')}"
    ),
    "oversight.event.retracted.v1": lambda d: (
        f"{d.actor_id} retracted event {d.event_id} of {d.event_source}: “{d.reason}”"
    ),
    "registry.source.changed.v1": _source,
    "registry.employee.changed.v1": _employee,
    "registry.training.completed.v1": lambda d: (
        f"Employee {d.employee_id} completed “{d.course}”, topics {d.topics}"
    ),
    "registry.system.changed.v1": _system,
    "registry.consent.changed.v1": lambda d: (
        f"Employee {d.employee_id} {'gave' if d.has('granted') else 'withdrew'} consent to have"
        " their likeness altered"
        + d.part("system_id", " by {}")
        + d.part("use_id", " in use {}")
        + d.part("until", " until {}")
    ),
    "registry.procurement.changed.v1": lambda d: (
        f"Procurement {d.procurement_id} of {d.system_name}: {d.stage}"
        + d.part("began_on", ", begun on {}")
        + d.part("ai_officer_engaged_on", ", AI Officer engaged on {}")
    ),
    "registry.audit.completed.v1": lambda d: (
        f"{d.auditor_id} completed the audit of {d.system_id} for {d.period_from} to {d.period_to}"
    ),
    "registry.waiver.granted.v1": lambda d: (
        f"{d.approver_id} waived {d.clause} until {d.until}: “{d.reason}”"
    ),
    "registry.policy.changed.v1": lambda d: (
        f"Policy, edition {d.edition}, in force from {d.effective_on}"
    ),
    "review.finding.acted.v1": _acted,
    "review.week.signed.v1": lambda d: f"{d.actor_id} signed the review of week {d.week}",
    "review.log.accessed.v1": lambda d: f"{d.actor_id} {d.words('what')} the log",
}
