"""A load as the records of `ai.dossiers` that intake would write of it, and their topic."""

import pickle
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from schemas.ai import SourceHeartbeat
from schemas.events import Event
from services.intake.outbox import Outbox, Write
from services.order.eventset import received
from services.runtime import topics
from services.runtime.kafka import admin, create_topics

from .load import BEFORE, CONSOLE, SOURCES, Load, read
from .sizes import Sizes


@dataclass(frozen=True)
class Filled:
    """What stands in `ai.dossiers`, by partition: at which offset the load begins (before it stand
    the facts of the registry), and the offset after its last record.

    The load is there, in a transaction: nobody sees it before `release`.
    """

    bootstrap: str
    starts: list[int]
    ends: list[int]
    producer: Producer

    def said(self) -> dict[str, float]:
        """How many findings (every revision) and metrics were published since `fill`."""
        names = {"findings": topics.FINDING_HISTORY, "metrics": topics.METRICS}
        consumer = Consumer({"bootstrap.servers": self.bootstrap, "group.id": "said"})
        try:
            return {
                told: sum(
                    consumer.get_watermark_offsets(TopicPartition(name, n), timeout=10)[1]
                    for n in range(len(self.ends))
                )
                for told, name in names.items()
            }
        finally:
            consumer.close()

    def release(self) -> None:
        """Let readers see the load."""
        self.producer.commit_transaction(30)


def fill(bootstrap: str, load: Load, sizes: Sizes) -> Filled:
    """Empty all topics and write the registry's facts and the load."""
    empty(bootstrap, sizes.partitions)
    facts, written = _written(load, sizes)
    plain = Producer({"bootstrap.servers": bootstrap, "linger.ms": 20})
    starts = _produce(plain, sizes.partitions, facts)
    hidden = Producer(
        {
            "bootstrap.servers": bootstrap,
            "linger.ms": 20,
            "transactional.id": "load",
            "transaction.timeout.ms": 600_000,
        }
    )
    hidden.init_transactions(30)
    hidden.begin_transaction()
    counts = _produce(hidden, sizes.partitions, written)
    ends = [start + count for start, count in zip(starts, counts, strict=True)]
    return Filled(bootstrap, starts, ends, hidden)


def _written(load: Load, sizes: Sizes) -> tuple[list[Write], list[Write]]:
    """The facts' records and the load's; made once for each load."""
    kept = load.folder / f"dossiers-{sizes.partitions}-{sizes.batch}-{sizes.live_rate}"
    if not kept.exists():
        made = list(facts_written(load, sizes)), list(load_written(load, sizes))
        kept.write_bytes(pickle.dumps(made))
    facts, written = pickle.loads(kept.read_bytes())
    return facts, written


def empty(bootstrap: str, partitions: int) -> None:
    """Delete every topic there is, and make those of the stack."""
    client = AdminClient({"bootstrap.servers": bootstrap})
    names = [name for name in client.list_topics(timeout=10).topics if not name.startswith("__")]
    if names:
        for done in client.delete_topics(names).values():
            done.result(30)
        while set(client.list_topics(timeout=10).topics) & set(names):
            time.sleep(0.05)
    with admin(bootstrap) as made:
        create_topics(made, topics.fixed_topics(partitions))


def facts_written(load: Load, sizes: Sizes) -> Iterator[Write]:
    """The registry as it was before the load."""
    facts = list(read(load.facts))
    tick = load.begin - BEFORE
    for lot in _lots(facts, sizes.batch):
        yield from passed_on(CONSOLE, lot, tick, load.begin, sizes.partitions)


def load_written(load: Load, sizes: Sizes, most: int | None = None) -> Iterator[Write]:
    """The load: again and again each input passes on what has come, and says up to when.

    `most`: only so many of its events, the first.

    As live: the hours of the load in as many seconds as its events take at `live_rate`, for a
    checker at work is not told of a day in a minute.
    """
    before = load.begin
    share = load.count / sizes.live_rate / (load.end - load.begin).total_seconds()
    events = (_sooner(event, load.begin, share) for event in islice(read(load.events), most))
    for lot in _lots(events, sizes.batch * sizes.partitions):
        tick = received(lot[-1])
        by_source: dict[str, list[Event]] = defaultdict(list)
        for event in lot:
            by_source[event.source].append(event)
        for source in SOURCES:
            yield from passed_on(source, by_source[source], before, tick, sizes.partitions)
        before = tick


def _sooner(event: Event, begin: datetime, share: float) -> Event:
    """The event as if everything since a time had taken a share of the time that it took."""

    def sooner(time: datetime) -> datetime:
        return begin + (time - begin) * share

    changed: dict[str, object] = {
        "time": sooner(event.time),
        "receivedtime": sooner(received(event)),
    }
    if isinstance(event, SourceHeartbeat) and isinstance(event.data.complete_to, datetime):
        told = {"complete_to": sooner(event.data.complete_to)}
        changed["data"] = event.data.model_copy(update=told)
    return event.model_copy(update=changed)


def passed_on(
    source: str, events: Iterable[Event], before: datetime, tick: datetime, partitions: int
) -> list[Write]:
    """What intake writes for the checker of what one input brought, up to a tick."""
    outbox = Outbox(partitions, source)
    for event in events:
        outbox.accept(event)
    written = outbox.writes(source, before, tick, everywhere=True)
    return [write for write in written if write.topic == topics.DOSSIERS]


def _lots(events: Iterable[Event], size: int) -> Iterator[list[Event]]:
    rest = iter(events)
    while lot := list(islice(rest, size)):
        yield lot


def _produce(producer: Producer, partitions: int, written: Iterable[Write]) -> list[int]:
    """Write; how many records each partition got."""
    counts = [0] * partitions
    for write in written:
        counts[write.partition] += 1
        hand_over(producer, write)
    if producer.flush(60):
        raise RuntimeError("Kafka did not take all records")
    return counts


def hand_over(producer: Producer, write: Write) -> None:
    """Give a record to the client; waits while it holds as many as it may."""
    while True:
        try:
            producer.produce(write.topic, write.value, write.key, write.partition)
        except BufferError:
            producer.poll(0.1)
        else:
            return


class Group:
    """A group of readers, seen from outside."""

    def __init__(self, bootstrap: str, name: str, members: int) -> None:
        self._name = name
        self._members = members
        self._consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": name})
        self._client = AdminClient({"bootstrap.servers": bootstrap})

    def is_at_work(self, filled: Filled) -> bool:
        """Whether all members have partitions, and the facts are done."""
        return self._reached(filled.starts) and self._working() == self._members

    def is_done(self, filled: Filled) -> bool:
        """Whether all of the load is committed."""
        return self._reached(filled.ends)

    def close(self) -> None:
        """Look no longer."""
        self._consumer.close()

    def _reached(self, offsets: list[int]) -> bool:
        places = [TopicPartition(topics.DOSSIERS, n) for n in range(len(offsets))]
        committed = self._consumer.committed(places, timeout=10)
        return all(place.offset >= at for place, at in zip(committed, offsets, strict=True))

    def _working(self) -> int:
        told = self._client.describe_consumer_groups([self._name])[self._name].result(10)
        return sum(bool(member.assignment.topic_partitions) for member in told.members)
