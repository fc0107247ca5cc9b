"""The vendors' guide and its reference tell the truth: programs run, messages are the real ones.

The guide's commands, and the examples, are run by tests/e2e/test_vendor_guide.py.
"""

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from blotter_emitter import Emitter, InvalidEvent
from blotter_emitter.environment import READ
from blotter_emitter.testing import MemorySender

DOCS = Path(__file__).parents[2] / "docs"
GUIDE = (DOCS / "integrating.md").read_text()
REFERENCE = (DOCS / "emitter.md").read_text()
PROGRAM = re.compile(r"```python\n(.*?)```", re.DOTALL)
USE: dict[str, Any] = {
    "use_id": "U",
    "employee_id": "E-17",
    "family": "generative",
    "capability": "text",
    "purpose": "other",
}


def test_the_core_of_the_guide_is_the_examples() -> None:
    core, _ = PROGRAM.findall(GUIDE)
    assert core in (DOCS / "examples" / "report_writer.py").read_text()


def test_the_guides_way_to_test_a_product_works() -> None:
    _, program = PROGRAM.findall(GUIDE)
    names: dict[str, Any] = {"USE": USE}
    exec(program.replace("...", "emitter.use_recorded(**USE)", 1), names)
    assert [event["type"] for event in names["kafka"].events] == ["ai.use.recorded.v1"]
    names["emitter"].close(1)


def test_the_programs_of_the_reference_run() -> None:
    kafka = MemorySender()
    program = "\n".join(PROGRAM.findall(REFERENCE))
    names: dict[str, Any] = {"kafka": kafka}
    exec(program.replace('bootstrap_servers="127.0.0.1:9092"', "sender=kafka"), names)
    assert names["emitter"].close(5)
    kinds = [event["type"] for event in kafka.events]
    assert len(kinds) == len(set(kinds)) == 6


def test_the_settings_of_the_reference_are_those_of_the_environment() -> None:
    [table] = re.findall(r"\| Setting \| Variable .*?\n\n", REFERENCE, re.DOTALL)
    missing = [
        (variable, setting)
        for variable, (setting, _) in READ.items()
        if f"`{variable}`" not in table or f"`{setting}`" not in table
    ]
    assert missing == []


@pytest.mark.parametrize("page", ["integrating.md", "emitter.md"])
def test_links_lead_somewhere(page: str) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", (DOCS / page).read_text())
    assert links
    assert [link for link in links if not (DOCS / link).exists()] == []


def use(**changes: Any) -> Callable[[Emitter], Any]:
    return lambda emitter: emitter.use_recorded(**{**USE, **changes})


def emit(event: Any) -> Callable[[Emitter], Any]:
    return lambda emitter: emitter.emit(event)


@pytest.mark.parametrize(
    ("given", "call"),
    [
        ('`family="psychic"`', use(family="psychic")),
        ("no `employee_id`", use(employee_id=None)),
        ('`input_tokens="512"`', use(input_tokens="512")),
        ("`ouput_tokens=1`", use(ouput_tokens=1)),
        ("`time=datetime(2026, 1, 5)`", use(time=datetime(2026, 1, 5))),
        ('`latency_ms=float("nan")`', use(latency_ms=float("nan"))),
        ('`emit({…, "source": "/vendors/other/x"})`', emit({"source": "/vendors/other/x"})),
        ('`emit("{")`', emit("{")),
    ],
)
def test_the_messages_of_the_reference_are_the_real_ones(
    given: str, call: Callable[[Emitter], Any]
) -> None:
    emitter = Emitter("/vendors/a/b", "b", sender=MemorySender(), raise_on_invalid=True)
    with pytest.raises(InvalidEvent) as caught:
        call(emitter)
    assert f"| {given} | `{caught.value}` |" in REFERENCE
    emitter.close(1)
