"""The two encodings of OTLP: requests are decoded, answers encoded."""

import json
from contextlib import suppress
from typing import Any

import pytest
from google.protobuf import json_format
from google.rpc.status_pb2 import Status
from hypothesis import example, given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from services.gateway.otlp import Refusal, Undecodable, decode, events_of, failure, response
from tests.otlp import SOURCE, SPAN, START, TRACE, request, span

PROTOBUF = "application/x-protobuf"
JSON = "application/json; charset=utf-8"

# As OTLP's specification writes it: ids in hexadecimal, 64-bit numbers in texts.
AS_JSON: dict[str, Any] = {
    "resourceSpans": [
        {
            "resource": {
                "attributes": [
                    {"key": "blotter.employee_id", "value": {"stringValue": "E-17"}},
                    {"key": "traceId", "value": {"stringValue": "not an id"}},
                ]
            },
            "scopeSpans": [
                {
                    "scope": {"name": "x"},
                    "spans": [
                        {
                            "traceId": TRACE.upper(),
                            "spanId": SPAN,
                            "parentSpanId": "",
                            "name": "chat",
                            "kind": 3,
                            "aFieldOfTomorrow": {"x": 1},
                            "startTimeUnixNano": str(START),
                            "endTimeUnixNano": START + 1_000_000,
                            "attributes": [
                                {"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}},
                                {"key": "blotter.purpose", "value": {"stringValue": "other"}},
                                {"key": "gen_ai.usage.input_tokens", "value": {"intValue": "7"}},
                            ],
                            "links": [{"traceId": TRACE, "spanId": SPAN}],
                        }
                    ],
                }
            ],
        }
    ]
}


def changed(**fields: Any) -> bytes:
    """The request with other fields in its span."""
    copy = json.loads(json.dumps(AS_JSON))
    copy["resourceSpans"][0]["scopeSpans"][0]["spans"][0].update(fields)
    return json.dumps(copy).encode()


def test_protobuf_comes_back_as_it_was() -> None:
    sent = request(span(), resource={"service.name": "x"})
    assert decode(sent.SerializeToString(), PROTOBUF) == sent


def test_json_has_ids_in_hexadecimal() -> None:
    (event,) = events_of(decode(changed(), JSON), SOURCE, ["s"]).events
    assert event["id"] == f"{TRACE}-{SPAN}"
    assert event["data"]["employee_id"] == "E-17"
    assert event["data"]["input_tokens"] == 7
    assert event["data"]["latency_ms"] == 1.0


@pytest.mark.parametrize("wrong", ["zz", "4bf", 17, None, {}, "é", [TRACE]])
def test_an_id_that_is_none_refuses_its_span_only(wrong: Any) -> None:
    outcome = events_of(decode(changed(traceId=wrong), JSON), SOURCE, ["s"])
    (refusal,) = outcome.refusals
    assert refusal.reason.startswith("trace_id: must be 16 bytes")


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"\xff\xff", PROTOBUF, 400),
        (b"{", JSON, 400),
        (b"\xff", JSON, 400),
        (b"[]", JSON, 400),
        (b"[" * 100_000, JSON, 400),
        (b'{"resourceSpans": 7}', JSON, 400),
        (b"", "text/plain", 415),
        (b"", "", 415),
    ],
)
def test_what_is_no_request_is_told_so(body: bytes, content_type: str, status: int) -> None:
    with pytest.raises(Undecodable) as caught:
        decode(body, content_type)
    assert caught.value.status == status


def test_a_wrong_value_is_located_and_not_repeated() -> None:
    with pytest.raises(Undecodable) as caught:
        decode(changed(startTimeUnixNano="Jane Roe"), JSON)
    assert str(caught.value) == (
        "resourceSpans.scopeSpans.spans.startTimeUnixNano:"
        " has a value of the wrong kind or form for OTLP in JSON"
    )


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["traceId", "key", "value", "attributes", "stringValue", "arrayValue"])
            | st.text(),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)
span_fields = ["traceId", "spanId", "kind", "attributes", "events", "links", "status", "flags"]


@example({"kind": float("inf")})
@given(st.dictionaries(st.sampled_from(span_fields), anything, max_size=4))
def test_any_json_is_a_request_or_undecodable(fields: dict[str, Any]) -> None:
    with suppress(Undecodable):
        events_of(decode(changed(**fields), JSON), SOURCE, ["s"])


@given(st.binary(max_size=200))
def test_any_bytes_are_a_request_or_undecodable(body: bytes) -> None:
    for content_type in (PROTOBUF, JSON):
        with suppress(Undecodable):
            events_of(decode(body, content_type), SOURCE, ["s"])


REFUSALS = [Refusal("a: is required", "01"), Refusal("a: is required", "02"), Refusal("b", "03")]


def test_the_answer_tells_how_many_were_refused_and_why() -> None:
    body, media_type = response(REFUSALS, PROTOBUF)
    partial = ExportTraceServiceResponse.FromString(body).partial_success
    assert media_type == PROTOBUF
    assert partial.rejected_spans == 3
    assert partial.error_message == "span 01 and 1 more: a: is required | span 03: b"
    body, media_type = response(REFUSALS, JSON)
    assert media_type == "application/json"
    assert json.loads(body)["partialSuccess"]["rejectedSpans"] == "3"


def test_full_success_has_no_partial_success() -> None:
    assert response([], PROTOBUF) == (b"", PROTOBUF)
    assert response([], JSON) == (b"{}", "application/json")


def test_many_reasons_are_cut_short() -> None:
    body, _ = response([Refusal(f"r{number}", "01") for number in range(12)], PROTOBUF)
    told = ExportTraceServiceResponse.FromString(body).partial_success.error_message
    assert told.endswith("span 01: r9 | and 2 more reasons")


def test_a_failure_is_a_status_message() -> None:
    body, media_type = failure("no", PROTOBUF)
    assert (Status.FromString(body).message, media_type) == ("no", PROTOBUF)
    body, media_type = failure("no", JSON)
    assert (json_format.Parse(body, Status()).message, media_type) == ("no", "application/json")
