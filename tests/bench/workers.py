"""Processes that read `ai.dossiers` as a group, watched until all is committed."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from .child import ROOT, cpu_seconds, peak_mib
from .contender import Bench, Measure
from .dossiers import Filled, watch


def measured(
    bench: Bench,
    group: str,
    filled: Filled,
    commands: Sequence[tuple[Sequence[str], Mapping[str, str]]],
) -> Measure:
    """Start these commands (each with its environment), all members of one group."""
    with ExitStack() as stack:
        logs = [bench.folder / f"worker-{n}.log" for n in range(len(commands))]
        workers = [
            stack.enter_context(_started(command, environment, log))
            for (command, environment), log in zip(commands, logs, strict=True)
        ]
        deadline = time.monotonic() + bench.sizes.patience

        def check() -> None:
            if any(worker.process.poll() is not None for worker in workers):
                raise RuntimeError("a process ended")
            if time.monotonic() > deadline:
                raise TimeoutError(f"not done after {bench.sizes.patience:.0f} s")

        try:
            seconds = watch(group, filled, len(workers), check)
        except Exception as error:
            told = "\n".join(log.read_text(errors="replace")[-3000:] for log in logs)
            raise RuntimeError(f"{group}: {error}\n{told}") from error
        peaks = [peak_mib(worker.process.pid) for worker in workers]
        cpu = sum(cpu_seconds(worker.process.pid) for worker in workers)
    details = {"cpu_us": 1e6 * cpu / bench.load.count, **filled.said()}
    return Measure(bench.load.count, seconds, sum(peaks), details)


class _Worker:
    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process

    def __enter__(self) -> "_Worker":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _started(command: Sequence[str], environment: Mapping[str, str], log: Path) -> _Worker:
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    return _Worker(process)
