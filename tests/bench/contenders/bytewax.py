"""The same rules on Bytewax."""

import time
from concurrent.futures import ThreadPoolExecutor

from ..child import Done, in_child
from ..contender import Bench, Contender, Measure, Row
from ..dossiers import fill


def run(bench: Bench) -> Measure:
    """One worker of Bytewax."""
    # No dependency of Blotter: only where it runs must it be there.
    from ..on_bytewax import READY, measure

    filled = fill(bench.kafka, bench.load, bench.sizes)
    ready = bench.folder / READY
    with ThreadPoolExecutor() as pool:
        child = pool.submit(
            in_child, bench.folder, measure, bench.kafka, bench.folder, filled.starts, filled.ends
        )
        while not ready.exists() and not child.done():
            time.sleep(0.05)
        began = time.monotonic()
        filled.release()
        done: Done[tuple[float, float]] = child.result()
    ended, cpu = done.value
    details = {"cpu_us": 1e6 * cpu / bench.load.count, **filled.said()}
    return Measure(bench.load.count, ended - began, done.peak_mib, details)


CONTENDER = Contender("bytewax", "checker", run)

ROWS = [
    Row(
        "The same rules on Bytewax",
        "bytewax",
        "one worker, recovery on, an epoch every 2 s; it delivers at least once",
    ),
]
