"""The same rules on Quix Streams."""

import sys

from ..contender import Bench, Contender, Measure, Row
from ..dossiers import fill
from ..workers import measured


def run(bench: Bench, guarantee: str = "exactly-once") -> Measure:
    """One process of Quix Streams."""
    filled = fill(bench.kafka, bench.load, bench.sizes)
    group = f"{bench.folder.name}-{bench.round}"
    state = str(bench.folder / "state")
    command = [sys.executable, "-m", "tests.bench.on_quix", bench.kafka, group, state, guarantee]
    return measured(bench, group, filled, [(command, {})])


CONTENDER = Contender("quix", "checker", run)

ROWS = [
    Row(
        "The same rules on Quix Streams",
        "quix",
        "one process, exactly-once, a commit every 2 s as the checker's at most",
    ),
]
