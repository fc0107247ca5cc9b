"""What differs between findings and the log; and what a change would do to them."""

import json
from datetime import datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from schemas.events import Event, dump
from schemas.policy import Policy
from schemas.verdicts import FINDING_KINDS
from services.cli.main import main
from services.order import scenario as s
from services.order.findings import finding_id
from services.order.pile import Pile
from services.order.recheck import differences
from services.order.rulebook import candidate, rulebook
from services.recheck.nightly import seconds_until

LOG = [
    *s.department(),
    s.face_search(case_number="26-1", authorization_ref="A-1"),
    s.used_as_lead(s.after(1)),
    s.documented(s.after(20)),
]
NOW = s.after(100)


def pile(events: list[Event]) -> Pile:
    filled = Pile(Policy())
    for event in events:
        filled.add(event)
    return filled


def test_nothing_differs_from_itself() -> None:
    late = pile([*LOG[:-1], s.documented(s.after(60))])
    verdicts = late.judge("use/U-1", NOW, rulebook()).verdicts
    published = {finding_id(v): v for v in verdicts if v.verdict in FINDING_KINDS}
    assert published
    assert differences(verdicts, published) == []


def test_each_kind_of_difference_is_told() -> None:
    late = pile([*LOG[:-1], s.documented(s.after(60))]).judge("use/U-1", NOW, rulebook()).verdicts
    found = next(v for v in late if v.clause == "D.2")
    other = found.model_copy(update={"verdict": "violation", "reason": "forged"})
    (missing,) = differences([found], {})
    (gone,) = differences([], {finding_id(found): found})
    (changed,) = differences([found], {finding_id(found): other})
    assert [d.kind for d in (missing, gone, changed)] == ["missing", "gone", "changed"]
    assert changed.fields == ("verdict", "reason")
    assert (changed.was, changed.is_now.split(":")[0]) == ("violation: forged", "cured")


def run(tmp_path: Path, *options: str, log: list[Event] | None = None) -> tuple[int, list[object]]:
    file = tmp_path / "log.jsonl"
    file.write_bytes(b"\n".join(dump(e) for e in log or LOG))
    result = CliRunner().invoke(main, ["backtest", str(file), "--json", *options])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    told = [json.loads(line) for line in result.stdout.splitlines()]
    return result.exit_code, [(t["kind"], t["clause"], t["subject"]) for t in told]


def test_backtest_of_a_stricter_policy_shows_what_it_would_find(tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text("[lead]\ndocument_within_hours = 12.0\n")
    code, told = run(tmp_path, "--policy", str(policy))
    assert (code, told) == (0, [("new", "D.2", "use/U-1")])


def test_backtest_of_the_policy_in_force_shows_nothing(tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text("")
    assert run(tmp_path, "--policy", str(policy)) == (0, [])


RULE = """
from ..outcome import Outcome
from ..rule import Rule

def check(case):
    return Outcome("violation", "all leads are suspicious", (case.use,), case.use.time)

RULE = Rule(clause="D.2", id="{id}", title="t", remedy="r", severity="low",
            kinds=("use",), check=check, version=2)
"""


@pytest.mark.parametrize(("rule_id", "kept"), [("lead_documented", 0), ("another", 1)])
def test_backtest_of_a_rule_file(tmp_path: Path, rule_id: str, kept: int) -> None:
    file = tmp_path / "d2_changed.py"
    file.write_text(RULE.format(id=rule_id))
    code, told = run(tmp_path, "--rules", str(file))
    assert (code, told) == (0, [("new", "D.2", "use/U-1")])
    assert sum(rule.id == "lead_documented" for rule in candidate(file)) == 1
    assert len(candidate(file)) == len(rulebook()) + kept


def test_a_folder_of_rules_takes_the_place_of_all(tmp_path: Path) -> None:
    (tmp_path / "d2_changed.py").write_text(RULE.format(id="lead_documented"))
    assert [rule.version for rule in candidate(tmp_path)] == [2]


def test_a_file_that_is_no_rule_is_named(tmp_path: Path) -> None:
    file = tmp_path / "broken.py"
    file.write_text("nonsense(")
    result = CliRunner().invoke(main, ["backtest", "--rules", str(file)])
    assert result.exit_code == 2
    assert "broken.py: SyntaxError" in result.stderr


def test_backtest_needs_something_that_is_proposed() -> None:
    assert CliRunner().invoke(main, ["backtest"]).exit_code == 2


@pytest.mark.parametrize(
    ("now", "hours"),
    [("2026-03-02T02:30", 1), ("2026-03-02T03:30", 24), ("2026-03-07T12:00", 14.5)],
    ids=["tonight", "just now", "the night the clocks change"],
)
def test_the_next_night_begins_when_the_clock_says_so(now: str, hours: float) -> None:
    zone = ZoneInfo("America/Los_Angeles")
    at = datetime.fromisoformat(now).replace(tzinfo=zone)
    assert seconds_until(time(3, 30), zone, at) == hours * 3600
