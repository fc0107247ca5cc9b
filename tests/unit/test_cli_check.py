"""`blotter check` as a person or a script sees it."""

import gzip
import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from schemas.events import Event, dump
from schemas.policy import Policy
from services.cli.main import main
from services.order.pile import Pile
from services.order.rule import Example, Rule
from services.order.rulebook import examples, rulebook
from services.order.scenario import after, department, plate_search, policy_change, use
from tests.casebook import judge_all

ROOT = Path(__file__).parents[2]
AT = ("--at", after(48).isoformat())


def run(*arguments: str | Path, stdin: str | bytes | None = None) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments], input=stdin)


def written(path: Path, events: list[Event]) -> Path:
    path.write_bytes(b"".join(dump(event) + b"\n" for event in events))
    return path


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    good = plate_search(purpose_text="stolen vehicle", case_number="26-1")
    return written(tmp_path / "clean.jsonl", [*department(), good])


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    return written(tmp_path / "bad.jsonl", [*department(), plate_search(known_as="ev-bad")])


def lines_of(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_no_violation(clean: Path) -> None:
    result = run("check", clean, *AT, "--json")
    assert (result.exit_code, lines_of(result)) == (0, [])
    assert "0 possible violations" in result.stderr


def test_violation_as_json(bad: Path) -> None:
    result = run("check", bad, *AT, "--json")
    found = next(v for v in lines_of(result) if v["rule"] == "alpr_search")
    assert result.exit_code == 1
    assert list(found) == [
        "clause", "rule", "subject", "verdict", "severity", "group", "reason", "evidence"
    ]  # fmt: skip
    assert (found["clause"], found["verdict"], found["subject"]) == ("D.4", "violation", "use/U-1")
    assert found["evidence"] == [{"source": "/vendors/acme/x", "id": "ev-bad"}]


def test_every_verdict(clean: Path) -> None:
    verdicts = {v["verdict"] for v in lines_of(run("check", clean, *AT, "--json", "--all"))}
    assert {"compliant", "not_applicable"} <= verdicts


def test_violation_for_people(bad: Path) -> None:
    result = run("check", bad, *AT)
    assert "possible violation: D.4, use/U-1" in result.stdout
    assert "without a stated purpose" in result.stdout


def test_invalid_line_is_named_and_the_rest_judged(bad: Path) -> None:
    with bad.open("ab") as file:
        file.write(b"\n{oops\n\xff\xfe\n[1]\n[]\n" + b'{"a":"' + b"x" * 262_144 + b'"}\n')
        file.write(b'{"type":"ai.use.recorded.v1","data":{"content":"secret words"}}\n')
    result = run("check", bad, *AT, "--json")
    said = result.stderr
    first = len(department()) + 3
    assert result.exit_code == 2
    assert [v["clause"] for v in lines_of(result) if v["verdict"] == "violation"] == ["D.4"]
    assert f"{bad}:{first}: not JSON" in said
    assert " at character 2\n" in said and "line 1 column" not in said
    assert "; 6 invalid events left out" in said
    assert f"{bad}:{first + 1}: not UTF-8" in said
    assert f"{bad}:{first + 2}: event 1 of the batch: " in said
    assert f"{bad}:{first + 3}: a batch holds 1 to 500 events" in said
    assert f"{bad}:{first + 4}: longer than 256 KB" in said
    assert f"{bad}:{first + 5}: specversion: is required (got nothing)" in said
    assert "secret words" not in result.output


def test_standard_input_gzip_batch_and_byte_order_mark(tmp_path: Path, bad: Path) -> None:
    expected = run("check", bad, *AT, "--json").stdout
    whole = bad.read_bytes()
    packed = tmp_path / "bad.jsonl.gz"
    packed.write_bytes(gzip.compress(whole))
    batch = b"\xef\xbb\xbf[" + b",".join(whole.splitlines()) + b"]"
    assert expected
    assert run("check", packed, *AT, "--json").stdout == expected
    assert run("check", "-", *AT, "--json", stdin=whole).stdout == expected
    assert run("check", "-", *AT, "--json", stdin=batch).stdout == expected
    assert run("check", bad, packed, *AT, "--json").stdout == expected


def test_content_is_scanned_and_leaves_no_trace(tmp_path: Path) -> None:
    secret = "his SSN is 536-22-1234"
    path = written(tmp_path / "content.jsonl", [*department(), use(content=secret)])
    result = run("check", path, *AT, "--json", "--all")
    assert result.exit_code in (0, 1)
    assert "536" not in result.output


def test_now_hides_what_came_later(bad: Path) -> None:
    assert run("check", bad, "--at", after(-1).isoformat(), "--json").stdout == ""


def test_bare_date_is_the_start_of_the_day_there(bad: Path) -> None:
    # 09:00 in Los Angeles on 2 March is 02:00 on 3 March in Tokyo.
    assert run("check", bad, "--at", "2026-03-02").exit_code == 0
    assert run("check", bad, "--at", "2026-03-03").exit_code == 1
    with bad.open("ab") as file:
        file.write(dump(policy_change(time={"zone": "Asia/Tokyo"})))
    there = run("check", bad, "--at", "2026-03-03")
    assert there.exit_code == 0
    assert "judged as of Mar 3, 2026, 00:00 JST" in there.stderr


def test_policy_file_wins_over_the_policy_in_the_events(tmp_path: Path, bad: Path) -> None:
    with bad.open("ab") as file:
        file.write(dump(policy_change(alpr={"required_fields": ["authorization_ref"]})))
    policy = tmp_path / "policy.toml"
    policy.write_text("[alpr]\nrequired_fields = []\n")
    assert run("check", bad, *AT).exit_code == 1
    assert run("check", bad, *AT, "--policy", policy).exit_code == 0


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[alpr]\nrequired_feelds = []", "alpr.required_feelds: there is no such setting"),
        ("[time]\nzone = 'Mars'", "time.zone: must be a time zone"),
        ("[time", "not TOML"),
    ],
)
def test_bad_policy(tmp_path: Path, clean: Path, text: str, reason: str) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(text)
    result = run("check", clean, "--policy", policy)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"Error: {policy}: {reason}")


def test_rules_on_trial_are_told_apart(tmp_path: Path, bad: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text('[rules]\nshadow = ["alpr_search"]\n')
    result = run("check", bad, *AT, "--policy", policy)
    assert result.exit_code == 0
    assert "possible violation (rule on trial): D.4" in result.stdout
    assert "0 possible violations, " in result.stderr
    assert "; 1 finding of rules on trial not counted; " in result.stderr


def test_key_of_a_clause_is_named_as_it_is_written(tmp_path: Path, clean: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text('[clauses."4.1"]\ntitle = "A title"\nhow = "sworn"\n')
    assert ': clauses."4.1".how: ' in run("check", clean, "--policy", policy).stderr


def test_usage_errors(tmp_path: Path, clean: Path) -> None:
    damaged = tmp_path / "damaged.gz"
    damaged.write_bytes(gzip.compress(clean.read_bytes())[:-20])
    for arguments, reason in [
        ((tmp_path / "none.jsonl",), "none.jsonl: no such file"),
        ((tmp_path,), "Is a directory"),
        ((damaged,), "damaged.gz: cannot be read"),
        ((clean, "--at", "yesterday"), "--at: must be an RFC 3339 time with offset, or a date"),
        ((clean, "--policy", tmp_path / "none.toml"), "none.toml: No such file"),
        ((), "Missing argument"),
    ]:
        result = run("check", *arguments)
        assert (result.exit_code, result.stdout) == (2, "")
        assert reason in result.stderr
        assert "Traceback" not in result.stderr


def test_output_that_nobody_reads_keeps_the_exit_status(tmp_path: Path) -> None:
    uses = [plate_search(use_id=f"U-{n}") for n in range(500)]
    path = written(tmp_path / "many.jsonl", [*department(), *uses])
    check = subprocess.Popen(
        [sys.executable, "-m", "services.cli.main", "check", path, *AT, "--json", "--all"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        text=True,
    )
    assert check.stdout is not None and check.stderr is not None
    check.stdout.readline()
    check.stdout.close()
    assert "Error" not in check.stderr.read()
    assert check.wait() == 1
    check.stderr.close()


@pytest.mark.parametrize(
    ("rule", "example"), examples(), ids=[f"{r.clause} {e.name}" for r, e in examples()]
)
def test_pile_judges_as_the_casebook_does(rule: Rule, example: Example) -> None:
    pile = Pile(Policy())
    for event in reversed([*example.events, *example.events]):
        pile.add(event)
    judged = judge_all(example.events, example.now, Policy(), rulebook())
    assert list(pile.verdicts(example.now, rulebook())) == judged


def test_policy_file_of_the_department_states_every_default() -> None:
    text = (ROOT / "deploy" / "policy.toml").read_text("utf-8")
    assert Policy.from_toml(text) == Policy()
    # To the byte: findings tell by which settings they were judged.
    assert Policy.from_toml(text).model_dump_json() == Policy().model_dump_json()
    assert keys(tomllib.loads(text)) == keys(Policy().model_dump())


def keys(tree: dict[str, Any], prefix: str = "") -> set[str]:
    found = {prefix + name for name in tree}
    for name, value in tree.items():
        if isinstance(value, dict):
            found |= keys(value, f"{prefix}{name}.")
    return found


def test_rules_are_listed() -> None:
    listed = [json.loads(line) for line in run("rules", "--json").stdout.splitlines()]
    assert [rule["id"] for rule in listed] == [rule.id for rule in rulebook()]
    about = {"clause", "id", "title", "severity", "kinds", "version", "remedy", "settings"}
    assert all(set(rule) == about for rule in listed)
    assert next(r for r in listed if r["id"] == "lead_documented")["settings"] == [
        "lead.document_within_hours"
    ]
    assert "D.4" in run("rules").stdout


def test_help_of_every_command() -> None:
    names = run("--help").stdout
    for name in ("check", "rules", "import", "emit", "source", "setup", "status", "export"):
        assert name in names
        assert run(name, "--help").exit_code == 0
