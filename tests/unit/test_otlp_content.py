"""Content of spans: all of it is found for the scanner, and nothing else is."""

import json
from typing import Any

from schemas.ai import UseRecorded
from schemas.scanner import scan_event
from services.gateway.otlp import events_of
from tests.otlp import CHAT, SOURCE, request, span

KEY = b"a key for these tests"
MESSAGES = [{"role": "user", "parts": [{"type": "text", "content": "He said\nSSN 123-45-6789"}]}]


def content(told: dict[str, Any], **more: Any) -> str | None:
    (event,) = events_of(request(span({**CHAT, **told}, **more)), SOURCE, ["report-writer"]).events
    found: str | None = event["data"].get("content")
    return found


def kinds_in(told: dict[str, Any]) -> list[str]:
    """What the scanner finds in a span."""
    (event,) = events_of(request(span({**CHAT, **told})), SOURCE, ["report-writer"]).events
    scanned = scan_event(UseRecorded.model_validate(event), KEY)
    assert scanned.data.content is None
    return [hit.kind for hit in scanned.data.detected or []]


def test_a_span_without_content_gives_none() -> None:
    assert (
        content({"server.address": "x", "gen_ai.response.id": "r", "exception.message": "m"})
        is None
    )


def test_messages_come_as_values_or_as_json_within_a_text() -> None:
    expected = "role: user\ntype: text\ncontent: He said\nSSN 123-45-6789"
    assert content({"gen_ai.input.messages": MESSAGES}) == expected
    assert content({"gen_ai.input.messages": json.dumps(MESSAGES)}) == expected


def test_names_of_fields_tell_the_scanner_what_follows() -> None:
    told = {"gen_ai.tool.call.arguments": {"date_of_birth": ["1990-01-31", 7, True, None, b"x"]}}
    assert content(told) == "date of birth: 1990-01-31\ndate of birth: 7\ndate of birth: x"


def test_older_and_other_instrumentations_number_theirs() -> None:
    told = {"gen_ai.prompt.0.content": "one", "gen_ai.completion.0.content": "two"}
    assert content(told) == "one\ntwo"
    assert content({"gen_ai.prompt": "one", "gen_ai.promptness": "no"}) == "one"


def test_events_of_a_span_are_content() -> None:
    told = {"gen_ai.user.message": {"content": "one"}, "exception": {"exception.message": "no"}}
    assert content({}, events=told) == "content: one"


def test_json_that_is_none_is_read_as_it_stands() -> None:
    assert content({"gen_ai.prompt": "[sic] 12"}) == "[sic] 12"
    assert content({"gen_ai.prompt": "[" * 5000}) == "[" * 5000


def test_protected_data_is_found_in_messages_and_in_arguments_of_tools() -> None:
    assert kinds_in({"gen_ai.input.messages": json.dumps(MESSAGES)}) == ["us_ssn"]
    assert kinds_in({"gen_ai.tool.call.arguments": {"ssn": 123456789}}) == ["us_ssn"]
    assert kinds_in({"blotter.content": "SSN 123-45-6789"}) == ["us_ssn"]
