"""`python -m deploy.settings_docs [--check]`: docs/settings.md, from the services' settings.

`--check` changes nothing and exits 1 if the document differs from what would be written.
"""

import inspect
import json
import sys
from typing import Any

from deploy.native.settings import ROOT
from services.alerter.settings import AlerterSettings
from services.checker.settings import CheckerSettings
from services.console.settings import ConsoleSettings
from services.gateway.settings import GatewaySettings
from services.indexer.settings import IndexerSettings
from services.intake.settings import IntakeSettings
from services.recheck.settings import RecheckSettings
from services.runtime.settings import EntrySettings, Settings

PAGE = ROOT / "docs" / "settings.md"

_HEAD = """<!-- Made by `make generate` from the services' settings: change those, not this. -->

# Settings

Read from the environment when a process starts, and checked: a wrong one ends it with its name and
what is wrong. Limits and deadlines of the order itself are no settings but the department's policy
(`deploy/policy.toml`).
"""


def page() -> str:
    """The whole document."""
    sections = [_section("Every process", Settings, set())]
    common = set(Settings.model_fields)
    sections.append(_section("Whatever takes events in", EntrySettings, common))
    for kind in (
        IntakeSettings,
        CheckerSettings,
        IndexerSettings,
        RecheckSettings,
        AlerterSettings,
        ConsoleSettings,
        GatewaySettings,
    ):
        known = common | set(EntrySettings.model_fields)
        sections.append(_section(kind.__name__.removesuffix("Settings"), kind, known))
    return _HEAD + "\n" + "\n\n".join(sections) + "\n"


def _section(title: str, kind: type[Settings], known: set[str]) -> str:
    properties = kind.model_json_schema()["properties"]
    rows = [
        f"| `BLOTTER_{name.upper()}` | {_default(field)} | {_allowed(field)} |"
        for name, field in properties.items()
        if name not in known
    ]
    head = ["| setting | default | allowed |", "| --- | --- | --- |"]
    text = inspect.getdoc(kind) or ""
    return "\n".join([f"## {title}", "", text, "", *head, *rows])


def _default(field: dict[str, Any]) -> str:
    if "default" not in field:
        return "none: must be set"
    default = field["default"]
    if isinstance(default, list | dict):
        default = json.dumps(default)  # as it is written in the environment
    return "none" if default is None else f"`{default}`"


def _allowed(field: dict[str, Any]) -> str:
    # What may be left out is described beside `null`.
    field = field.get("anyOf", [field])[0]
    bounds = {
        "minimum": "at least {}",
        "exclusiveMinimum": "more than {}",
        "maximum": "at most {}",
        "minLength": "at least {} characters",
        "pattern": "`{}`",
    }
    limits = [text.format(field[key]) for key, text in bounds.items() if key in field]
    return ", ".join([str(field.get("type", "")), *limits]).replace("|", "\\|")


def main() -> int:
    """Write the document, or with --check compare it."""
    text = page()
    if "--check" in sys.argv[1:]:
        if not PAGE.exists() or PAGE.read_text() != text:
            print(f"{PAGE.relative_to(ROOT)} differs from the settings: run `make generate`")
            return 1
        return 0
    PAGE.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
