"""`make new-rule`: one file, whose tests fail until it is filled in, is all that a rule needs."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.new_rule import Refused, new_rule
from services.order.clauses import CLAUSES

ROOT = Path(__file__).parents[2]
COPIED = ("deploy", "docs", "schemas", "services", "tests")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.egg-info", "build", "node_modules")
RULE = Path("services/order/rules/d4_reason_in_full.py")

# What a contributor writes: reasons of one word are too short.
FILLED_IN = {
    '    todo = "nobody has written this rule yet; docs/changing-a-rule.md tells how"\n'
    '    return Outcome("undetermined", todo, case.events)\n': """\
    words = (case.use.data.purpose_text or "").split()
    if len(words) > 1:
        return Outcome("compliant", "the purpose is stated in full", (case.use,), case.use.time)
    reason = f"{case.use.data.employee_id} stated the purpose in one word"
    return Outcome("violation", reason, (case.use,), case.use.time)
""",
    '"keeps to it (say what that is, as events)",\n        [*department(), use()]': (
        '"a purpose in two words",\n        [*department(), use(purpose_text="stolen boat")]'
    ),
    '"does not keep to it (say how)",\n        [*department(), use()]': (
        '"a purpose in one word",\n        [*department(), use(purpose_text="boat")]'
    ),
    "words that the reason must contain": "in one word",
}


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The repository as somebody checked it out."""
    for name in COPIED:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=LEFT_OUT)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def contents(copy: Path) -> dict[str, bytes]:
    """Every file by its path."""
    files = [p for name in COPIED for p in (copy / name).rglob("*.*") if p.is_file()]
    kept = [p for p in files if "__pycache__" not in p.parts]
    return {str(p.relative_to(copy)): p.read_bytes() for p in kept}


def changed(copy: Path, before: dict[str, bytes]) -> set[str]:
    """Files that were written since."""
    now = contents(copy)
    return {name for name in now.keys() | before.keys() if now.get(name) != before.get(name)}


def test_a_rule_from_the_skeleton_to_the_documents(copy: Path) -> None:
    before = contents(copy)
    made = run(copy, "deploy.new_rule", "D.4", "reason_in_full")
    assert made.returncode == 0, made.stderr
    assert f"written: {copy / RULE}" in made.stdout
    assert changed(copy, before) == {str(RULE)}
    for check in (["ruff", "check"], ["ruff", "format", "--check"], ["mypy", "--strict"]):
        done = run(copy, *check, str(RULE))
        assert done.returncode == 0, done.stdout

    tests = ("pytest", "tests/rules/test_examples.py", "-k", "reason_in_full")
    done = run(copy, *tests)
    assert done.returncode == 1
    assert "2 failed" in done.stdout
    assert "nobody has written this rule yet; docs/changing-a-rule.md tells how" in done.stdout

    text = (copy / RULE).read_text("utf-8")
    for placeholder, written in FILLED_IN.items():
        assert placeholder in text
        text = text.replace(placeholder, written)
    (copy / RULE).write_text(text, "utf-8")
    done = run(copy, *tests)
    assert done.returncode == 0, done.stdout
    assert run(copy, "deploy.rule_docs", "--check").returncode == 1
    assert run(copy, "deploy.rule_docs").returncode == 0

    # No table, list or test had to learn of the rule: not those of the clause, nor its scenarios.
    others = ("tests/unit/test_clauses.py", "tests/rules/test_scenarios.py", "-k", "clauses or d4_")
    done = run(copy, "pytest", *others)
    assert done.returncode == 0, done.stdout
    assert changed(copy, before) == {str(RULE), "docs/coverage.md", "docs/rules.md"}


def test_every_clause_has_a_skeleton_that_lints(tmp_path: Path) -> None:
    for clause in CLAUSES:
        if clause.subjects:
            path, text, _ = new_rule(clause.id, folder=tmp_path)
            path.write_text(text, "utf-8")
    assert len(list(tmp_path.iterdir())) > 40
    settings = ["--config", str(ROOT / "pyproject.toml")]
    for check in (["ruff", "check"], ["ruff", "format", "--check"]):
        done = run(ROOT, *check, *settings, str(tmp_path))
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("clause", "name", "told"),
    [
        ("Z.9", "", "no such clause in services/order/clauses.py, which has A.4, A.6"),
        ("d.4", "", "no such clause"),
        ("", "", "no such clause"),
        ("A.1", "", "nobody can violate it. A definition"),
        ("D.4", "alpr_search", "d4_alpr_search.py exists already"),
        ("D.4", "lead_only", "a rule of D.1.a has that id"),
        ("D.4", "Reason", "lower-case words joined by _"),
        ("D.4", "../reason", "lower-case words joined by _"),
        ("D.4", "re-read", "lower-case words joined by _"),
        ("D.4", "a" * 41, "at most 40 characters"),
    ],
)
def test_what_is_refused(clause: str, name: str, told: str) -> None:
    with pytest.raises(Refused) as refused:
        new_rule(clause, name)
    assert told in str(refused.value)


def test_refusals_are_one_line_and_leave_nothing() -> None:
    before = {path.name for path in (ROOT / RULE).parent.iterdir()}
    for arguments in ([], ["D.4", "alpr_search"], ["Z.9"]):
        done = run(ROOT, "deploy.new_rule", *arguments)
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1
    assert {path.name for path in (ROOT / RULE).parent.iterdir()} == before
