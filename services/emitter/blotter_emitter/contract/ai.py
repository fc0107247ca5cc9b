"""What AI systems report: uses, what became of their outputs, shares, evaluations, heartbeats."""

from typing import Annotated, ClassVar, Literal, Optional

from pydantic import Field

from .base import Count, Data, Day, Digest, Id, Model, Text, TimeOrDate
from .envelope import Envelope

Family = Literal["generative", "perceptive", "predictive"]
Capability = Literal[
    "text",
    "transcription",
    "translation",
    "image",
    "graphics",
    "presentation",
    "audio",
    "video",
    "redaction",
    "face_recognition",
    "alpr",
    "object_search",
    "crime_forecast",
    "analytics",
    "other",
]
Purpose = Literal[
    "investigation",
    "report_writing",
    "public_release_redaction",
    "crime_forecasting",
    "data_analysis",
    "missing_person",
    "administrative",
    "system_test",
    "training_exercise",
    "personal",
    "other",
    "not_stated",
]
AccountKind = Literal["named", "shared", "administrative", "service"]
InputKind = Literal[
    "text", "audio", "image", "video", "body_worn_video", "in_car_video", "record", "other"
]
DataClass = Literal["pii", "cori", "cji", "phi"]
SurveillanceBasis = Literal[
    "suspected_crime",
    "warrant",
    "missing_person",
    "threat_to_life",
    "traffic",
    "religion",
    "political_activity",
    "other_protected_activity",
    "race",
    "ethnicity",
    "citizenship",
    "national_origin",
    "age",
    "disability",
    "gender",
    "gender_identity",
    "sexual_orientation",
    "other_protected_class",
]
OutputKind = Literal[
    "text",
    "transcription",
    "translation",
    "image",
    "video",
    "audio",
    "forecast",
    "match",
    "other",
]
UsedFor = Literal[
    "report",
    "case_file",
    "court",
    "public_release",
    "briefing",
    "lead",
    "deployment",
    "other",
]


class Detected(Model):
    """Protected data that a scanner found: its class and kind, and a keyed digest of it."""

    data_class: DataClass = Field(alias="class")
    """The class of protected data."""
    kind: Id
    """What was recognised, e.g. `ssn`."""
    digest: Digest
    """A digest of it under the department's key: equal for equal originals."""


class Surveillance(Model):
    """On what grounds somebody was watched (F.1.e)."""

    bases: list[SurveillanceBasis]
    """The grounds. Religion and all that follow it are protected."""


class AiModel(Model):
    """Which model answered."""

    provider: Id
    """Who makes or hosts the model."""
    name: Id
    """Its name, as the provider calls it."""
    version: Optional[Id] = None
    """Its version, as the provider calls it."""


class UseRecordedData(Data):
    use_id: Id
    """Identifies the use, wherever it is spoken of later; never comes again."""
    system_id: Id
    """The AI system that was used, by its id in the department's registry."""
    employee_id: Id
    """Who used it: the person who was signed in, by their id in the roster; never a service
    account."""
    family: Family
    """What the system did: made something new, recognised something, or forecast something."""
    capability: Capability
    """What it was used for technically."""
    purpose: Purpose
    """Why it was used."""
    purpose_text: Optional[Text] = None
    """The purpose in the words of the person, as typed."""
    case_number: Optional[Text] = None
    """The case that it was used for."""
    incident_number: Optional[Text] = None
    """The incident that it was used for."""
    authorization_ref: Optional[Text] = None
    """The approval or request under which a search was made."""
    account_kind: AccountKind = "named"
    """What kind of account it was used with; a shared one hides who acted."""
    input_kind: Optional[InputKind] = None
    """What was put in."""
    data_classes: Optional[list[DataClass]] = None
    """Protected data that the input is declared to hold."""
    detected: Optional[list[Detected]] = None
    """Protected data that the scanner found; stamped by whoever scanned."""
    scanner: Optional[Id] = None
    """Version of the scanner; its presence says that a scan took place."""
    content: Optional[str] = None
    """Prompt and output, to be scanned; then dropped, and never in the log."""
    input_digest: Optional[Digest] = None
    """Keyed digest of what was put in."""
    output_digest: Optional[Digest] = None
    """Keyed digest of what came out."""
    target_digest: Optional[Digest] = None
    """Keyed digest of the plate, person or object that was searched for."""
    depicted_employees: Optional[list[Id]] = None
    """Employees whose likeness, voice or attributes the output shows."""
    alters_likeness: Optional[bool] = None
    """Whether it alters or makes up a person's likeness, voice or attributes."""
    surveillance: Optional[Surveillance] = None
    """Whether, and on what grounds, it was used to watch somebody."""
    model: Optional[AiModel] = None
    """Which model answered."""
    latency_ms: Optional[Annotated[float, Field(ge=0)]] = None
    """How long the model took, in milliseconds."""
    input_tokens: Optional[Count] = None
    """Tokens that the model was given."""
    output_tokens: Optional[Count] = None
    """Tokens that the model returned."""


class UseRecorded(Envelope):
    """An employee used an AI system."""

    subject_fields: ClassVar[dict[str, str]] = {"use": "use_id"}
    type: Literal["ai.use.recorded.v1"] = "ai.use.recorded.v1"
    data: UseRecordedData


class OutputUsedData(Data):
    use_id: Id
    """The use that the output came from."""
    output_id: Id
    """Identifies the output; never comes again."""
    output_kind: OutputKind
    """What the output is."""
    employee_id: Id
    """Who put it to use."""
    used_for: UsedFor
    """Where it went."""
    final_document: Optional[bool] = None
    """Whether the document is final: then it must disclose the use of AI."""
    treated_as: Optional[Literal["lead", "identification", "conclusion"]] = None
    """What a perceptive result was taken for."""
    disclosure: Optional[Text] = None
    """The statement that AI was used, as it stands in the document."""
    document_id: Optional[Id] = None
    """The document that it went into."""
    output_digest: Optional[Digest] = None
    """Keyed digest of what was put to use; compared with what was approved."""


class OutputUsed(Envelope):
    """An output of a use was put to use; `time` is that moment."""

    subject_fields: ClassVar[dict[str, str]] = {"use": "use_id"}
    type: Literal["ai.output.used.v1"] = "ai.output.used.v1"
    data: OutputUsedData


class Recipient(Model):
    """Who received something."""

    kind: Literal["employee", "agency", "vendor", "public", "other"]
    """What kind of recipient it is."""
    id: Id
    """The recipient: an employee's id, or a name."""


class OutputSharedData(Data):
    share_id: Id
    """Identifies the share; never comes again."""
    system_id: Id
    """The AI system whose data was passed on."""
    use_id: Optional[Id] = None
    """The use that the data came from."""
    employee_id: Optional[Id] = None
    """Who passed it on; absent: the system did."""
    recipient: Recipient
    """Who received it."""
    manner: Literal["shared", "transferred", "sold"]
    """Whether it was shared, handed over or sold."""
    legal_basis: Optional[Text] = None
    """Compared with the `permitted_transfers` of the system."""


class OutputShared(Envelope):
    """Data of an AI system was passed on."""

    subject_fields: ClassVar[dict[str, str]] = {"share": "share_id"}
    type: Literal["ai.output.shared.v1"] = "ai.output.shared.v1"
    data: OutputSharedData


class OutputEvaluatedData(Data):
    system_id: Id
    """The AI system whose outputs were measured."""
    metric: Literal["accuracy", "error_rate", "false_match_rate", "word_error_rate", "satisfaction"]
    """What was measured."""
    value: float
    """What the measurement gave; rates and accuracies as a fraction of 1."""
    sample_size: Count
    """How many outputs were looked at."""
    group: Optional[Id] = None
    """The part of the sample that the value is about, e.g. a district."""


class OutputEvaluated(Envelope):
    """The quality of a system's outputs was measured."""

    subject_fields: ClassVar[dict[str, str]] = {"system": "system_id"}
    type: Literal["ai.output.evaluated.v1"] = "ai.output.evaluated.v1"
    data: OutputEvaluatedData


class RetentionReportedData(Data):
    system_id: Id
    """The AI system that keeps the records."""
    oldest_record_on: Day
    """The day of the oldest record that it still keeps."""


class RetentionReported(Envelope):
    """How old the oldest record is that a system still keeps."""

    subject_fields: ClassVar[dict[str, str]] = {"system": "system_id"}
    type: Literal["ai.retention.reported.v1"] = "ai.retention.reported.v1"
    data: RetentionReportedData


class SourceHeartbeatData(Data):
    emitted: Count
    """Events that the source has sent since it started."""
    dropped: Count
    """Events that it lost since it started."""
    spooled: Count
    """Events that wait on its disk."""
    complete_to: Optional[TimeOrDate] = None
    """All that happened before this time has been sent."""


class SourceHeartbeat(Envelope):
    """A source tells that it lives, what it lost, and up to when its reports are complete."""

    subject_fields: ClassVar[dict[str, str]] = {"source": ""}
    type: Literal["ai.source.heartbeat.v1"] = "ai.source.heartbeat.v1"
    data: SourceHeartbeatData

    def subject_form(self) -> str:
        """A heartbeat speaks for its own source only."""
        return "source<source>, e.g. source/vendors/acme/x for source /vendors/acme/x"

    def fits_subject(self) -> bool:
        """A heartbeat speaks for its own source only."""
        return self.subject == f"source{self.source}"
