"""Rounds that are kept apart: what comes together is passed on together, for a transaction has its
price, and a hundred small ones a second keep Kafka busier than all that is in them."""

import asyncio
import math
import time


class Pace:
    """At most one round in so many seconds. The first after a pause begins at once."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._began = -math.inf

    async def next_round(self, *, at_once: bool = False) -> None:
        """Return when the next round may begin; `at_once`: however soon that is, for there is more
        to do than one round can."""
        if not at_once:
            await asyncio.sleep(max(0.0, self._began + self._seconds - time.monotonic()))
        self._began = time.monotonic()
