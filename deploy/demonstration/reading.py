"""How far the indexer has read what the others wrote."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kafka import TopicPartition

from services.runtime import topics
from services.runtime.kafka import admin, reader
from services.runtime.ranges import OffsetRange, messages

GROUP = "blotter-indexer"
TOPICS = (
    topics.EVENTS,
    topics.FINDINGS,
    topics.FINDING_HISTORY,
    topics.REJECTED,
    topics.METRICS,
)


@dataclass(frozen=True)
class Reading:
    """Asks the Kafka at `bootstrap` (host:port). Methods raise kafka.errors.KafkaError."""

    bootstrap: str

    def ends(self) -> dict[TopicPartition, int]:
        """Up to where there is something to read, now, by partition."""
        with reader(self.bootstrap) as consumer:
            places = [
                TopicPartition(name, number)
                for name in TOPICS
                for number in consumer.partitions_for_topic(name) or ()
            ]
            found: dict[TopicPartition, int] = consumer.end_offsets(places)
            return found

    def has_come_to(self, ends: Mapping[TopicPartition, int]) -> bool:
        """Whether Elasticsearch holds all records before these ends: only then the indexer commits.

        Not by offsets alone: what ends a transaction takes some too, and nobody commits those.
        """
        return not any(True for extent in self._uncommitted(ends) for _ in messages(extent))

    def _uncommitted(self, ends: Mapping[TopicPartition, int]) -> Iterator[OffsetRange]:
        with admin(self.bootstrap) as client:
            found = client.list_group_offsets([GROUP])[GROUP]
        for place, end in ends.items():
            first = found[place].offset if place in found else 0
            if first < end:
                yield OffsetRange(self.bootstrap, place.topic, place.partition, first, end)
