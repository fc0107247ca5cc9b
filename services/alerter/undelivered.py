"""Why a message was not taken."""


class Undelivered(Exception):
    """An attempt failed; the text says why, by a code or a kind of error. `for_good`: trying again
    is of no use. `pause_seconds`: the least time until the next attempt, as it was asked for."""

    def __init__(self, why: str, for_good: bool = False, pause_seconds: float = 0) -> None:
        super().__init__(why)
        self.for_good = for_good
        self.pause_seconds = pause_seconds
