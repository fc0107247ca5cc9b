"""The floor of the recheck: as many processes read the same log and validate every event."""

import time
from collections.abc import Iterator

from schemas.events import EVENT
from services.runtime import topics
from services.runtime.ranges import Follower, OffsetRange, messages
from services.runtime.workers import Workers

from ..child import in_child
from ..contender import Bench, Contender, Measure
from ..rechecking import Taken, filled, taken_by_all

_PARTS = 4


def run(bench: Bench) -> Measure:
    """Raises AssertionError if not all was read."""
    log = filled(bench)
    done = in_child(bench.folder, measure, bench.kafka)
    seconds, taken, events = done.value
    assert events == log.events, f"{events} events read of {log.events}"
    return Measure(events, seconds, taken.peak_mib, {"cpu_us": 1e6 * taken.cpu_seconds / events})


def measure(bootstrap: str) -> tuple[float, Taken, int]:
    """Seconds; what all processes took; events."""
    began = time.monotonic()
    with Workers() as workers, Follower.of(bootstrap, topics.EVENTS) as log:
        parts: Iterator[OffsetRange] = (
            part for extent in log.news() for part in extent.parts(_PARTS)
        )
        events = sum(workers.run(read, ((part,) for part in parts)))
        taken = taken_by_all()
    return time.monotonic() - began, taken, events


def read(extent: OffsetRange) -> int:
    """Validate every event of a range; how many there are."""
    events = 0
    for record in messages(extent):
        for line in record.value.split(b"\n"):
            EVENT.validate_json(line)
            events += 1
    return events


CONTENDER = Contender("recheck-read", "recheck", run)
