"""What Elasticsearch takes at most: `parallel_bulk` of documents that are made already."""

import time
from pathlib import Path
from typing import Any

import orjson
from elasticsearch import Elasticsearch
from elasticsearch.helpers import parallel_bulk
from elasticsearch.serializer import OrjsonSerializer

from services.runtime.indices import Indices

from ..child import in_child
from ..contender import Bench, Contender, Measure
from ..indexing import assert_indexed, create, documents, remove, warm, written

THREADS, DOCUMENTS = 4, 1000
"""At most, and of a request. Two threads, or requests of 500, 2000 or 4000, were no faster."""


def run(bench: Bench) -> Measure:
    """Everything once, into empty indices."""
    warm(bench)
    indices = Indices(f"limit-{bench.round}")
    records = written(bench.load, bench.sizes)
    made = documents(records, indices)
    file = bench.folder / "documents.ndjson"
    with file.open("wb") as lines:
        lines.writelines(b"%b\n%b\n" % (action.header, action.document) for action in made)
    create(bench.elasticsearch, indices)
    done = in_child(bench.folder, measure, bench.elasticsearch, file)
    with Elasticsearch(bench.elasticsearch) as client:
        assert_indexed(client, indices, made)
        remove(client, indices)
    seconds, cpu = done.value
    return Measure(len(made), seconds, done.peak_mib, {"cpu_us": 1e6 * cpu / len(made)})


def measure(url: str, file: Path) -> tuple[float, float]:
    """Seconds, and CPU seconds of the client."""
    actions = _actions(file)
    json = OrjsonSerializer()
    kinds = ("application/json", "application/vnd.elasticsearch+json")
    client = Elasticsearch(
        url,
        request_timeout=60,
        connections_per_node=THREADS,
        serializers=dict.fromkeys(kinds, json),
    )
    began, worked = time.monotonic(), time.process_time()
    for taken, item in parallel_bulk(
        client,
        actions,
        thread_count=THREADS,
        chunk_size=DOCUMENTS,
        max_chunk_bytes=5_000_000,
        raise_on_error=False,
    ):
        if not taken and next(iter(item.values()))["status"] != 409:
            raise RuntimeError(f"refused: {item}")
    return time.monotonic() - began, time.process_time() - worked


def _actions(file: Path) -> list[dict[str, Any]]:
    """As `parallel_bulk` takes them; the documents as bytes, which it passes on as they are."""
    lines = file.read_bytes().splitlines()
    return [
        {"_op_type": operation, **header, "_source": document}
        for head, document in zip(lines[::2], lines[1::2], strict=True)
        for operation, header in orjson.loads(head).items()
    ]


CONTENDER = Contender("bulk-limit", "indexer", run)
