"""A folder for what a process lays aside; gone when it ends, and at the latest when the next one
begins: a process that is killed leaves no events behind for long."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PREFIX = "blotter-"
_LOCK = "lock"


@contextmanager
def scratch_folder(under: Path) -> Iterator[Path]:
    """A new folder, for this user's eyes only; removes those of processes that have ended.

    Raises OSError where nothing can be written.
    """
    under.mkdir(parents=True, exist_ok=True)
    for left in under.glob(f"{_PREFIX}*"):
        if _is_left(left):
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=under))
    lock = _locked(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _locked(folder: Path) -> int:
    """The system lets go of the lock when the process ends, however it ends."""
    lock = os.open(folder / _LOCK, os.O_WRONLY | os.O_CREAT, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return lock


def _is_left(folder: Path) -> bool:
    try:
        lock = os.open(folder / _LOCK, os.O_WRONLY)
    except OSError:
        # Somebody else's, or just being made.
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(lock)
    return True
