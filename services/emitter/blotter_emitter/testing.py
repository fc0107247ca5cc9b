"""For a product's own tests: an emitter without Kafka."""

import json
from threading import Event as Flag
from typing import Any, Dict, List, Optional, Sequence

from .delivery import Answer, record_of


class MemorySender:
    """Takes the place of Kafka: `Emitter(..., sender=MemorySender())`.

    `records`: what would have been sent, in order. `failure`: set it to a reason, and nothing
    arrives until it is None again.
    """

    def __init__(self) -> None:
        self.records: List[bytes] = []
        self.failure: Optional[str] = None

    @property
    def events(self) -> List[Dict[str, Any]]:
        """The events of all records, in order."""
        events: List[Dict[str, Any]] = []
        for record in self.records:
            content = json.loads(record)
            events.extend(content if isinstance(content, list) else [content])
        return events

    def send(self, events: Sequence[bytes], deadline: float, stopping: Flag) -> Answer:
        """Keep a record."""
        if self.failure is None:
            self.records.append(record_of(events))
        return self.failure

    def close(self) -> None:
        """Nothing to let go of."""
