"""The library that products hold: events a second through a real Kafka, and what a call costs."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
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
    """One process, one thread that emits; then calls alone, with Kafka there and away."""
    with admin(bench.kafka) as client:
        create_topics(client, [topics.intake(WRITER)])
    steady = RATE * bench.sizes.latency_seconds
    done = in_child(bench.folder, measure, bench.kafka, bench.folder, bench.sizes.emitted, steady)
    seconds, took = done.value
    details = percentiles("call", took)
    for name, listens in (("down", False), ("hanging", True)):
        with nobody(listens) as address:
            away = in_child(bench.folder, measure_away, address, bench.folder / name, steady)
        details |= percentiles(name, away.value)
    return Measure(bench.sizes.emitted, seconds, done.peak_mib, details)


def percentiles(name: str, took: list[float]) -> dict[str, float]:
    """Of sorted seconds, in microseconds."""
    return {f"{name}_p{n}": 1e6 * took[len(took) * n // 100] for n in (50, 99)}


@contextmanager
def nobody(listens: bool) -> Iterator[str]:
    """An address at which connections are refused, or taken and never answered."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        if listens:
            taken.listen(64)
        yield f"127.0.0.1:{taken.getsockname()[1]}"


def measure(kafka: str, folder: Path, count: int, steady: int) -> tuple[float, list[float]]:
    """Seconds for so many events to be acknowledged; then, at a steady rate, how long each call
    took (s, sorted)."""
    with Emitter(WRITER, "writer", kafka, wait_when_full=60, spool=folder / "spool") as emitter:
        _emit(emitter, 0)
        _all_delivered(emitter, 30)
        began = time.monotonic()
        for number in range(count):
            _emit(emitter, number)
        _all_delivered(emitter, 120)
        seconds = time.monotonic() - began
        took = sorted(_steadily(emitter, steady))
        _all_delivered(emitter, 30)
    return seconds, took


def measure_away(address: str, folder: Path, steady: int) -> list[float]:
    """How long each call took (s, sorted), at a steady rate and with nobody there."""
    emitter = Emitter(WRITER, "writer", address, spool=folder)
    took = sorted(_steadily(emitter, steady))
    stats = emitter.stats
    if stats.spooled != steady:
        raise RuntimeError(f"not all waits on disk: {stats}")
    emitter.close(0)
    return took


def _all_delivered(emitter: Emitter, seconds: float) -> None:
    if not emitter.flush(seconds) or emitter.stats.dropped:
        raise RuntimeError(f"not all was delivered: {emitter.stats}")


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

TIMES = {
    "call": f"in the caller's thread, at {RATE:,} events a second, events spooled on disk",
    "down": "as above, with Kafka down",
    "hanging": "as above, with a Kafka that takes connections and never answers",
}
"""What the times of calls are told of."""

ROWS = [
    Row(
        "The emitter",
        "emitter",
        "one process, one thread: made, validated, spooled and sent by the library until Kafka has "
        "acknowledged all",
        at_least=20_000,
    ),
    *(
        Row(
            f"A call of the emitter{'' if name == 'call' else f', Kafka {name}'}, {told}",
            f"emitter:{name}_p{percent}",
            meaning,
            unit="µs",
            at_most=at_most,
        )
        for name, meaning in TIMES.items()
        for percent, told, at_most in ((50, "median", 50), (99, "p99", 250))
    ),
]
