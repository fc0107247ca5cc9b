"""Signs of life on standard error while something takes long."""

import time

import click

_QUIET_SECONDS = 5.0


class Progress:
    """Counts things, and says every five seconds how many; `total`: how many there will be."""

    def __init__(self, what: str, total: int | None = None) -> None:
        self.count = 0
        self._what = what
        self._of = "" if total is None else f" of {total:,}"
        self._told = time.monotonic()

    def add(self, number: int = 1) -> None:
        """So many more are done."""
        self.count += number
        now = time.monotonic()
        if now - self._told >= _QUIET_SECONDS:
            self._told = now
            click.echo(f"{self.count:,}{self._of} {self._what}", err=True)


class Counted:
    """Hears of work that counts for itself, and says every five seconds how far it is."""

    def __init__(self) -> None:
        self._told = time.monotonic()

    def __call__(self, what: str, done: int, total: int) -> None:
        """So many are done, of so many (0: not known)."""
        now = time.monotonic()
        if now - self._told >= _QUIET_SECONDS:
            self._told = now
            of = f" of {total:,}" if total else ""
            click.echo(f"{done:,}{of} {what}", err=True)
