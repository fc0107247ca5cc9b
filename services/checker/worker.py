"""Takes events from Faust and applies them by partition, each in its own transactions."""

import asyncio
import contextlib
import logging
from collections import Counter, defaultdict, deque
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import UTC, datetime

from services.runtime.crash import crash
from services.runtime.health import Health
from services.runtime.pace import Pace

from . import observed
from .faust_app import Event
from .partition import Delivery, Partition

log = logging.getLogger(__name__)


class Worker:
    """Applies what arrives. Partitions are opened when their first record comes.

    `generation`: of the consumer group, now. A record that was fetched in an earlier one must not
    be applied: those before it may have been dropped when its partition was given back, and will be
    delivered again.
    """

    def __init__(
        self,
        open_partition: Callable[[int], Awaitable[Partition]],
        generation: Callable[[], int],
        records_per_transaction: int,
        pace_seconds: float,
        health: Health,
    ) -> None:
        self._open_partition = open_partition
        self._generation = generation
        self._per_transaction = records_per_transaction
        self._most_waiting = 4 * records_per_transaction
        self._pace = Pace(pace_seconds)
        self._health = health
        self._waiting: deque[Event] = deque()
        self._arrived = asyncio.Event()
        self._taken = asyncio.Event()
        self._open: dict[int, Partition] = {}
        # None while partitions are being given to others or to us.
        self._assigned: frozenset[int] | None = None
        self._brought: Counter[int] = Counter()
        # Held while records are applied: a partition is given back between transactions only.
        self._applying = asyncio.Lock()

    async def put(self, event: Event) -> None:
        """Take in one event; waits while too much is waiting already."""
        while len(self._waiting) >= self._most_waiting:
            self._taken.clear()
            await self._taken.wait()
        self._waiting.append(event)
        self._brought[event.message.partition] += 1
        self._arrived.set()

    async def run(self) -> None:
        """Apply until cancelled. A failure ends the process: see `crash`."""
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._arrived.wait(), timeout=1)
                is_full = len(self._waiting) >= self._per_transaction
                await self._pace.next_round(at_once=is_full)
            try:
                async with self._applying:
                    await self._apply(self._take())
            except Exception:
                # Also the end of a checker that was paused past its session and is fenced.
                crash(log, "the checker cannot go on")
            if self._assigned is not None:
                self._health.progressed("worker")

    async def release(self) -> None:
        """Give all partitions back: others may open them as soon as this returns."""
        async with self._applying:
            self._assigned = None
            self._waiting.clear()
            self._taken.set()
            for number, partition in self._open.items():
                await partition.close()
                observed.forget(number)
            self._open.clear()

    async def resume(self, partitions: Collection[int]) -> None:
        """These were assigned: go on."""
        self._assigned = frozenset(partitions)

    def brought(self) -> Mapping[int, int]:
        """How many records each of our partitions has brought so far. Of none while any wait to be
        applied, for then no more need come."""
        if self._assigned is None or self._waiting or self._applying.locked():
            return {}
        return {number: self._brought[number] for number in self._assigned}

    def _take(self) -> list[Event]:
        """The next lot, without what was fetched before the last assignment."""
        self._arrived.clear()
        if self._assigned is None:
            self._waiting.clear()
        lot = [
            self._waiting.popleft() for _ in range(min(len(self._waiting), self._per_transaction))
        ]
        self._taken.set()
        if self._waiting:
            self._arrived.set()
        current = self._generation()
        return [event for event in lot if event.message.generation_id == current]

    async def _apply(self, events: list[Event]) -> None:
        by_partition: dict[int, list[Delivery]] = defaultdict(list)
        for event in events:
            message = event.message
            appended = datetime.fromtimestamp(message.timestamp, UTC)
            delivery = Delivery(message.offset, message.value, appended)
            by_partition[event.message.partition].append(delivery)
        for number in by_partition.keys() - self._open.keys():
            self._open[number] = await self._open_partition(number)
            log.info("partition opened", extra={"partition": number})
        # Each partition has its own transaction, and waits for its own commit.
        with observed.TRANSACTION_SECONDS.time():
            await asyncio.gather(*(self._open[n].apply(lot) for n, lot in by_partition.items()))
