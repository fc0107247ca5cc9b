"""The examples of the contract, as files under `examples/`.

`examples/<name>/valid_<what>.json` is accepted. `examples/<name>/invalid_<field>__<why>.json` is
refused, and the error names that field. `<name>` is an event type, a record, or `envelope`: what
is wrong with an event of any type.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "examples"


@dataclass(frozen=True)
class Invalid:
    """An example that must be refused: `field` is the path that the error names."""

    name: str
    path: Path
    field: str
    why: str


def valid(name: str) -> dict[str, Any]:
    """Every valid example of an event type or record, by what it shows (`minimal`, `full`, …)."""
    paths = sorted((FOLDER / name).glob("valid_*.json"))
    return {path.stem.removeprefix("valid_"): json.loads(path.read_text("utf-8")) for path in paths}


def invalid() -> list[Invalid]:
    """Every invalid example, in the order of their paths."""
    return [_invalid(path) for path in sorted(FOLDER.glob("*/invalid_*.json"))]


def _invalid(path: Path) -> Invalid:
    field, _, why = path.stem.removeprefix("invalid_").partition("__")
    return Invalid(path.parent.name, path, field, why)
