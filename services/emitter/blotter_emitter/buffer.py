"""The bounded queue between the product's threads and the one that sends, and its accounts.

At any time: accepted = delivered + failed + queued. What was never accepted is dropped.
"""

import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import Deque, Dict, List, Mapping, NamedTuple, Optional

from .encoding import MAX_BYTES, Encoded, number

MAX_EVENTS = 500
"""Most events of one record."""


class Batch(NamedTuple):
    """Events that are sent as one record; `since`: when the oldest was accepted (monotonic, s)."""

    events: List[bytes]
    since: float

    def record(self) -> bytes:
        """One event as it is, several as a CloudEvents JSON batch."""
        return self.events[0] if len(self.events) == 1 else b"[" + b",".join(self.events) + b"]"


@dataclass(frozen=True)
class Stats:
    """Counts of events since this process began; `failed` and `dropped` by reason."""

    accepted: int
    delivered: int
    queued: int
    failed: Mapping[str, int]
    dropped: Mapping[str, int]


class Buffer:
    """Holds accepted events in order until they are settled.

    `max_events`, `max_bytes`: how much may wait, what is being sent included. `gather_seconds`: how
    long the first event of a record waits for others to travel with it.
    """

    def __init__(
        self, instance: str, max_events: int, max_bytes: int, gather_seconds: float
    ) -> None:
        self.stopping = threading.Event()
        self._instance = instance
        self._max_events = max_events
        self._max_bytes = max_bytes
        self._gather_seconds = gather_seconds
        self._hurried = 0
        # Reentrant, so that a signal handler that reports a use cannot lock up the product.
        self._changed = threading.Condition(threading.RLock())
        self._waiting: Deque["tuple[bytes, float]"] = deque()
        self._bytes = 0
        self._sequence = 0
        self._accepted = 0
        self._delivered = 0
        self._failed: Dict[str, int] = {}
        self._dropped: Dict[str, int] = {}
        self._closed = False

    def put(self, event: Encoded, wait: float) -> Optional[str]:
        """Accept an event, or tell why it is dropped. Waits up to `wait` seconds for room.

        A dropped event uses up a sequence number: the gap makes the loss visible.
        """
        with self._changed:
            if wait > 0 and not self._has_room(event):
                self._changed.wait_for(lambda: self._has_room(event) or self._closed, wait)
            body = event.body
            if event.numbered:
                self._sequence += 1
                body = number(body, self._instance, self._sequence)
            reason = self._refusal(body, event)
            if reason is not None:
                self.drop(reason)
                return reason
            self._waiting.append((body, time.monotonic()))
            self._bytes += len(body)
            self._accepted += 1
            if len(self._waiting) == 1 or self._is_record_full():
                self._changed.notify_all()
            return None

    def drop(self, reason: str) -> None:
        """Count an event that was not accepted."""
        with self._changed:
            self._dropped[reason] = self._dropped.get(reason, 0) + 1

    def take(self) -> Optional[Batch]:
        """The next events that make up a record, gathered for a short while; None once closed.

        A record each would keep Kafka busier than the product. Those of a full record, and of
        somebody who flushes, go at once.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            if self._waiting:
                gathered = self._waiting[0][1] + self._gather_seconds - time.monotonic()
                self._changed.wait_for(self._is_to_go, max(0.0, gathered))
            if self._closed:
                return None
            events: List[bytes] = []
            since = self._waiting[0][1]
            size = 2
            while self._waiting and len(events) < MAX_EVENTS:
                size += len(self._waiting[0][0]) + 1
                if events and size > MAX_BYTES:
                    break
                events.append(self._waiting.popleft()[0])
            return Batch(events, since)

    def settle(self, batch: Batch, failure: Optional[str]) -> bool:
        """Account for a batch; False if `close` did so already."""
        with self._changed:
            if self._closed:
                return False
            self._bytes -= sum(map(len, batch.events))
            if failure is None:
                self._delivered += len(batch.events)
            else:
                self._failed[failure] = self._failed.get(failure, 0) + len(batch.events)
            self._changed.notify_all()
            return True

    def flush(self, timeout: float) -> bool:
        """Wait until all accepted so far is settled; True only if nothing has ever failed."""
        with self._changed:
            target = self._accepted
            self._hurried += 1
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._settled() >= target or self._closed, timeout)
            self._hurried -= 1
            return self._settled() >= target and not self._failed

    def close(self) -> int:
        """Stop; returns how many accepted events are hereby given up, counted as failed."""
        with self._changed:
            left = 0 if self._closed else self._queued()
            if left:
                self._failed["closed"] = self._failed.get("closed", 0) + left
            self._closed = True
            self._waiting.clear()
            self.stopping.set()
            self._changed.notify_all()
            return left

    def stats(self) -> Stats:
        """The counts at one moment."""
        with self._changed:
            return Stats(
                self._accepted,
                self._delivered,
                self._queued(),
                dict(self._failed),
                dict(self._dropped),
            )

    def _refusal(self, body: bytes, event: Encoded) -> Optional[str]:
        if self._closed:
            return "closed"
        if len(body) > MAX_BYTES:
            return "too_large"
        return None if self._has_room(event) else "queue_full"

    def _is_to_go(self) -> bool:
        return self._closed or self._hurried > 0 or self._is_record_full()

    def _is_record_full(self) -> bool:
        return len(self._waiting) >= MAX_EVENTS or self._bytes >= MAX_BYTES

    def _has_room(self, event: Encoded) -> bool:
        # The instance and sequence are not counted here: a bound need not be exact to bound.
        fits = self._bytes + len(event.body) <= self._max_bytes
        return fits and self._queued() < self._max_events

    def _settled(self) -> int:
        return self._delivered + sum(self._failed.values())

    def _queued(self) -> int:
        return self._accepted - self._settled()
