"""`blotter order` as far as it needs no server."""

from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from schemas.policy import ClauseEntry, LeadPolicy, Policy
from services.cli.main import main
from services.cli.order import planned
from services.cli.setup import policy_event, with_text
from services.order.clauses import CLAUSES
from services.order.concordance import clause_table, concordance
from services.order.rulebook import rulebook

FOLDER = Path(__file__).parents[1] / "data" / "order"
FIRST = FOLDER / "general_order_612.04.txt"
SECOND = FOLDER / "general_order_612.04_second.txt"
DAY = date(2026, 3, 1)
LATER = date(2026, 9, 1)
RULE = rulebook()[0]
LEAD = LeadPolicy(document_within_hours=48)


def run(*arguments: str | Path) -> Result:
    result = CliRunner().invoke(main, ["order", *(str(a) for a in arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def entry(how: str = "automated", rules: tuple[str, ...] = ()) -> ClauseEntry:
    return ClauseEntry.model_validate({"title": "Ours", "how": how, "rules": list(rules)})


def test_dry_run_asks_no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOTTER_KAFKA", "127.0.0.1:1")
    monkeypatch.setenv("BLOTTER_ELASTICSEARCH", "http://127.0.0.1:1")
    monkeypatch.setenv("COLUMNS", "120")
    result = run("import", FIRST, "--dry-run")
    assert result.exit_code == 0
    assert (
        "612.04 AUTOMATED TOOLS, in effect on 2026-03-01: 4 sections, 19 clauses" in result.stdout
    )
    assert "Officers use tools only:" in result.stdout
    assert "edition 612.04, in effect on 2026-03-01: not sent" in result.stdout


def test_import_says_what_the_header_leaves_open(tmp_path: Path) -> None:
    bare = tmp_path / "order.txt"
    bare.write_text("A. WORDS\n1. Tool.\n")
    assert "its number: give --edition" in run("import", bare, "--dry-run").stderr
    named = run("import", bare, "--dry-run", "--edition", "7")
    assert (named.exit_code, "its day: give --effective-on" in named.stderr) == (2, True)
    whole = run("import", bare, "--dry-run", "--edition", "7", "--effective-on", "2026-01-02")
    assert "edition 7, in effect on 2026-01-02: not sent" in whole.stdout
    assert (
        "at most 200"
        in run(
            "import", bare, "--dry-run", "--edition", "7" * 201, "--effective-on", "2026-01-02"
        ).stderr
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"A. WORDS\n1. Tool.\n3. Saw.\n", ":3: 3. found where 2. or a. was expected"),
        (b"nothing", ": no section was found"),
        (b"A. WORDS\n1. \xff\n", ": not plain text in UTF-8"),
        (None, ": No such file"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(
    tmp_path: Path, content: bytes | None, words: str
) -> None:
    file = tmp_path / "order.txt"
    if content is not None:
        file.write_bytes(content)
    result = run("import", file, "--dry-run")
    assert (result.exit_code, f"{file}{words}" in result.stderr) == (2, True)


def test_diff() -> None:
    result = run("diff", FIRST, SECOND)
    assert result.exit_code == 1
    lines = [line.strip() for line in result.stdout.splitlines()]
    assert [line for line in lines if line.split()[0] in ("added", "removed", "reworded")] == [
        "added     A.2.c",
        "removed   D.1.b",
        "reworded  B.1.b",
    ]
    assert lines[-2:] == ["- After the harbour course.", "+ After the harbour course and its test."]
    same = run("diff", FIRST, FIRST)
    assert (same.exit_code, "nothing" in same.stdout) == (0, True)


def test_diff_sees_headings_and_the_preamble(tmp_path: Path) -> None:
    other = tmp_path / "order.txt"
    text = FIRST.read_text("utf-8").replace("D. KEEPING COUNT", "D. COUNTING")
    other.write_text(text.replace("they decide nothing", "they decide little"), "utf-8")
    said = run("diff", FIRST, other).stdout
    assert "reworded  D (heading)" in said
    assert "reworded  Policy" in said


def test_our_table_has_every_clause_and_rule() -> None:
    table = clause_table(Policy())
    assert list(table) == [clause.id for clause in CLAUSES]
    assert {rule for e in table.values() for rule in e.rules} == {rule.id for rule in rulebook()}
    own = {"Z.1": entry(rules=(RULE.id,))}
    assert clause_table(Policy(clauses=own)) == own


def test_a_text_with_every_clause_leaves_no_rule_homeless() -> None:
    table = clause_table(Policy())
    found = concordance({clause.id: "words" for clause in CLAUSES}, table)
    judged = {clause for rule in rulebook() for clause in (rule.clause, *rule.also)}
    assert (found.homeless, found.absent) == ({}, [])
    assert found.informative == [c.id for c in CLAUSES if c.how == "informative"]
    asking = [c.id for c in CLAUSES if c.how != "informative"]
    assert found.lacking == [clause for clause in asking if clause not in judged]


def test_clauses_without_a_rule() -> None:
    text = {
        "A.1": "A word.",
        "A.1.a": "More of it.",
        "B.1": "Only when",
        "B.1.a": "judged",
        "B.1.b": "not judged",
        "B.1.b(1)": "unknown, below one that asks",
        "B.2": "As follows:",
        "B.2.a": "unknown",
        "B.3": "asks for something of its own",
        "B.3.a": "judged",
    }
    table = {
        "A.1": entry("informative"),
        "B.1.a": entry(rules=(RULE.id,)),
        "B.1.b": entry("attested"),
        "B.3": entry(),
        "B.3.a": entry(rules=("another",)),
    }
    found = concordance(text, table)
    assert found.informative == ["A.1", "A.1.a"]
    assert found.lacking == ["B.1.b", "B.1.b(1)", "B.2.a", "B.3"]


def test_rules_without_a_clause() -> None:
    named, absent = [rule.id for rule in rulebook() if rule.clause != "completeness"][:2]
    table = {"A.1": entry(rules=(named,)), "A.9": entry(rules=(absent,)), "A.8": entry()}
    found = concordance({"A.1": "words"}, table)
    assert named not in found.homeless
    assert found.homeless[absent] == "A.9"
    assert set(found.homeless.values()) == {"A.9", ""}
    assert found.absent == ["A.9", "A.8"]
    log = {rule.id for rule in rulebook() if rule.clause == "completeness"}
    assert set(found.by_design) == log
    assert not log & found.homeless.keys()


def test_a_text_joins_the_policy_of_its_day() -> None:
    policy = Policy(edition="612.04", effective_on=DAY, lead=LEAD)
    known = [policy_event(policy)]
    sent = planned(known, "612.04", DAY, {"A.1": "x"})
    assert [event.data.parsed for event in sent] == [
        policy.model_copy(update={"text": {"A.1": "x"}})
    ]
    assert sent[0].id != known[0].id
    assert planned([*known, *sent], "612.04", DAY, {"A.1": "x"}) == []


def test_another_day_or_number_is_a_new_edition_with_the_same_policy() -> None:
    policy = Policy(edition="612.04", effective_on=DAY, lead=LEAD)
    (sent,) = planned([policy_event(policy)], "612.05", LATER, {"A.1": "x"})
    new = sent.data.parsed
    assert (new.edition, new.effective_on, new.lead) == ("612.05", LATER, policy.lead)
    (first,) = planned([], "612.05", LATER, {"A.1": "x"})
    assert first.data.parsed == Policy(edition="612.05", effective_on=LATER, text={"A.1": "x"})


def test_a_later_change_of_settings_gets_the_text_and_a_later_edition_does_not() -> None:
    first = Policy(edition="612.04", effective_on=DAY)
    changed = first.model_copy(update={"effective_on": LATER})
    other = Policy(edition="612.05", effective_on=date(2027, 1, 1))
    known = [policy_event(policy) for policy in (first, changed, other)]
    sent = planned(known, "612.04", DAY, {"A.1": "x"})
    assert [event.data.effective_on for event in sent] == [DAY, LATER]
    known += sent
    known += planned(known, "612.04", LATER, {"A.1": "y"})
    again = planned(known, "612.04", DAY, {"A.1": "z"})
    assert [event.data.effective_on for event in again] == [DAY]


def test_a_policy_file_without_a_text_keeps_the_one_of_its_edition() -> None:
    text = {"A.1": "x"}
    known = [policy_event(Policy(edition="612.04", effective_on=DAY, text=text))]
    same = Policy(edition="612.04", effective_on=DAY, lead=LEAD)
    assert with_text(same, known) == same.model_copy(update={"text": text})
    later = same.model_copy(update={"effective_on": LATER})
    assert with_text(later, known).text == text
    brings = same.model_copy(update={"text": {"A.1": "y"}})
    assert with_text(brings, known) == brings
    assert with_text(Policy(edition="612.05", effective_on=LATER), known).text == {}
    assert with_text(same, []) == same
