"""The worked example of docs/importing.md is what a reader will see."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from services.cli.imports.contract import importable
from services.cli.imports.mapping import FileForm, Mapping, Origin
from services.cli.imports.shelf import names
from services.cli.main import main

GUIDE = (Path(__file__).parents[2] / "docs" / "importing.md").read_text("utf-8")


def blocks(kind: str) -> list[tuple[str, str]]:
    return re.findall(rf"^```{kind} ?(\S*)\n(.*?)^```$", GUIDE, re.M | re.S)


def test_the_worked_example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, content in [*blocks("csv"), *blocks("toml")]:
        Path(name).write_text(content, "utf-8")
    mapping = Path("academy.toml").read_text("utf-8")
    Path("wrong.toml").write_text(mapping.replace("course =", "cours ="), "utf-8")
    sessions = [content for _, content in blocks("console")]
    for session in sessions:
        command, _, expected = session.partition("\n")
        result = CliRunner().invoke(main, command.removeprefix("$ blotter ").split())
        assert result.output == expected
    assert len(sessions) == 2


def test_every_key_is_explained() -> None:
    keys = {*Mapping.model_fields, *Origin.model_fields, *FileForm.model_fields}
    told = set(re.findall(r"`\[?([a-z_]+)\]?`", GUIDE))
    assert keys - {"file"} <= told
    assert {f"| `{name}` |" in GUIDE for name in names()} == {True}


def test_what_can_be_imported() -> None:
    assert "oversight.approval.decided.v1" in importable()
    for own in (
        "registry.source.changed.v1",
        "review.finding.acted.v1",
        "oversight.action.taken.v1",
    ):
        assert own not in importable()
