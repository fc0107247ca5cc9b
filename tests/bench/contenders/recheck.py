"""The recheck of a whole log: every event read and validated, every subject judged, every finding
compared with what was published. It must find nothing."""

import time
from pathlib import Path

from services.runtime.recheck import Recheck
from services.runtime.settings import BatchSettings

from ..child import in_child
from ..contender import Bench, Contender, Measure, Row
from ..rechecking import Taken, filled, taken_by_all


def run(bench: Bench) -> Measure:
    """Raises AssertionError if anything differs."""
    log = filled(bench)
    done = in_child(bench.folder, measure, bench.kafka, bench.folder, bench.sizes.patience)
    seconds, taken, events, subjects = done.value
    assert events == log.events, f"{events} events read of {log.events}"
    details = {
        "subjects": subjects,
        "took": seconds,
        "of_a_million": 1e6 * seconds / events,
        "cpu_us": 1e6 * taken.cpu_seconds / events,
    }
    return Measure(events, seconds, taken.peak_mib, details)


def measure(bootstrap: str, folder: Path, patience: float) -> tuple[float, Taken, int, int]:
    """Seconds; what all processes took; events; subjects."""
    began = time.monotonic()
    own = BatchSettings(home=folder)
    with Recheck(bootstrap, own, lambda *_: None) as recheck:
        report = recheck.run(patience)
        taken = taken_by_all()
    assert not report.differences, report.differences[:3]
    return time.monotonic() - began, taken, report.events, report.subjects


CONTENDER = Contender("recheck", "recheck", run)

ROWS = [
    Row(
        "Recheck of a million events, at the rate of those there are",
        "recheck:of_a_million",
        "all of it: starting, reading, validating, sorting, judging, comparing; as many processes "
        "as cores",
        unit="s",
        at_most=60,
    ),
    Row(
        "Memory of a recheck of so many events",
        "recheck:peak_mib",
        "of all its processes together, each at its most; `recheck_events` says how many",
        unit="MiB",
        at_most=1024,
    ),
    Row(
        "A recheck against reading",
        "recheck",
        "the loop reads and validates the same log in as many processes, and does nothing else",
        against="recheck-read",
    ),
]
