"""The emitter with the department's key: what is protected does not leave the product's process."""

import hmac
import json
from typing import Any

import pytest
from blotter_emitter import Emitter
from blotter_emitter.testing import MemorySender

from schemas.ai import UseRecorded
from schemas.events import EVENT, dump
from schemas.scanner import SCANNER, scan_event

KEY = "a department's key"
SSN = "536-22-1234"
USE: dict[str, Any] = {
    "use_id": "U-1",
    "employee_id": "E-17",
    "family": "generative",
    "capability": "text",
    "purpose": "report_writing",
    "content": f"The suspect's SSN is {SSN}.",
}


def reported(fields: dict[str, Any], **settings: Any) -> dict[str, Any]:
    """The event as it would be sent."""
    kafka = MemorySender()
    emitter = Emitter("/vendors/a/b", "b", sender=kafka, raise_on_invalid=True, **settings)
    emitter.use_recorded(**fields)
    assert emitter.close(5)
    [event] = kafka.events
    return event


def test_with_a_key_content_stays_and_what_it_held_is_told() -> None:
    data = reported(USE, digest_key=KEY)["data"]
    digest = hmac.digest(KEY.encode(), b"536221234", "sha256").hex()
    assert data["detected"] == [{"class": "pii", "kind": "us_ssn", "digest": digest}]
    assert data["scanner"] == SCANNER
    assert "content" not in data


def test_purpose_and_extensions_are_masked() -> None:
    own = {"purpose_text": f"about {SSN}", "extensions": {"note": [f"call {SSN}"]}}
    data = reported({**USE, **own}, digest_key=KEY)["data"]
    assert data["purpose_text"] == "about [us_ssn]"
    assert data["extensions"] == {"note": ["call [us_ssn]"]}


def test_what_was_detected_before_is_kept() -> None:
    known = {"class": "cji", "kind": "rap_sheet", "digest": "d"}
    data = reported({**USE, "detected": [known]}, digest_key=KEY)["data"]
    assert [hit["kind"] for hit in data["detected"]] == ["rap_sheet", "us_ssn"]


def test_whoever_scans_again_finds_nothing_to_change() -> None:
    event = EVENT.validate_json(json.dumps(reported(USE, digest_key=KEY)))
    assert isinstance(event, UseRecorded)
    again = scan_event(event, KEY.encode())
    assert dump(again) == dump(event)


def test_with_nothing_to_scan_the_event_is_the_same_with_a_key() -> None:
    fields = {**USE, "content": None, "time": "2026-03-02T00:00:00Z", "event_id": "ev-1"}
    assert reported(fields, digest_key=KEY) == reported(fields)


@pytest.mark.parametrize("settings", [{}, {"digest_key": KEY, "scan": False}])
def test_without_a_key_or_if_told_so_content_is_sent_to_be_scanned(settings: Any) -> None:
    data = reported(USE, **settings)["data"]
    assert data["content"] == USE["content"]
    assert "scanner" not in data


def test_content_that_is_dropped_counts_for_no_size() -> None:
    assert "content" not in reported({**USE, "content": "x" * 400_000}, digest_key=KEY)["data"]


@pytest.mark.parametrize(
    ("settings", "wrong"),
    [({"scan": True}, "scan needs"), ({"digest_key": "short"}, "at least 8")],
)
def test_settings_that_cannot_work_are_refused(settings: Any, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        Emitter("/vendors/a/b", **settings)


@pytest.mark.parametrize(("told", "sent"), [("", False), ("true", False), ("false", True)])
def test_settings_come_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, told: str, sent: bool
) -> None:
    monkeypatch.setenv("BLOTTER_SOURCE", "/vendors/a/b")
    monkeypatch.setenv("BLOTTER_SYSTEM_ID", "b")
    monkeypatch.setenv("BLOTTER_DIGEST_KEY", KEY)
    monkeypatch.setenv("BLOTTER_EMITTER_SCAN", told)
    kafka = MemorySender()
    with Emitter.from_environment(sender=kafka) as emitter:
        emitter.use_recorded(**USE)
    assert ("content" in kafka.events[0]["data"]) is sent
