"""From `emit()` to what a search finds, at 200 events a second."""

from ..contender import Bench, Contender, Measure, Row
from ..latency import run as run_at


def run(bench: Bench) -> Measure:
    """The whole pipeline."""
    return run_at(bench, 200)


CONTENDER = Contender("latency-200", "latency", run)

ROWS = [
    Row("An event can be found, 200 a second, p99", "latency-200:event_p99", "as above", unit="ms"),
    Row(
        "An event can be found, 200 a second, median",
        "latency-200:event_p50",
        "as above",
        unit="ms",
    ),
    Row(
        "A violation can be found, 200 a second, p99",
        "latency-200:finding_p99",
        "as above",
        unit="ms",
    ),
    Row(
        "A violation can be found, 200 a second, median",
        "latency-200:finding_p50",
        "as above",
        unit="ms",
    ),
]
