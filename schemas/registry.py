"""Facts of the registry: who and what there is, and what was in force; `time` = valid from."""

from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, ValidationError, model_validator

from .ai import Capability, Family, Purpose
from .base import Data, Day, Id, Model, Text, TimeOrDate
from .envelope import Envelope, SourceName
from .policy import Policy, Topic

EvidenceKind = Literal[
    "approval", "review", "disclosure", "lead", "action", "training", "complaint"
]


class SourceChangedData(Data):
    source: SourceName
    owner: Text
    allowed_types: list[Id]
    """The event types that it may send."""
    system_ids: list[Id] | None = None
    """The systems it may speak for; absent: those of any."""
    system_of_record: bool
    """Whether its word counts however late it arrives."""
    holds: list[EvidenceKind] | None = None
    """The kinds of evidence that this system of record holds."""
    cadence_seconds: Annotated[int, Field(gt=0)] | None = None
    """How often it reports; silence of three times that is a finding."""
    status: Literal["active", "suspended"]
    sandbox: bool | None = None
    """Whether it only tries things out: what it sends is judged for itself, and never counts."""


class SourceChanged(Envelope):
    """A source of events: what it may send, and whether its word is a record."""

    subject_fields: ClassVar[dict[str, str]] = {"source": "source"}
    type: Literal["registry.source.changed.v1"] = "registry.source.changed.v1"
    data: SourceChangedData

    def subject_form(self) -> str:
        """A source's name begins with the slash that separates kind and id."""
        return "source<data.source>, e.g. source/vendors/acme/x for /vendors/acme/x"

    def fits_subject(self) -> bool:
        """A source's name begins with the slash that separates kind and id."""
        return self.subject == f"source{self.data.source}"


class EmployeeChangedData(Data):
    employee_id: Id
    name: Text | None = None
    email: Text | None = None
    unit: Text
    role: Text | None = None
    is_supervisor: bool
    supervisor_id: Id | None = None
    status: Literal["active", "leave", "suspended", "separated"]
    authorized_purposes: list[Purpose] | None = None
    """Purposes allowed to them; absent: all official ones."""
    required_topics: list[Topic] | None = None
    """Training topics G.1.a to G.1.g that they need; absent: all."""


class EmployeeChanged(Envelope):
    """An employee on the roster."""

    subject_fields: ClassVar[dict[str, str]] = {"employee": "employee_id"}
    type: Literal["registry.employee.changed.v1"] = "registry.employee.changed.v1"
    data: EmployeeChangedData


class TrainingCompletedData(Data):
    employee_id: Id
    course: Text
    topics: list[Topic]


class TrainingCompleted(Envelope):
    """An employee completed a course; `time` = completed."""

    subject_fields: ClassVar[dict[str, str]] = {"employee": "employee_id"}
    type: Literal["registry.training.completed.v1"] = "registry.training.completed.v1"
    data: TrainingCompletedData


class Validity(Model):
    """A half-open interval: from <= t < to; without `to`, until further notice."""

    from_: TimeOrDate = Field(alias="from")
    to: TimeOrDate | None = None


class SystemChangedData(Data):
    system_id: Id
    name: Text
    vendor: Text
    third_party: bool
    families: list[Family]
    capabilities: list[Capability]
    publicly_accessible: bool
    """Whether the public can use the same platform."""
    approved_from: TimeOrDate | None = None
    """In force from here until `approved_to`, which is not included."""
    approved_to: TimeOrDate | None = None
    ai_officer_engaged_on: Day | None = None
    """When the city's AI Officer was engaged (H.1.b)."""
    city_it_coordinated_on: Day | None = None
    """When the system was coordinated with City IT (H.1.a)."""
    safeguards: Validity | None = None
    """When protected data was safeguarded on it (B.4.a)."""
    exchange_agreement: Validity | None = None
    """When an information-exchange agreement with the vendor was in force (B.4.b)."""
    retention_days: Annotated[int, Field(ge=0)] | None = None
    """How long its records may be kept."""
    permitted_transfers: list[Text]
    """Legal bases on which its data may leave the department."""


class SystemChanged(Envelope):
    """A registered AI system: a full snapshot."""

    subject_fields: ClassVar[dict[str, str]] = {"system": "system_id"}
    type: Literal["registry.system.changed.v1"] = "registry.system.changed.v1"
    data: SystemChangedData


class ConsentChangedData(Data):
    employee_id: Id
    granted: bool
    system_id: Id | None = None
    """For this system only; absent, as `use_id`: for any."""
    use_id: Id | None = None
    until: TimeOrDate | None = None


class ConsentChanged(Envelope):
    """An employee's consent to have their likeness altered, given or withdrawn."""

    subject_fields: ClassVar[dict[str, str]] = {"employee": "employee_id"}
    type: Literal["registry.consent.changed.v1"] = "registry.consent.changed.v1"
    data: ConsentChangedData


class ProcurementChangedData(Data):
    procurement_id: Id
    system_name: Text
    stage: Literal["proposed", "solicited", "awarded", "cancelled"]
    began_on: Day | None = None
    """When it was solicited, or awarded without solicitation."""
    ai_officer_engaged_on: Day | None = None


class ProcurementChanged(Envelope):
    """A procurement of an AI system."""

    subject_fields: ClassVar[dict[str, str]] = {"procurement": "procurement_id"}
    type: Literal["registry.procurement.changed.v1"] = "registry.procurement.changed.v1"
    data: ProcurementChangedData


AuditResult = Literal["satisfied", "findings"]


class AuditElements(Model):
    """The elements of a yearly audit that were looked at (H.2.a-d)."""

    effectiveness: AuditResult | None = None
    accuracy: AuditResult | None = None
    access_and_use: AuditResult | None = None
    no_transfer: AuditResult | None = None


class AuditCompletedData(Data):
    system_id: Id
    auditor_id: Id
    period_from: TimeOrDate
    period_to: TimeOrDate
    elements: AuditElements


class AuditCompleted(Envelope):
    """A yearly audit of a system was completed."""

    subject_fields: ClassVar[dict[str, str]] = {"system": "system_id"}
    type: Literal["registry.audit.completed.v1"] = "registry.audit.completed.v1"
    data: AuditCompletedData


class WaiverGrantedData(Data):
    waiver_id: Id
    clause: Id
    """The clause of the order that is waived, e.g. `C.2`."""
    approver_id: Id
    reason: Text
    until: TimeOrDate


class WaiverGranted(Envelope):
    """A supervisor waived a clause for a use, an employee's uses, or a system's uses."""

    subject_fields: ClassVar[dict[str, str]] = {"use": "", "employee": "", "system": ""}
    type: Literal["registry.waiver.granted.v1"] = "registry.waiver.granted.v1"
    data: WaiverGrantedData


class PolicyChangedData(Data):
    edition: Id
    effective_on: Day
    policy: dict[str, Any]
    """The policy file, table by table."""

    @model_validator(mode="after")
    def _is_a_policy(self) -> "PolicyChangedData":
        """A policy that cannot be read must be refused at the door, not by the checker."""
        try:
            _ = self.parsed
        except ValidationError as error:
            wrong = (f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
            raise ValueError("policy cannot be read: " + "; ".join(wrong)) from None
        return self

    @cached_property
    def parsed(self) -> Policy:
        """The policy as a model."""
        return Policy.from_event(self.edition, self.effective_on, self.policy)


class PolicyChanged(Envelope):
    """The whole policy of an edition of the order, so that a verdict can be repeated."""

    subject_fields: ClassVar[dict[str, str]] = {"policy": ""}
    type: Literal["registry.policy.changed.v1"] = "registry.policy.changed.v1"
    data: PolicyChangedData
