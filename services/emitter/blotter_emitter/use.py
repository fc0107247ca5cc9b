"""One use of the AI system, as a `with` block around it."""

import time
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Mapping, Optional, Type

from .clock import utc_now
from .contract import ai
from .contract.envelope import Envelope
from .fields import ModelFields, OutputOfUseFields
from .ids import new_id

if TYPE_CHECKING:
    from typing_extensions import Unpack

Report = Callable[[Type[Envelope], Mapping[str, Any], bool], Optional[str]]
"""Emits an event of a model from its fields; the flag: whatever is wrong, do not raise."""


class Use:
    """Made by `Emitter.use`. Every field of the contract's use may be set while the block runs:

    `use.output_tokens = 512`, `use.data_classes = ["pii"]`, `use.model(provider=..., name=...)`.
    `use_id` is there from the beginning, to file the output under.
    """

    use_id: str
    purpose: ai.Purpose
    purpose_text: Optional[str]
    case_number: Optional[str]
    incident_number: Optional[str]
    authorization_ref: Optional[str]
    account_kind: ai.AccountKind
    input_kind: Optional[ai.InputKind]
    data_classes: Optional[List[ai.DataClass]]
    content: Optional[str]
    input_digest: Optional[str]
    output_digest: Optional[str]
    target_digest: Optional[str]
    depicted_employees: Optional[List[str]]
    alters_likeness: Optional[bool]
    surveillance: Optional[Mapping[str, List[ai.SurveillanceBasis]]]
    latency_ms: Optional[float]
    input_tokens: Optional[int]
    output_tokens: Optional[int]
    extensions: Optional[Dict[str, Any]]

    _fields: Dict[str, Any]
    _report: Report
    _began: float

    def __init__(self, report: Report, fields: Mapping[str, Any]) -> None:
        self._report = report
        self._fields = dict(fields)
        if self._fields.get("use_id") is None:
            self._fields["use_id"] = new_id()

    def __enter__(self) -> "Use":
        if self._fields.get("time") is None:
            self._fields["time"] = utc_now()
        self._began = time.perf_counter()
        return self

    def __exit__(self, kind: Any, error: Any, traceback: Any) -> None:
        # A use that failed was a use. The product's exception passes through untouched.
        if self._fields.get("latency_ms") is None:
            self._fields["latency_ms"] = round((time.perf_counter() - self._began) * 1000, 3)
        # An exception of the product is on its way: one of ours must not take its place.
        self._report(ai.UseRecorded, self._fields, kind is not None)

    def __setattr__(self, name: str, value: Any) -> None:
        """Keep it for the event; a name that the contract lacks makes the event invalid."""
        if name.startswith("_"):
            super().__setattr__(name, value)
        else:
            self._fields[name] = value

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in ai.UseRecordedData.model_fields:
            raise AttributeError(name)
        return self._fields.get(name)

    def model(self, **fields: "Unpack[ModelFields]") -> None:
        """Tell which model answered. What is missing or too much makes the event invalid."""
        self._fields["model"] = {name: told for name, told in fields.items() if told is not None}

    def output_used(self, **fields: "Unpack[OutputOfUseFields]") -> Optional[str]:
        """An output of this use was put to use, now or at `time`; also after the block."""
        known = {"use_id": self.use_id, "employee_id": self._fields.get("employee_id")}
        given = {name: value for name, value in fields.items() if value is not None}
        return self._report(ai.OutputUsed, {**known, **given}, False)
