"""A run of events in a block of memory of fixed size, which a file may back.

A block begins with `HEAD` and goes on with records: `RECORD`, then the event's bytes. All that is
not written is zero. The event is stored before its `RECORD`, so what is cut short by the end of the
process or machine ends at a length of zero or at a checksum that does not fit.
"""

import mmap
import os
import struct
from pathlib import Path
from typing import NamedTuple, Optional, Union
from zlib import crc32

from . import inherited

HEAD = struct.Struct("=8sQ")
"""What this is, and its number among the segments of its slot; 0: not in use yet."""

RECORD = struct.Struct("=IIQd")
"""Length of the event in bytes, checksum, sequence (0: none), when it was accepted (monotonic, s;
of no meaning to another process)."""

_MAGIC = b"blotter\x01"
# Beyond it, crc32 gives up Python's lock, and may wait long to get it back.
_AT_ONCE = 4096

Memory = Union[mmap.mmap, bytearray]


class Entry(NamedTuple):
    """One event as it lies in a segment. `end`: where the next one begins."""

    event: bytes
    sequence: int
    accepted: float
    end: int


class Segment:
    """Written by one thread at a time, at its end; read by another, from its beginning.

    `appended` and `settled` count its events. `inherited`: left by an earlier process.
    """

    def __init__(self, memory: Memory, path: Optional[Path] = None, fd: int = -1) -> None:
        self.next: Optional["Segment"] = None
        self.number = HEAD.unpack_from(memory)[1]
        self.path = path
        self.inherited = False
        self.appended = self.settled = 0
        self.end = self.synced = HEAD.size
        self._memory = memory
        self._size = len(memory)
        self._fd = fd
        inherited.track(self)

    @classmethod
    def in_memory(cls, size: int) -> "Segment":
        """A block that dies with the process."""
        return cls(bytearray(size))

    @classmethod
    def create(cls, path: Path, size: int) -> "Segment":
        """A block backed by a new file; raises OSError, also if the disk has no room for all of it.

        Writing into a block for which the disk has no room would end the process.
        """
        with inherited.opening:
            fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                os.posix_fallocate(fd, 0, size)
                memory = mmap.mmap(fd, size)
            except BaseException:
                os.close(fd)
                path.unlink()
                raise
            HEAD.pack_into(memory, 0, _MAGIC, 0)
            return cls(memory, path, fd)

    @classmethod
    def found(cls, path: Path) -> Optional["Segment"]:
        """What an earlier process left, counted; None if it is none or was never in use."""
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size < HEAD.size:
                return None
            memory = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        if HEAD.unpack_from(memory)[0] != _MAGIC or HEAD.unpack_from(memory)[1] == 0:
            memory.close()
            return None
        segment = cls(memory, path)
        segment.inherited = True
        return segment

    def begin(self, number: int) -> None:
        """Give it its place among the others."""
        self.number = number
        HEAD.pack_into(self._memory, 0, _MAGIC, number)

    @property
    def waiting(self) -> int:
        """How many of its events are not settled."""
        return self.appended - self.settled

    def fits(self, size: int) -> bool:
        """Whether it has room for an event of so many bytes."""
        return self.end + RECORD.size + size <= self._size

    def append(self, event: bytes, sequence: int, accepted: float) -> bool:
        """Store an event; False if it does not fit."""
        start = self.end + RECORD.size
        end = start + len(event)
        if end > self._size:
            return False
        self._memory[start:end] = event
        RECORD.pack_into(
            self._memory, self.end, len(event), _checksum(event, sequence), sequence, accepted
        )
        self.end = end
        self.appended += 1
        return True

    def read(self, offset: int) -> Optional[Entry]:
        """The event that begins there; None if there is none, or it was cut short."""
        memory = self._memory
        if offset + RECORD.size > len(memory):
            return None
        length, checksum, sequence, accepted = RECORD.unpack_from(memory, offset)
        start, end = offset + RECORD.size, offset + RECORD.size + length
        if length == 0 or end > len(memory):
            return None
        event = bytes(memory[start:end])
        if checksum != _checksum(event, sequence):
            return None
        return Entry(event, sequence, accepted, end)

    def count(self, number: int, offset: int) -> int:
        """Count what was left in it, settled up to a position; returns its highest sequence."""
        highest, place = 0, HEAD.size
        while (entry := self.read(place)) is not None:
            highest, place = max(highest, entry.sequence), entry.end
            self.appended += 1
            self.settled += (self.number, place) <= (number, offset)
        return highest

    def sync(self) -> None:
        """Have the disk take what is stored so far.

        What is full already then costs the process no memory until it is read.
        """
        full, end = self.next is not None, self.end
        if isinstance(self._memory, bytearray) or self.synced == end:
            return
        os.fdatasync(self._fd)
        self.synced = end
        if full and hasattr(mmap, "MADV_DONTNEED"):
            self._memory.madvise(mmap.MADV_DONTNEED)

    def remove(self) -> None:
        """Let go of it, and of its file."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)
        self.close()

    def close(self) -> None:
        """Let go of it; its file stays."""
        inherited.forget(self)
        if isinstance(self._memory, mmap.mmap):
            self._memory.close()
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def _checksum(event: bytes, sequence: int) -> int:
    value = sequence & 0xFFFFFFFF
    if len(event) <= _AT_ONCE:
        return crc32(event, value)
    for start in range(0, len(event), _AT_ONCE):
        value = crc32(event[start : start + _AT_ONCE], value)
    return value
