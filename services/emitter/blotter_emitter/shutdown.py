"""What happens to living emitters when the process forks or ends."""

import atexit
import os
import sys
from typing import Protocol, Set


class Living(Protocol):
    """What an emitter must be able to do here."""

    def after_fork(self) -> None:
        """Begin anew: threads and connections stayed in the parent."""

    def at_exit(self) -> None:
        """Send what is left, for a short while."""


_living: Set[Living] = set()


def track(emitter: Living) -> None:
    """Look after an emitter until it is forgotten."""
    _living.add(emitter)


def forget(emitter: Living) -> None:
    """The emitter is closed."""
    _living.discard(emitter)


def run_in_forked_process(emitter: Living) -> None:
    """Have an emitter send what is left also at the end of a process of `multiprocessing`, which
    does not run exit handlers."""
    util = sys.modules.get("multiprocessing.util")
    process = sys.modules.get("multiprocessing.process")
    if util is not None and process is not None and process.parent_process() is not None:
        util.Finalize(None, emitter.at_exit, exitpriority=0)


def _at_exit() -> None:
    for emitter in list(_living):
        emitter.at_exit()


def _after_fork() -> None:
    for emitter in list(_living):
        emitter.after_fork()


atexit.register(_at_exit)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
