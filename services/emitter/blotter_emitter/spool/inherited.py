"""What a forked child must let go of: its parent's files.

A lock outlives the parent for as long as a child holds the same open file, and a store into the
parent's memory would be read as the parent's.
"""

import os
from typing import Protocol, Set


class Closable(Protocol):
    """A holder of an open file."""

    def close(self) -> None:
        """Close it; what the parent has open stays so."""


_open: Set[Closable] = set()


def track(holder: Closable) -> None:
    """To be closed in any child that is forked from now on."""
    _open.add(holder)


def forget(holder: Closable) -> None:
    """It is closed."""
    _open.discard(holder)


def _after_fork() -> None:
    for holder in list(_open):
        holder.close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
