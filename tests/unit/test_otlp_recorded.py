"""What becomes of a span: a use, a refusal with its reason, or nothing."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.ai import UseRecordedData
from schemas.events import EVENT
from services.gateway.otlp import Recorded, events_of
from services.gateway.otlp.mapping import MAPPING, OWN_NAMES, count, text, texts, truth
from services.gateway.otlp.operations import PARTS, USES
from tests.otlp import CHAT, SOURCE, SPAN, START, TRACE, ids, request, span, without

SYSTEMS = ["report-writer"]
MOST_INT = 2**63 - 1


def recorded(attributes: dict[str, Any], **resource: Any) -> Recorded:
    return events_of(request(span(attributes), **resource), SOURCE, SYSTEMS)


def the_data(attributes: dict[str, Any], **resource: Any) -> dict[str, Any]:
    outcome = recorded(attributes, **resource)
    assert outcome.refusals == []
    (event,) = outcome.events
    data: dict[str, Any] = event["data"]
    return data


def the_refusal(attributes: dict[str, Any], **resource: Any) -> str:
    outcome = recorded(attributes, **resource)
    assert outcome.events == []
    (refusal,) = outcome.refusals
    assert refusal.span == SPAN
    return refusal.reason


def test_a_chat_span_becomes_a_recorded_use() -> None:
    outcome = events_of(request(span()), SOURCE, SYSTEMS)
    assert outcome.refusals == []
    assert outcome.ignored == 0
    assert outcome.events == [
        {
            "specversion": "1.0",
            "id": f"{TRACE}-{SPAN}",
            "source": SOURCE,
            "type": "ai.use.recorded.v1",
            "subject": f"use/{TRACE}-{SPAN}",
            "time": "2026-05-28T20:26:40.123456Z",
            "datacontenttype": "application/json",
            "traceparent": f"00-{TRACE}-{SPAN}-01",
            "data": {
                "use_id": f"{TRACE}-{SPAN}",
                "system_id": "report-writer",
                "employee_id": "E-17",
                "purpose": "report_writing",
                "family": "generative",
                "capability": "text",
                "model": {"provider": "openai", "name": "writer-4", "version": "writer-4-2026-05"},
                "input_tokens": 120,
                "output_tokens": 40,
                "latency_ms": 1500.0,
            },
        }
    ]


def test_the_same_span_is_the_same_event_each_time() -> None:
    assert events_of(request(span()), SOURCE, SYSTEMS) == events_of(
        request(span()), SOURCE, SYSTEMS
    )


EVERY_OWN_FIELD = {
    "blotter.use_id": "U-1",
    "blotter.system_id": "plates",
    "blotter.employee_id": "E-1",
    "blotter.family": "perceptive",
    "blotter.capability": "alpr",
    "blotter.purpose": "investigation",
    "blotter.purpose_text": "stolen car",
    "blotter.case_number": "26-1",
    "blotter.incident_number": "I-1",
    "blotter.authorization_ref": "A-1",
    "blotter.account_kind": "shared",
    "blotter.input_kind": "image",
    "blotter.data_classes": ["pii", "cji"],
    "blotter.input_digest": "d1",
    "blotter.output_digest": "d2",
    "blotter.target_digest": "d3",
    "blotter.depicted_employees": "E-2, E-3",
    "blotter.alters_likeness": "false",
    "blotter.surveillance.bases": ["suspected_crime"],
    "blotter.use": True,
}


def test_every_own_attribute_arrives_in_its_field() -> None:
    assert the_data(EVERY_OWN_FIELD) == {
        "use_id": "U-1",
        "system_id": "plates",
        "employee_id": "E-1",
        "family": "perceptive",
        "capability": "alpr",
        "purpose": "investigation",
        "purpose_text": "stolen car",
        "case_number": "26-1",
        "incident_number": "I-1",
        "authorization_ref": "A-1",
        "account_kind": "shared",
        "input_kind": "image",
        "data_classes": ["pii", "cji"],
        "input_digest": "d1",
        "output_digest": "d2",
        "target_digest": "d3",
        "depicted_employees": ["E-2", "E-3"],
        "alters_likeness": False,
        "surveillance": {"bases": ["suspected_crime"]},
        "latency_ms": 1500.0,
    }
    assert set(EVERY_OWN_FIELD) == OWN_NAMES - {"blotter.content"}


def test_the_mapping_forgets_no_field_of_a_use() -> None:
    mapped = {row.field.split(".")[0] for row in MAPPING}
    # What the scanner stamps, what the span's own times and content say, what has no attribute.
    elsewhere = {"detected", "scanner", "latency_ms", "content", "extensions"}
    assert mapped | elsewhere == set(UseRecordedData.model_fields)


def test_the_span_counts_before_its_resource() -> None:
    shared = {"blotter.employee_id": "E-9", "blotter.case_number": "26-9"}
    data = the_data(dict(CHAT), resource=shared)
    assert (data["employee_id"], data["case_number"]) == ("E-17", "26-9")


def test_other_attributes_of_the_resource_do_not_reach_its_spans() -> None:
    shared = {**CHAT, "blotter.use": True}
    outcome = recorded({"http.request.method": "GET"}, resource=shared)
    assert outcome == Recorded([], [], ignored=1)


@pytest.mark.parametrize("name", ["blotter.employee_id", "blotter.purpose"])
def test_a_use_by_nobody_or_for_nothing_is_refused(name: str) -> None:
    assert the_refusal(without(name)) == f"{name}: is required (got nothing)"


def test_the_system_must_be_told_where_the_source_has_several() -> None:
    for systems in ([], ["one", "two"]):
        outcome = events_of(request(span()), SOURCE, systems)
        assert outcome.refusals[0].reason == "blotter.system_id: is required (got nothing)"


def test_an_attribute_without_a_value_is_as_if_it_were_not_there() -> None:
    assert the_data({**CHAT, "blotter.case_number": None}) == the_data(dict(CHAT))


def test_a_boolean_is_no_number() -> None:
    told = "gen_ai.usage.input_tokens: must be a whole number (got boolean)"
    assert the_refusal({**CHAT, "gen_ai.usage.input_tokens": True}) == told


def test_all_that_is_wrong_is_told_at_once() -> None:
    reason = the_refusal({**without("blotter.purpose"), "blotter.employee_id": 17})
    assert reason == (
        "blotter.employee_id: must be text (got number); blotter.purpose: is required (got nothing)"
    )


def test_a_value_out_of_the_vocabulary_is_refused_without_being_repeated() -> None:
    reason = the_refusal({**CHAT, "blotter.purpose": "revenge on 123-45-6789"})
    assert reason.startswith("blotter.purpose: ")
    assert "revenge" not in reason
    assert "123-45" not in reason


def test_a_misspelt_attribute_is_refused() -> None:
    reason = the_refusal({**CHAT, "blotter.case_numbr": "26-1"})
    assert reason == (
        "blotter.case_numbr: is not an attribute of the mapping (got string of 4 characters)"
    )
    assert "4821" not in the_refusal({**CHAT, "blotter.Jane Roe 4821": "x"})


@pytest.mark.parametrize("operation", sorted(USES))
def test_operations_that_are_uses(operation: str) -> None:
    assert len(recorded({**CHAT, "gen_ai.operation.name": operation}).events) == 1


@pytest.mark.parametrize("operation", sorted(PARTS))
def test_operations_that_are_part_of_a_use(operation: str) -> None:
    told = {**CHAT, "gen_ai.operation.name": operation}
    assert recorded(told) == Recorded([], [], ignored=1)
    assert len(recorded({**told, "blotter.use": True}).events) == 1


def test_an_operation_that_nobody_knows_is_a_use_if_it_names_a_model() -> None:
    for told in (
        {**CHAT, "gen_ai.operation.name": "dream"},
        without("gen_ai.operation.name"),
        without("gen_ai.operation.name", "gen_ai.request.model"),
    ):
        assert len(recorded(told).events) == 1
    nameless = without("gen_ai.request.model", "gen_ai.response.model")
    assert recorded({**nameless, "gen_ai.operation.name": "dream"}).ignored == 1


def test_spans_that_have_nothing_to_do_with_ai_are_ignored() -> None:
    told = {"http.request.method": "GET", "blotter.employee_id": "E-1", "blotter.typo": 1}
    assert recorded(told) == Recorded([], [], ignored=1)
    assert recorded({}) == Recorded([], [], ignored=1)


def test_what_is_no_genai_span_must_say_family_and_capability_itself() -> None:
    told = {"blotter.use": "true", "blotter.employee_id": "E-1", "blotter.purpose": "investigation"}
    assert the_refusal(told) == (
        "blotter.family: is required (got nothing); blotter.capability: is required (got nothing)"
    )


@pytest.mark.parametrize(
    ("output_type", "capability"),
    [("text", "text"), ("json", "text"), ("image", "image"), ("speech", "audio"), ("x", "text")],
)
def test_the_capability_follows_from_the_type_of_output(output_type: str, capability: str) -> None:
    assert the_data({**CHAT, "gen_ai.output.type": output_type})["capability"] == capability


def test_the_model_by_older_names_and_without_a_provider() -> None:
    older = {
        **without(
            "gen_ai.provider.name", "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"
        ),
        "gen_ai.system": "acme",
        "gen_ai.usage.prompt_tokens": 1,
        "gen_ai.usage.completion_tokens": 2,
    }
    data = the_data(older)
    assert data["model"]["provider"] == "acme"
    assert (data["input_tokens"], data["output_tokens"]) == (1, 2)
    assert the_data(without("gen_ai.provider.name"))["model"]["provider"] == "unknown"
    nameless = without("gen_ai.request.model", "gen_ai.response.model")
    assert "model" not in the_data(nameless)


def test_a_span_without_ids_or_start_is_refused() -> None:
    nothing = span(span_id="", start=0)
    nothing.trace_id = bytes(16)
    (refusal,) = events_of(request(nothing), SOURCE, SYSTEMS).refusals
    assert refusal.reason == (
        "trace_id: must be 16 bytes that are not all zero (got 16 bytes);"
        " span_id: must be 8 bytes that are not all zero (got 0 bytes);"
        " start_time_unix_nano: is required (got nothing)"
    )


def test_a_time_that_no_department_can_mean_is_refused() -> None:
    (refusal,) = events_of(request(span(start=2**64 - 1)), SOURCE, SYSTEMS).refusals
    assert refusal.reason.startswith("start_time_unix_nano: must lie between")


def test_a_clock_that_went_backwards_costs_the_latency_only() -> None:
    (event,) = events_of(request(span(end=START - 1)), SOURCE, SYSTEMS).events
    assert "latency_ms" not in event["data"]


def test_a_refused_span_does_not_take_its_neighbours_along() -> None:
    first, second, third, fourth = ids(4)
    outcome = events_of(
        request(
            span(span_id=first),
            span(without("blotter.purpose"), span_id=second),
            span({}, span_id=third),
            span(span_id=fourth),
        ),
        SOURCE,
        SYSTEMS,
    )
    assert [event["id"] for event in outcome.events] == [f"{TRACE}-{first}", f"{TRACE}-{fourth}"]
    assert [refusal.span for refusal in outcome.refusals] == [second]
    assert outcome.ignored == 1


# Every kind of AnyValue, nested too.
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-MOST_INT, MOST_INT)
    | st.floats()
    | st.text()
    | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
read_names = sorted(
    {name for row in MAPPING for name in row.attributes}
    | {"blotter.use", "blotter.content", "gen_ai.operation.name", "gen_ai.output.type"}
    | {"gen_ai.input.messages", "gen_ai.prompt.0.content"}
)


@given(st.dictionaries(st.sampled_from(read_names) | st.text(), values, max_size=6))
def test_no_value_of_any_kind_raises_or_takes_neighbours_along(told: dict[str, Any]) -> None:
    good, bad = ids(2)
    outcome = events_of(
        request(
            span({**CHAT, **told}, span_id=bad, events={"gen_ai.choice": told}),
            span(told, span_id="ff" * 8),
            span(span_id=good),
        ),
        SOURCE,
        SYSTEMS,
    )
    assert len(outcome.events) + len(outcome.refusals) + outcome.ignored == 3
    assert outcome.events[-1]["id"] == f"{TRACE}-{good}"
    for event in outcome.events:
        EVENT.validate_json(orjson.dumps(event))


KINDS: dict[Callable[[Any], Any], tuple[type, ...]] = {
    text: (str,),
    truth: (bool, str),
    count: (int,),
    texts: (str, list),
}


@given(st.sampled_from(MAPPING), values)
def test_a_value_of_another_kind_is_refused_with_its_attribute_named(row: Any, value: Any) -> None:
    if value is None or type(value) in KINDS[row.read]:
        return
    name = row.attributes[0]
    reason = the_refusal({**without(*row.attributes), name: value, "blotter.use": True})
    assert f"{name}: must be " in reason
