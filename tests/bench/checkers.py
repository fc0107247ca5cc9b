"""The checker's own processes, as contenders."""

import sys

from deploy.native.processes import free_port

from .contender import Bench, Measure
from .dossiers import fill
from .workers import measured


def run(bench: Bench, workers: int) -> Measure:
    """So many checkers on the same topic."""
    filled = fill(bench.kafka, bench.load, bench.sizes)
    group = f"{bench.folder.name}-{bench.round}"
    common = {
        "BLOTTER_KAFKA": bench.kafka,
        "BLOTTER_PARTITIONS": str(bench.sizes.partitions),
        "BLOTTER_CHECKER_GROUP": group,
        "BLOTTER_LOG_LEVEL": "WARNING",
    }
    command = [sys.executable, "-m", "services.checker.main"]
    ports = [{"BLOTTER_CHECKER_PORT": str(free_port())} for _ in range(workers)]
    return measured(bench, group, filled, [(command, common | port) for port in ports])
