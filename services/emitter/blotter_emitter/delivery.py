"""The two threads behind an emitter: one sends, in order, and one keeps the disk up to date."""

import time
from threading import Event as Flag
from typing import Protocol, Sequence, Union

from .outbox import Outbox
from .reporting import Reporter, log
from .spool import Batch

REFUSED = "refused"
"""The failure that no further attempt can mend."""

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 10.0
LATE_SECONDS = 5.0
SYNC_SECONDS = 0.1
_FOR_EVER = float("inf")

Answer = Union[str, int, None]
"""None: acknowledged. A text: why not. A number: acknowledged but for so many, refused for good."""


class Sender(Protocol):
    """Where events go. Only the background thread calls it."""

    def send(self, events: Sequence[bytes], deadline: float, stopping: Flag) -> Answer:
        """Deliver events, in order; `REFUSED` if none will ever be taken.

        Gives up at `deadline` (monotonic, s) and soon after `stopping` is set.
        """

    def close(self) -> None:
        """Let go of connections and threads."""


def record_of(events: Sequence[bytes]) -> bytes:
    """One event as it is, several as a CloudEvents JSON batch."""
    return events[0] if len(events) == 1 else batch_of(events)


def batch_of(events: Sequence[bytes]) -> bytes:
    """A CloudEvents JSON batch."""
    return b"[" + b",".join(events) + b"]"


class Worker:
    """Takes batches from the outbox and sees each through, until the outbox is stopped."""

    def __init__(
        self, outbox: Outbox, sender: Sender, reporter: Reporter, delivery_timeout: float
    ) -> None:
        self._outbox = outbox
        self._sender = sender
        self._reporter = reporter
        self._delivery_timeout = delivery_timeout

    def run(self) -> None:
        """The body of the thread."""
        while not self._outbox.stopping.is_set():
            batch = self._outbox.take()
            if batch is None:
                continue
            answer = self._deliver(batch)
            if answer is None:
                self._outbox.settle(batch)
            elif isinstance(answer, int):
                self._lose(batch, REFUSED, answer)
            elif answer == REFUSED or not self._outbox.stopping.is_set():
                self._lose(batch, answer, len(batch.events))
        self._sender.close()
        self._outbox.leave()

    def _lose(self, batch: Batch, reason: str, count: int) -> None:
        if self._outbox.settle(batch, reason, count):
            self._reporter.lost(reason, count)

    def _deliver(self, batch: Batch) -> Answer:
        """Try until it is acknowledged, hopeless or too late; what is on disk can wait for ever."""
        deadline = _FOR_EVER if batch.is_kept else batch.since + self._delivery_timeout
        began, pause = time.monotonic(), FIRST_PAUSE_SECONDS
        while True:
            answer = self._try(batch, deadline)
            if not isinstance(answer, str) or answer == REFUSED or time.monotonic() >= deadline:
                return answer
            if time.monotonic() - began > LATE_SECONDS:
                self._reporter.delayed(answer, self._outbox.stats().queued)
            if self._outbox.stopping.wait(pause):
                return answer
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    def _try(self, batch: Batch, deadline: float) -> Answer:
        try:
            self._outbox.secure()
            return self._sender.send(batch.events, deadline, self._outbox.stopping)
        except Exception as error:
            # A fault of ours or of the client must neither end this thread nor lose the record.
            log.warning("sending failed unexpectedly: %s", type(error).__name__)
            self._sender.close()
            return "internal_error"


def keep_tidy(outbox: Outbox) -> None:
    """The body of the other thread."""
    while not outbox.stopping.wait(SYNC_SECONDS):
        try:
            outbox.tidy()
        except OSError as error:
            log.warning("the spool cannot be written: %s", error.strerror)
