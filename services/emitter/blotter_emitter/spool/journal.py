"""Segments as one queue: events go in at its end, and are taken and settled at its front.

One thread at a time appends, one takes and settles, one tidies up; none waits for another.
"""

import itertools
import os
from pathlib import Path
from typing import Iterator, List, NamedTuple, Optional

from .segment import HEAD, RECORD, Segment
from .withheld import Withheld

SUFFIX = ".segment"


class Limits(NamedTuple):
    """Most bytes on disk, and in memory where the disk takes none. `record` and `events`: most
    bytes and events that are taken together; no event is larger."""

    disk: int
    memory: int
    record: int
    events: int

    def segment(self, whole: int) -> int:
        """Bytes of a segment: a sixteenth of what may lie there, and room for any event."""
        return max(whole // 16, HEAD.size + RECORD.size + self.record)


class Batch(NamedTuple):
    """Events taken together. `since`: when the first was accepted (monotonic, s)."""

    events: List[bytes]
    since: float
    segment: Segment
    end: int

    @property
    def is_kept(self) -> bool:
        """Whether they outlive the process."""
        return self.segment.path is not None


class Journal:
    """`folder`: where files may be made, or None for memory alone. `position`: up to where an
    earlier process has settled what it left there.

    `trouble`: why the disk takes nothing at present. `sequence`: the highest that was left there.
    Raises OSError for a folder that cannot be read.
    """

    def __init__(self, folder: Optional[Path], limits: Limits, position: int = 0) -> None:
        self.trouble: Optional[str] = None
        self.sequence = 0
        self._folder = folder
        self._limits = limits
        self._withheld = Withheld(limits.memory)
        self._left = 0
        self._is_full = False
        self._is_listed = True
        self._spare: Optional[Segment] = None
        self._first: Optional[Segment] = None
        self._last: Optional[Segment] = None
        self._writing: Optional[Segment] = None
        self._reading: Optional[Segment] = None
        self._taken: Optional[Segment] = None
        self._offset = HEAD.size
        self._names = itertools.count(1)
        self._numbers = itertools.count(1 + self._open(position))

    def append(
        self, event: bytes, sequence: int, accepted: float, whole: Optional[bytes] = None
    ) -> bool:
        """Put an event at the end; False if there is no room.

        `whole`: what is sent in its place while this process lives, never on disk.
        """
        segment = self._writing
        if whole is None and segment is not None and segment.append(event, sequence, accepted):
            return True
        if not self.make_room(len(whole or event)):
            return False
        segment = self._writing
        assert segment is not None
        if whole is not None:
            if segment.path is None:
                event = whole
            elif not self._withheld.keep(_position(segment.number, segment.end), whole):
                return False
        return segment.append(event, sequence, accepted)

    def make_room(self, size: int) -> bool:
        """Whether an event of so many bytes finds room, be it in another segment."""
        return (self._writing is not None and self._writing.fits(size)) or self._roll()

    def take(self) -> Optional[Batch]:
        """The next events that were not taken yet; None if there are none at present."""
        while self._reading is not None:
            # Asked first: what is written meanwhile would be passed over.
            following = self._reading.next
            batch = self._read(self._reading)
            if batch is not None:
                self._taken, self._offset = batch.segment, batch.end
                return batch
            if following is None:
                return None
            self._reading, self._offset = following, HEAD.size
        return None

    def settle(self, batch: Batch) -> int:
        """The events are delivered or given up; returns the position up to which all are."""
        batch.segment.settled += len(batch.events)
        self._taken = None
        return _position(batch.segment.number, batch.end)

    def waiting(self, kept: bool) -> int:
        """How many events wait on disk, or in memory only."""
        waiting = sum(each.waiting for each in self._chain() if (each.path is not None) is kept)
        return waiting + (self._left if kept else 0)

    def left_over(self) -> int:
        """How many events of earlier processes wait."""
        return sum(each.waiting for each in self._chain() if each.inherited)

    def tidy(self) -> None:
        """Let go of what is settled, and have a segment at hand for what comes."""
        while self._first not in (None, self._reading, self._taken):
            self._drop_first()
        if self._spare is None and self._writing is not None:
            self._spare = self._make()

    def sync(self) -> None:
        """Have the disk take what was appended so far."""
        for segment in self._chain():
            segment.sync()
        if self._folder is not None and not self._is_listed:
            self._is_listed = True
            _sync_folder(self._folder)

    def close(self) -> None:
        """Let go of all; files stay if they hold what is not settled."""
        left = self.waiting(kept=True)
        if self._spare is not None:
            self._spare.remove()
        while self._first is not None:
            if not left or self._first.path is None:
                self._drop_first()
            else:
                self._first.close()
                self._first = self._first.next
        self._last = self._reading = self._writing = self._spare = None
        self._left = left

    def _open(self, position: int) -> int:
        """Take over what an earlier process left; returns the highest number in use."""
        number, offset = divmod(position, 1 << 32)
        highest = number
        for segment in _found(self._folder):
            self.sequence = max(self.sequence, segment.count(number, offset))
            highest = max(highest, segment.number)
            self._link(segment)
        while self._reading is not None and self._reading.number < number:
            self._reading = self._reading.next
        if self._reading is not None and self._reading.number == number:
            self._offset = offset
        return highest

    def _read(self, segment: Segment) -> Optional[Batch]:
        events: List[bytes] = []
        since, size, offset = 0.0, 2, self._offset
        while len(events) < self._limits.events:
            entry = segment.read(offset)
            if entry is None:
                break
            place = _position(segment.number, offset)
            event = self._withheld.instead(place, entry.event)
            size += len(event) + 1
            if events and size > self._limits.record:
                break
            since = since or entry.accepted
            events.append(event)
            self._withheld.forget(place)
            offset = entry.end
        return Batch(events, since, segment, offset) if events else None

    def _chain(self) -> Iterator[Segment]:
        segment = self._first
        while segment is not None:
            yield segment
            segment = segment.next

    def _link(self, segment: Segment) -> None:
        if self._last is None:
            self._first = segment
        else:
            self._last.next = segment
        self._last = segment
        if self._reading is None:
            self._reading = segment

    def _drop_first(self) -> None:
        segment = self._first
        assert segment is not None
        self._first = segment.next
        segment.remove()

    def _roll(self) -> bool:
        """Go on in the next segment; False if there can be none: `tidy` tries again."""
        segment, self._spare = self._spare, None
        if segment is None and not self._is_full:
            segment = self._make()
        if segment is not None:
            segment.begin(next(self._numbers))
            self._link(segment)
            self._writing = segment
        return segment is not None

    def _make(self) -> Optional[Segment]:
        """Memory takes the place of a disk that has no room, not of one that was used up here."""
        if self._folder is None:
            segment = self._in_memory()
        elif self._may_grow(self._limits.disk, kept=True):
            segment = self._on_disk(self._folder) or self._in_memory()
        else:
            segment = None
        self._is_full = segment is None
        return segment

    def _may_grow(self, most: int, kept: bool) -> bool:
        """Two at least: one is written while another is sent."""
        there = sum(1 for each in self._chain() if (each.path is not None) is kept)
        return there < max(2, most // self._limits.segment(most))

    def _in_memory(self) -> Optional[Segment]:
        most = self._limits.memory
        if not self._may_grow(most, kept=False):
            return None
        return Segment.in_memory(self._limits.segment(most))

    def _on_disk(self, folder: Path) -> Optional[Segment]:
        paths = (folder / f"{name}{SUFFIX}" for name in self._names)
        path = next(path for path in paths if not path.exists())
        try:
            segment = Segment.create(path, self._limits.segment(self._limits.disk))
        except OSError as error:
            self.trouble = error.strerror or type(error).__name__
            return None
        self.trouble = None
        self._is_listed = False
        return segment


def _position(number: int, offset: int) -> int:
    """A place in a segment as one number, so that it is stored at one stroke."""
    return number << 32 | offset


def _found(folder: Optional[Path]) -> List[Segment]:
    """What lies in a folder, in order; what was never in use is removed."""
    found: List[Segment] = []
    for path in folder.glob(f"*{SUFFIX}") if folder is not None else ():
        segment = Segment.found(path)
        if segment is None:
            path.unlink()
        else:
            found.append(segment)
    return sorted(found, key=lambda segment: segment.number)


def _sync_folder(folder: Path) -> None:
    """Have the disk know the names of new files."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
