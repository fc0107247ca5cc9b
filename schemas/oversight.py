"""What people and systems of record report about uses: approvals, reviews, leads, actions."""

from typing import Any, ClassVar, Literal

from pydantic import ConfigDict, model_validator

from .base import Data, Digest, Id, Model, Text, TimeOrDate
from .envelope import SUBJECT_KINDS, Envelope, SourceName


def _one_of(*fields: str) -> ConfigDict:
    """Tell the JSON Schema too that one of the fields must be there."""
    any_of: list[Any] = [{"required": [field]} for field in fields]
    return ConfigDict(json_schema_extra={"anyOf": any_of})


class ApprovalRequestedData(Data):
    use_id: Id
    """The use whose product waits."""
    output_id: Id | None = None
    """The product that waits; absent: all products of the use."""
    output_digest: Digest | None = None
    """Of the product that waits, so that a later edit is noticed."""
    employee_id: Id
    """Who asks for the approval."""
    approver_id: Id | None = None
    """The supervisor who is asked; absent: any who may approve."""
    locator: Text | None = None
    """Where the product can be seen."""


class ApprovalRequested(Envelope):
    """A product waits for a supervisor's approval."""

    subject_fields: ClassVar[dict[str, str]] = {"use": "use_id"}
    type: Literal["oversight.approval.requested.v1"] = "oversight.approval.requested.v1"
    data: ApprovalRequestedData


class ApprovalDecidedData(Data):
    use_id: Id
    """The use whose product was decided on."""
    output_id: Id | None = None
    """Without it, the decision covers every output of the use."""
    output_digest: Digest | None = None
    """Of what was approved or denied."""
    approver_id: Id
    """The supervisor who decided."""
    decision: Literal["approved", "denied"]
    """What they decided."""


class ApprovalDecided(Envelope):
    """A supervisor approved or denied a product; without `output_id`, every output of the use."""

    subject_fields: ClassVar[dict[str, str]] = {"use": "use_id"}
    type: Literal["oversight.approval.decided.v1"] = "oversight.approval.decided.v1"
    data: ApprovalDecidedData


class ReviewCompletedData(Data):
    model_config = _one_of("use_id", "system_id")

    use_id: Id | None = None
    """The use that was reviewed; either it or a system is needed."""
    system_id: Id | None = None
    """The AI system that was reviewed over a period."""
    covers_from: TimeOrDate | None = None
    """Needed with a system: the period whose inputs or outputs were reviewed."""
    covers_to: TimeOrDate | None = None
    """The end of that period, which is not included."""
    output_id: Id | None = None
    """Without it, the review covers every output of the use."""
    reviewer_id: Id
    """Who reviewed."""
    kind: Literal["accuracy", "content_bias", "input_bias", "output_bias"]
    """What was reviewed: the accuracy of text, or the bias of content, inputs or outputs."""
    outcome: Literal["clear", "errors_corrected", "errors_found", "bias_found"]
    """What the review found. `errors_corrected`: found, and mended before the output was used."""

    @model_validator(mode="after")
    def _of_a_use_or_of_a_system_for_a_period(self) -> "ReviewCompletedData":
        if self.use_id is None and self.system_id is None:
            raise ValueError("a review needs use_id or system_id")
        if self.use_id is None and (self.covers_from is None or self.covers_to is None):
            raise ValueError("a review of a system needs covers_from and covers_to")
        return self


class ReviewCompleted(Envelope):
    """Somebody reviewed outputs of a use, or inputs or outputs of a system over a period."""

    subject_fields: ClassVar[dict[str, str]] = {"use": "use_id", "system": "system_id"}
    type: Literal["oversight.review.completed.v1"] = "oversight.review.completed.v1"
    data: ReviewCompletedData


class MitigationRecordedData(Data):
    model_config = _one_of("use_id", "system_id")

    use_id: Id | None = None
    """The use in which bias was found; either it or a system is needed."""
    system_id: Id | None = None
    """The AI system in which bias was found."""
    employee_id: Id
    """Who took the steps."""
    method: Literal[
        "algorithmic_audit", "bias_testing", "transparency", "error_rate_monitoring", "other"
    ]
    """What was done."""
    note: Text | None = None
    """What was done, in words."""

    @model_validator(mode="after")
    def _of_something(self) -> "MitigationRecordedData":
        if self.use_id is None and self.system_id is None:
            raise ValueError("a mitigation needs use_id or system_id")
        return self


class MitigationRecorded(Envelope):
    """Steps were taken against bias."""

    subject_fields: ClassVar[dict[str, str]] = {"use": "use_id", "system": "system_id"}
    type: Literal["oversight.mitigation.recorded.v1"] = "oversight.mitigation.recorded.v1"
    data: MitigationRecordedData


class DisclosureRecordedData(Data):
    use_id: Id
    """The use that is disclosed."""
    document_id: Id
    """The document that states it."""
    statement: Text
    """The statement, as it stands in the document."""


class DisclosureRecorded(Envelope):
    """A document states that generative AI was used."""

    subject_fields: ClassVar[dict[str, str]] = {"use": "use_id"}
    type: Literal["oversight.disclosure.recorded.v1"] = "oversight.disclosure.recorded.v1"
    data: DisclosureRecordedData


class LeadDocumentedData(Data):
    model_config = _one_of("report_number", "cad_log")

    use_id: Id
    """The use whose result was followed up as a lead."""
    employee_id: Id
    """Who documented it."""
    report_number: Id | None = None
    """The report in which it is documented; either it or a CAD log is needed."""
    cad_log: Id | None = None
    """The entry of the dispatch log in which it is documented."""

    @model_validator(mode="after")
    def _names_a_document(self) -> "LeadDocumentedData":
        if self.report_number is None and self.cad_log is None:
            raise ValueError("a documented lead needs report_number or cad_log")
        return self


class LeadDocumented(Envelope):
    """The use of a perceptive result as a lead is documented in a report or CAD log."""

    subject_fields: ClassVar[dict[str, str]] = {"use": "use_id"}
    type: Literal["oversight.lead.documented.v1"] = "oversight.lead.documented.v1"
    data: LeadDocumentedData


class Basis(Model):
    """One ground of an enforcement action."""

    kind: Literal[
        "perceptive_result",
        "lineup",
        "witness",
        "victim",
        "physical_evidence",
        "officer_observation",
        "records",
        "confession",
        "other",
    ]
    """What kind of ground it is."""
    use_id: Id | None = None
    """The use whose result this ground is."""
    derived_from: Id | None = None
    """The use whose result led to this ground, e.g. to a line-up."""


class ActionTakenData(Data):
    action_id: Id
    """Identifies the action; never comes again."""
    kind: Literal[
        "detention", "arrest", "identification", "search_warrant", "arrest_warrant", "other_warrant"
    ]
    """What was done."""
    employee_id: Id
    """Who took the action, or asked for the warrant."""
    case_number: Text | None = None
    """The case that it belongs to."""
    bases: list[Basis]
    """All that it rests on."""


class ActionTaken(Envelope):
    """A detention, arrest, identification or warrant, and what it rests on."""

    subject_fields: ClassVar[dict[str, str]] = {"action": "action_id"}
    type: Literal["oversight.action.taken.v1"] = "oversight.action.taken.v1"
    data: ActionTakenData


class ComplaintDecidedData(Data):
    complaint_id: Id
    """Identifies the complaint."""
    use_id: Id | None = None
    """The use that it is about, if it is about a certain one."""
    employee_id: Id
    """The employee whom it is about."""
    allegation: Literal[
        "harassment",
        "intimidation",
        "personal_use",
        "unauthorized_sharing",
        "unlawful_access",
        "other",
    ]
    """What was alleged."""
    finding: Literal["sustained", "not_sustained"]
    """Whether it was found to be true."""


class ComplaintDecided(Envelope):
    """A complaint about an employee's use of AI was decided."""

    subject_fields: ClassVar[dict[str, str]] = {"use": "use_id", "employee": "employee_id"}
    type: Literal["oversight.complaint.decided.v1"] = "oversight.complaint.decided.v1"
    data: ComplaintDecidedData


class EventRetractedData(Data):
    event_source: SourceName
    """The `source` of the event that is retracted."""
    event_id: Id
    """Its `id`."""
    actor_id: Id
    """Who retracts it."""
    reason: Text
    """Why it was wrong."""


class EventRetracted(Envelope):
    """An event was wrong: it counts for nothing, and stays in the log."""

    subject_fields: ClassVar[dict[str, str]] = dict.fromkeys(SUBJECT_KINDS, "")
    type: Literal["oversight.event.retracted.v1"] = "oversight.event.retracted.v1"
    data: EventRetractedData
