"""The indexer as it runs: one process on topics that were filled before."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from confluent_kafka import Consumer, TopicPartition
from elasticsearch import Elasticsearch

from services.runtime.indices import Indices
from tests.pipeline import Service

from ..child import cpu_seconds, peak_mib
from ..contender import Bench, Contender, Measure, Row
from ..indexing import Given, assert_indexed, documents, fill, remove, warm, written


def run(bench: Bench) -> Measure:
    """Everything once, into indices that the process makes."""
    warm(bench)
    indices = Indices(f"indexer-{bench.round}")
    records = written(bench.load, bench.sizes)
    given = fill(bench.kafka, records, bench.sizes.partitions)
    environment = {
        "BLOTTER_KAFKA": bench.kafka,
        "BLOTTER_ELASTICSEARCH": bench.elasticsearch,
        "BLOTTER_INDEX_PREFIX": indices.prefix,
        "BLOTTER_INDEXER_GROUP": indices.prefix,
        "BLOTTER_LOG_LEVEL": "WARNING",
    }
    service = Service("indexer", environment, bench.folder / "indexer.log").start()
    try:
        measure = _watch(bench, service, indices.prefix, given)
        service.stop()
    except Exception as error:
        raise RuntimeError(f"{error}\n{service.log.read_text()[-3000:]}") from error
    finally:
        service.kill()
    with Elasticsearch(bench.elasticsearch) as client:
        assert_indexed(client, indices, documents(records, indices))
        remove(client, indices)
    return measure


def _watch(bench: Bench, service: Service, group: str, given: Given) -> Measure:
    """From the first documents that Elasticsearch holds until the last are committed."""
    assert service.process is not None
    pid = service.process.pid
    deadline = time.monotonic() + bench.sizes.patience
    first, began, worked = 0.0, 0.0, 0.0
    with _committed(bench.kafka, group, given) as done:
        while time.monotonic() < deadline:
            if not first:
                first = _held(service)
                began, worked = time.monotonic(), cpu_seconds(pid)
            elif done():
                count = given.documents - first
                cpu = 1e6 * (cpu_seconds(pid) - worked) / count
                seconds = time.monotonic() - began
                return Measure(round(count), seconds, peak_mib(pid), {"cpu_us": cpu})
            time.sleep(0.02)
    raise TimeoutError(f"the indexer did not finish in {bench.sizes.patience:.0f} s")


def _held(service: Service) -> float:
    try:
        return service.metric("blotter_indexer_documents_total")
    except OSError:  # it starts
        return 0


@contextmanager
def _committed(bootstrap: str, group: str, given: Given) -> Iterator[Callable[[], bool]]:
    """Yields what says whether a group has committed everything."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": group})
    places = [TopicPartition(*place) for place in given.ends]
    try:
        yield lambda: all(
            at.offset >= given.ends[at.topic, at.partition]
            for at in consumer.committed(places, timeout=10)
        )
    finally:
        consumer.close()


CONTENDER = Contender("indexer", "indexer", run)

ROWS = [
    Row(
        "The indexer",
        "indexer",
        "documents a second of `python -m services.indexer.main` on filled topics (the log of the "
        "load, with as many findings, revisions and metrics as the checker makes of it); from the "
        "first that Elasticsearch holds to the last commit",
        unit="documents/s",
    ),
    Row(
        "The indexer against Elasticsearch's own limit",
        "indexer",
        "`elasticsearch.helpers.parallel_bulk`, 4 threads, of the same documents, made before; "
        "here only the sending counts, there also reading Kafka, making documents and committing",
        against="bulk-limit",
        at_least=0.9,
    ),
]
