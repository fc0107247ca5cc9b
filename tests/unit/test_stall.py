"""A partition that has records and brings none is noticed; all else is not."""

import pytest

from services.checker.stall import Stall, Stalled


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def look(
    stall: Stall, clock: Clock, at: float, brought: dict[int, int], ends: dict[int, int]
) -> None:
    clock.now = at
    stall.look(brought, ends)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def stall(clock: Clock) -> Stall:
    return Stall(10, clock)


def test_records_that_wait_too_long(stall: Stall, clock: Clock) -> None:
    look(stall, clock, 0, {1: 5}, {1: 100})
    look(stall, clock, 9, {1: 5}, {1: 100})
    look(stall, clock, 10, {1: 5}, {1: 101})
    with pytest.raises(Stalled, match="partition 1"):
        look(stall, clock, 21, {1: 5}, {1: 102})


def test_one_of_several(stall: Stall, clock: Clock) -> None:
    look(stall, clock, 0, {1: 5, 2: 5}, {1: 100, 2: 100})
    look(stall, clock, 5, {1: 6, 2: 5}, {1: 101, 2: 101})
    with pytest.raises(Stalled, match="partition 2"):
        look(stall, clock, 11, {1: 7, 2: 5}, {1: 102, 2: 102})


def test_nothing_waits(stall: Stall, clock: Clock) -> None:
    for at in range(0, 100, 5):
        look(stall, clock, at, {1: 5}, {1: 100})


def test_whatever_comes_in_between_is_enough(stall: Stall, clock: Clock) -> None:
    for at in range(0, 100, 5):
        look(stall, clock, at, {1: at // 10}, {1: at})


def test_a_partition_that_was_given_back_begins_anew(stall: Stall, clock: Clock) -> None:
    look(stall, clock, 0, {1: 5}, {1: 100})
    look(stall, clock, 9, {}, {})
    look(stall, clock, 11, {1: 5}, {1: 101})
    look(stall, clock, 20, {1: 5}, {1: 102})


def test_while_kafka_does_not_answer_nothing_is_known(stall: Stall, clock: Clock) -> None:
    look(stall, clock, 0, {1: 5}, {1: 100})
    look(stall, clock, 9, {1: 5}, {})
    look(stall, clock, 30, {1: 5}, {1: 101})
