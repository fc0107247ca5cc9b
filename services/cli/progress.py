"""Signs of life on standard error while something takes long."""

import time

import click

_QUIET_SECONDS = 5.0


class Counted:
    """Hears of work that counts for itself, and says every five seconds how far it is."""

    def __init__(self) -> None:
        self._told = time.monotonic()

    def __call__(self, what: str, done: int, total: int = 0) -> None:
        """So many are done, of so many (0: not known)."""
        now = time.monotonic()
        if now - self._told >= _QUIET_SECONDS:
            self._told = now
            of = f" of {total:,}" if total else ""
            click.echo(f"{done:,}{of} {what}", err=True)


class Progress:
    """Counts things for those who do not, and says so as `Counted` does."""

    def __init__(self, what: str) -> None:
        self.count = 0
        self._what = what
        self._counted = Counted()

    def add(self, number: int = 1) -> None:
        """So many more are done."""
        self.count += number
        self._counted(self._what, self.count)
