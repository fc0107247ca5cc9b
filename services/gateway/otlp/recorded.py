"""From spans to recorded uses, one by one: a refused span never takes its neighbours along."""

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from pydantic import ValidationError

from schemas.ai import UseRecorded
from schemas.errors import field_errors, summary
from schemas.records import FieldError

from .content import content_of
from .mapping import OWN, USE, Reading, attribute_of, truth
from .operations import OPERATION, is_use, names_model
from .values import Attributes, attributes_of

Event = dict[str, Any]

CAPABILITIES = {"image": "image", "speech": "audio"}
"""By `gen_ai.output.type`; of any other, and of none, `text`."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OF_ENVELOPE = {"time": "start_time_unix_nano", "subject": "blotter.use_id"}


class Refusal(NamedTuple):
    """Why a use was not recorded, and the id of its span: never a value or a name."""

    reason: str
    span: str


class Recorded(NamedTuple):
    """`events`: in the order of the spans. `ignored`: how many spans are no use."""

    events: list[Event]
    refusals: list[Refusal]
    ignored: int


def events_of(
    request: ExportTraceServiceRequest, source: str, system_ids: Collection[str]
) -> Recorded:
    """What the spans record for a source that is registered for these systems.

    An event that comes back satisfies the contract. The same span gives the same event each time.
    """
    only_system = next(iter(system_ids)) if len(system_ids) == 1 else None
    outcomes = [_outcome(span, own, source, only_system) for span, own in _spans(request)]
    return Recorded(
        [outcome for outcome in outcomes if isinstance(outcome, dict)],
        [outcome for outcome in outcomes if isinstance(outcome, Refusal)],
        outcomes.count(None),
    )


def refusal_of(event: Event, problems: Iterable[tuple[str, str]]) -> Refusal:
    """The refusal of an event that is right by itself, but not from this source or not now.

    `problems`: the event's fields, and what is wrong with them.
    """
    told = "; ".join(f"{_named(field)}: {message}" for field, message in problems)
    return Refusal(told, event["id"].rpartition("-")[2])


def _spans(request: ExportTraceServiceRequest) -> Iterator[tuple[Span, Attributes]]:
    """Each span with its attributes; of its resource's, with Blotter's own that it lacks."""
    for group in request.resource_spans:
        shared = attributes_of(group.resource.attributes)
        own = {name: value for name, value in shared.items() if name.startswith(OWN)}
        own.pop(USE, None)
        for scope in group.scope_spans:
            for span in scope.spans:
                yield span, {**own, **attributes_of(span.attributes)}


def _outcome(
    span: Span, attributes: Attributes, source: str, only_system: str | None
) -> Event | Refusal | None:
    """The event, why there is none, or None for a span that is no use."""
    reading = Reading(attributes)
    operation = reading.take((OPERATION,))
    stated = reading.take((USE,), truth) is True
    if not is_use(operation, attributes, stated) and not reading.problems:
        return None
    reading.refuse_unknown()
    data = reading.take_all()
    if only_system is not None:
        data.setdefault("system_id", only_system)
    if operation is not None or names_model(attributes):
        data.setdefault("family", "generative")
        output_type = reading.take(("gen_ai.output.type",))
        data.setdefault("capability", CAPABILITIES.get(output_type, "text"))
    event = _event(span, source, _completed(data, span, attributes))
    problems = _all_problems(span, event, reading.problems)
    return Refusal(summary(problems), span.span_id.hex()) if problems else event


def _completed(data: dict[str, Any], span: Span, attributes: Attributes) -> dict[str, Any]:
    """With what the span itself says."""
    data.setdefault("use_id", _id(span))
    model = data.pop("model", {})
    if "name" in model:
        data["model"] = {"provider": "unknown", **model}
    if span.end_time_unix_nano >= span.start_time_unix_nano:
        data["latency_ms"] = (span.end_time_unix_nano - span.start_time_unix_nano) / 1e6
    content = content_of(span, attributes)
    return data if content is None else {**data, "content": content}


def _event(span: Span, source: str, data: dict[str, Any]) -> Event:
    return {
        "specversion": "1.0",
        "id": _id(span),
        "source": source,
        "type": "ai.use.recorded.v1",
        "subject": f"use/{data['use_id']}",
        "time": _time(span.start_time_unix_nano),
        "datacontenttype": "application/json",
        # Not every exporter sets the flag, but what is exported was sampled.
        "traceparent": f"00-{_id(span)}-01",
        "data": data,
    }


def _id(span: Span) -> str:
    """The same each time that the span is exported."""
    return f"{span.trace_id.hex()}-{span.span_id.hex()}"


def _time(nanoseconds: int) -> str:
    time = _EPOCH + timedelta(microseconds=nanoseconds // 1000)
    return time.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _all_problems(span: Span, event: Event, problems: list[FieldError]) -> list[FieldError]:
    """What is wrong with the span, with its attributes, and with what the contract asks besides;
    each field once."""
    found = {problem.field: problem for problem in [*_of_span(span), *problems]}
    try:
        UseRecorded.model_validate(event)
    except ValidationError as error:
        for problem in field_errors(error):
            name = _named(problem.field)
            found.setdefault(name, problem.model_copy(update={"field": name}))
    return list(found.values())


def _named(field: str) -> str:
    """What the sender has to mend where an event's field is wrong."""
    return attribute_of(field) or _OF_ENVELOPE.get(field, field)


def _of_span(span: Span) -> Iterator[FieldError]:
    """Without ids and a start, a retried export would count twice, at a time that never was."""
    for name, identifier, size in (("trace_id", span.trace_id, 16), ("span_id", span.span_id, 8)):
        if len(identifier) != size or not any(identifier):
            told = f"must be {size} bytes that are not all zero"
            yield FieldError(field=name, message=told, kind=f"{len(identifier)} bytes")
    if not span.start_time_unix_nano:
        yield FieldError(field="start_time_unix_nano", message="is required", kind="nothing")
