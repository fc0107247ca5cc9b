"""The page on certification tells the truth: its program passes, its table is the code's."""

import re
from pathlib import Path

import pytest
from blotter_emitter.certify.command import main
from blotter_emitter.certify.requirement import Requirement
from blotter_emitter.certify.requirements import CHAPTERS

GUIDE = Path(__file__).parents[2] / "docs" / "certification.md"
TABLE = re.compile(r"(?<=<!-- requirements: made from the code, see )(.*?)(?=<!-- end -->)", re.S)


def row(asked: Requirement) -> str:
    families = f" ({', '.join(asked.families)})" if asked.families else ""
    clauses = ", ".join(asked.clauses)
    return f"| `{asked.id}` | {asked.severity} | {asked.title}{families} | {clauses} |\n"


def table() -> str:
    told = "tests/unit/test_certify_guide.py -->\n\n"
    told += "| Requirement | | | Clauses |\n| --- | --- | --- | --- |\n"
    return told + "".join(row(each) for chapter in CHAPTERS for each in chapter.requirements) + "\n"


def test_the_table_is_what_is_asked() -> None:
    """Write it anew with `python -m tests.unit.test_certify_guide`."""
    found = TABLE.search(GUIDE.read_text())
    assert found is not None
    assert found[0] == table()
    count = sum(len(chapter.requirements) for chapter in CHAPTERS)
    assert f"checks {count} requirements" in " ".join(GUIDE.read_text().split())


def test_the_program_of_the_guide_is_certified_with_nothing_but_advice_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    [program] = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    [command] = re.findall(r"blotter-certify (reporting.*?)```", GUIDE.read_text(), re.DOTALL)
    (tmp_path / "reporting.py").write_text(program)
    monkeypatch.chdir(tmp_path)
    assert main(command.replace("\\\n", " ").split()) == 0
    assert "Certified. 2 recommendations open." in capsys.readouterr().out


if __name__ == "__main__":
    GUIDE.write_text(TABLE.sub(lambda _: table(), GUIDE.read_text()))
