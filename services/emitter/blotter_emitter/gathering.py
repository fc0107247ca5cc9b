"""When the thread that sends goes on: not with each event, and not later than it should."""

from .bell import Bell

LONGEST_SLEEP_SECONDS = 30.0
_NEVER = 1 << 62


class Gathering:
    """`seconds`: how long the first event of a record waits for others; `full`: how many events
    wait no longer. Counts are of all events so far."""

    def __init__(self, seconds: float, full: int) -> None:
        self._seconds = seconds
        self._full = full
        self._bell = Bell()
        self._alarm = _NEVER
        self._hurried = 0
        self._accepted = 0
        self._stopped = False

    def accept(self, accepted: int) -> None:
        """So many events were accepted. Wakes the other thread only if it waits for that many."""
        self._accepted = accepted
        if accepted >= self._alarm:
            self._alarm = _NEVER
            self._bell.ring()

    def gather(self, taken: int) -> None:
        """Wait until there are events to take beyond those."""
        if self._accepted <= taken:
            self._sleep(taken + 1, LONGEST_SLEEP_SECONDS)
        if not self._hurried:
            self._sleep(taken + self._full, self._seconds)

    def hurry(self) -> None:
        """From here on somebody waits for the events."""
        self._hurried += 1
        self._bell.ring()

    def relax(self) -> None:
        """Nobody, or one less, does."""
        self._hurried -= 1

    def stop(self) -> None:
        """Wait for nothing more."""
        self._stopped = True
        self._bell.ring()

    def _sleep(self, accepted: int, seconds: float) -> None:
        self._alarm = accepted
        if self._accepted < accepted and not self._stopped:
            self._bell.wait(seconds)
        self._alarm = _NEVER
