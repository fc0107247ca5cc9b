"""Whether an event may come in: from this source, of this type, about this system, at this time."""

from datetime import datetime, timedelta

from schemas.events import Event
from schemas.registry import SourceChangedData

from .decode import Refusal
from .topics import CONSOLE

_CONSOLE_TYPES = ("registry.", "oversight.", "review.", "ai.source.heartbeat.v1")


class Admission:
    """What is true of all events that were received with one record."""

    def __init__(
        self,
        source: str,
        registered: SourceChangedData | None,
        received: datetime,
        max_ahead: timedelta,
    ) -> None:
        """`source`: to whom the topic belongs. `registered`: what it may do."""
        self.source = source
        self._registered = registered
        self._received = received
        self._latest = received + max_ahead
        self._types = frozenset(registered.allowed_types if registered is not None else ())

    def refuse(self, event: Event) -> Refusal | None:
        """Why the event is refused, or None."""
        if event.source != self.source:
            told = f"this topic belongs to {self.source}; it takes no events of others"
            return Refusal.of("source", told)
        if event.receivedtime is not None:
            return Refusal.of("receivedtime", "is stamped by the department and must not be sent")
        not_allowed = self._not_allowed(event)
        if not_allowed is not None:
            return not_allowed
        # A fact may be valid from a day to come; anything else that has not happened yet is a
        # wrong clock, and would be judged as the future.
        if event.time > self._latest and not event.type.startswith("registry."):
            ahead = (event.time - self._received).total_seconds()
            told = f"lies {ahead:.0f} s after its receipt; check the sender's clock"
            return Refusal.of("time", told)
        return None

    def _not_allowed(self, event: Event) -> Refusal | None:
        source, registered = self.source, self._registered
        if source == CONSOLE:
            allowed = event.type.startswith(_CONSOLE_TYPES)
            return None if allowed else Refusal.of("type", f"{source} may not send {event.type}")
        if registered is None:
            return Refusal.of("source", f"{source} is not registered with the department")
        if registered.status != "active":
            return Refusal.of("source", f"{source} is suspended")
        if event.type not in self._types:
            may_send = ", ".join(registered.allowed_types)
            told = f"{source} may not send {event.type}; it may send {may_send}"
            return Refusal.of("type", told)
        systems = registered.system_ids
        if systems and getattr(event.data, "system_id", None) not in (None, *systems):
            told = f"is none of the systems that {source} may speak for"
            return Refusal.of("data.system_id", told)
        return None
