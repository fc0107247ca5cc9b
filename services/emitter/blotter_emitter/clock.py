"""The present, as the contract writes it."""

import time
from typing import Tuple


class Now(str):
    """A time that was made here, and so needs no validation."""


class Clock:
    """Calling it gives the present, RFC 3339, in UTC, to the microsecond.

    Most of it is that of the event before: this takes a third of what `datetime` does.
    """

    def __init__(self) -> None:
        self._second: Tuple[int, str] = (-1, "")

    def __call__(self) -> Now:
        whole, nanoseconds = divmod(time.time_ns(), 1_000_000_000)
        second, text = self._second
        if whole != second:
            text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole))
            self._second = whole, text
        return Now(f"{text}.{nanoseconds // 1000:06d}Z")


utc_now = Clock()
