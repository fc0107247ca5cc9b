"""Python's collector of cycles, in processes that hold much and make no cycles."""

import gc

_OBJECTS = 200_000


def stop() -> None:
    """Have it never look: for a process that ends with what it was started for, and makes no
    cycles. Judging makes none, which a test holds it to."""
    gc.collect()
    gc.freeze()
    gc.disable()


def rest() -> None:
    """Have it look seldom, and never at what is there already: all that such a process holds goes
    without it, and looking takes a tenth to a quarter of its time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS, 50, 50)
