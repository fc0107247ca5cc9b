"""How losses and delays reach people: a log line now and then, and the product's callback."""

import logging
import time
from typing import Callable, Dict, Optional

log = logging.getLogger("blotter_emitter")

OnError = Callable[[str, int], None]
"""Called with a reason and the number of events concerned; see `Emitter`."""

LOG_EVERY_SECONDS = 30.0


class Reporter:
    """Tells about losses. A fault in the callback never reaches the product."""

    def __init__(self, on_error: Optional[OnError]) -> None:
        self._on_error = on_error
        self._logged: Dict[str, float] = {}
        self._unlogged: Dict[str, int] = {}

    def lost(self, reason: str, count: int, detail: str = "") -> None:
        """Events will not arrive. `detail` must not hold values of the event."""
        self._unlogged[reason] = self._unlogged.get(reason, 0) + count
        if self._due(reason):
            total = self._unlogged.pop(reason, 0)
            log.warning("%d event(s) lost: %s%s", total, reason, f" ({detail})" if detail else "")
        if self._on_error is not None:
            try:
                self._on_error(reason, count)
            except Exception as error:
                log.warning("on_error itself failed: %s", type(error).__name__)

    def finish(self) -> None:
        """Tell of the losses for which no line was due yet."""
        for reason, total in self._unlogged.items():
            log.warning("%d more event(s) lost: %s", total, reason)
        self._unlogged.clear()

    def delayed(self, reason: str, count: int) -> None:
        """Events are kept and tried again."""
        if self._due("delayed " + reason):
            log.warning("%s; %d event(s) wait and are tried again", reason, count)

    def unspooled(self, reason: str) -> None:
        """Events wait in memory only, and die with the process."""
        if self._due("unspooled " + reason):
            log.warning("events wait in memory only: %s", reason)

    def left(self, count: int) -> None:
        """The process is done with events that are on its disk."""
        log.warning("%d event(s) wait on disk; the next process sends them", count)

    def _due(self, reason: str) -> bool:
        """A line per reason and half minute: an outage must not fill the product's log."""
        now = time.monotonic()
        if now - self._logged.get(reason, -LOG_EVERY_SECONDS) < LOG_EVERY_SECONDS:
            return False
        self._logged[reason] = now
        return True
