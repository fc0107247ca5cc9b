"""`blotter import FILE --mapping …`: any log, by a mapping file; those that come with Blotter."""

import gzip
import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.cli.imports import shelf
from services.cli.imports.times import BadTime, read_time
from services.cli.lines import MAX_BYTES
from services.cli.main import main

COURSES = """\
event = "registry.training.completed.v1"
source = "/records/training"
zone = "America/Los_Angeles"
blank = ["N/A"]
only.Result = "Pass"
id = "No."
time = { column = ["Finished", "Completed"], format = ["us-date", "iso"] }
[fields]
employee_id = { column = "Badge", pattern = "E-([0-9]+)" }
course = "Class"
topics = { column = "Class", split = "+", map = { Basics = ["a", "b"], "/data.*/" = "d" } }
[extensions]
hours = { column = "Hours", number = true }
note = "Note"
"""
HEADER = "No.,Badge,Class,Finished,Result,Hours,Note\n"
GOOD = '1,E-7,Basics + Data law,3/1/2026,pass,"1,500",ok\n'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BLOTTER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("BLOTTER_DIGEST_KEY", "a department's key")
    return tmp_path


def blotter(*arguments: str, stdin: bytes | None = None) -> Result:
    result = CliRunner().invoke(main, ["import", *arguments], input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def imported(
    content: str | bytes, mapping: str = COURSES, *options: str
) -> tuple[Result, list[Any]]:
    Path("log").write_bytes(content if isinstance(content, bytes) else content.encode())
    Path("mapping.toml").write_text(mapping, "utf-8")
    result = blotter("log", "--mapping", "mapping.toml", "--dry-run", "--json", *options)
    return result, [json.loads(line) for line in result.stdout.splitlines()]


def dry_run(content: str, mapping: str = COURSES, *options: str) -> Result:
    Path("log").write_text(content, "utf-8")
    Path("mapping.toml").write_text(mapping, "utf-8")
    return blotter("log", "--mapping", "mapping.toml", "--dry-run", *options)


def test_each_way_to_say_where_a_field_comes_from() -> None:
    result, (event,) = imported(HEADER + GOOD)
    assert (result.exit_code, event["id"], event["subject"]) == (0, "1", "employee/7")
    assert event["time"] == "2026-03-01T00:00:00-08:00"
    assert event["data"] == {
        "extensions": {"hours": 1500, "note": "ok"},
        "employee_id": "7",
        "course": "Basics + Data law",
        "topics": ["a", "b", "d"],
    }


def test_columns_in_any_order_with_others_and_with_other_spellings() -> None:
    other = "\ufeff room ,RESULT,completed,BADGE,class,no\r\n\r\n"
    other += "B2,Pass,2026-03-01 10:00 PST,E-7,Basics,1\r\n"
    result, (event,) = imported(other)
    assert result.exit_code == 0
    assert event["time"] == "2026-03-01T10:00:00-08:00"
    assert "extensions" not in event["data"]


LISTED: dict[str, tuple[str, dict[str, Any]]] = {
    "training": (
        "Completion ID,Employee ID,Course,Completed On,Status,Hours\n"
        "T-1,E-7,AI in Policing: Basics,03/01/2026,Completed,4\n"
        "T-2,E-8,AI in Policing: Basics,,Enrolled,\n",
        {"employee_id": "E-7", "topics": ["a", "b", "c"], "extensions": {"hours": 4}},
    ),
    "roster": (
        "Employee ID,Name,E-mail,Division,Rank,Reports To,Status,As Of\n"
        'E-7,"Doe, Jane",N/A,Patrol,Sergeant II,E-2,On Leave (medical),2026-03-01\n',
        {"name": "Doe, Jane", "is_supervisor": True, "supervisor_id": "E-2", "status": "leave"},
    ),
    "approvals": (
        "Approval No.,AI Use ID,Document ID,Supervisor ID,Decision,Decided At\n"
        "17,writer-5,R-1,S-1,Approved,3/1/2026 2:05 PM\n"
        "18,writer-6,R-2,,Pending,\n",
        {"use_id": "writer-5", "output_id": "R-1", "approver_id": "S-1", "decision": "approved"},
    ),
    "genai": (
        '{"id":"r-1","created":1772323200,"user":{"employee_id":"E-7"},"model":"m-1",'
        '"purpose":"Draft report","prompt":"SSN 123-45-6789","usage":{"prompt_tokens":12}}\n',
        {"use_id": "text-assistant-r-1", "purpose": "report_writing", "input_tokens": 12,
         "model": {"provider": "unknown", "name": "m-1"}},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LISTED)
def test_the_mappings_that_come_with_blotter(name: str) -> None:
    content, expected = LISTED[name]
    result, (event,) = imported(content, shelf.text_of(name))
    assert (result.exit_code, result.stderr) == (0, "1 events, 0 rows refused; nothing was sent\n")
    assert expected.items() <= event["data"].items()
    assert "6789" not in result.stdout


def test_every_mapping_is_run_here_and_can_be_explained() -> None:
    assert {*LISTED, "alpr"} == set(shelf.names())
    assert [line.split()[0] for line in blotter("--list").stdout.splitlines()] == shelf.names()
    told = blotter("--explain", "training").stdout
    assert "employee_id: column Employee ID or Serial No.; blank refuses the row" in told
    assert blotter("--example", "training").stdout == shelf.text_of("training")


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (("[fields]", "[fields"), "not TOML"),
        (('zone = "America/Los_Angeles"', ""), "zone: is missing"),
        (("America/Los_Angeles", "Mars/Base"), "zone: must be a time zone"),
        (("/records/training", "records"), "source: "),
        (("completed.v1", "complete.v1"), "did you mean registry.training.completed.v1?"),
        (("registry.training.completed.v1", "oversight.action.taken.v1"), "event: is none that"),
        (("course = ", "cource = "), "fields.cource: is no field of registry.training"),
        (("course = ", "cource = "), "fields.course: is missing; registry.training"),
        (("pattern =", "patern ="), "fields.employee_id.patern: there is no such key"),
        (("E-([0-9]+)", "E-([0-9]+"), "fields.employee_id.pattern: is no pattern"),
        (("E-([0-9]+)", "(E)-([0-9]+)"), "fields.employee_id.pattern: may have one group"),
        (("/data.*/", "/data(/"), "fields.topics.map: is no pattern"),
        (('= "d"', '= "z"'), 'fields.topics.map."/data.*/": Input should be'),
        (("us-date", "american"), "time.format.0: must be of iso"),
        (('"No."', "7"), "id: "),
        (('course = "Class"', "course = {}"), "fields.course: needs one of column"),
        (('course = "Class"', 'course = {value=1.5}'), "fields.course.value: "),
        (('course = "Class"', 'course = {value={}}'), "fields.course.value: must be text"),
        (('course = "Class"', 'course = {value="x", required=true}'), "fields.course: a value"),
        (('course = "Class"', 'course = {column="Class", otherwise="x"}'), "said beside a map"),
        (('course = "Class"', 'course = {column="Class", split=";"}'), "course.split: "),
        (('course = "Class"', 'course = {column="Class", zone="UTC"}'), "course.zone: is for"),
        (('course = "Class"', 'course = {column="Class", number=true}'), "course.number: "),
        (('note = "Note"', 'note = {column="class", digest=true}'), "fields.course: reads"),
        (("[fields]", 'system_id = "x"\n[fields]'), "is of no system"),
        (("only.Result", "onyl.Result"), "onyl: there is no such key"),
    ],
)  # fmt: skip
def test_a_wrong_mapping_is_told_by_its_key(changed: tuple[str, str], reason: str) -> None:
    assert changed[0] in COURSES
    mapping = COURSES.replace(changed[0], changed[1], 1)
    if "system_id" in changed[1]:
        mapping = COURSES.replace("[fields]", "").replace("only", 'system_id = "x"\nonly')
        mapping = mapping.replace("employee_id =", "[fields]\nemployee_id =")
    result, events = imported(HEADER + GOOD, mapping)
    assert (result.exit_code, events) == (2, [])
    assert reason in result.stderr


def test_a_mapping_that_is_not_there() -> None:
    Path("log").write_text(HEADER)
    result = blotter("log", "--mapping", "nowhere.toml", "--dry-run")
    assert result.exit_code == 2
    assert "nowhere.toml: no such mapping file; there are also alpr, approvals" in result.stderr


def test_lines_are_printed_in_a_dry_run_only() -> None:
    """Who forgets `--dry-run` must not have sent the file."""
    dry_run(HEADER + GOOD)
    result = blotter("log", "--mapping", "mapping.toml", "--json")
    assert (result.exit_code, "--json is for a dry run" in result.stderr) == (2, True)


def test_a_word_of_the_map_may_mean_an_empty_list() -> None:
    mapping = COURSES.replace('Basics = ["a", "b"]', "Basics = []").replace(
        '"/data.*/" = "d"', "x = 'a'"
    )
    _, (event,) = imported(HEADER + GOOD.replace(" + Data law", ""), mapping)
    assert event["data"]["topics"] == []


REFUSED = (
    HEADER
    + GOOD
    + "2,7,Basics,3/1/2026,Pass,,\n"
    + "3,E-7,Juggling,3/1/2026,Pass,,\n"
    + "4,E-7,Basics,2/30/2026,Pass,,\n"
    + "5,E-7,Basics,last week,Pass,,\n"
    + "6,E-7,N/A,3/1/2026,Pass,,\n"
    + "7,E-7,Basics\n"
    + "8,E-7,Basics,3/1/1815,Pass,,\n"
    + "9,E-8,Knitting and Juggling,3/1/2026,Pass,,\n"
    + "10,E-7,Basics,3/1/2026,Fail,,\n"
)


def test_a_refused_row_is_told_by_line_and_field_and_never_by_its_value() -> None:
    result, events = imported(REFUSED)
    told = [line.removeprefix("log:") for line in result.stderr.splitlines()]
    assert (result.exit_code, len(events)) == (1, 1)
    assert told == [
        "3: employee_id (column Badge): does not look as `pattern` says",
        "4: topics (column Class): is not in its map (got string of 8 characters)",
        "5: time (column Finished or Completed): there is no such time",
        "6: time (column Finished or Completed): not in a form that is known (us-date, iso)",
        "7: course (column Class): nothing is stated",
        "8: has 3 cells, the header has 7",
        "9: time (column Finished or Completed): must lie between the years 1970 and 2200",
        "10: topics (column Class): is not in its map (got string of 21 characters)",
        "1 events, 8 rows refused; nothing was sent",
    ]
    assert "Juggling" not in result.output


def test_the_dry_run_counts_what_becomes_of_the_rows() -> None:
    again = GOOD + GOOD + GOOD.replace("Data", "data")
    result = dry_run(REFUSED + again, COURSES, "--show", "1")
    shown, _, counted = result.stdout.partition("}\n\n")
    assert result.exit_code == 1
    assert json.loads(shown.removeprefix("line 2:\n") + "}")["id"] == "1"
    assert counted.splitlines()[:5] == [
        "13 rows: 4 would be sent, 8 refused, 1 left out by `only`",
        "rows that repeat another row, which counts once: 2",
        "rows with the id of another row that say something else (is `id` the right column?): 1",
        "refused 2: topics (column Class): is not in its map (lines 4, 10)",
        "refused 1: employee_id (column Badge): does not look as `pattern` says (line 3)",
    ]
    assert counted.endswith("\nnothing was sent\n")


def test_the_dry_run_names_columns_that_nobody_reads() -> None:
    result = dry_run("Room,No,Badge,Class,Finished,Result,Grade\nB,1,E-7,Basics,3/1/2026,Pass,A\n")
    assert "columns that are not read: Room, Grade\n" in result.stdout


WITHOUT_ID = COURSES.replace('id = "No."\n', "")


def test_a_row_without_an_id_is_known_again_whatever_the_order_of_its_columns() -> None:
    _, (first,) = imported("Badge,Class,Finished,Result\nE-7,Basics,3/1/2026,Pass\n", WITHOUT_ID)
    _, (second,) = imported(
        "Class,Hours,Badge,Result,Finished\nBasics,,E-7,Pass,3/1/2026\n", WITHOUT_ID
    )
    _, (other,) = imported("Badge,Class,Finished,Result\nE-7,Basics,3/2/2026,Pass\n", WITHOUT_ID)
    assert first == second
    assert first["id"] != other["id"]
    assert len(first["id"]) == 32


def test_the_id_of_a_row_cannot_be_found_out_without_the_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    content = "Badge,Class,Finished,Result\nE-7,Basics,3/1/2026,Pass\n"
    _, (first,) = imported(content, WITHOUT_ID)
    monkeypatch.setenv("BLOTTER_DIGEST_KEY", "another key")
    _, (second,) = imported(content, WITHOUT_ID)
    assert first["id"] != second["id"]


def test_a_row_that_must_have_an_id() -> None:
    mapping = COURSES.replace('id = "No."', 'id = { text = "t-{No.}", required = true }')
    _, (event,) = imported(HEADER + GOOD, mapping)
    assert event["id"] == "t-1"
    result, _ = imported(HEADER + GOOD.replace("1,E", ",E", 1), mapping)
    assert "log:2: id: nothing is stated" in result.stderr
    result, _ = imported(HEADER.replace("No.,", "Key,") + GOOD, mapping)
    assert (result.exit_code, "no column No." in result.stderr) == (2, True)


def test_files_are_read_as_they_come() -> None:
    _, expected = imported(HEADER + GOOD)
    packed = Path("log.csv.gz")
    packed.write_bytes(gzip.compress((HEADER + GOOD).encode()))
    options = ("--mapping", "mapping.toml", "--dry-run", "--json")
    for result in (
        blotter("log.csv.gz", *options),
        blotter("-", *options, stdin=(HEADER + GOOD).encode()),
        imported((HEADER + GOOD).encode("utf-16"))[0],
        imported((HEADER + GOOD).replace("\n", "\r"))[0],
        imported("Report of\nMarch\n" + HEADER + GOOD, COURSES + "[file]\nskip_lines = 2\n")[0],
        imported(
            (HEADER + GOOD).replace("1,500", "1.500").replace(",", ";").replace("1.500", "1,500"),
            COURSES + '[file]\ndelimiter = ";"\n',
        )[0],
    ):
        assert [json.loads(line) for line in result.stdout.splitlines()] == expected


def test_other_encodings() -> None:
    content = (HEADER + GOOD.replace("ok", "café")).encode("cp1252")
    result, events = imported(content)
    assert (result.exit_code, events) == (1, [])
    assert "log:2: column note: not UTF-8, or not the encoding that was said" in result.stderr
    _, (event,) = imported(content, COURSES, "--encoding", "cp1252")
    assert event["data"]["extensions"]["note"] == "café"
    _, (event,) = imported(content, COURSES + '[file]\nencoding = "cp1252"\n')
    assert event["data"]["extensions"]["note"] == "café"
    for wrong in ("klingon", "base64"):
        result, _ = imported(content, COURSES, "--encoding", wrong)
        assert (result.exit_code, "encoding: there is none" in result.stderr) == (2, True)
    result, _ = imported(content, COURSES, "--encoding", "utf-16")
    assert (result.exit_code, "is not utf-16; --encoding" in result.stderr) == (2, True)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "log: is empty"),
        ("[\n", "is a JSON array"),
        ("\n\n", "no column No., Badge"),
        (HEADER.replace("Badge", "Person"), "no column Badge"),
        (HEADER.replace("Finished", "x").replace("Result", "y"), "Finished or Completed, Result"),
        (HEADER.replace(",", ";"), "does ';' stand between its cells? see `delimiter`"),
        (HEADER.replace("Note", "NOTE #,note"), "the column Note is there twice"),
        ('"No', "not CSV"),
    ],
)
def test_a_file_that_does_not_fit(content: str, reason: str) -> None:
    mapping = COURSES.replace('"No."', '{ column = "No.", required = true }')
    result, events = imported(content, mapping)
    assert (result.exit_code, events) == (2, [])
    assert reason in result.stderr


def test_huge_lines_are_refused_and_the_rest_is_read() -> None:
    huge = "2,E-7,Basics,3/1/2026,Pass,," + "x" * (3 * MAX_BYTES) + "\n"
    many = "3,E-7,Basics,3/1/2026,Pass,," + "a," * MAX_BYTES + "\n"
    result, events = imported(HEADER + huge + many + GOOD)
    assert len(events) == 1
    assert [line[:22] for line in result.stderr.splitlines()[:2]] == [
        "log:2: longer than 256", "log:3: longer than 256"
    ]  # fmt: skip
    long_cells = '4,E-7,Basics,3/1/2026,Pass,"{0}","{0}"\n'.format(("y" * 999 + "\n") * 200)
    result, events = imported(HEADER + long_cells + GOOD)
    assert (len(events), "log:2: too long to be sent" in result.stderr) == (1, True)


def test_lines_of_json() -> None:
    good = {"no": 1, "badge": "E-7", "class": ["Basics"], "finished": "3/1/2026", "result": "Pass",
            "hours": 3, "note": None, "other": {"deep": [{"x": 1}]}}  # fmt: skip
    mapping = COURSES.replace('split = "+"', 'split = ";"')
    lines = [json.dumps(good), "", "{oops", "[1]", "{" + '"a":{' * 2000,
             '{"note": "\\ud800"}', json.dumps(good | {"note": "x" * MAX_BYTES}),
             json.dumps(good | {"badge": None})]  # fmt: skip
    result, (event,) = imported("\n".join(lines), mapping)
    assert event["data"]["extensions"] == {"hours": 3}
    assert event["data"]["topics"] == ["a", "b"]
    told = [line.removeprefix("log:")[:31] for line in result.stderr.splitlines()]
    assert told == [
        "3: not JSON: Expecting property", "4: not a JSON object that can b",
        "5: not a JSON object that can b", "6: column note: not UTF-8, or n",
        "7: longer than 256 KB", "8: employee_id (column Badge): ",
        "1 events, 6 rows refused; nothi",
    ]  # fmt: skip


SECRET = """\
event = "ai.use.recorded.v1"
source = "/records/faces"
system_id = "faces"
zone = "UTC"
time = "At"
[fields]
use_id = { text = "faces-{id}" }
employee_id = "Who"
family = { value = "perceptive" }
capability = { value = "face_recognition" }
purpose = { value = "investigation" }
purpose_text = "Why"
target_digest = { column = "Person", digest = true }
alters_likeness = "Altered"
latency_ms = "ms"
input_tokens = "Tokens"
"surveillance.bases" = "Grounds"
"""


def test_what_is_kept_as_a_digest_stands_nowhere_else() -> None:
    header = "At,Who,Why,Person,Altered,ms,Tokens,Grounds\n"
    row = '2026-03-01T00:00:00Z,E-7,seen near José PEÑA\'s house,José Peña,No,1.5,"1,200",warrant\n'
    _, (first, second) = imported(header + row + row.replace("José Peña", "JOSÉ-PEÑA"), SECRET)
    assert first["data"]["purpose_text"] == "seen near ***'s house"
    assert first["data"]["target_digest"] == second["data"]["target_digest"]
    assert first["data"]["alters_likeness"] is False
    assert (first["data"]["latency_ms"], first["data"]["input_tokens"]) == (1.5, 1200)
    assert first["data"]["surveillance"] == {"bases": ["warrant"]}


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("Altered", "maybe", "alters_likeness (column Altered): must be yes or no"),
        ("ms", "1,5", "latency_ms (column ms): must be a number"),
        ("Tokens", "1.5", "input_tokens (column Tokens): must be a whole number"),
        ("Grounds", "hunch", "surveillance.bases (column Grounds): must be one of suspected_crime"),
    ],
)
def test_values_of_the_wrong_kind(column: str, cell: str, reason: str) -> None:
    cells = {"At": "2026-03-01", "Who": "E-7", column: cell}
    result, _ = imported(json.dumps(cells) + "\n", SECRET)
    assert f"log:1: {reason}" in result.stderr
    assert cell not in result.stderr


PACIFIC = ZoneInfo("America/Los_Angeles")


@pytest.mark.parametrize(
    ("text", "form", "expected"),
    [
        ("2026-07-01 10:00", "iso", "2026-07-01T10:00:00-07:00"),
        ("2026-07-01T10:00:00.5Z", "iso", "2026-07-01T10:00:00.500000+00:00"),
        ("7/1/2026 10:00 pm PDT", "us", "2026-07-01T22:00:00-07:00"),
        ("1.7.2026 10:00", "eu", "2026-07-01T10:00:00-07:00"),
        ("7/1/2026", "us-date", "2026-07-01T00:00:00-07:00"),
        ("11/1/2026 1:30 AM PST", "us", "2026-11-01T01:30:00-08:00"),
        ("11/1/2026 1:30 AM PDT", "us", "2026-11-01T01:30:00-07:00"),
        ("1782925200", "unix", "2026-07-01T17:00:00+00:00"),
        ("1782925200.25", "unix", "2026-07-01T17:00:00.250000+00:00"),
        ("1782925200250", "unix-ms", "2026-07-01T17:00:00.250000+00:00"),
        ("7/1/26 22:00", "%m/%d/%y %H:%M", "2026-07-01T22:00:00-07:00"),
        ("01-Jul-2026", "%d-%b-%Y", "2026-07-01T00:00:00-07:00"),
    ],
)
def test_times_are_placed_in_their_zone(text: str, form: str, expected: str) -> None:
    assert read_time(text, [form], PACIFIC).isoformat() == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2026-03-08 02:30", "there is no such time in America/Los_Angeles"),
        ("2026-11-01 01:30", "came twice in America/Los_Angeles"),
        ("2026-07-01 10:00 PST", "of a zone other than America/Los_Angeles"),
        ("2026-02-29 10:00", "there is no such time"),
        ("0001-01-01 00:00", "must lie between the years 1970 and 2200"),
        ("2026-07-01 10:00 +99:99", "there is no such time"),
    ],
)
def test_times_that_cannot_be_placed(text: str, reason: str) -> None:
    with pytest.raises(BadTime, match=reason):
        read_time(text, ["iso"], PACIFIC)


def test_a_time_that_came_twice_may_be_said_to_be_either() -> None:
    forms = ["iso"]
    earlier = read_time("2026-11-01 01:30", forms, PACIFIC, "earlier")
    later = read_time("2026-11-01 01:30", forms, PACIFIC, "later")
    assert (later.timestamp() - earlier.timestamp()) == 3600


# Whatever stands in a file, every row is sent, refused with a reason, or left out, and no value is
# told. The words make some rows good.
CELLS = st.text() | st.sampled_from(
    ["E-7", "Basics", "3/1/2026", "2026-03-01 10:00", "Pass", "N/A"]
)
MANY = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@MANY
@given(st.lists(st.lists(CELLS, min_size=7, max_size=7), max_size=8))
def test_the_counts_of_any_table_add_up(table: list[list[str]]) -> None:
    quoted = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in table]
    content = HEADER.encode() + "\n".join(quoted).encode("utf-8", "surrogatepass")
    result, events = imported(content)
    rows = sum(any(cell.strip() for cell in row) for row in table)
    counted = blotter("log", "--mapping", "mapping.toml", "--dry-run", "--show", "0").stdout
    total = counted.split(" rows: ", 1)[0]
    assert (int(total), result.exit_code in (0, 1)) == (rows, True)
    refused = [line for line in result.stderr.splitlines() if line.startswith("log:")]
    assert f": {len(events)} would be sent, {len(refused)} refused" in counted
    assert all(line.split(":", 2)[2].strip() for line in refused)


@MANY
@given(st.binary() | st.text().map(str.encode), st.booleans())
def test_no_file_is_a_crash(content: bytes, with_header: bool) -> None:
    result, _ = imported(HEADER.encode() * with_header + content)
    assert result.exit_code in (0, 1, 2)
    if result.exit_code == 2:
        assert "Error: log: " in result.stderr


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | CELLS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)
NAMES = st.sampled_from(["no", "Badge", "Class", "Finished", "Result", "Hours", "Note"])


@MANY
@given(st.lists(st.dictionaries(NAMES | st.text(), JSON), min_size=1, max_size=5))
def test_the_counts_of_any_lines_of_json_add_up(objects: list[dict[str, Any]]) -> None:
    imported("\n".join(json.dumps(each) for each in objects))
    result = blotter("log", "--mapping", "mapping.toml", "--dry-run", "--show", "0")
    assert result.stdout.startswith(f"{len(objects)} rows: ")


@MANY
@given(st.lists(st.sampled_from([*HEADER.strip().split(","), "zz"]), min_size=7, max_size=7))
def test_no_refusal_tells_a_value(columns: list[str]) -> None:
    cells = [f"zq{place}zq" for place, _ in enumerate(columns)]
    mapping = COURSES.replace('only.Result = "Pass"\n', "")
    result, _ = imported(",".join(columns) + "\n" + ",".join(cells), mapping)
    assert "zq" not in result.stderr
