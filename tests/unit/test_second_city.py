"""A second, made-up city: another order by its policy and clause table alone, with no code."""

import json
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from schemas.events import Event, dump
from schemas.policy import Policy
from schemas.registry import PolicyChanged
from schemas.verdicts import Verdict
from services.cli.main import main
from services.order import scenario as s
from services.order.clauses import CLAUSES
from services.order.findings import finding_id
from services.order.pile import Pile
from services.order.rule import Example, Rule
from services.order.rulebook import examples, rulebook
from tests.casebook import judge_all

ROOT = Path(__file__).parents[2]
FILE = ROOT / "deploy" / "cities" / "port_alden.toml"
ALDEN = Policy.from_toml(FILE.read_text("utf-8"))
HOME = Policy()
ByRule = dict[tuple[str, str], Verdict]

NOW = s.after(72)
LEAD = [s.face_search(use_id="U-lead"), s.used_as_lead(s.after(1), use_id="U-lead")]

# One day that both orders judge. Every event is dated after both took effect, or is a fact.
DAY = [
    *s.department(),
    s.audited(s.NINE - timedelta(days=20), system_id="plates"),
    *LEAD,
    s.documented(s.after(19), use_id="U-lead"),
    s.plate_search(s.after(2), use_id="U-plate", purpose_text="stolen boat", incident_number="P-7"),
    s.use(s.after(3), use_id="U-drill", purpose="training_exercise"),
    s.use(s.after(4), use_id="U-text"),
    s.output_used(s.after(5), use_id="U-text", final_document=True),
    s.use(s.after(6), use_id="U-new", employee_id="E-3"),
    s.employee("E-3", supervisor_id="S-1"),
    s.trained(s.NINE - timedelta(days=500), "acdg", employee_id="E-3"),
]


def verdicts(
    events: list[Event], policy: Policy, now: datetime = NOW
) -> dict[tuple[str, str], Verdict]:
    """By rule and subject, as `blotter check --policy` judges."""
    pile = Pile(policy, override=True)
    for event in events:
        pile.add(event)
    return {(v.rule, v.subject): v for v in pile.verdicts(now, rulebook())}


def check(tmp_path: Path, *options: str) -> tuple[Result, list[dict[str, Any]]]:
    """`blotter check` of the day, with its verdicts."""
    log = tmp_path / "day.jsonl"
    log.write_bytes(b"".join(dump(event) + b"\n" for event in DAY))
    arguments = ["check", str(log), "--at", NOW.isoformat(), "--all", "--json", *options]
    result = CliRunner().invoke(main, arguments)
    return result, [json.loads(line) for line in result.stdout.splitlines()]


def test_check_speaks_of_the_city_s_clauses(tmp_path: Path) -> None:
    homely, at_home = check(tmp_path)
    result, told = check(tmp_path, "--policy", str(FILE))
    assert homely.exit_code == result.exit_code == 1
    assert told and at_home
    for verdict in told:
        assert verdict["rule"] in ALDEN.clauses[verdict["clause"]].rules
    # Nothing is left that only the first order asks for; what both ask has another clause.
    ours = {rule for entry in ALDEN.clauses.values() for rule in entry.rules}
    assert {v["rule"] for v in at_home} - ours
    clause_at_home = {v["rule"]: v["clause"] for v in at_home}
    moved = {v["rule"] for v in told if v["clause"] != clause_at_home[v["rule"]]}
    assert {v["rule"] for v in told} - moved <= set(ALDEN.clauses["completeness"].rules)


def test_rules_that_it_does_not_name_are_not_judged() -> None:
    at_home, there = verdicts(DAY, HOME), verdicts(DAY, ALDEN)
    assert at_home["disclosure", "use/U-text"].verdict == "violation"
    assert not {rule for rule, _ in there} & {"disclosure", "training_topic_b", "audit_accuracy"}


@pytest.mark.parametrize(
    ("rule", "subject", "at_home", "there"),
    [
        ("lead_documented", "use/U-lead", "compliant", "cured"),  # 24 h, 12 h
        ("alpr_search", "use/U-plate", "compliant", "violation"),  # case or incident, case
        ("face_recognition_search", "use/U-lead", "violation", "violation"),
        ("official_purpose", "use/U-drill", "compliant", "violation"),  # drills
        ("trained_before_use", "use/U-new", "violation", "compliant"),  # 7 topics, 365 d; 4, 730 d
        ("training_current", "employee/E-3", "violation", "compliant"),
    ],
)
def test_its_own_numbers_and_lists(rule: str, subject: str, at_home: str, there: str) -> None:
    assert verdicts(DAY, HOME)[rule, subject].verdict == at_home
    assert verdicts(DAY, ALDEN)[rule, subject].verdict == there


def test_boundaries_are_the_city_s() -> None:
    events = [*s.department(), *LEAD]
    due = s.after(1 + ALDEN.lead.document_within_hours)
    moments = (due, due + timedelta(milliseconds=10))
    told = [verdicts(events, ALDEN, now)["lead_documented", "use/U-lead"] for now in moments]
    assert [verdict.verdict for verdict in told] == ["pending", "violation"]
    assert told[0].deadline == due


def test_audits_twice_a_year_of_two_things() -> None:
    elements = {"effectiveness": "satisfied", "access_and_use": "satisfied"}
    events = [*s.department(), s.audited(s.after(-24), elements=elements)]
    later = s.after(24 * 200)
    at_home, there = verdicts(events, HOME, later), verdicts(events, ALDEN, later)
    subject = "system/writer"
    assert there["yearly_audit", subject].verdict == "violation"
    assert there["audit_effectiveness", subject].verdict == "compliant"
    assert at_home["audit_accuracy", subject].verdict == "violation"


def test_in_effect_from_its_own_day_in_its_own_zone() -> None:
    eve = datetime(2026, 2, 1, 4, 59, 59, tzinfo=UTC)
    for at, expected in ((eve, "not_applicable"), (eve + timedelta(seconds=1), "violation")):
        events = [*s.department(), s.use(at, purpose="personal")]
        assert verdicts(events, HOME)["official_purpose", "use/U-1"].verdict == "violation"
        assert verdicts(events, ALDEN)["official_purpose", "use/U-1"].verdict == expected


@pytest.mark.parametrize(
    ("clause", "at_home", "there"),
    [("4.1", "violation", "waived"), ("4", "violation", "waived"), ("C.1", "waived", "violation")],
)
def test_waivers_name_its_clauses(clause: str, at_home: str, there: str) -> None:
    waiver = s.waiver(s.after(4.5), "use/U-text", clause, s.after(9))
    told = [verdicts([*DAY, waiver], policy) for policy in (HOME, ALDEN)]
    assert [v["supervisor_approval", "use/U-text"].verdict for v in told] == [at_home, there]


def test_a_waiver_lasts_as_long_as_the_city_lets_it() -> None:
    """At home a year, there a month at most."""
    for clause, policy, expected in (("C.1", HOME, "waived"), ("4.1", ALDEN, "violation")):
        granted = s.after(-24 * 31)
        waiver = s.waiver(granted, "use/U-text", clause, s.after(24))
        told = verdicts([*DAY, waiver], policy)["supervisor_approval", "use/U-text"]
        assert told.verdict == expected


def test_findings_are_others() -> None:
    at_home, there = verdicts(DAY, HOME), verdicts(DAY, ALDEN)
    shared = [key for key in at_home.keys() & there.keys() if at_home[key].clause != "completeness"]
    assert shared
    assert all(finding_id(at_home[key]) != finding_id(there[key]) for key in shared)


def test_live_as_from_the_policy_s_event() -> None:
    """Loaded as an event, as `blotter setup --policy` does, it says what the file says."""
    whole = json.loads(ALDEN.model_dump_json())
    event = s.policy_change(**whole | {"effective_on": ALDEN.effective_on})
    told = judge_all([*DAY, event], NOW, HOME, rulebook())
    uses = [v for v in told if v.subject.startswith("use/")]
    by_file = verdicts(DAY, ALDEN)
    assert uses and all(v == by_file[v.rule, v.subject] for v in uses)


def test_its_coverage_can_be_printed() -> None:
    command = [sys.executable, "-m", "deploy.rule_docs", "--policy", str(FILE)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    rows = [line.split(" | ") for line in done.stdout.splitlines() if line.startswith("| **")]
    by_clause = {row[0].strip("| *"): row for row in rows}
    assert by_clause.keys() == ALDEN.clauses.keys()
    assert by_clause["2.3"][3] == "**none yet**" and by_clause["6.3"][3] == "none needed"
    assert "Without a rule: 2.3." in done.stdout
    assert "`disclosure`" in done.stdout.splitlines()[-1]
    assert all(entry.note for entry in ALDEN.clauses.values())


def test_coverage_of_a_policy_that_cannot_be_read(tmp_path: Path) -> None:
    wrong = tmp_path / "policy.toml"
    wrong.write_text('[clauses."1"]\ntitle = "x"\nhow = "automated"\nrules = ["nobody"]\n')
    command = [sys.executable, "-m", "deploy.rule_docs", "--policy", str(wrong)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "there is no rule nobody" in done.stderr


# Ids of clauses, and of the general orders that they name.
_CLAUSE_NUMBER = re.compile(r"\b[A-H]\.\d+(\.[a-g])?\b|\b(390\.01|375\.01|525\.08)\b")


def test_the_pattern_knows_every_clause() -> None:
    assert all(_CLAUSE_NUMBER.search(c.id) for c in CLAUSES if c.id != "completeness")


@pytest.mark.parametrize("rule", rulebook(), ids=lambda rule: rule.id)
def test_no_rule_speaks_of_clauses_by_number(rule: Rule) -> None:
    """What it says must be true in every city."""
    assert not _CLAUSE_NUMBER.search(f"{rule.title} {rule.remedy}")
    for example in examples_of(rule):
        for verdict in judged(example, HOME):
            assert not _CLAUSE_NUMBER.search(verdict.reason)


@pytest.mark.parametrize("rule", rulebook(), ids=lambda rule: rule.id)
def test_every_example_can_be_judged_by_its_order(rule: Rule) -> None:
    """No rule fails under other numbers, and none speaks that the city did not name."""
    for example in examples_of(rule):
        if not any(isinstance(event, PolicyChanged) for event in example.events):
            for verdict in judged(example, ALDEN):
                assert verdict.rule in ALDEN.clauses[verdict.clause].rules
                assert "the rule failed" not in verdict.reason


def examples_of(rule: Rule) -> list[Example]:
    return [example for owner, example in examples() if owner is rule]


def judged(example: Example, policy: Policy) -> list[Verdict]:
    return judge_all(example.events, example.now, policy, rulebook(), example.observed)
