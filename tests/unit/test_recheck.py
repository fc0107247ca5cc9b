"""What differs between findings and the log; and what a change would do to them."""

import json
from datetime import datetime, time
from functools import reduce
from itertools import permutations
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from schemas.events import Event, dump
from schemas.policy import Policy, TimePolicy
from schemas.verdicts import FINDING_KINDS
from services.cli.main import main
from services.cli.setup import by_day, policy_event
from services.order import scenario as s
from services.order.agenda import Agenda
from services.order.eventset import by_receipt
from services.order.findings import finding_id
from services.order.observing import merged, reconciled
from services.order.pile import Pile
from services.order.recheck import differences
from services.order.registry import Registry
from services.order.rulebook import candidate, rulebook
from services.recheck.nightly import seconds_until
from services.runtime import archive as archive_of
from tests.unit.test_fold import Live, received_at

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


def test_the_second_of_two_with_one_id_is_in_conflict_in_whatever_order_they_are_read() -> None:
    first = s.documented(s.after(1), known_as="same", received=s.after(2))
    again = first.model_copy(update={"receivedtime": s.after(4)})
    other = s.documented(s.after(1), known_as="same", report_number="R-9", received=s.after(3))
    for told in permutations((first, again, other)):
        seen = pile(list(told)).observed(s.RECORDS)
        assert seen is not None
        assert [conflict.received for conflict in seen.conflicts] == [s.after(3)]


def test_the_policy_loaded_last_counts_though_its_day_begins_earlier_in_its_zone() -> None:
    east = Policy(time=TimePolicy(zone="America/New_York"))
    loaded = [
        policy_event(policy).model_copy(update={"receivedtime": s.after(hours)})
        for hours, policy in ((1, Policy()), (2, east))
    ]
    registry = Registry(Policy())
    for event in loaded:
        registry.add(event)
    assert [policy.time.zone for policy in registry.editions()] == ["America/New_York"]
    assert by_day(sorted(loaded, key=by_receipt)) == {east.effective_on: loaded[1]}


def test_alarms_that_were_put_off_are_forgotten() -> None:
    agenda = Agenda()
    for second in range(10_000):
        agenda.enter("employee/E-1", {}, s.after(9000, seconds=second))
        agenda.enter("employee/E-2", {}, s.after(8000))
    assert len(agenda._alarms) < 2000
    assert agenda.due(s.after(8500), 5) == ["employee/E-2"]
    assert agenda.due(s.after(9999), 5) == ["employee/E-1"]


def test_what_came_while_a_dossier_was_given_back_is_kept() -> None:
    events = [received_at(e, e.time) for e in (s.use(), s.output_used(s.after(1)))]
    approval = received_at(s.decided(s.after(0.5)), s.after(1.5))
    live = Live()
    live.tell([*s.department(), *events, approval], s.after(1))
    for record in archive_of.records_of(pile(events), "use/U-1", s.after(1)):
        live.take(record)
    live.tell([], s.after(9))
    assert live.open_of("supervisor_approval") == []


def test_numbers_that_came_while_a_source_was_given_back_are_not_missing() -> None:
    sent = [received_at(s.documented(s.after(0), sequence=n), s.after(0)) for n in range(1, 8)]
    live = Live()
    live.tell(sent[:5], s.after(0))
    for record in archive_of.records_of(pile(sent[:3]), f"source{s.RECORDS}", s.after(0)):
        live.take(record)
    live.tell(sent[5:], s.after(0))
    live.tell([], s.after(9))
    assert live.open_of("sequence_gaps") == []


def test_what_both_have_counted_counts_once() -> None:
    sent = [received_at(s.documented(s.after(0), sequence=n), s.after(0)) for n in range(1, 4)]
    seen = pile(sent).observed(s.RECORDS)
    assert seen is not None
    assert reconciled(seen, seen) == seen


def test_a_giving_back_that_ends_in_the_middle_changes_nothing() -> None:
    filler = {"filler": "x" * 400_000}
    events = [
        received_at(e, e.time)
        for e in (
            s.use(purpose="personal", extensions=filler),
            s.output_used(s.after(1), extensions=filler),
        )
    ]
    live = Live()
    live.tell([*s.department(), *events], s.after(2))
    before = live.told()
    first, last = archive_of.records_of(pile(events), "use/U-1", s.after(2))
    live.take(first)
    live.restart()
    live.tell([], s.after(2))
    assert live.told() == before
    # Of another attempt: its beginning takes the place of the one that was left.
    live.take(first)
    live.take(last)
    assert live.told() == before
    assert not any(key.startswith("staged") for key in live.state)


def test_a_source_with_thousands_of_instances_is_given_back_in_parts() -> None:
    sent = [s.documented(s.after(0), sequence=1, instance=f"i-{n}") for n in range(2500)]
    archive = pile(sent)
    records = archive_of.records_of(archive, f"source{s.RECORDS}", s.after(1))
    parts = [seen for record in records for seen in record.observed]
    assert [len(part.runs) for part in parts] == [1000, 1000, 500]
    assert reduce(merged, parts) == archive.observed(s.RECORDS)


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
