"""How often somebody may try to sign in."""

import time
from collections import OrderedDict, deque
from collections.abc import Callable

_MOST_KEYS = 100_000


class Throttle:
    """Counts failures by account and by address; a try counts as failed until it has succeeded, so
    that many at once gain nothing."""

    def __init__(
        self,
        per_account: int,
        per_address: int,
        window_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """As many failures as that within the window, and every further try is refused."""
        self._limits = {"account": per_account, "address": per_address}
        self._window = window_seconds
        self._clock = clock
        self._tries: OrderedDict[tuple[str, str], deque[float]] = OrderedDict()

    def begin(self, name: str, address: str) -> float:
        """Count a try. Returns 0 if it may go on, else for how many seconds nobody may try."""
        now = self._clock()
        keys = (("account", name), ("address", address))
        wait = max(self._wait(key, now) for key in keys)
        if wait <= 0:
            for key in keys:
                self._tries.setdefault(key, deque()).append(now)
                self._tries.move_to_end(key)
            while len(self._tries) > _MOST_KEYS:
                self._tries.popitem(last=False)
        return max(0.0, wait)

    def succeeded(self, name: str, address: str) -> None:
        """The last try was none: the account's failures are forgotten, the address's stay."""
        self._tries.pop(("account", name), None)
        if tries := self._tries.get(("address", address)):
            tries.pop()

    def wait(self, name: str) -> float:
        """For how many seconds nobody may try an account; 0 if it may be tried."""
        return self._wait(("account", name), self._clock())

    def _wait(self, key: tuple[str, str], now: float) -> float:
        tries = self._tries.get(key)
        while tries and tries[0] <= now - self._window:
            tries.popleft()
        if not tries or len(tries) < self._limits[key[0]]:
            return 0.0
        return tries[0] + self._window - now
