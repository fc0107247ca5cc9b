"""Waking a thread without taking a lock."""

import threading


class Bell:
    """One thread waits, any other rings, also from within a signal handler. Rung while nobody
    waits, it wakes the next one who does."""

    def __init__(self) -> None:
        self._silence = threading.Lock()
        self._silence.acquire()

    def ring(self) -> None:
        """Wake whoever waits."""
        try:
            self._silence.release()
        except RuntimeError:
            return

    def wait(self, seconds: float) -> None:
        """Until it rings, or so long."""
        self._silence.acquire(timeout=seconds)
