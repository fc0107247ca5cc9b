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
        if not self._events:
            return event
        whole = self._events.pop(place, None)
        if whole is None:
            return event
        self._given += len(whole)
        return whole
