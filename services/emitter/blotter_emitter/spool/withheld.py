"""What is sent and must not lie on a disk, for as long as this process lives."""

from typing import Dict


class Withheld:
    """Events by their place; `most` bytes. One thread keeps, another asks."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._events: Dict[int, bytes] = {}
        self._kept = self._given = 0

    def keep(self, place: int, event: bytes) -> bool:
        """Keep the event as it is to be sent; False if there is no room."""
        if self._kept - self._given + len(event) > self._most:
            return False
        self._kept += len(event)
        self._events[place] = event
        return True

    def instead(self, place: int, event: bytes) -> bytes:
        """What to send for the event that was found there."""
        return self._events.get(place, event) if self._events else event

    def forget(self, place: int) -> None:
        """It was taken, and is in the hands of whoever sends it."""
        self._given += len(self._events.pop(place, b""))
