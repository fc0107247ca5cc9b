"""Processes that read `ai.dossiers` as a group, watched until all is committed."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

from .child import ROOT, cpu_seconds, peak_mib
from .contender import Bench, Measure
from .dossiers import Filled, Group

_LOOK_EVERY = 0.05


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
        try:
            return _watched(bench, group, filled, [worker.process for worker in workers])
        except Exception as error:
            told = "\n".join(log.read_text(errors="replace")[-3000:] for log in logs)
            raise RuntimeError(f"{group}: {error}\n{told}") from error


def _watched(
    bench: Bench, group: str, filled: Filled, workers: Sequence[subprocess.Popen[bytes]]
) -> Measure:
    """From the moment at which the load can be seen, until all of it is committed."""
    deadline = time.monotonic() + bench.sizes.patience

    def until(true: Callable[[Filled], bool]) -> float:
        while not true(filled):
            if any(worker.poll() is not None for worker in workers):
                raise RuntimeError("a process ended")
            if time.monotonic() > deadline:
                raise TimeoutError(f"not done after {bench.sizes.patience:.0f} s")
            time.sleep(_LOOK_EVERY)
        return time.monotonic()

    with closing(Group(bench.kafka, group, len(workers))) as watched:
        until(watched.is_at_work)
        cpu = -sum(cpu_seconds(worker.pid) for worker in workers)
        began = time.monotonic()
        filled.release()
        ended = until(watched.is_done)
        cpu += sum(cpu_seconds(worker.pid) for worker in workers)
    details = {"cpu_us": 1e6 * cpu / bench.load.count, **filled.said()}
    peak = sum(peak_mib(worker.pid) for worker in workers)
    return Measure(bench.load.count, ended - began, peak, details)


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
