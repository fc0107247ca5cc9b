"""How often somebody may try to sign in."""

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from math import inf

_MOST_KEYS = 100_000
_Key = tuple[str, str]


class Throttle:
    """Counts failures by account and by address; a try counts as failed until it has succeeded, so
    that many at once gain nothing."""

    def __init__(
        self,
        per_account: int,
        per_address: int,
        window_seconds: float,
        told_seconds: float = 60,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """As many failures as that within the window, and every further try is refused.

        `told_seconds`: how often one that is refused is told of.
        """
        self._limits = {"account": per_account, "address": per_address}
        self._window = window_seconds
        self._told_seconds = told_seconds
        self._clock = clock
        self._tries: OrderedDict[_Key, deque[float]] = OrderedDict()
        self._told: OrderedDict[_Key, float] = OrderedDict()

    def begin(self, name: str, address: str) -> float:
        """Count a try. Returns 0 if it may go on, else for how many seconds nobody may try."""
        now = self._clock()
        keys = _keys(name, address)
        wait = max(self._wait(key, now) for key in keys)
        if wait <= 0:
            for key in keys:
                self._tries.setdefault(key, deque()).append(now)
                self._tries.move_to_end(key)
            while len(self._tries) > _MOST_KEYS:
                self._tries.popitem(last=False)
        return max(0.0, wait)

    def is_told(self, name: str, address: str) -> bool:
        """Whether a try that was refused is to be told of: of each name and each address that is
        locked, one in a while. As many as are tried with other names make no more of them."""
        now = self._clock()
        key = next((key for key in _keys(name, address) if self._wait(key, now) > 0), None)
        if key is None or now - self._told.get(key, -inf) < self._told_seconds:
            return False
        self._told[key] = now
        self._told.move_to_end(key)
        while len(self._told) > _MOST_KEYS:
            self._told.popitem(last=False)
        return True

    def succeeded(self, name: str, address: str) -> None:
        """The last try was none: the account's failures are forgotten, the address's stay."""
        self._tries.pop(("account", name), None)
        if tries := self._tries.get(("address", address)):
            tries.pop()

    def wait(self, name: str) -> float:
        """For how many seconds nobody may try an account; 0 if it may be tried."""
        return self._wait(("account", name), self._clock())

    def _wait(self, key: _Key, now: float) -> float:
        tries = self._tries.get(key)
        while tries and tries[0] <= now - self._window:
            tries.popleft()
        if not tries or len(tries) < self._limits[key[0]]:
            return 0.0
        return tries[0] + self._window - now


def _keys(name: str, address: str) -> tuple[_Key, _Key]:
    return ("account", name), ("address", address)
