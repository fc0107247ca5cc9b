"""One typed method for each event type that an AI system sends."""

from typing import TYPE_CHECKING, Any, Dict, Mapping, Optional, Type

from .contract import ai
from .contract.envelope import Envelope
from .fields import (
    OutputEvaluatedFields,
    OutputSharedFields,
    OutputUsedFields,
    RetentionReportedFields,
    UseRecordedFields,
)

if TYPE_CHECKING:
    from typing_extensions import Unpack

_ENVELOPE = {"time": "time", "event_id": "id", "traceparent": "traceparent"}


def build(model: Type[Envelope], fields: Mapping[str, Any], source: str) -> Dict[str, Any]:
    """The event of a builder's arguments, not yet validated; None counts as not given."""
    data = {name: value for name, value in fields.items() if value is not None}
    event = {name: data.pop(argument) for argument, name in _ENVELOPE.items() if argument in data}
    kind, field = next(iter(model.subject_fields.items()))
    subject = f"{kind}/{data.get(field)}" if field else kind + source
    return {**event, "type": model.model_fields["type"].default, "subject": subject, "data": data}


class Builders:
    """The methods of an `Emitter` that report one fact each.

    Arguments are the fields of the contract's `data`, and `time`, `event_id`, `traceparent`.
    All return the event's id, or None if it was dropped; all raise `InvalidEvent` only if the
    emitter was made with `raise_on_invalid=True`. `system_id` is the emitter's unless given.
    """

    system_id: Optional[str]

    def use_recorded(self, **fields: "Unpack[UseRecordedFields]") -> Optional[str]:
        """An employee used the system. `Emitter.use` measures and reports in one go."""
        return self._report(ai.UseRecorded, self._of_system(fields))

    def output_used(self, **fields: "Unpack[OutputUsedFields]") -> Optional[str]:
        """An output went into a report, a case file, a court filing; `time` is that moment."""
        return self._report(ai.OutputUsed, fields)

    def output_shared(self, **fields: "Unpack[OutputSharedFields]") -> Optional[str]:
        """Data of the system was passed on to somebody."""
        return self._report(ai.OutputShared, self._of_system(fields))

    def output_evaluated(self, **fields: "Unpack[OutputEvaluatedFields]") -> Optional[str]:
        """The quality of the system's outputs was measured."""
        return self._report(ai.OutputEvaluated, self._of_system(fields))

    def retention_reported(self, **fields: "Unpack[RetentionReportedFields]") -> Optional[str]:
        """How old the oldest record is that the system still keeps."""
        return self._report(ai.RetentionReported, self._of_system(fields))

    def _of_system(self, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        return fields if fields.get("system_id") else {**fields, "system_id": self.system_id}

    def _report(
        self, model: Type[Envelope], fields: Mapping[str, Any], quiet: bool = False
    ) -> Optional[str]:
        """Build and emit; `quiet`: never raise."""
        raise NotImplementedError
