"""The scanner finds what is protected, leaves ordinary text alone, and lets no content through."""

import importlib
import json
import pkgutil
import re
import resource
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import schemas.scanner
from schemas.ai import Detected, OutputUsed, UseRecorded, UseRecordedData
from schemas.events import dump
from schemas.scanner import RECOGNISERS, SCANNER, Hit, Recogniser, digest, scan, scan_event

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
        ("DOB/19850309", "date_of_birth", "1985-03-09"),
        ("D/L D1234567", "ca_driver_licence", "D1234567"),
        ("cell 9515550134", "phone", "9515550134"),
        ("a Camry, 8ABC123, left", "licence_plate", "8ABC123"),
        ("License plate: 12345a1", "licence_plate", "12345A1"),
        ("LIC/ABC 123", "licence_plate", "ABC123"),
        ("CII no. A12345678", "cii_number", "A12345678"),
        ("FBI/123456AB7", "fbi_number", "123456AB7"),
        ("FBI number 1234567", "fbi_number", "1234567"),
        ("SID: CA12345678", "sid_number", "CA12345678"),
        ("state id number a12345678", "sid_number", "A12345678"),
        ("NIC/W123456789.", "clets_message", "NIC/W123456789"),
        ("QW.CA0330000.LIC", "clets_message", "QW.CA0330000"),
        ("*** CONFIDENTIAL - CLETS ***", "clets_message", "CONFIDENTIAL - CLETS"),
        ("case 2510494", "case_number", "2510494"),
        ("DR# 26-1234", "case_number", "261234"),
        ("MRN E1234567", "medical_record_number", "E1234567"),
        ("medical record no. 12-34-567", "medical_record_number", "1234567"),
        ("1EG4-TE5-MK73", "health_plan_number", "1EG4TE5MK73"),
        ("Medi-Cal 91234567A2", "health_plan_number", "91234567A2"),
        ("Kaiser member ID 123456789", "health_plan_number", "123456789"),
    ],
)
def test_finds_and_normalises(text: str, kind: str, normal: str) -> None:
    [data_class] = [r.data_class for r in RECOGNISERS if r.kind == kind]
    hit = Detected.model_validate(
        {"class": data_class, "kind": kind, "digest": digest(normal, KEY)}
    )
    assert scan(text, KEY) == [hit]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "report 25-10-1234",
        "case 12345 and incident 2026-03-02 and file no. 20260302",
        "Dr. 1234567",
        "Sid 12345678",
        "FBI 1234567",
        "gym member ID 123456789",
        "A Kaiser nurse came. Gym member ID 123456789",
        "fcn 4111111111111111",
        "id 9f2c-4111-1111-1111-1111-aa",
        "ran NCIC and CLETS today",
        "the plate. 12345 Main",
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


def test_values_in_a_list_are_found_each() -> None:
    assert kinds("plates 1A23456, 7XYZ999 and 12345B1") == ["licence_plate"] * 3


def patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    """Every pattern of the scanner: those of its modules and those that its finders hold."""
    seen: set[int] = set()
    waiting: list[tuple[str, Any]] = [
        (module.name, value)
        for module in pkgutil.iter_modules(schemas.scanner.__path__, "schemas.scanner.")
        for value in vars(importlib.import_module(module.name)).values()
    ]
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, re.Pattern):
            yield name, value
        elif id(value) not in seen:
            seen.add(id(value))
            inside = value if isinstance(value, tuple) else ()
            cells = getattr(value, "__closure__", None) or ()
            waiting += [(name, item) for item in (*inside, *(cell.cell_contents for cell in cells))]


def test_all_repetition_is_bounded() -> None:
    found = {pattern.pattern for _, pattern in patterns()}
    assert len(found) > 30
    for pattern in found:
        # Without classes and escapes, every * and + repeats something; so does an open {n,}.
        signs = re.sub(r"\\.|\[(?:\\.|[^\]\\])+\]", "x", pattern)
        assert not re.search(r"[*+]|\{[0-9]*,\}", signs), pattern


HOSTILE = (
    *("1", "1 ", "1-", "a", "a@", "a.", "@a.a", "born ", "4111 ", "(", "-", "dl a1234567 "),
    *("case ", "case no. ", "dr 123456, DR ", "case 123456, DR 123456, ", "plate ", "plate a1, "),
    *("kaiser ", "kaiser member ", "license ", "fbi # ", "SID ", "NAM/A,A ", "NAM/", "MKE/A "),
    *("CLETS ", "mrn ", "951-", "(951) ", "9515550134", "1EG4", "a@a.", "dob ", "dob jan ", "is "),
    *("8ABC12", "serial ", "serial no ", "\u00e9", "\ufb03", "\u200b1", "cin 9", ",", " and "),
)
LENGTH = 1 << 18
CPU_SECONDS = 100


def test_hostile_text_takes_linear_time() -> None:
    """Under a limit of CPU time that linear work stays far below (some seconds in all), and
    that quadratic work, a million times a million steps for the last text, passes by hours."""
    program = (
        "import sys\n"
        "from schemas.scanner import scan\n"
        f"for unit in {HOSTILE!r}:\n"
        f"    scan((unit * {LENGTH})[:{LENGTH}], b'a key of tests')\n"
        f"scan((''.join({HOSTILE!r}) * 10_000)[: 1 << 20], b'a key of tests')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS)),
        check=False,
    )
    assert done.returncode == 0


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


OTHER = {"use_id": "U-1", "output_id": "O-1", "output_kind": "text", "employee_id": "E-1"}


def test_what_a_purpose_holds_is_masked_and_detected() -> None:
    told = "Case 2510494, plate 8ABC123, SSN 536-22-1234, ann@example.org"
    event = scan_event(use(purpose_text=told), KEY)
    assert event.data.purpose_text == "Case 2510494, plate 8ABC123, SSN [us_ssn], [email]"
    assert [hit.kind for hit in event.data.detected or []] == ["us_ssn", "email"]
    assert event.data.scanner == SCANNER


def test_extensions_are_masked_at_any_depth() -> None:
    given = {
        "note": ["ok", {"text": "call 951-555-0134"}, 7, True, None, 1.5],
        "ssn": 536221234,
        "driverLicence": {"number": "D1234567"},
        "536-22-1234": "x",
        "plain": "\uff11\uff12",
    }
    event = scan_event(use(extensions=given), KEY)
    assert event.data.extensions == {
        "note": ["ok", {"text": "call [phone]"}, 7, True, None, 1.5],
        "ssn": "[us_ssn]",
        "driverLicence": {"number": "[ca_driver_licence]"},
        "[us_ssn]": "x",
        "plain": "\uff11\uff12",
    }
    found = [hit.kind for hit in event.data.detected or []]
    assert found == ["us_ssn", "phone", "ca_driver_licence"]


def test_names_that_become_equal_stay_apart() -> None:
    given = {"536-22-1234": 1, "536-22-1235": 2, "[us_ssn]": 3}
    extensions = scan_event(use(extensions=given), KEY).data.extensions
    assert extensions == {"[us_ssn] 2": 1, "[us_ssn] 3": 2, "[us_ssn]": 3}


def test_extensions_of_other_events_are_masked_too() -> None:
    data = {**OTHER, "used_for": "report", "extensions": {"to": "ann@example.org"}}
    fields = {"specversion": "1.0", "id": "ev", "source": "/vendors/a/b", "subject": "use/U-1"}
    text = json.dumps({**fields, "time": "2026-03-02T00:00:00Z", "data": data})
    event = scan_event(OutputUsed.model_validate_json(text), KEY)
    assert event.data.extensions == {"to": "[email]"}


def test_an_event_with_nothing_to_find_is_left_as_it_is() -> None:
    event = use(purpose_text="Case 2510494", extensions={"a": [1, "two"]}, scanner="another")
    assert scan_event(event, KEY) is event


def test_an_event_lists_so_many_of_a_kind_and_masks_all() -> None:
    told = " ".join(f"a{n}@example.org" for n in range(150))
    event = scan_event(use(extensions={"to": told}), KEY)
    assert len(event.data.detected or []) == 100
    assert event.data.extensions == {"to": " ".join(["[email]"] * 150)}


def test_a_masked_purpose_is_not_longer_than_the_contract_allows() -> None:
    told = ("a@b.co " * 3000)[:20_000]
    again = dump(scan_event(use(purpose_text=told), KEY))
    UseRecorded.model_validate_json(again)


PIECES = st.sampled_from(
    (
        *("536-22-1234", "ssn", "SSN ", "536221234", "951-555-0134", "8ABC123", "plate ", "case "),
        *("dob ", "a@b.co", "4111111111111111", "-", " ", "1", "a", ".", "26-1234", "[us_ssn]"),
        *("3/9/85", "/", "NIC/W123456789", "CII ", "A1234567", ",", " and ", "\u0301", "\u200b"),
    )
)
TEXT = st.lists(PIECES | st.text(max_size=3), max_size=12).map("".join)


@given(
    purpose=TEXT, extensions=st.dictionaries(TEXT, TEXT | st.lists(TEXT, max_size=3), max_size=3)
)
def test_scanning_twice_gives_the_same_event(purpose: str, extensions: dict[str, Any]) -> None:
    once = scan_event(use(purpose_text=purpose, extensions=extensions, content=purpose), KEY)
    assert scan_event(once, KEY) is once


def test_more_recognisers_can_be_given() -> None:
    def find(text: str) -> Iterator[Hit]:
        return (Hit(*match.span(), match[0]) for match in re.finditer("blue", text))

    colour = Recogniser("pii", "colour", find)
    event = scan_event(use(content="a blue car", purpose_text="blue"), KEY, (colour,))
    assert [hit.kind for hit in event.data.detected or []] == ["colour"]
    assert event.data.purpose_text == "[colour]"
    assert event.data.scanner == f"{SCANNER}+colour"
