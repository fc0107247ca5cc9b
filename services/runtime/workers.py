"""Work in several processes at once."""

import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from types import TracebackType
from typing import Any, Self, TypeVar

from . import collector

Result = TypeVar("Result")

_WAITING = 2
"""Tasks laid ready for each process: it need not wait, and they need not fill the memory."""


class Workers:
    """Processes that begin with the first task and end with the block.

    They are started anew, not forked: whoever needs them may have threads.
    """

    def __init__(self, count: int = 0) -> None:
        """`count`: how many; 0: one for each core that this process may use."""
        self.count = count or len(os.sched_getaffinity(0))
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        self._pool = ProcessPoolExecutor(
            self.count, mp_context=get_context("spawn"), initializer=_begin
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=kind is not None)

    def run(
        self, function: Callable[..., Result], tasks: Iterable[tuple[Any, ...]]
    ) -> Iterator[Result]:
        """What a function of a module returns for each task, in their order.

        Raises what the function raises.
        """
        assert self._pool is not None
        waiting: deque[Future[Result]] = deque()
        for arguments in tasks:
            waiting.append(self._pool.submit(function, *arguments))
            if len(waiting) > _WAITING * self.count:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _begin() -> None:
    # Whoever is at the terminal ends the process that waits for this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    collector.stop()


def _end_with_parent() -> None:
    """A parent that was killed tells nobody."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
