"""Rounds are kept apart, the first after a pause begins at once, and full ones do not wait."""

import asyncio
import time

from services.runtime.pace import Pace


def begun(pace: Pace, rounds: int, *, at_once: bool = False) -> float:
    """Seconds until so many rounds have begun."""

    async def run() -> None:
        for _ in range(rounds):
            await pace.next_round(at_once=at_once)

    began = time.monotonic()
    asyncio.run(run())
    return time.monotonic() - began


def test_rounds_are_kept_apart() -> None:
    assert begun(Pace(0.1), 4) >= 0.3


def test_the_first_and_those_with_more_to_do_begin_at_once() -> None:
    pace = Pace(60)
    assert begun(pace, 1) < 30
    assert begun(pace, 5, at_once=True) < 30
