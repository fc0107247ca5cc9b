"""The same fact as one object, however many registries of a process know it.

Each partition has a registry of its own; what is kept of uses alike is told apart by the facts that
it rests on, and so what one partition has judged serves them all.
"""

import hashlib
from weakref import WeakValueDictionary

from schemas.events import Event


class Pool:
    """Facts by their bytes, for as long as anybody holds them."""

    def __init__(self) -> None:
        self._known: WeakValueDictionary[bytes, Event] = WeakValueDictionary()

    def shared(self, fact: Event, line: bytes) -> Event:
        """The object that stands for all facts of the same bytes."""
        return self._known.setdefault(hashlib.blake2b(line, digest_size=32).digest(), fact)
