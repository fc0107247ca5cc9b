"""From `emit()` to what a search finds, at 1000 events a second."""

from ..contender import Bench, Contender, Measure, Row
from ..latency import run as run_at


def run(bench: Bench) -> Measure:
    """The whole pipeline."""
    return run_at(bench, 1000)


CONTENDER = Contender("latency-1000", "latency", run)

ROWS = [
    Row(
        "An event can be found, 1,000 events a second, p99",
        "latency-1000:event_p99",
        "from `emit()` in one process until a search finds it, through intake and indexer, with "
        "the index's refresh; polled every 50 ms, 40 probes a second, after `warm_seconds` at the "
        "same rate; both servers, the emitter and all processes of ours share the processors",
        unit="ms",
        at_most=1000,
    ),
    Row(
        "An event can be found, 1,000 events a second, median",
        "latency-1000:event_p50",
        "the same",
        unit="ms",
    ),
    Row(
        "A violation can be found, 1,000 events a second, p99",
        "latency-1000:finding_p99",
        "from `emit()` of the use until a search finds its finding, through the checker too",
        unit="ms",
        at_most=1000,
    ),
    Row(
        "A violation can be found, 1,000 events a second, median",
        "latency-1000:finding_p50",
        "the same",
        unit="ms",
    ),
]
