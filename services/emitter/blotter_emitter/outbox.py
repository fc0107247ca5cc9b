"""What lies between the product's threads and those that send: the accounts, and the order.

At any time: accepted = delivered + failed + queued. What was never accepted is dropped.
"""

import os
import secrets
import threading
import time
from collections import deque
from pathlib import Path
from typing import Deque, Dict, NamedTuple, Optional, Tuple

from .encoding import MAX_BYTES, Encoded, number
from .gathering import Gathering
from .reporting import Reporter, log
from .spool import Adoption, Batch, Journal, Limits, Slot, Unavailable, host
from .stats import Stats

MAX_EVENTS = 500
"""Most events of one record."""

_NUMBER_BYTES = 300
_NO_ROOM = "there is no room yet"
_WAIT_SECONDS = 0.1


class Keeping(NamedTuple):
    """How events wait. `folder`: of the slots, None for memory alone; `homeless`: because there is
    no place for one. `gather_seconds`: how long the first event of a record waits for others."""

    folder: Optional[Path]
    limits: Limits
    gather_seconds: float
    homeless: bool = False


class Outbox:
    """Takes events in from any thread, and hands them to the one that sends.

    What lies on the disk opens with the first event, or with `open`.
    """

    def __init__(self, keeping: Keeping, reporter: Reporter) -> None:
        self.stopping = threading.Event()
        self._keeping = keeping
        self._reporter = reporter
        self._slot: Optional[Slot] = None
        self._journal: Optional[Journal] = None
        self._others = Adoption(keeping.folder, keeping.limits)
        self._unspooled: Optional[str] = None
        self._instance = b""
        # Reentrant, so that a signal handler that reports a use cannot lock up the product.
        self._placing = threading.RLock()
        self._is_placing = False
        self._interposed: Deque[Encoded] = deque()
        self._changed = threading.Condition(threading.RLock())
        self._gathering = Gathering(keeping.gather_seconds, MAX_EVENTS)
        self._sequence = self._accepted = self._taken = 0
        self._delivered = self._recovered = 0
        self._failed: Dict[str, int] = {}
        self._dropped: Dict[str, int] = {}
        self._closed = False

    def open(self) -> bool:
        """Open the spool; True if there is something to send already."""
        with self._placing:
            if self._journal is None:
                self._is_placing = True
                try:
                    self._journal = self._open()
                finally:
                    self._is_placing = False
            journal = self._journal
        self._place_interposed()
        return journal.left_over() > 0 or self._others.are_there()

    def put(self, event: Encoded, wait: float) -> Optional[str]:
        """Accept an event, or tell why it is dropped. Waits up to `wait` seconds for room.

        A dropped event uses up a sequence number: the gap makes the loss visible.
        """
        until = time.monotonic() + wait if wait > 0 else 0.0
        reason = self._put(event, until)
        while reason is _NO_ROOM:
            with self._changed:
                self._changed.wait(_WAIT_SECONDS)
            reason = self._put(event, until)
        return reason

    def drop(self, reason: str) -> None:
        """Count an event that cannot be put; like any other loss it leaves a gap."""
        with self._placing:
            self._count_dropped(reason)
            if self._is_placing or self._closed:
                return
            self._is_placing = True
            try:
                if self._journal is None:
                    self._journal = self._open()
                self._sequence += 1
                if self._slot is not None:
                    self._slot.sequence = self._sequence
            except Exception as error:
                # The spool may be why it is dropped, and that never reaches the product.
                log.warning("what was dropped leaves no gap: %s", type(error).__name__)
            finally:
                self._is_placing = False

    def take(self) -> Optional[Batch]:
        """The next events to send, gathered for a short while; None if none came for long.

        A record each would keep Kafka busier than the product. A full record, and one that somebody
        waits for, goes at once; what earlier processes left goes first.
        """
        found = self._others.take()
        if found is not None:
            return found
        assert self._journal is not None
        if not self._journal.left_over():
            self._gathering.gather(self._taken)
        if self.stopping.is_set():
            return None
        batch = self._journal.take()
        if batch is not None and not batch.segment.inherited:
            self._taken += len(batch.events)
        return batch

    def secure(self) -> None:
        """Before sending: see `Slot.secure`."""
        if self._slot is not None:
            self._slot.secure()

    def settle(self, batch: Batch, reason: str = "", lost: int = 0) -> bool:
        """Account for a batch of which so many are lost; False if it is too late for that."""
        with self._changed:
            if self._closed:
                return False
            self._mark(batch)
            done = len(batch.events) - lost
            if batch.segment.inherited:
                self._recovered += done
                account = self._dropped
            else:
                self._delivered += done
                account = self._failed
            if lost:
                account[reason] = account.get(reason, 0) + lost
            self._changed.notify_all()
            return True

    def tidy(self) -> None:
        """What has to be done now and then, and may wait for the disk."""
        assert self._journal is not None
        self._journal.tidy()
        self._journal.sync()
        if self._slot is not None:
            self._slot.sync()
        if self._journal.trouble is not None:
            self._reporter.unspooled(self._journal.trouble)
        with self._changed:
            self._changed.notify_all()

    def flush(self, timeout: float) -> bool:
        """Wait until all accepted so far is settled; True only if nothing has ever failed."""
        with self._changed:
            target = self._accepted
            self._gathering.hurry()
            self._changed.wait_for(lambda: self._settled() >= target or self._closed, timeout)
            self._gathering.relax()
            return self._settled() >= target and not self._failed

    def stop(self) -> None:
        """Have the threads that send and tidy end soon."""
        self.stopping.set()
        self._gathering.stop()

    def leave(self) -> None:
        """The thread that sends is done."""
        self._others.close()

    def close(self) -> int:
        """Accept and settle nothing more; returns how many events are hereby given up.

        Those on disk are not: the next process sends them.
        """
        with self._placing:
            if self._closed:
                return 0
            self._closed = True
        # One lock after the other: a signal handler may come, and report, while the second is held.
        with self._changed:
            left = 0
            if self._journal is not None:
                left = self._journal.waiting(kept=False)
                self._journal.close()
            if left:
                self._failed["closed"] = self._failed.get("closed", 0) + left
            if self._slot is not None:
                self._slot.release()
            self._changed.notify_all()
            return left

    def stats(self) -> Stats:
        """The counts at one moment."""
        journal = self._journal
        with self._changed:
            inherited = journal.left_over() if journal else 0
            queued = self._accepted - self._settled()
            return Stats(
                self._accepted,
                self._delivered,
                queued,
                dict(self._failed),
                dict(self._dropped),
                min(queued, journal.waiting(kept=True) - inherited if journal else 0),
                inherited + self._others.waiting(),
                self._recovered,
                self._unspooled or (journal.trouble if journal else None),
            )

    def _open(self) -> Journal:
        folder, limits = self._keeping.folder, self._keeping.limits
        self._unspooled = "switched off"
        if self._keeping.homeless:
            self._unspooled = "there is no home folder: set BLOTTER_EMITTER_SPOOL"
            self._reporter.unspooled(self._unspooled)
        if folder is not None:
            try:
                self._slot, journal = _take_slot(folder, limits)
            except Unavailable as reason:
                self._unspooled = str(reason)
                self._reporter.unspooled(str(reason))
            else:
                self._unspooled = None
                self._instance, self._sequence = self._slot.instance.encode(), self._slot.sequence
                return journal
        self._instance = f"{host()}-{os.getpid()}-{secrets.token_hex(3)}".encode()
        return Journal(None, limits)

    def _put(self, event: Encoded, until: float) -> Optional[str]:
        with self._placing:
            if self._is_placing:
                # A signal handler, in the midst of another event of the same thread.
                self._interposed.append(event)
                return None
            self._is_placing = True
            try:
                if until and not self._has_room(event) and time.monotonic() < until:
                    return _NO_ROOM
                reason = "closed" if self._closed else self._append(event)
                if reason is None:
                    self._accepted += 1
                else:
                    self._count_dropped(reason)
            finally:
                self._is_placing = False
        self._gathering.accept(self._accepted)
        if self._interposed:
            self._place_interposed()
        return reason

    def _append(self, event: Encoded) -> Optional[str]:
        """Number an event and put it in its place; why not, if it cannot be."""
        sequence, body, whole = 0, event.body, event.whole
        if self._journal is None:
            self._journal = self._open()
        journal = self._journal
        if event.numbered:
            sequence = self._sequence = self._sequence + 1
            body = number(body, self._instance, sequence)
            whole = whole and number(whole, self._instance, sequence)
        reason = None
        if len(whole or body) > MAX_BYTES:
            reason = "too_large"
        elif not journal.append(body, sequence, time.monotonic(), whole):
            reason = "queue_full"
        # Afterwards: a process that is killed in between has given no number in vain.
        if self._slot is not None and sequence:
            self._slot.sequence = sequence
        return reason

    def _place_interposed(self) -> None:
        while self._interposed:
            reason = self.put(self._interposed.popleft(), 0)
            if reason is not None:
                self._reporter.lost(reason, 1)

    def _count_dropped(self, reason: str) -> None:
        self._dropped[reason] = self._dropped.get(reason, 0) + 1

    def _has_room(self, event: Encoded) -> bool:
        size = len(event.whole or event.body) + _NUMBER_BYTES
        return self._closed or self._journal is None or self._journal.make_room(size)

    def _mark(self, batch: Batch) -> None:
        """Keep that it is settled, so that nobody sends it again."""
        if self._others.settle(batch):
            return
        assert self._journal is not None
        position = self._journal.settle(batch)
        if self._slot is not None:
            self._slot.settle(position)

    def _settled(self) -> int:
        return self._delivered + sum(self._failed.values())


def _take_slot(folder: Path, limits: Limits) -> Tuple[Slot, Journal]:
    """A slot and what lies in it; raises Unavailable."""
    slot = Slot.take(folder)
    try:
        return slot, slot.journal(limits)
    except OSError as error:
        slot.close()
        raise Unavailable(f"{folder}: {error.strerror}") from None
