"""The sources that are registered, read from the compacted topic `ai.sources`."""

import logging
from datetime import datetime

from aiokafka import AIOKafkaConsumer, TopicPartition
from pydantic import ValidationError

from schemas.events import EVENT, Event
from schemas.policy import Policy
from schemas.registry import SourceChanged, SourceChangedData
from services.order.registry import Registry
from services.runtime.topics import CONSOLE, SOURCES, intake_topic

log = logging.getLogger(__name__)


class Sources:
    """Who may send on which topic. `refresh` before believing that somebody is not registered."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        """`consumer` has no group; it is started, assigned and stopped by its owner."""
        self._consumer = consumer
        self._place = TopicPartition(SOURCES, 0)
        self._registry = Registry(Policy())
        self._first: dict[str, SourceChangedData] = {}
        self._by_topic = {intake_topic(CONSOLE): CONSOLE}

    async def start(self) -> None:
        """Read all that was registered so far."""
        self._consumer.assign([self._place])
        self._consumer.pause(self._place)
        await self._consumer.seek_to_beginning(self._place)
        await self.refresh()

    async def refresh(self) -> None:
        """Read up to what is registered by now."""
        end = (await self._consumer.end_offsets([self._place]))[self._place]
        if await self._consumer.position(self._place) >= end:
            return
        # Only now: while Kafka waits for more to come, it answers nothing else.
        self._consumer.resume(self._place)
        while await self._consumer.position(self._place) < end:
            batches = await self._consumer.getmany(self._place, timeout_ms=100)
            for record in batches.get(self._place, []):
                self._learn(record.value)
        self._consumer.pause(self._place)

    def owner(self, topic: str) -> str | None:
        """The source that sends on a topic."""
        return self._by_topic.get(topic)

    def registered(self, source: str, at: datetime) -> SourceChangedData | None:
        """What a source may do at a time: by its registration in force then, or by its first where
        that begins later. None: nobody registered it."""
        found = self._registry.in_force(f"source{source}", SourceChanged, at)
        return found.data if found is not None else self._first.get(source)

    def _learn(self, value: bytes) -> None:
        try:
            fact: Event = EVENT.validate_json(value)
        except ValidationError:
            # Only intake writes here, and only what it has validated.
            log.exception("a record of %s cannot be read and is left out", SOURCES)
            return
        self._registry.add(fact)
        if isinstance(fact, SourceChanged):
            self._first.setdefault(fact.data.source, fact.data)
            self._by_topic[intake_topic(fact.data.source)] = fact.data.source
