"""The scanner finds what is protected, leaves ordinary text alone, and lets no content through."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.ai import Detected, UseRecorded, UseRecordedData
from schemas.events import dump
from schemas.scanner import SCANNER, digest, scan, scan_event

KEY = b"a department's key"


def kinds(text: str) -> list[str]:
    return [hit.kind for hit in scan(text, KEY)]


@pytest.mark.parametrize(
    ("text", "kind", "normal"),
    [
        ("his number is 536-22-1234.", "us_ssn", "536221234"),
        ("SSN 536221234", "us_ssn", "536221234"),
        ("\uff15\uff13\uff16\u201322\u20131234", "us_ssn", "536221234"),
        ("paid with 4111 1111 1111 1111", "payment_card", "4111111111111111"),
        ("unit 12 4111-1111-1111-1111", "payment_card", "4111111111111111"),
        ("amex 378282246310005", "payment_card", "378282246310005"),
        ("write to Ann.Lee+x@Mail.Example.org!", "email", "ann.lee+x@mail.example.org"),
        ("call (951) 555-0134 now", "phone", "9515550134"),
        ("+1 951.555.0134", "phone", "9515550134"),
        ("driver's license: D1234567", "ca_driver_licence", "D1234567"),
        ("CDL y7654321", "ca_driver_licence", "Y7654321"),
        ("DOB: 03/09/1985", "date_of_birth", "1985-03-09"),
        ("date of birth 1985-03-09", "date_of_birth", "1985-03-09"),
        ("born on March 9, 1985", "date_of_birth", "1985-03-09"),
        ("d.o.b. 3/9/85", "date_of_birth", "1985-03-09"),
    ],
)
def test_finds_and_normalises(text: str, kind: str, normal: str) -> None:
    hit = Detected.model_validate({"class": "pii", "kind": kind, "digest": digest(normal, KEY)})
    assert scan(text, KEY) == [hit]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "case 2510494, report 25-10-1234",
        "serial 536221234 of the camera",
        "000-12-3456 and 666-12-3456 and 900-12-3456",
        "4111 1111 1111 1112",
        "part D1234567 of the engine",
        "on 03/09/1985 the shop opened",
        "DOB: 13/45/1985",
        "user@host",
        "version 1.2.3-4.5.6",
    ],
)
def test_leaves_ordinary_text_alone(text: str) -> None:
    assert kinds(text) == []


def test_each_value_once_and_by_key() -> None:
    text = "536-22-1234, again 536 22 1234"
    assert kinds(text) == ["us_ssn"]
    assert scan(text, KEY) != scan(text, b"another key")


@pytest.mark.parametrize(
    "unit", ["1", "1 ", "1-", "a", "a@", "a.", "@a.a", "born ", "4111 ", "(", "-", "dl a1234567"]
)
def test_time_is_bounded(unit: str) -> None:
    text = (unit * 262_144)[:262_144]
    began = time.perf_counter()
    scan(text, KEY)
    assert time.perf_counter() - began < 5


def use(**data: object) -> UseRecorded:
    fields: dict[str, object] = {
        "use_id": "U-1",
        "system_id": "writer",
        "employee_id": "E-1",
        "family": "generative",
        "capability": "text",
        "purpose": "report_writing",
    }
    return UseRecorded(
        specversion="1.0",
        id="ev-1",
        source="/vendors/acme/writer",
        subject="use/U-1",
        time=datetime(2026, 3, 2, tzinfo=UTC),
        data=UseRecordedData.model_validate(fields | data),
    )


def test_event_keeps_what_was_detected_before() -> None:
    known = {"class": "cji", "kind": "rap_sheet", "digest": "d"}
    data = scan_event(use(content="SSN 536-22-1234", detected=[known]), KEY).data
    assert [hit.kind for hit in data.detected or []] == ["rap_sheet", "us_ssn"]
    assert (data.content, data.scanner) == (None, SCANNER)


def test_event_without_content_is_left_as_it_is() -> None:
    event = use()
    assert scan_event(event, KEY) is event


def test_empty_content_was_scanned() -> None:
    assert scan_event(use(content=""), KEY).data.scanner == SCANNER


@given(text=st.text(max_size=300))
def test_content_never_comes_through(text: str) -> None:
    marked = f"<<{text}>> 536-22-1234"
    out = dump(scan_event(use(content=marked), KEY)).decode()
    assert '"content"' not in out
    assert marked not in out
    assert "536-22-1234" not in out
