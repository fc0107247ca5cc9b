"""`blotter import --mapping alpr`: three layouts, each as it really comes and as it might."""

import hashlib
import hmac
import json
from collections import Counter
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner, Result

from services.cli.imports.cells import readings_of
from services.cli.imports.shelf import read_mapping
from services.cli.imports.times import BadTime, read_time
from services.cli.main import main

SAMPLE = Path(__file__).parents[2] / "samples" / "alpr_search_audit_2025.csv"
KEY = "a department's key"
FORMS = readings_of(read_mapping("alpr"))["time"].origin.format or []

NETWORK = """\
\ufeffreason,networkCount,searchDate,userId,id
"stolen
vehicle",83,2025-06-18T00:02:04.789Z,***,n-1
,"1,083",2025-06-18T00:02:05Z,u-2,n-2
"""
AUDIT = (
    "\ufeffLicense Plate,ID,Name,Org Name,Total Networks Searched,Time Frame,Reason,Case #,Filters,"
    "Search Time,Search Type,Text Prompt,Moderation\r\n"
    '8ABC-123,***,j.doe,Riverside PD,3,"01/04/2025, 10:00:00 AM UTC -\r\n01/05/2025, 10:00:00 AM '
    'UTC","Investigation of 8abc 123",25-77,Color: red,"01/05/2025, 10:00:07 AM UTC",lookup,,\r\n'
    '***,a-2,j.doe,***,3,,Administrative Test,***,,"12/31/2025, 12:00:07\u202fPM UTC",freeform,'
    '"red truck, owner born on 03/09/1985",ok\r\n'
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BLOTTER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("BLOTTER_DIGEST_KEY", KEY)
    return tmp_path / "home"


def dry_run(file: Path, *options: str) -> Result:
    arguments = ["import", str(file), "--mapping", "alpr", "--dry-run", "--json", *options]
    return CliRunner().invoke(main, arguments)


def imported(tmp_path: Path, text: str | bytes, *options: str) -> tuple[Result, list[Any]]:
    file = tmp_path / "log.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    result = dry_run(file, *options)
    assert "Traceback" not in result.output
    return result, [json.loads(line) for line in result.stdout.splitlines()]


def test_the_published_log() -> None:
    result = dry_run(SAMPLE)
    events = [json.loads(line) for line in result.stdout.splitlines()]
    purposes = Counter(event["data"]["purpose"] for event in events)
    assert result.exit_code == 0
    assert result.stderr == "4294 events, 0 rows refused; nothing was sent\n"
    assert len({event["id"] for event in events}) == len(events) == 4294
    assert len({event["data"]["employee_id"] for event in events}) == 147
    assert purposes["not_stated"] == 5
    assert set(purposes) == {"investigation", "system_test", "not_stated"}
    assert events[0]["data"]["extensions"] == {"camera_count": 2510}
    assert events[0]["time"] == "2025-06-18T00:02:04.789000Z"
    assert dry_run(SAMPLE).stdout == result.stdout


def test_the_dry_run_can_be_judged(tmp_path: Path) -> None:
    events = dry_run(SAMPLE, "--limit", "20").stdout
    judged = CliRunner().invoke(main, ["check", "-", "--json"], input=events)
    assert judged.exit_code in (0, 1)
    # Twenty uses, the nine people who searched, and the export itself.
    assert "30 subjects" in judged.stderr


def test_layout_with_network_count(tmp_path: Path) -> None:
    result, (first, second) = imported(tmp_path, NETWORK)
    assert result.exit_code == 0
    assert first["data"]["employee_id"] == "unknown"
    assert first["data"]["purpose_text"] == "stolen\nvehicle"
    assert second["data"]["extensions"] == {"network_count": 1083}
    assert second["data"]["purpose"] == "not_stated"
    assert "purpose_text" not in second["data"]


def test_layout_of_an_audit_export(tmp_path: Path) -> None:
    result, (first, second) = imported(tmp_path, AUDIT)
    data = first["data"]
    assert result.exit_code == 0
    assert first["time"] == "2025-01-05T10:00:07Z"
    assert (data["employee_id"], data["case_number"]) == ("j.doe", "25-77")
    assert data["purpose_text"] == "Investigation of ***"
    assert data["target_digest"] == hmac.digest(KEY.encode(), b"8ABC123", hashlib.sha256).hex()
    assert data["extensions"]["filters"] == "Color: red"
    assert second["time"] == "2025-12-31T12:00:07Z"
    assert (second["data"]["case_number"], second["data"]["purpose"]) == ("***", "system_test")
    assert "target_digest" not in second["data"]
    assert [hit["kind"] for hit in second["data"]["detected"]] == ["date_of_birth"]
    for secret in ("8ABC", "8abc", "red truck", "1985"):
        assert secret not in result.output


def test_what_says_nothing_but_the_plate_is_as_good_as_redacted(tmp_path: Path) -> None:
    row = AUDIT.replace("Color: red", "8abc123").replace(",lookup,,", ",lookup,8ABC 123,")
    _, (event, _) = imported(tmp_path, row)
    assert "filters" not in event["data"]["extensions"]
    assert "scanner" not in event["data"]


def test_a_row_without_id_has_the_same_one_every_time(tmp_path: Path) -> None:
    header = "userId,searchDate,reason"
    rows = [f"u-1,2025-06-18 00:00:0{n},uuv" for n in range(2)]
    _, events = imported(tmp_path, "\n".join([header, *rows, rows[0]]))
    ids = [event["id"] for event in events]
    assert (ids[0] == ids[2], ids[0] == ids[1]) == (True, False)
    assert events[0]["subject"] == f"use/flock-alpr-{ids[0]}"


def test_source_and_system(tmp_path: Path) -> None:
    options = ("--source", "/vendors/a/b", "--system-id", "plates")
    _, (event, _) = imported(tmp_path, NETWORK, *options)
    assert (event["source"], event["data"]["system_id"]) == ("/vendors/a/b", "plates")
    assert event["data"]["use_id"] == "plates-n-1"


def test_missing_columns_and_blank_rows(tmp_path: Path) -> None:
    result, (event,) = imported(tmp_path, "Search Time,Name\n\n,\n2025-06-18 00:00:00,u\n")
    assert result.exit_code == 0
    assert event["data"]["purpose"] == "not_stated"
    assert "extensions" not in event["data"]


def test_bad_rows_are_named_and_kept_out(tmp_path: Path) -> None:
    rows = [
        b"id,userId,searchDate,cameraCount,reason",
        b'1,u,2025-06-18 00:00:00,1,"two',
        b'lines"',
        b"2,u,yesterday,1,uuv",
        b"3,u,2025-02-30 00:00:00,1,uuv",
        b"4,u,2025-06-18 00:00:00,1",
        b"5,u,2025-06-18 00:00:00,1,\xff",
        b"6,,2025-06-18 00:00:00,1,uuv",
        b"7,u,1905-06-18 00:00:00,1,uuv",
        b"8,u,2025-06-18 00:00:00 PST,1,uuv",
        b'9,u,"2025"x,1,uuv',
        b"\x07,u,2025-06-18 00:00:00,1,uuv",
        b"11,u,2025-06-18 00:00:00,1,good",
    ]
    result, events = imported(tmp_path, b"\r\n".join(rows))
    told = [line.split(":", 2)[1:] for line in result.stderr.splitlines()[:-1]]
    assert result.exit_code == 1
    assert [event["id"] for event in events] == ["1", "11"]
    assert [int(line) for line, _ in told] == [4, 5, 6, 7, 8, 9, 10, 11, 12]
    for (_, reason), words in zip(
        told,
        ["not in a form", "no such time", "has 4 cells", "not UTF-8",
         "employee_id (column userId or Name): nothing is stated", "1970", "other than UTC",
         "not CSV", "id: "],
        strict=True,
    ):  # fmt: skip
        assert words in reason
    assert result.stderr.endswith("2 events, 9 rows refused; nothing was sent\n")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"name;reason\na;b\n", "no column"),
        (b"id,reason\n1,uuv\n", "no column userId or Name, searchDate or Search Time"),
        (b"\xff\xfei\x00d\x00", "no column"),
        (b'"id', "not CSV"),
    ],
)
def test_what_is_no_such_log(tmp_path: Path, content: bytes, reason: str) -> None:
    result, events = imported(tmp_path, content)
    assert (result.exit_code, events) == (2, [])
    assert reason in result.stderr


def test_header_alone_is_an_empty_log(tmp_path: Path) -> None:
    result, events = imported(tmp_path, "id,userId,searchDate\n")
    assert (result.exit_code, events) == (0, [])


def test_an_open_quote_does_not_take_the_rest_silently(tmp_path: Path) -> None:
    text = 'id,userId,searchDate,reason\n1,u,2025-06-18 00:00:00,"open\n'
    result, events = imported(tmp_path, text + "2,u,2025-06-18 00:00:00,x\n" * 5)
    assert (result.exit_code, events) == (1, [])
    assert "not CSV" in result.stderr


def test_without_a_key_one_is_made_and_kept(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BLOTTER_DIGEST_KEY")
    imported(tmp_path, NETWORK)
    assert not home.exists()
    _, second = imported(tmp_path, AUDIT)
    _, third = imported(tmp_path, AUDIT)
    assert second == third
    assert (home / "digest-key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("reason", "purpose"),
    [
        ("", "not_stated"),
        (" \n", "not_stated"),
        ("INVESTIGATIVE+", "investigation"),
        ("Criminal+Investigation", "investigation"),
        ("invest", "investigation"),
        ("Administrative Test", "system_test"),
        ("camera+test", "system_test"),
        ("administrative", "administrative"),
        ("drug test", "investigation"),
        ("Daytime search for best result", "investigation"),
        ("2514277", "investigation"),
        ("***", "investigation"),
    ],
)
def test_purpose_is_what_the_reason_says(tmp_path: Path, reason: str, purpose: str) -> None:
    row = f'1,u,2025-06-18 00:00:00,"{reason}"\n'
    _, (event,) = imported(tmp_path, "id,userId,searchDate,reason\n" + row)
    assert event["data"]["purpose"] == purpose


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2025-06-18 00:02:04.789", "2025-06-18T00:02:04.789000+00:00"),
        ("2025-06-18T00:02:04Z", "2025-06-18T00:02:04+00:00"),
        ("2025-06-18T00:02:04-07:00", "2025-06-18T00:02:04-07:00"),
        ("01/05/2025, 10:00:07 AM UTC", "2025-01-05T10:00:07+00:00"),
        ("1/5/2025, 12:00:07 AM UTC", "2025-01-05T00:00:07+00:00"),
        ("01/05/2025 13:00", "2025-01-05T13:00:00+00:00"),
    ],
)
def test_times(text: str, utc: str) -> None:
    assert read_time(text, FORMS, ZoneInfo("UTC")).isoformat() == utc


@pytest.mark.parametrize(
    "text", ["", "2025-06-18", "13/05/2025, 10:00:07 AM UTC", "01/05/2025, 13:00:07 PM UTC",
             "01/05/2025, 10:00:07 AM PDT", "20250618T000204Z", "1718668924"],
)  # fmt: skip
def test_times_that_are_none(text: str) -> None:
    with pytest.raises(BadTime):
        read_time(text, FORMS, ZoneInfo("UTC"))


def test_the_published_log_makes_the_same_events_as_ever() -> None:
    """What was imported before must be known again."""
    made = hashlib.sha256(dry_run(SAMPLE).stdout.encode()).hexdigest()
    assert made == "e2d45396933dc67bf430a0d8a0aba9e8c9b7d2ce211c5a0c682e811355566fbb"


def test_the_short_way_to_say_it() -> None:
    short = CliRunner().invoke(main, ["import", "alpr", str(SAMPLE), "--dry-run"])
    assert short.stdout == dry_run(SAMPLE).stdout
