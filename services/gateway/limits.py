"""How much is taken at once: bytes in flight, and events of each key."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from .observed import IN_FLIGHT
from .refused import come_back


class InFlight:
    """Bytes of requests that are being read, and of records that Kafka has not acknowledged."""

    def __init__(self, most: int, retry_seconds: int) -> None:
        self._most = most
        self._retry = retry_seconds
        self._held = 0

    def take(self, count: int) -> None:
        """Raises Refused (503) rather than hold more than may be held."""
        if self._held + count > self._most:
            told = "too much is being taken in just now; nothing of this request was kept"
            raise come_back(503, "overloaded", told, self._retry)
        self._held += count
        IN_FLIGHT.set(self._held)

    def give(self, count: int) -> None:
        """What was taken is done with."""
        self._held -= count
        IN_FLIGHT.set(self._held)

    @contextmanager
    def hold(self) -> Iterator[Callable[[int], None]]:
        """A function that takes more and more; all of it is given back at the end."""
        held = 0

        def more(count: int) -> None:
            nonlocal held
            self.take(count)
            held += count

        try:
            yield more
        finally:
            self.give(held)


@dataclass
class _Bucket:
    tokens: float
    filled_at: float


class Buckets:
    """A bucket of tokens for each key: an event costs one, and so many come back every second.

    A request may come in while there is one token, whatever it then turns out to hold: what it
    costs beyond is owed, and waited for before the next one. So no work is done in vain.
    """

    def __init__(
        self, per_second: float, burst: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._per_second = per_second
        self._burst = burst
        self._clock = clock
        self._buckets: dict[str, _Bucket] = {}

    def enter(self, key_id: str) -> None:
        """Pay for one event. Raises Refused (429), with the seconds to wait."""
        bucket = self._filled(key_id)
        if bucket.tokens < 1:
            wait = math.ceil((1 - bucket.tokens) / self._per_second)
            told = f"more than {self._per_second:g} events a second with this key; wait {wait} s"
            raise come_back(429, "rate", told, wait)
        bucket.tokens -= 1

    def pay(self, key_id: str, events: int) -> None:
        """Pay for what else the request held."""
        self._filled(key_id).tokens -= events

    def _filled(self, key_id: str) -> _Bucket:
        now = self._clock()
        bucket = self._buckets.setdefault(key_id, _Bucket(self._burst, now))
        more = (now - bucket.filled_at) * self._per_second
        bucket.tokens = min(self._burst, bucket.tokens + more)
        bucket.filled_at = now
        return bucket
