"""Whether an event may come in: from this source, of this type, about this system, at this time."""

from datetime import datetime, timedelta

from schemas.events import Event
from schemas.registry import SourceChangedData
from services.runtime.topics import CONSOLE

from .decode import Refusal

_CONSOLE_TYPES = ("registry.", "oversight.", "review.", "ai.source.heartbeat.v1")


def refuse(
    event: Event,
    source: str,
    registered: SourceChangedData | None,
    received: datetime,
    max_ahead: timedelta,
) -> Refusal | None:
    """Why the event is refused, or None. `source`: to whom its topic belongs."""
    if event.source != source:
        return Refusal(f"source: this topic belongs to {source}; it takes no events of others")
    if event.receivedtime is not None:
        return Refusal("receivedtime: is stamped by the department and must not be sent")
    not_allowed = _not_allowed(event, source, registered)
    if not_allowed is not None:
        return not_allowed
    # A fact may be valid from a day to come; anything else that has not happened yet is a wrong
    # clock, and would be judged as the future.
    if event.time > received + max_ahead and not event.type.startswith("registry."):
        ahead = (event.time - received).total_seconds()
        return Refusal(f"time: lies {ahead:.0f} s after its receipt; check the sender's clock")
    return None


def _not_allowed(event: Event, source: str, registered: SourceChangedData | None) -> Refusal | None:
    if source == CONSOLE:
        allowed = event.type.startswith(_CONSOLE_TYPES)
        return None if allowed else Refusal(f"type: {source} may not send {event.type}")
    if registered is None:
        return Refusal(f"source: {source} is not registered with the department")
    if registered.status != "active":
        return Refusal(f"source: {source} is suspended")
    if event.type not in registered.allowed_types:
        allowed_types = ", ".join(registered.allowed_types)
        return Refusal(f"type: {source} may not send {event.type}; it may send {allowed_types}")
    system_id = getattr(event.data, "system_id", None)
    if system_id is not None and registered.system_ids and system_id not in registered.system_ids:
        return Refusal(f"data.system_id: is none of the systems that {source} may speak for")
    return None
