"""A load as its sources send it: batches on their intake topics."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import orjson
from confluent_kafka import Consumer, Producer, TopicPartition

from services.runtime import topics
from services.runtime.kafka import admin, create_topics

from .dossiers import empty
from .load import CONSOLE, Load, lines
from .sizes import Sizes


@dataclass(frozen=True)
class Sent:
    """What stands on the intake topics. `ends`: the offset after the last record, by topic; those
    of the console, which registers all others, can be read at once, all else after `release`.

    `events`: how many these are, `distinct`: how many with the console's, repetitions apart.
    """

    bootstrap: str
    ends: dict[str, int]
    events: int
    distinct: int
    producer: Producer

    def release(self) -> None:
        """Let readers see the load."""
        self.producer.commit_transaction(30)

    def assert_taken_in(self, partitions: int) -> None:
        """Raise unless every event stands once in the log, and none was refused."""
        found = sum(value.count(b"\n") + 1 for value in self._values(topics.EVENTS, partitions))
        refused = sum(1 for _ in self._values(topics.REJECTED, partitions))
        if (found, refused) != (self.distinct, 0):
            raise RuntimeError(f"{found} of {self.distinct} in the log, {refused} refused")

    def _values(self, topic: str, partitions: int) -> Iterator[bytes]:
        config = {"bootstrap.servers": self.bootstrap, "group.id": "look"}
        consumer = Consumer({**config, "enable.partition.eof": True})
        consumer.assign([TopicPartition(topic, n, 0) for n in range(partitions)])
        try:
            left = partitions
            while left:
                message = consumer.poll(10)
                if message is None:
                    raise TimeoutError(f"{topic} cannot be read")
                if message.error() is None:
                    yield message.value() or b""
                else:
                    left -= 1
        finally:
            consumer.close()


def send(bootstrap: str, load: Load, sizes: Sizes) -> Sent:
    """Empty all topics and write what the sources send."""
    empty(bootstrap, sizes.partitions)
    with admin(bootstrap) as client:
        create_topics(client, [topics.intake(source) for source in load.sent])
    config = {"bootstrap.servers": bootstrap, "linger.ms": 20, "message.max.bytes": 2_000_000}
    plain = Producer(config)
    hidden = Producer({**config, "transactional.id": "sent", "transaction.timeout.ms": 600_000})
    hidden.init_transactions(30)
    hidden.begin_transaction()
    ends: dict[str, int] = {}
    events = distinct = 0
    for source, path in load.sent.items():
        own = list(lines(path))
        topic = topics.intake_topic(source)
        batches = list(_batches(own, sizes.batch))
        for batch in batches:
            (plain if source == CONSOLE else hidden).produce(topic, batch, partition=0)
        ends[topic] = len(batches)
        events += 0 if source == CONSOLE else len(own)
        distinct += len({orjson.loads(line)["id"] for line in own})
    if plain.flush(60) or hidden.flush(60):
        raise RuntimeError("Kafka did not take all records")
    return Sent(bootstrap, ends, events, distinct, hidden)


def _batches(own: list[bytes], size: int) -> Iterator[bytes]:
    rest = iter(own)
    while lot := list(islice(rest, size)):
        yield b"[" + b",".join(lot) + b"]"
