"""A function in a process of its own, and the memory that a process took.

`python -m tests.bench.child <folder>` is the other end: it runs what lies there pickled.
"""

import os
import pickle
import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

ROOT = Path(__file__).resolve().parents[2]
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Done(Generic[Answer]):
    """What a child handed back. `cpu_seconds`: its user and system time, start included."""

    value: Answer
    peak_mib: float
    cpu_seconds: float


def in_child(
    folder: Path,
    function: Callable[..., Answer],
    *arguments: Any,
    python: str = sys.executable,
    environment: Mapping[str, str] | None = None,
) -> Done[Answer]:
    """Call a function of a module with arguments that can be pickled, in a new process.

    Raises RuntimeError with the end of what the child wrote, if it fails.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "task").write_bytes(pickle.dumps((function, arguments)))
    ran = subprocess.run(
        [python, "-m", "tests.bench.child", str(folder)],
        check=False,
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if ran.returncode:
        told = ran.stdout.decode(errors="replace")[-4000:]
        raise RuntimeError(f"{function.__module__}.{function.__qualname__} failed:\n{told}")
    done: Done[Answer] = pickle.loads((folder / "done").read_bytes())
    return done


def peak_mib(pid: int | str = "self") -> float:
    """Most memory (resident) that a process has held so far.

    Not getrusage's: that begins with what the parent held when it forked.
    """
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"^VmHWM:\s+(\d+) kB", status, re.M)
    if found is None:
        raise RuntimeError(f"process {pid} has ended")
    return int(found[1]) / 1024


def cpu_seconds(pid: int) -> float:
    """User and system time that a process has taken so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main(folder: Path) -> None:
    """Run the task of a folder."""
    function, arguments = pickle.loads((folder / "task").read_bytes())
    value = function(*arguments)
    done = Done(value, peak_mib(), time.process_time())
    (folder / "done").write_bytes(pickle.dumps(done))


if __name__ == "__main__":
    # Pickled by the name under which the other side knows it.
    from tests.bench import child

    child.main(Path(sys.argv[1]))
