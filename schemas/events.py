"""Every event type of the contract, and how bytes become events."""

from typing import Annotated, Any, get_args

from pydantic import Field, TypeAdapter

from . import ai, oversight, registry, review

AiEvent = (
    ai.UseRecorded
    | ai.OutputUsed
    | ai.OutputShared
    | ai.OutputEvaluated
    | ai.RetentionReported
    | ai.SourceHeartbeat
)
OversightEvent = (
    oversight.ApprovalRequested
    | oversight.ApprovalDecided
    | oversight.ReviewCompleted
    | oversight.MitigationRecorded
    | oversight.DisclosureRecorded
    | oversight.LeadDocumented
    | oversight.ActionTaken
    | oversight.ComplaintDecided
    | oversight.EventRetracted
)
RegistryEvent = (
    registry.SourceChanged
    | registry.EmployeeChanged
    | registry.TrainingCompleted
    | registry.SystemChanged
    | registry.ConsentChanged
    | registry.ProcurementChanged
    | registry.AuditCompleted
    | registry.WaiverGranted
    | registry.PolicyChanged
)
ReviewEvent = review.FindingActed | review.WeekSigned | review.LogAccessed

Event = Annotated[
    AiEvent | OversightEvent | RegistryEvent | ReviewEvent, Field(discriminator="type")
]

EVENT_MODELS: dict[str, type[Any]] = {
    model.model_fields["type"].default: model for model in get_args(get_args(Event)[0])
}
"""Model of each event type, by the name of the type."""

EVENT: TypeAdapter[Event] = TypeAdapter(Event)
"""Reads one event: `EVENT.validate_json(bytes)`; raises pydantic.ValidationError."""

EVENTS: TypeAdapter[list[Event]] = TypeAdapter(list[Event])
"""Reads a CloudEvents JSON batch in which every event is valid."""


def dump(event: Event) -> bytes:
    """The event as one line of compact JSON, as it stands in the log (UTF-8, no newline)."""
    # What model_dump_json calls, without its way through a str.
    return event.__pydantic_serializer__.to_json(event, exclude_none=True)
