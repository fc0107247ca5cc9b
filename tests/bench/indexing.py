"""What the indexer is given: the log of a load, and what the checker says of its beginning.

The checker's documents are made once, by its own fold, and repeated under other names until there
are as many as a checker would publish for the whole load.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import orjson
from confluent_kafka import Producer
from elasticsearch import Elasticsearch

from schemas.base import Model
from schemas.policy import Policy
from schemas.records import DOSSIER_RECORD
from services.indexer.bulk import requests
from services.indexer.documents import Action, Record, actions
from services.intake.outbox import Write
from services.order.fold import Fold
from services.order.rulebook import rulebook
from services.runtime import topics
from services.runtime.elasticsearch import connect, create_indices
from services.runtime.indices import Indices

from .contender import Bench
from .dossiers import empty, facts_written, hand_over, load_written
from .load import SOURCES, Load, lines
from .sizes import Sizes


@dataclass(frozen=True)
class Given:
    """What stands in the indexer's topics. `ends`: the offset after the last, by topic and
    partition. `documents`: how many there are to index."""

    ends: dict[tuple[str, int], int]
    documents: int


def written(load: Load, sizes: Sizes) -> list[Write]:
    """Every record, in order."""
    log = list(_log(load, sizes))
    said = _said(load, sizes)
    times = max(1, load.count // (sizes.judged_lots * sizes.batch * sizes.partitions))
    return log + [_renamed(write, number) for number in range(times) for write in said]


def fill(bootstrap: str, records: Iterable[Write], partitions: int) -> Given:
    """Empty all topics and write these records."""
    empty(bootstrap, partitions)
    config = {"bootstrap.servers": bootstrap, "linger.ms": 20, "message.max.bytes": 2_000_000}
    producer = Producer(config)
    ends: dict[tuple[str, int], int] = defaultdict(int)
    documents = 0
    for write in records:
        hand_over(producer, write)
        ends[write.topic, write.partition] += 1
        documents += write.value.count(b"\n") + 1 if write.topic == topics.EVENTS else 1
    if producer.flush(60):
        raise RuntimeError("Kafka did not take all records")
    return Given(dict(ends), documents)


def documents(records: Iterable[Write], indices: Indices) -> list[Action]:
    """The very documents that the indexer makes of these records."""
    made: list[Action] = []
    leaves: dict[int, int] = defaultdict(int)
    offsets: dict[tuple[str, int], int] = defaultdict(int)
    for write in records:
        place = (write.topic, write.partition)
        record = Record(*place, offsets[place], 0, write.key or b"", write.value)
        leaf = leaves[write.partition]
        found = actions(record, indices, leaf)
        offsets[place] += 1
        if write.topic == topics.EVENTS:
            leaves[write.partition] += len(found)
        made += found
    return made


def create(url: str, indices: Indices) -> None:
    """Make the indices and the template."""

    async def make() -> None:
        client = connect(url)
        try:
            await create_indices(client, indices)
        finally:
            await client.close()

    asyncio.run(make())


_WARM: set[str] = set()


def warm(bench: Bench) -> None:
    """Once a server: have it index for a while first, for Java is slow until it has compiled."""
    if bench.elasticsearch in _WARM:
        return
    indices = Indices("warm")
    create(bench.elasticsearch, indices)
    actions = documents(written(bench.load, bench.sizes), indices)
    with Elasticsearch(bench.elasticsearch, request_timeout=60) as client:
        for request in requests(actions, 1000, 5_000_000):
            parts = [part for action in request for part in (action.header, action.document)]
            # Typed as mappings; bytes are passed on as they are.
            client.bulk(operations=parts, filter_path="errors")  # type: ignore[arg-type]
        remove(client, indices)
    _WARM.add(bench.elasticsearch)


def assert_indexed(client: Elasticsearch, indices: Indices, actions: Iterable[Action]) -> None:
    """Raise unless Elasticsearch holds all of these, and has refused none."""
    ids = defaultdict(set)
    for action in actions:
        (header,) = orjson.loads(action.header).values()
        ids[action.kind].add(header["_id"])
    expected = {kind: len(found) for kind, found in ids.items()}
    client.indices.refresh(index=f"{indices.prefix}-*")
    held = {
        kind: client.count(index=f"{indices.prefix}-{kind}")["count"]
        for kind in ("events", "findings", "finding-history", "metrics", "rejected")
    }
    if held != {"rejected": 0, **expected}:
        raise RuntimeError(f"Elasticsearch holds {held}, not {expected}")


def remove(client: Elasticsearch, indices: Indices) -> None:
    """Delete the indices and their template."""
    found = client.indices.get(index=f"{indices.prefix}-*", features=["settings"])
    client.indices.delete(index=list(found))
    client.indices.delete_index_template(name=indices.events)


def _log(load: Load, sizes: Sizes) -> Iterator[Write]:
    """`ai.events` as intake writes it: what came together, by partition."""
    rest = lines(load.events)
    while lot := list(islice(rest, sizes.batch)):
        split: dict[int, list[bytes]] = defaultdict(list)
        for line in lot:
            subject = orjson.loads(line)["subject"]
            split[topics.partition_of(subject, sizes.partitions)].append(line)
        for partition, own in sorted(split.items()):
            yield Write(topics.EVENTS, partition, None, b"\n".join(own))


_SAID: list[Write] = []


def _said(load: Load, sizes: Sizes) -> list[Write]:
    """What the checker publishes for the first lots of the load; the same in every round."""
    if not _SAID:
        _SAID.extend(_judged(load, sizes))
    return _SAID


def _judged(load: Load, sizes: Sizes) -> Iterator[Write]:
    """Findings and metrics as the checker writes them, and only those of the load itself."""
    folds = [Fold(n, {}, rulebook(), Policy()) for n in range(sizes.partitions)]
    per_lot = len(SOURCES) * sizes.partitions
    beginning = list(islice(load_written(load, sizes), sizes.judged_lots * per_lot))
    facts = list(facts_written(load, sizes))
    for offset, write in enumerate([*facts, *beginning]):
        record = DOSSIER_RECORD.validate_json(write.value)
        step = folds[write.partition].apply(offset, record)
        if offset < len(facts):
            continue
        for finding in step.findings:
            for topic in (topics.FINDINGS, topics.FINDING_HISTORY):
                yield _published(topic, write.partition, finding.finding_id, finding)
        for metrics in step.metrics:
            yield _published(topics.METRICS, write.partition, metrics.dossier, metrics)


def _published(topic: str, partition: int, key: str, document: Model) -> Write:
    value = document.model_dump_json(exclude_none=True).encode()
    return Write(topic, partition, key.encode(), value)


def _renamed(write: Write, number: int) -> Write:
    """The same about another dossier: names begin with the number of the repetition."""
    name = b"dossier" if write.topic == topics.METRICS else b"finding_id"
    begins = b'{"%s":"' % name
    if not write.value.startswith(begins):
        raise RuntimeError(f"a record of {write.topic} does not begin with its name")
    value = b"%s%d-%s" % (begins, number, write.value.removeprefix(begins))
    return Write(write.topic, write.partition, write.key, value)
