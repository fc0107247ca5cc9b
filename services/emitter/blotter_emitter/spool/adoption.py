"""Sending what processes left that are no more, and that nobody follows in their slot."""

import time
from pathlib import Path
from typing import Iterator, Optional

from .journal import Batch, Journal, Limits
from .slot import Slot

LOOK_SECONDS = 30.0
"""How often it is looked for anew."""


class Adoption:
    """Of one thread, which takes and settles; `folder`: of the slots."""

    def __init__(self, folder: Optional[Path], limits: Limits) -> None:
        self._folder = folder
        self._limits = limits
        self._found: Iterator[Slot] = iter(())
        self._slot: Optional[Slot] = None
        self._journal: Optional[Journal] = None
        self._batch: Optional[Batch] = None
        self._look_at = time.monotonic()

    def are_there(self) -> bool:
        """Whether there may be some."""
        for slot in Slot.abandoned(self._folder) if self._folder is not None else ():
            slot.close()
            return True
        return False

    def take(self) -> Optional[Batch]:
        """The next events of the first slot that has some."""
        if self._folder is None:
            return None
        if self._slot is None and time.monotonic() >= self._look_at:
            self._look_at = time.monotonic() + LOOK_SECONDS
            self._found = Slot.abandoned(self._folder)
            self._go_on()
        while self._journal is not None:
            self._batch = self._journal.take()
            if self._batch is not None:
                return self._batch
            self._go_on()
        return None

    def settle(self, batch: Batch) -> bool:
        """The events are delivered or given up; False if they are none of these."""
        if batch is not self._batch or self._slot is None or self._journal is None:
            return False
        self._slot.settle(self._journal.settle(batch))
        self._batch = None
        return True

    def waiting(self) -> int:
        """How many events of the slot at hand wait."""
        return self._journal.left_over() if self._journal is not None else 0

    def close(self) -> None:
        """Let go of the slot at hand; what is left there is found again."""
        if self._slot is not None and self._journal is not None:
            self._journal.close()
            self._slot.release()
        self._slot = self._journal = None

    def _go_on(self) -> None:
        self.close()
        self._slot = next(self._found, None)
        if self._slot is not None:
            self._journal = self._slot.journal(self._limits)
