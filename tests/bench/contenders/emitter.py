"""The library that products hold: events a second through a real Kafka, and what a call costs."""

import time
from typing import Any

from blotter_emitter import Emitter

from services.runtime import topics
from services.runtime.kafka import admin, create_topics

from ..child import in_child
from ..contender import Bench, Contender, Measure, Row
from ..load import WRITER

RATE = 1000
USE = {
    "system_id": "writer",
    "employee_id": "E-17",
    "family": "generative",
    "capability": "text",
    "purpose": "report_writing",
    "case_number": "26-1234",
    "input_tokens": 812,
    "output_tokens": 333,
}


def run(bench: Bench) -> Measure:
    """One process, one thread that emits."""
    with admin(bench.kafka) as client:
        create_topics(client, [topics.intake(WRITER)])
    done = in_child(
        bench.folder, measure, bench.kafka, bench.sizes.emitted, bench.sizes.latency_seconds
    )
    seconds, took = done.value
    microseconds = {f"call_p{n}": 1e6 * took[len(took) * n // 100] for n in (50, 99)}
    return Measure(bench.sizes.emitted, seconds, done.peak_mib, microseconds)


def measure(kafka: str, count: int, steady_seconds: int) -> tuple[float, list[float]]:
    """Seconds for so many events to be acknowledged; then, at a steady rate, how long each call
    took (s, sorted)."""
    with Emitter(WRITER, "writer", kafka, raise_on_invalid=True, wait_when_full=60) as emitter:
        _emit(emitter, 0)
        if not emitter.flush(30):
            raise RuntimeError("Kafka did not take the first event")
        began = time.monotonic()
        for number in range(count):
            _emit(emitter, number)
        if not emitter.flush(120):
            raise RuntimeError(f"not all was delivered: {emitter.stats}")
        seconds = time.monotonic() - began
        took = sorted(_steadily(emitter, RATE * steady_seconds))
        if not emitter.flush(30):
            raise RuntimeError(f"not all was delivered: {emitter.stats}")
    return seconds, took


def _steadily(emitter: Emitter, count: int) -> list[float]:
    took = []
    began = time.monotonic()
    for number in range(count):
        time.sleep(max(0.0, began + number / RATE - time.monotonic()))
        called = time.perf_counter()
        _emit(emitter, number)
        took.append(time.perf_counter() - called)
    return took


def _emit(emitter: Emitter, number: int) -> None:
    fields: dict[str, Any] = {**USE, "use_id": f"U-{number}"}
    emitter.emit({"type": "ai.use.recorded.v1", "subject": f"use/U-{number}", "data": fields})


CONTENDER = Contender("emitter", "emitter", run)

ROWS = [
    Row(
        "The emitter",
        "emitter",
        "one process, one thread: made, validated and sent by the library until Kafka has "
        "acknowledged all",
    ),
    Row(
        "A call of the emitter, median",
        "emitter:call_p50",
        f"in the caller's thread, at {RATE:,} events a second",
        unit="µs",
    ),
    Row("A call of the emitter, p99", "emitter:call_p99", "as above", unit="µs"),
]
