"""A small topic of one partition, read from its beginning and kept up with."""

from collections.abc import Callable

from aiokafka import AIOKafkaConsumer, TopicPartition

Learn = Callable[[bytes | None, bytes | None], None]


class Compacted:
    """Tells every record to whom it may concern. `refresh` before believing that one is missing."""

    def __init__(self, consumer: AIOKafkaConsumer, topic: str, learn: Learn) -> None:
        """`consumer` has no group, and this topic alone; it is started and stopped by its owner.
        `learn`: is called with each record's key and value, in order."""
        self._consumer = consumer
        self._place = TopicPartition(topic, 0)
        self._learn = learn

    async def start(self) -> None:
        """Read all that is there so far."""
        self._consumer.assign([self._place])
        self._consumer.pause(self._place)
        await self._consumer.seek_to_beginning(self._place)
        await self.refresh()

    async def refresh(self) -> None:
        """Read up to what is there by now."""
        end = (await self._consumer.end_offsets([self._place]))[self._place]
        if await self._consumer.position(self._place) >= end:
            return
        # Only now: while Kafka waits for more to come, it answers nothing else.
        self._consumer.resume(self._place)
        while await self._consumer.position(self._place) < end:
            batches = await self._consumer.getmany(self._place, timeout_ms=100)
            for record in batches.get(self._place, []):
                self._learn(record.key, record.value)
        self._consumer.pause(self._place)
