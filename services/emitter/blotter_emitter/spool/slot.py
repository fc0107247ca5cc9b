"""A numbered folder that belongs to one living process, and what must outlive the process.

The number of the slot, not that of the process, names the instance: the next process that takes the
slot goes on with its sequence, so that what a process lost at its end is a gap like any other.
"""

import contextlib
import mmap
import os
import re
import secrets
import socket
import struct
import threading
from pathlib import Path
from typing import Any, Iterator

from . import inherited
from .journal import SUFFIX, Journal, Limits

fcntl: Any = None
with contextlib.suppress(ImportError):
    import fcntl

MOST_SLOTS = 4096
_TEXT = struct.Struct("=8s40s128s")
"""What this is, of which boot of the machine, and the instance."""
_NUMBER = struct.Struct("=Q")
_SEQUENCE, _RESERVED, _POSITION = range(_TEXT.size, _TEXT.size + 24, 8)
_MAGIC = b"blotter\x01"
_BYTES = 4096


class Unavailable(Exception):
    """There can be no spool, and why."""


class Slot:
    """Held from here on; raises BlockingIOError if another process holds it, OSError if the folder
    cannot be used."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder = folder
        self._syncing = threading.Lock()
        with inherited.opening:
            self._open(folder / "state")
            inherited.track(self)
        self._begin()
        self._durable = 0
        self._synced = (self.sequence, 0, 0)

    @classmethod
    def take(cls, folder: Path) -> "Slot":
        """The first that is free; raises Unavailable."""
        if fcntl is None or not hasattr(os, "posix_fallocate"):
            raise Unavailable("this platform has no means for it")
        try:
            for number in range(MOST_SLOTS):
                with contextlib.suppress(BlockingIOError):
                    return cls(folder / str(number))
        except OSError as error:
            raise Unavailable(f"{folder}: {error.strerror or type(error).__name__}") from None
        raise Unavailable(f"{folder}: all {MOST_SLOTS} slots are in use")

    @classmethod
    def abandoned(cls, folder: Path) -> Iterator["Slot"]:
        """Those with files that no living process holds, each held until it is closed."""
        for slot in sorted({path.parent for path in folder.glob(f"*/*{SUFFIX}")}):
            with contextlib.suppress(OSError):
                yield cls(slot)

    def journal(self, limits: Limits) -> Journal:
        """What lies in it; the sequence goes on behind it."""
        journal = Journal(self.folder, limits, self._get(_POSITION))
        self.sequence = max(self.sequence, journal.sequence)
        return journal

    @property
    def instance(self) -> str:
        """Which process of the source, by its place."""
        return bytes(_TEXT.unpack_from(self._state)[2]).rstrip(b"\0").decode()

    @property
    def sequence(self) -> int:
        """The last number that was given to an event."""
        return self._get(_SEQUENCE)

    @sequence.setter
    def sequence(self, value: int) -> None:
        _NUMBER.pack_into(self._state, _SEQUENCE, value)

    def settle(self, position: int) -> None:
        """Keep up to where events are settled."""
        _NUMBER.pack_into(self._state, _POSITION, position)

    def secure(self) -> None:
        """Before events are sent: were the machine to stop now, no number would be given twice."""
        if self.sequence > self._durable:
            self.sync()

    def sync(self) -> None:
        """Have the disk know the sequence and position, and a few numbers to come.

        After a stop of the machine the sequence goes on behind those: what was lost with it, if
        anything, is a gap, and not a number given again.
        """
        with self._syncing:
            sequence = self.sequence
            self._sync(sequence + 1 + 4 * (sequence - self._synced[0]))

    def release(self) -> None:
        """Let another process have it: nothing more will be numbered."""
        with self._syncing:
            self._sync(self.sequence)
            self.close()

    def close(self) -> None:
        """Let go of it as a process that is killed does."""
        inherited.forget(self)
        self._state.close()
        os.close(self._fd)

    def _sync(self, reserved: int) -> None:
        known = (self.sequence, self._get(_POSITION), reserved)
        if known != self._synced:
            _NUMBER.pack_into(self._state, _RESERVED, reserved)
            os.fdatasync(self._fd)
            self._synced, self._durable = known, reserved

    def _open(self, path: Path) -> None:
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.posix_fallocate(self._fd, 0, _BYTES)
            self._state = mmap.mmap(self._fd, _BYTES)
        except BaseException:
            os.close(self._fd)
            raise

    def _begin(self) -> None:
        magic, boot, instance = _TEXT.unpack_from(self._state)
        here = _boot()
        if magic != _MAGIC:
            self._state[:] = bytes(_BYTES)
            instance = _instance(self.folder.name).encode()
        elif not here or boot.rstrip(b"\0") != here:
            self.sequence = max(self.sequence, self._get(_RESERVED))
        _TEXT.pack_into(self._state, 0, _MAGIC, here, instance)

    def _get(self, place: int) -> int:
        return int(_NUMBER.unpack_from(self._state, place)[0])


def _boot() -> bytes:
    """Which start of the machine this is; empty if it does not tell."""
    with contextlib.suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_bytes().strip()[:40]
    return b""


def host() -> str:
    """The name of this machine, as far as an instance may hold it."""
    with contextlib.suppress(OSError):
        return re.sub(r"[^A-Za-z0-9._-]", "_", socket.gethostname())[:60] or "host"
    return "host"


def _instance(slot: str) -> str:
    """Machine, slot, and chance: folders are copied and lost, machines share names."""
    return f"{host()}-{slot}-{secrets.token_hex(3)}"
