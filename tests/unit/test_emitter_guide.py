"""The vendors' guide tells the truth: its programs run, its messages are the real ones."""

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from blotter_emitter import Emitter, InvalidEvent
from blotter_emitter.testing import MemorySender

GUIDE = (Path(__file__).parents[2] / "docs" / "integrating.md").read_text()
PROGRAMS = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
USE: dict[str, Any] = {
    "use_id": "U",
    "employee_id": "E-17",
    "family": "generative",
    "capability": "text",
    "purpose": "other",
}


def test_the_programs_of_the_guide_run() -> None:
    kafka = MemorySender()
    program = "\n".join(PROGRAMS[:-1])
    program = program.replace('bootstrap_servers="127.0.0.1:9092"', "sender=kafka")
    # They are one program here, which goes on with the emitter that the first of them closes.
    program = program.replace("emitter.close(timeout=10)", "emitter.flush(timeout=10)")
    names: dict[str, Any] = {"kafka": kafka}
    exec(program, names)
    assert names["emitter"].close(5)
    kinds = [event["type"] for event in kafka.events]
    assert kinds.count("ai.use.recorded.v1") == 3
    assert kinds.count("ai.output.used.v1") == 3
    assert len(set(kinds)) == 6


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
def test_the_messages_of_the_guide_are_the_real_ones(
    given: str, call: Callable[[Emitter], Any]
) -> None:
    emitter = Emitter("/vendors/a/b", "b", sender=MemorySender(), raise_on_invalid=True)
    with pytest.raises(InvalidEvent) as caught:
        call(emitter)
    assert f"| {given} | `{caught.value}` |" in GUIDE
    emitter.close(1)
