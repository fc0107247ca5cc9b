"""`blotter backtest` as a person reads it."""

from pathlib import Path

from click.testing import CliRunner

from schemas.events import dump
from services.cli.main import main
from services.order.scenario import department, plate_search


def test_a_finding_whose_words_stay_is_told_once(tmp_path: Path) -> None:
    """With fewer fields required it still lacks the same one: only the settings are others."""
    log, policy = tmp_path / "log.jsonl", tmp_path / "policy.toml"
    events = [*department(), plate_search(case_number="26-1")]
    log.write_bytes(b"".join(dump(each) + b"\n" for each in events))
    policy.write_text('[alpr]\nrequired_fields = ["purpose_text"]\n')
    told = CliRunner().invoke(main, ["backtest", str(log), "--policy", str(policy)])
    assert told.exit_code == 0
    changed = told.stdout[told.stdout.index("D.4 use/U-1") :]
    assert "the same  violation: E-1 searched" in changed
    assert "but for   the settings" in changed
    assert "proposed" not in changed


def test_findings_on_a_subject_are_told_in_the_order_of_the_clauses(tmp_path: Path) -> None:
    log, policy = tmp_path / "log.jsonl", tmp_path / "policy.toml"
    log.write_bytes(b"".join(dump(each) + b"\n" for each in (*department(), plate_search())))
    policy.write_text(
        '[alpr]\nrequired_fields = ["authorization_ref"]\n[training]\nrefresh_after_days = 1\n'
    )
    told = CliRunner().invoke(main, ["backtest", str(log), "--policy", str(policy)])
    lines = [line for line in told.stdout.splitlines() if line.endswith(" use/U-1")]
    clauses = [line.split()[1] for line in lines]
    assert {"B.2.b", "D.4"} <= {*clauses}
    assert clauses == sorted(clauses)
