"""The guide to OpenTelemetry has the tables that the code has."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from services.gateway.otlp import content
from services.gateway.otlp.mapping import MAPPING, count, text, texts, truth
from services.gateway.otlp.operations import PARTS, USES

REPOSITORY = Path(__file__).parents[2]
GUIDE = (REPOSITORY / "docs" / "opentelemetry.md").read_text()
VALUES: dict[Callable[[Any], Any], str] = {
    text: "text",
    texts: "texts",
    truth: "true or false",
    count: "whole number",
}


def named(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def test_the_mapping_is_the_one_of_the_code() -> None:
    rows = [
        f"| `{row.field}` | {named(row.attributes)} | {VALUES[row.read]} | {row.otherwise or '–'} |"
        for row in MAPPING
    ]
    head = ["| field | attribute | value | without it |", "| --- | --- | --- | --- |"]
    table = "\n".join([*head, *rows, ""])
    assert table in GUIDE, f"the guide needs this table:\n{table}"


def test_the_operations_are_those_of_the_code() -> None:
    rows = [f"| `{name}` | a use | {why} |" for name, why in USES.items()]
    rows += [f"| `{name}` | no use | {why} |" for name, why in PARTS.items()]
    table = "\n".join(["| operation | is | because |", "| --- | --- | --- |", *rows, ""])
    assert table in GUIDE, f"the guide needs this table:\n{table}"


def test_the_attributes_that_are_content_are_those_of_the_code() -> None:
    told = " ".join(GUIDE.split())
    assert ", ".join(f"`{name}`" for name in content.ATTRIBUTES) in told


def test_what_the_guide_installs_is_what_its_program_is_tested_with() -> None:
    pinned = (REPOSITORY / "requirements-dev.txt").read_text().splitlines()
    (command,) = re.findall(r"^pip install (.*)$", GUIDE.replace("\\\n", ""), re.MULTILINE)
    for package in command.split():
        wanted = package if "==" in package else f"{package}=="
        assert any(line.startswith(wanted) for line in pinned), package
