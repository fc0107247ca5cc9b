"""Parts of topics, read fast and by several processes at once (librdkafka)."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import NamedTuple, Self

from confluent_kafka import (
    Consumer,
    TopicPartition,
)
from confluent_kafka import KafkaError as Reason
from kafka import KafkaConsumer
from kafka import TopicPartition as Place
from kafka.errors import KafkaError, KafkaTimeoutError

from .kafka import reader

_TIMEOUT_SECONDS = 30.0
_LEAST = 200
_SETTINGS = {
    "isolation.level": "read_committed",
    "enable.auto.commit": False,
    "enable.partition.eof": True,
    # What is fetched ahead is memory, and is thrown away at the end of a range.
    "queued.max.messages.kbytes": 16 * 1024,
    "fetch.wait.max.ms": 50,
    # A consumer must name a group; this one never joins it, and commits nothing.
    "group.id": "blotter-reads",
}


class OffsetRange(NamedTuple):
    """Records of one partition, from `first` up to but without `end`."""

    bootstrap: str
    topic: str
    partition: int
    first: int
    end: int

    def parts(self, count: int) -> Iterator["OffsetRange"]:
        """The same, in so many parts, or fewer where there is little: Kafka is asked for each."""
        size = max(_LEAST, -(-(self.end - self.first) // count))
        for first in range(self.first, self.end, size):
            yield self._replace(first=first, end=min(first + size, self.end))


class Record(NamedTuple):
    """Empty where there is none."""

    key: bytes
    value: bytes


class Follower:
    """Tells what topics hold up to their present end, and later what has come since."""

    def __init__(self, bootstrap: str, consumer: KafkaConsumer, names: Iterable[str]) -> None:
        self._bootstrap = bootstrap
        self._consumer = consumer
        self._places = [
            Place(name, number)
            for name in names
            for number in sorted(consumer.partitions_for_topic(name) or ())
        ]
        self._read = dict(consumer.beginning_offsets(self._places)) if self._places else {}

    @classmethod
    @contextmanager
    def of(cls, bootstrap: str, *names: str) -> Iterator[Self]:
        """From the beginning of these topics. Raises kafka.errors.KafkaError."""
        with reader(bootstrap) as consumer:
            yield cls(bootstrap, consumer, names)

    def partitions(self, name: str) -> int:
        """How many partitions a topic has."""
        return sum(place.topic == name for place in self._places)

    def news(self) -> list[OffsetRange]:
        """What was committed up to now and not told before."""
        ends = self._consumer.end_offsets(self._places) if self._places else {}
        found = [
            OffsetRange(
                self._bootstrap, place.topic, place.partition, self._read[place], ends[place]
            )
            for place in self._places
            if self._read[place] < ends[place]
        ]
        self._read = dict(ends)
        return found


def messages(extent: OffsetRange) -> Iterator[Record]:
    """Every committed record of a range. Raises kafka.errors.KafkaError, also if none comes."""
    consumer = _consumer(extent.bootstrap)
    consumer.assign([TopicPartition(extent.topic, extent.partition, extent.first)])
    while (record := consumer.poll(_TIMEOUT_SECONDS)) is not None:
        reason, offset = record.error(), record.offset()
        if reason is not None and reason.code() != Reason._PARTITION_EOF:
            raise KafkaError(str(reason))
        # What ends a transaction takes an offset too, and is not shown: the end is told by what
        # follows it, or by the end of the partition.
        if reason is not None or offset is None or offset >= extent.end:
            return
        yield Record(record.key() or b"", record.value() or b"")
        if offset == extent.end - 1:
            return
    raise KafkaTimeoutError(f"no record of {extent.topic} for {_TIMEOUT_SECONDS:g} s")


@lru_cache(maxsize=1)
def _consumer(bootstrap: str) -> Consumer:
    """One for all ranges that a process reads, one after the other."""
    return Consumer({**_SETTINGS, "bootstrap.servers": bootstrap})
