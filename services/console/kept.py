"""Keeps what is dear to count for a few seconds, so that many who look ask once."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from time import monotonic
from typing import Generic, TypeVar

Value = TypeVar("Value")
_MOST = 256


class Kept(Generic[Value]):
    """Values by key, each no older than some seconds. Whoever asks for one that is being made
    waits for it; what cannot be made is not kept."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._made: dict[Hashable, tuple[float, asyncio.Task[Value]]] = {}

    async def get(self, key: Hashable, make: Callable[[], Awaitable[Value]]) -> Value:
        """The value of a key; raises what `make` raises."""
        known = self._made.get(key)
        if known is None or monotonic() - known[0] >= self._seconds:
            self._forget()
            known = monotonic(), asyncio.ensure_future(_awaited(make))
            self._made[key] = known
        task = known[1]
        try:
            # One who goes away must not take the value from the others.
            return await asyncio.shield(task)
        except BaseException:
            if task.done() and self._made.get(key) is known:
                del self._made[key]
            raise

    def _forget(self) -> None:
        end = monotonic() - self._seconds
        for key in [key for key, (began, _) in self._made.items() if began <= end]:
            del self._made[key]
        while len(self._made) >= _MOST:
            del self._made[next(iter(self._made))]


async def _awaited(make: Callable[[], Awaitable[Value]]) -> Value:
    return await make()
