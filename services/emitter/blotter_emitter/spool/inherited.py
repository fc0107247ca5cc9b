"""What a forked child must let go of: its parent's files.

A lock outlives the parent for as long as a child holds the same open file, and a store into the
parent's memory would be read as the parent's.
"""

import os
import threading
from typing import Protocol, Set


class Closable(Protocol):
    """A holder of an open file."""

    def close(self) -> None:
        """Close it; what the parent has open stays so."""


opening = threading.RLock()
"""Held while a file is opened, until it is tracked: nobody forks in between."""

_open: Set[Closable] = set()


def track(holder: Closable) -> None:
    """To be closed in any child that is forked from now on."""
    _open.add(holder)


def forget(holder: Closable) -> None:
    """It is closed."""
    _open.discard(holder)


def _after_fork() -> None:
    opening.release()
    for holder in list(_open):
        holder.close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=opening.acquire, after_in_parent=opening.release, after_in_child=_after_fork
    )
