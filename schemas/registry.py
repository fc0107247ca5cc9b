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
    """The source, as it stands in its events."""
    owner: Text
    """Who runs it: a vendor or a unit."""
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
    """Whether it may send; what a suspended one sends is refused."""
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
    """Identifies the employee."""
    name: Text | None = None
    """As it is shown to supervisors."""
    email: Text | None = None
    """Where alerts are sent, if they supervise."""
    unit: Text
    """Where they work."""
    role: Text | None = None
    """Their rank or function."""
    is_supervisor: bool
    """Whether they may approve, and see the findings of those below them."""
    supervisor_id: Id | None = None
    """Who supervises them."""
    status: Literal["active", "leave", "suspended", "separated"]
    """Whether they are on duty."""
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
    """Who completed it."""
    course: Text
    """The name of the course."""
    topics: list[Topic]
    """The topics of G.1 that it covered, by their letters."""


class TrainingCompleted(Envelope):
    """An employee completed a course; `time` = completed."""

    subject_fields: ClassVar[dict[str, str]] = {"employee": "employee_id"}
    type: Literal["registry.training.completed.v1"] = "registry.training.completed.v1"
    data: TrainingCompletedData


class Validity(Model):
    """A half-open interval: from <= t < to; without `to`, until further notice."""

    from_: TimeOrDate = Field(alias="from")
    """From this time on."""
    to: TimeOrDate | None = None
    """Up to this time, which is not included; absent: until further notice."""


class SystemChangedData(Data):
    system_id: Id
    """Identifies the AI system."""
    name: Text
    """As it is shown to people."""
    vendor: Text
    """Who makes or runs it."""
    third_party: bool
    """Whether a third party provides it: then an exchange agreement is needed (B.4.b)."""
    families: list[Family]
    """What it does: makes something new, recognises something, or forecasts something."""
    capabilities: list[Capability]
    """What it may be used for technically."""
    publicly_accessible: bool
    """Whether the public can use the same platform."""
    approved_from: TimeOrDate | None = None
    """In force from here until `approved_to`, which is not included."""
    approved_to: TimeOrDate | None = None
    """When the approval ends; absent: until further notice."""
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
    """Whose likeness, voice or attributes it is about."""
    granted: bool
    """Whether they consent; no: they withdraw it."""
    system_id: Id | None = None
    """For this system only; absent, as `use_id`: for any."""
    use_id: Id | None = None
    """For this use only."""
    until: TimeOrDate | None = None
    """When the consent ends, if it does so by itself."""


class ConsentChanged(Envelope):
    """An employee's consent to have their likeness altered, given or withdrawn."""

    subject_fields: ClassVar[dict[str, str]] = {"employee": "employee_id"}
    type: Literal["registry.consent.changed.v1"] = "registry.consent.changed.v1"
    data: ConsentChangedData


class ProcurementChangedData(Data):
    procurement_id: Id
    """Identifies the procurement."""
    system_name: Text
    """What is to be procured."""
    stage: Literal["proposed", "solicited", "awarded", "cancelled"]
    """How far it is."""
    began_on: Day | None = None
    """When it was solicited, or awarded without solicitation."""
    ai_officer_engaged_on: Day | None = None
    """When the city's AI Officer was engaged (H.1.b)."""


class ProcurementChanged(Envelope):
    """A procurement of an AI system."""

    subject_fields: ClassVar[dict[str, str]] = {"procurement": "procurement_id"}
    type: Literal["registry.procurement.changed.v1"] = "registry.procurement.changed.v1"
    data: ProcurementChangedData


AuditResult = Literal["satisfied", "findings"]


class AuditElements(Model):
    """The elements of a yearly audit that were looked at (H.2.a-d)."""

    effectiveness: AuditResult | None = None
    """Whether the system does what it is for (H.2.a)."""
    accuracy: AuditResult | None = None
    """Whether its outputs are right (H.2.b)."""
    access_and_use: AuditResult | None = None
    """Whether it was used by those who may, and as they may (H.2.c)."""
    no_transfer: AuditResult | None = None
    """Whether no data left the department without a legal basis (H.2.d)."""


class AuditCompletedData(Data):
    system_id: Id
    """The AI system that was audited."""
    auditor_id: Id
    """Who audited it."""
    period_from: TimeOrDate
    """The start of the period that the audit covers."""
    period_to: TimeOrDate
    """Its end, which is not included."""
    elements: AuditElements
    """What was looked at, and whether it was satisfactory."""


class AuditCompleted(Envelope):
    """A yearly audit of a system was completed."""

    subject_fields: ClassVar[dict[str, str]] = {"system": "system_id"}
    type: Literal["registry.audit.completed.v1"] = "registry.audit.completed.v1"
    data: AuditCompletedData


class WaiverGrantedData(Data):
    waiver_id: Id
    """Identifies the waiver."""
    clause: Id
    """The clause of the order that is waived, e.g. `C.2`."""
    approver_id: Id
    """The supervisor who grants it."""
    reason: Text
    """Why the clause is waived."""
    until: TimeOrDate
    """When it ends."""


class WaiverGranted(Envelope):
    """A supervisor waived a clause for a use, an employee's uses, or a system's uses."""

    subject_fields: ClassVar[dict[str, str]] = {"use": "", "employee": "", "system": ""}
    type: Literal["registry.waiver.granted.v1"] = "registry.waiver.granted.v1"
    data: WaiverGrantedData


class PolicyChangedData(Data):
    edition: Id
    """The edition of the order that the policy belongs to."""
    effective_on: Day
    """The day on which it takes effect, where the department is."""
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
