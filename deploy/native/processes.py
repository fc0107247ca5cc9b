"""Background processes: started in their own session, known by a pid file, stopped politely."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

LOOPBACK = "127.0.0.1"
POLL = 0.1  # seconds between two looks at a process or a port


class StackError(Exception):
    """The stack cannot do what was asked; the message says what to change."""


def free_port() -> int:
    """Return a TCP port of the loopback interface that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def is_listening(port: int) -> bool:
    """Say whether anybody accepts connections on this loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) == 0


def require_free(port: int, setting: str) -> None:
    """Raise StackError, naming the setting to change, when the port is taken."""
    if is_listening(port):
        raise StackError(
            f"port {port} is in use by another program: stop it, or set {setting} to a free port"
        )


def run(
    command: Sequence[str],
    failure: str,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    umask: int = -1,
) -> None:
    """Run a command to its end; raise StackError with `failure` and its output if it fails."""
    answer = subprocess.run(
        command,
        check=False,
        cwd=folder,
        env=environment,
        umask=umask,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if answer.returncode:
        raise StackError(f"{failure}:\n{answer.stdout.decode(errors='replace')[-4000:]}")


class Process:
    """One background process; another Python process finds it again by its pid file.

    `log` receives its standard output and error. The process leads its own group, so that signals
    reach the children that it starts.
    """

    def __init__(self, name: str, pid_file: Path, log: Path) -> None:
        self.name = name
        self.log = log
        self._pid_file = pid_file
        # Kept so that a process started here is reaped here and does not linger as a zombie.
        self._child: subprocess.Popen[bytes] | None = None

    def start(self, command: Sequence[str], environment: Mapping[str, str], folder: Path) -> None:
        """Start `command` in `folder`; the caller has made sure that it is not running."""
        self._pid_file.parent.mkdir(parents=True, exist_ok=True)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(
                command,
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._pid_file.write_text(f"{self._child.pid} {_birth(self._child.pid)}\n")

    @property
    def pid(self) -> int | None:
        """Process id while it runs, else None."""
        if self._child is not None and self._child.poll() is not None:
            return None
        try:
            number, birth = self._pid_file.read_text().split(" ", 1)
        except (OSError, ValueError):
            return None
        pid = int(number)
        # The kernel gives numbers out again: another process with ours was born at another time.
        return pid if _is_alive(pid) and _birth(pid) == birth.strip() else None

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> None:
        """Wait until `ready()`; if it dies or is too slow, raise StackError with the log's end."""
        deadline = time.monotonic() + seconds
        while not ready():
            if self.pid is None:
                raise StackError(f"{self.name} ended while it started; {self._tail()}")
            if time.monotonic() > deadline:
                raise StackError(f"{self.name} was not ready after {seconds:.0f} s; {self._tail()}")
            time.sleep(POLL)

    def stop(self, grace: float = 30.0) -> None:
        """Ask it to end (SIGTERM), and kill it only after `grace` seconds; fine if it is gone."""
        self._signal(signal.SIGTERM)
        deadline = time.monotonic() + grace
        while self.pid is not None and time.monotonic() < deadline:
            time.sleep(POLL)
        self.kill()

    def kill(self) -> None:
        """End it at once (SIGKILL), as a crash would, and wait until it is gone."""
        self._signal(signal.SIGKILL)
        while self.pid is not None:
            time.sleep(POLL)
        self._pid_file.unlink(missing_ok=True)

    def _signal(self, number: signal.Signals) -> None:
        pid = self.pid
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, number)

    def _tail(self, lines: int = 20) -> str:
        """Return the end of the log, with its place."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return f"the end of {self.log}:\n" + "\n".join(text.splitlines()[-lines:])


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return _stat(pid)[:1] != ["Z"]


def _birth(pid: int) -> str:
    """Start time of a process in clock ticks since boot; empty where there is no /proc."""
    fields = _stat(pid)
    return fields[19] if len(fields) > 19 else ""


def _stat(pid: int) -> list[str]:
    """Fields of /proc/<pid>/stat from the third (the state) on; empty where there is none."""
    try:
        # The second field is the command in brackets, and may itself hold spaces and brackets.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
