"""The sources that are registered, read from the compacted topic `ai.sources`."""

import logging
from datetime import datetime

from aiokafka import AIOKafkaConsumer
from pydantic import ValidationError

from schemas.events import EVENT, Event
from schemas.policy import Policy
from schemas.registry import SourceChanged, SourceChangedData
from services.order.registry import Registry

from .compacted import Compacted
from .topics import CONSOLE, SOURCES, intake_topic

log = logging.getLogger(__name__)


class Sources:
    """Who may send on which topic. `refresh` before believing that somebody is not registered."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        """`consumer` has no group; it is started, assigned and stopped by its owner."""
        self._topic = Compacted(consumer, SOURCES, self._learn)
        self._registry = Registry(Policy())
        self._first: dict[str, SourceChangedData] = {}
        self._by_topic = {intake_topic(CONSOLE): CONSOLE}

    async def start(self) -> None:
        """Read all that was registered so far."""
        await self._topic.start()

    async def refresh(self) -> None:
        """Read up to what is registered by now."""
        await self._topic.refresh()

    def owner(self, topic: str) -> str | None:
        """The source that sends on a topic."""
        return self._by_topic.get(topic)

    def registered(self, source: str, at: datetime) -> SourceChangedData | None:
        """What a source may do at a time: by its registration in force then, or by its first where
        that begins later. None: nobody registered it."""
        found = self._registry.in_force(f"source{source}", SourceChanged, at)
        return found.data if found is not None else self._first.get(source)

    def _learn(self, _: bytes | None, value: bytes | None) -> None:
        try:
            fact: Event = EVENT.validate_json(value or b"")
        except ValidationError:
            # Only intake writes here, and only what it has validated.
            log.exception("a record of %s cannot be read and is left out", SOURCES)
            return
        self._registry.add(fact)
        if isinstance(fact, SourceChanged):
            self._first.setdefault(fact.data.source, fact.data)
            self._by_topic[intake_topic(fact.data.source)] = fact.data.source
