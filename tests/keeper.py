"""Ends what a test run has started, when the run ends in whatever way: also when it is killed.

Everything that a run starts has its name in the environment, and so has all that those start.
"""

import contextlib
import os
import signal
import subprocess
import sys
import uuid
from pathlib import Path

NAME = "BLOTTER_TEST_RUN"
_kept: list[subprocess.Popen[bytes]] = []


def begin() -> None:
    """From here on, nothing that this process starts outlives it (Linux; elsewhere nothing is
    done). The keeper, which does that, lives in a session of its own."""
    if not Path("/proc/self/environ").exists():
        return
    name = os.environ[NAME] = uuid.uuid4().hex
    told, _mine = os.pipe()
    without = {key: value for key, value in os.environ.items() if key != NAME}
    command = [sys.executable, __file__, name]
    _kept.append(subprocess.Popen(command, stdin=told, env=without, start_new_session=True))
    # The other end is handed to nobody, and the kernel closes it with this process.
    os.close(told)


def end_all(name: str) -> None:
    """Kill every process that has this name in its environment, until there is none."""
    while found := [pid for pid in _processes() if _is_of(pid, name)]:
        for pid in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _processes() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def _is_of(pid: int, name: str) -> bool:
    try:
        return f"{NAME}={name}\0".encode() in Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return False


if __name__ == "__main__":
    # Ctrl-C at the terminal is for the run, which then ends in order.
    sys.stdin.buffer.read()
    end_all(sys.argv[1])
