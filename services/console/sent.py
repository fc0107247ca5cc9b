"""Forms that were sent: each makes one event, however often and however quickly it is sent."""

import asyncio
import hashlib
import json
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from schemas.events import Event

from .access import Viewer

NONCE = "nonce"
"""The hidden field in which every showing of a form has a value of its own."""
_REMEMBERED = 1000


@dataclass
class _Sending:
    events: Sequence[Event]
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    is_recorded: bool = False


class Sent:
    """What was made of the last forms, by `key_of`.

    A page that was sent by a double click, or is loaded again, finds its events here. What could
    not be recorded is written again as it was: perhaps it is in the log after all.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[str, _Sending] = OrderedDict()

    def recorded(self, key: str) -> Event | None:
        """The event that is in the log already."""
        known = self._known.get(key)
        return known.events[0] if known is not None and known.is_recorded else None

    async def record(
        self, key: str, write: Callable[[Event], Awaitable[object]], *events: Event
    ) -> Event:
        """Write these events, or those that were made of the same form before; returns the first.
        Raises what `write` raises."""
        sending = self._known.setdefault(key, _Sending(events))
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        async with sending.lock:
            if not sending.is_recorded:
                for event in sending.events:
                    await write(event)
                sending.is_recorded = True
        return sending.events[0]


def key_of(viewer: Viewer, path: str, fields: Mapping[str, str]) -> str:
    """Of a form as somebody has filled it in: filled in otherwise, it is another."""
    told = json.dumps([viewer.account.name, path, sorted(fields.items())])
    return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()
