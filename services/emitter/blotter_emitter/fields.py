"""What the builders take, field by field: the contract's `data`, and a few of the envelope's.

Typed keyword arguments by way of `Unpack`: a type checker knows every one, and at run time a wrong
one is an `InvalidEvent` like any other mistake, not a TypeError in the product. A test compares
these classes with the contract.
"""

from datetime import date, datetime
from typing import Any, Dict, List, Literal, Mapping, Optional, TypedDict, Union

from .contract import ai

TimeLike = Union[datetime, str]
DateLike = Union[date, str]
TreatedAs = Literal["lead", "identification", "conclusion"]
Manner = Literal["shared", "transferred", "sold"]
Metric = Literal["accuracy", "error_rate", "false_match_rate", "word_error_rate", "satisfaction"]


class Common(TypedDict, total=False):
    """`time`: when it happened, the present unless given. `event_id`: made unless given."""

    time: Optional[TimeLike]
    event_id: Optional[str]
    traceparent: Optional[str]
    extensions: Optional[Dict[str, Any]]


class _UseRequired(TypedDict):
    employee_id: str
    family: ai.Family
    capability: ai.Capability
    purpose: ai.Purpose


class _UseOptional(Common, total=False):
    system_id: Optional[str]
    purpose_text: Optional[str]
    case_number: Optional[str]
    incident_number: Optional[str]
    authorization_ref: Optional[str]
    account_kind: Optional[ai.AccountKind]
    input_kind: Optional[ai.InputKind]
    data_classes: Optional[List[ai.DataClass]]
    detected: Optional[List[Union[ai.Detected, Mapping[str, str]]]]
    scanner: Optional[str]
    content: Optional[str]
    input_digest: Optional[str]
    output_digest: Optional[str]
    target_digest: Optional[str]
    depicted_employees: Optional[List[str]]
    alters_likeness: Optional[bool]
    surveillance: Optional[Union[ai.Surveillance, Mapping[str, List[ai.SurveillanceBasis]]]]
    model: Optional[Union[ai.AiModel, Mapping[str, str]]]
    latency_ms: Optional[float]
    input_tokens: Optional[int]
    output_tokens: Optional[int]


class UseBlockFields(_UseRequired, _UseOptional, total=False):
    """Of `Emitter.use`: the block makes the id and measures the time."""

    use_id: Optional[str]


class UseRecordedFields(_UseRequired, _UseOptional):
    """Of `Emitter.use_recorded`."""

    use_id: str


class _OutputRequired(TypedDict):
    output_id: str
    output_kind: ai.OutputKind
    used_for: ai.UsedFor


class _OutputOptional(Common, total=False):
    final_document: Optional[bool]
    treated_as: Optional[TreatedAs]
    disclosure: Optional[str]
    document_id: Optional[str]
    output_digest: Optional[str]


class _ModelRequired(TypedDict):
    provider: str
    name: str


class ModelFields(_ModelRequired, total=False):
    """Of `Use.model`: which model answered."""

    version: Optional[str]


class OutputOfUseFields(_OutputRequired, _OutputOptional, total=False):
    """Of `Use.output_used`: the use is known, and its employee unless somebody else acted."""

    employee_id: Optional[str]


class OutputUsedFields(_OutputRequired, _OutputOptional):
    """Of `Emitter.output_used`."""

    use_id: str
    employee_id: str


class _OutputSharedRequired(TypedDict):
    share_id: str
    recipient: Union[ai.Recipient, Mapping[str, str]]
    manner: Manner


class OutputSharedFields(_OutputSharedRequired, Common, total=False):
    """Of `Emitter.output_shared`."""

    system_id: Optional[str]
    use_id: Optional[str]
    employee_id: Optional[str]
    legal_basis: Optional[str]


class _OutputEvaluatedRequired(TypedDict):
    metric: Metric
    value: float
    sample_size: int


class OutputEvaluatedFields(_OutputEvaluatedRequired, Common, total=False):
    """Of `Emitter.output_evaluated`."""

    system_id: Optional[str]
    group: Optional[str]


class _RetentionReportedRequired(TypedDict):
    oldest_record_on: DateLike


class RetentionReportedFields(_RetentionReportedRequired, Common, total=False):
    """Of `Emitter.retention_reported`."""

    system_id: Optional[str]


class HeartbeatFields(Common, total=False):
    """Of `Emitter.heartbeat`: the counts come from the emitter."""

    complete_to: Optional[TimeLike]
