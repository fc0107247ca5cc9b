"""The indexer against a real Kafka and Elasticsearch, as a process of its own."""

import asyncio
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.native.elasticsearch import Elasticsearch
from deploy.native.kafka import Kafka
from deploy.native.processes import free_port
from services.runtime import topics

ROOT = Path(__file__).parents[2]
PARTITIONS = 2


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory, parts: Path) -> Iterator[str]:
    """A broker of its own: these tests make all topics anew for each test."""
    server = Kafka(tmp_path_factory.mktemp("indexer-kafka"), free_port(), parts)
    try:
        server.start()
        yield server.bootstrap
    finally:
        server.stop()


@pytest.fixture
def bootstrap(broker: str) -> str:
    asyncio.run(_make_topics(broker))
    return broker


async def _make_topics(bootstrap: str) -> None:
    names = [topic.name for topic in topics.fixed_topics(PARTITIONS)]
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        old = [name for name in await admin.list_topics() if name in names]
        if old:
            await admin.delete_topics(old)
            while set(old) & set(await admin.list_topics()):
                await asyncio.sleep(0.1)
        await admin.create_topics([NewTopic(name, PARTITIONS, 1) for name in names])
    finally:
        await admin.close()


class Running:
    """One indexer process, its indices and its page."""

    def __init__(self, bootstrap: str, elasticsearch: str, **settings: str) -> None:
        self.prefix = settings.pop("prefix", "t" + uuid.uuid4().hex[:8])
        self.port = free_port()
        self.url = elasticsearch
        self.environment = {
            **os.environ,
            "BLOTTER_KAFKA": bootstrap,
            "BLOTTER_ELASTICSEARCH": elasticsearch,
            "BLOTTER_INDEX_PREFIX": self.prefix,
            "BLOTTER_INDEXER_GROUP": self.prefix,
            "BLOTTER_INDEXER_PORT": str(self.port),
            # Kafka takes no less, and one that was killed is waited for that long.
            "BLOTTER_INDEXER_SESSION_TIMEOUT_SECONDS": "6",
            **settings,
        }
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "services.indexer.main"], cwd=ROOT, env=self.environment
        )

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(how)
        return self.process.wait(30)

    def documents(self, name: str) -> list[dict[str, Any]]:
        """All documents of an index, with `_id`, once it has been refreshed."""
        index = f"{self.url}/{self.prefix}-{name}"
        httpx.post(f"{index}/_refresh?ignore_unavailable=true", timeout=30)
        answer = httpx.get(f"{index}/_search?size=10000&ignore_unavailable=true", timeout=30)
        hits = answer.json().get("hits", {}).get("hits", [])
        return [{**hit["_source"], "_id": hit["_id"]} for hit in hits]

    def health(self) -> tuple[int, str]:
        try:
            answer = httpx.get(f"http://127.0.0.1:{self.port}/health")
        except httpx.TransportError:
            return 0, "not there"
        return answer.status_code, answer.json()["why"]

    def metric(self, name: str) -> float:
        text = httpx.get(f"http://127.0.0.1:{self.port}/metrics").text
        return sum(
            float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(name)
        )


@contextmanager
def indexer(bootstrap: str, elasticsearch: str, **settings: str) -> Iterator[Running]:
    running = Running(bootstrap, elasticsearch, **settings)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.stop(signal.SIGKILL)


def eventually(check: Callable[[], bool], seconds: float = 40) -> None:
    end = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.2)


def event(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": str(number),
        "source": "/vendors/acme/x",
        "type": "ai.use.recorded.v1",
        "subject": f"use/{number}",
        "time": f"2025-1{number % 3}-01T09:00:00-07:00",
        "receivedtime": "2025-12-01T09:00:01Z",
        "data": {"use_id": str(number), "employee_id": "E-1", "purpose_text": "ünïcode \u2028 ok"},
        **changes,
    }


def finding(revision: int, **changes: Any) -> dict[str, Any]:
    return {
        "finding_id": "f1",
        "revision": revision,
        "state": "open",
        "clause": "D.2",
        "rule": "lead_documented",
        "subject": "use/1",
        "verdict": "violation",
        "severity": "high",
        "group": "use/1",
        "reason": "no report",
        "sentence": f"revision {revision}",
        **changes,
    }


@asynccontextmanager
async def producing(bootstrap: str, **options: Any) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, **options)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


def send(bootstrap: str, topic: str, values: list[bytes], partition: int = 0) -> None:
    async def go() -> None:
        async with producing(bootstrap, linger_ms=5) as producer:
            sent = [
                await producer.send(topic, value, key=b"key", partition=partition)
                for value in values
            ]
            await asyncio.gather(*sent)

    asyncio.run(go())


def batches(numbers: range, size: int) -> list[bytes]:
    """Records of `size` events each."""
    each = [orjson.dumps(event(number)) for number in numbers]
    return [b"\n".join(each[start : start + size]) for start in range(0, len(each), size)]


def test_every_topic_ends_in_its_index(bootstrap: str, elasticsearch: str) -> None:
    line = b'{ "receivedtime":"2025-12-01T09:00:01Z",' + orjson.dumps(event(1, id="spaced"))[1:]
    rejected = {"rejected_id": "r1", "source": "/vendors/acme/x", "reason": "no"}
    metrics = {"dossier": "use/1", "revision": 1, "kind": "use", "violation": ["D.2"]}
    progress = {"partition": 0, "offset": 5, "inputs": {"a": "2025-01-01T00:00:00Z"}}
    send(bootstrap, topics.EVENTS, [line])
    send(bootstrap, topics.FINDINGS, [orjson.dumps(finding(1))])
    send(bootstrap, topics.FINDING_HISTORY, [orjson.dumps(finding(1))])
    send(bootstrap, topics.REJECTED, [orjson.dumps(rejected)])
    send(bootstrap, topics.METRICS, [orjson.dumps(metrics)])

    async def with_key() -> None:
        async with producing(bootstrap) as producer:
            await producer.send_and_wait(
                topics.METRICS, orjson.dumps(progress), key=b"progress/0", partition=0
            )

    asyncio.run(with_key())
    with indexer(bootstrap, elasticsearch) as running:
        names = ("events", "findings", "finding-history", "rejected", "metrics", "progress")
        eventually(lambda: all(len(running.documents(name)) == 1 for name in names))
        assert running.documents("events")[0]["raw"] == line.decode()
        assert running.documents("finding-history")[0]["_id"] == "f1:1"
        assert running.documents("progress")[0]["_id"] == "0"
        eventually(lambda: running.health() == (200, "ok"))
        assert running.metric("blotter_indexer_documents_total") == 6
        eventually(lambda: running.metric("blotter_indexer_lag_records") == 0)


def test_leaf_numbers_stay_the_same_across_kill_and_restart(
    bootstrap: str, elasticsearch: str
) -> None:
    total = 6000
    values = batches(range(total), 7)
    small = {"BLOTTER_INDEXER_BATCH_RECORDS": "40", "BLOTTER_INDEXER_REQUEST_DOCUMENTS": "50"}
    with indexer(bootstrap, elasticsearch, **small) as running:
        send(bootstrap, topics.EVENTS, values[: len(values) // 2])
        eventually(lambda: len(running.documents("events")) > 100)
        for _ in range(3):
            running.stop(signal.SIGKILL)
            running.start()
            time.sleep(2.5)
        send(bootstrap, topics.EVENTS, values[len(values) // 2 :])
        eventually(lambda: len(running.documents("events")) == total)
        leaves = {int(each["id"]): each["log_leaf"] for each in running.documents("events")}
        assert leaves == {number: number for number in range(total)}


def test_leaf_numbers_stay_the_same_while_partitions_move_between_processes(
    bootstrap: str, elasticsearch: str
) -> None:
    small = {"BLOTTER_INDEXER_BATCH_RECORDS": "20", "BLOTTER_INDEXER_REQUEST_DOCUMENTS": "30"}

    def send_part(part: int) -> None:
        for partition in range(PARTITIONS):
            first = 10_000 * partition + 1000 * part
            values = batches(range(first, first + 1000), 3)
            send(bootstrap, topics.EVENTS, values, partition)

    with indexer(bootstrap, elasticsearch, **small) as one:
        send_part(0)
        with indexer(bootstrap, elasticsearch, prefix=one.prefix, **small) as other:
            send_part(1)
            eventually(lambda: other.health()[0] == 200)
            send_part(2)
            one.stop(signal.SIGKILL)
            send_part(3)
            eventually(lambda: len(other.documents("events")) == 8000, 60)
            leaves = {int(each["id"]): each["log_leaf"] for each in other.documents("events")}
            assert all(leaf == number % 10_000 for number, leaf in leaves.items())


def test_transactions_that_were_aborted_take_no_leaf(bootstrap: str, elasticsearch: str) -> None:
    async def go() -> None:
        async with producing(bootstrap, transactional_id="t") as producer:
            for number in range(20):
                await producer.begin_transaction()
                await producer.send(topics.EVENTS, orjson.dumps(event(number)), partition=1)
                if number % 2:
                    await producer.abort_transaction()
                else:
                    await producer.commit_transaction()

    asyncio.run(go())
    with indexer(bootstrap, elasticsearch) as running:
        eventually(lambda: len(running.documents("events")) == 10)
        leaves = {int(each["id"]): each["log_leaf"] for each in running.documents("events")}
        assert leaves == {number: number // 2 for number in range(0, 20, 2)}


def test_a_replay_doubles_nothing_and_numbers_alike(bootstrap: str, elasticsearch: str) -> None:
    send(bootstrap, topics.EVENTS, batches(range(100), 3))
    send(bootstrap, topics.FINDINGS, [orjson.dumps(finding(r)) for r in (1, 2, 3)])
    send(bootstrap, topics.FINDING_HISTORY, [orjson.dumps(finding(r)) for r in (1, 2, 3)])
    with indexer(bootstrap, elasticsearch) as running:
        eventually(lambda: len(running.documents("events")) == 100)
        eventually(lambda: len(running.documents("finding-history")) == 3)
        before = sorted(running.documents("events"), key=lambda each: each["_id"])
        assert running.stop() == 0
        running.environment["BLOTTER_INDEXER_GROUP"] = "again-" + running.prefix
        running.start()
        eventually(lambda: running.health()[0] == 200)
        eventually(lambda: running.metric("blotter_indexer_documents_total") == 106)
        after = sorted(running.documents("events"), key=lambda each: each["_id"])
        assert after == before
        assert [each["revision"] for each in running.documents("findings")] == [3]


def test_an_offset_that_a_tool_has_set_does_not_shift_the_leaves(
    bootstrap: str, elasticsearch: str
) -> None:
    send(bootstrap, topics.EVENTS, batches(range(50), 5))

    async def set_offset(group: str) -> None:
        from aiokafka import AIOKafkaConsumer

        consumer = AIOKafkaConsumer(
            bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False
        )
        await consumer.start()
        partition = TopicPartition(topics.EVENTS, 0)
        consumer.assign([partition])
        await consumer.commit({partition: 4})
        await consumer.stop()

    prefix = "t" + uuid.uuid4().hex[:8]
    asyncio.run(set_offset(prefix))
    with indexer(bootstrap, elasticsearch, prefix=prefix) as running:
        eventually(lambda: len(running.documents("events")) == 50)
        leaves = {int(each["id"]): each["log_leaf"] for each in running.documents("events")}
        assert leaves == {number: number for number in range(50)}


def test_an_older_revision_never_overwrites_a_newer_one(bootstrap: str, elasticsearch: str) -> None:
    send(bootstrap, topics.FINDINGS, [orjson.dumps(finding(r)) for r in (5, 4, 3)])
    send(bootstrap, topics.METRICS, [orjson.dumps({"dossier": "d", "revision": r}) for r in (9, 2)])
    send(bootstrap, topics.FINDING_HISTORY, [orjson.dumps(finding(5))])
    with indexer(bootstrap, elasticsearch) as running:
        eventually(lambda: len(running.documents("finding-history")) == 1)
        eventually(lambda: running.metric("blotter_indexer_documents_total") == 6)
        assert [each["revision"] for each in running.documents("findings")] == [5]
        assert [each["revision"] for each in running.documents("metrics")] == [9]


def test_a_refused_document_takes_no_neighbour_along(bootstrap: str, elasticsearch: str) -> None:
    lines = [
        orjson.dumps(event(1)),
        orjson.dumps(event(2, data={"nobody_knows": "secret-value"})),
        b"not json",
        orjson.dumps(event(3)),
    ]
    send(bootstrap, topics.EVENTS, [b"\n".join(lines)])
    # Elasticsearch refuses a whole request for one version that is no number.
    broken = [
        finding(1),
        finding(1, finding_id="f2") | {"revision": "x"},
        finding(1, finding_id="f3"),
    ]
    send(bootstrap, topics.FINDINGS, [orjson.dumps(each) for each in broken])
    with indexer(bootstrap, elasticsearch) as running:
        eventually(lambda: len(running.documents("events")) == 3)
        eventually(lambda: len(running.documents("rejected")) == 3)
        eventually(lambda: len(running.documents("findings")) == 2)
        assert sorted(each["log_leaf"] for each in running.documents("events")) == [0, 1, 3]
        told = {
            each["item"]: each
            for each in running.documents("rejected")
            if each["topic"] == topics.EVENTS
        }
        assert "strict_dynamic_mapping_exception" in told[1]["reason"]
        assert told[1]["event_id"] == "2"
        assert running.metric("blotter_indexer_refused_total") == 2
        eventually(lambda: running.health() == (200, "ok"))


def test_a_stop_settles_and_commits_what_was_taken(bootstrap: str, elasticsearch: str) -> None:
    total = 4000
    small = {"BLOTTER_INDEXER_BATCH_RECORDS": "50", "BLOTTER_INDEXER_REQUEST_DOCUMENTS": "50"}
    with indexer(bootstrap, elasticsearch, **small) as running:
        eventually(lambda: running.health()[0] == 200)
        send(bootstrap, topics.EVENTS, batches(range(total), 4))
        eventually(lambda: len(running.documents("events")) > 0)
        assert running.stop() == 0
        held = len(running.documents("events"))
        assert held > 0
        running.start()
        eventually(lambda: len(running.documents("events")) == total)
        eventually(lambda: running.metric("blotter_indexer_lag_records") == 0)
        # Nothing of what the first run held was sent again.
        assert running.metric("blotter_indexer_documents_total") == total - held


def test_nothing_is_lost_while_elasticsearch_is_away(
    bootstrap: str, tmp_path: Path, parts: Path
) -> None:
    server = Elasticsearch(tmp_path / "elasticsearch", free_port(), parts, heap="512m")
    try:
        server.start()
        impatient = {"BLOTTER_INDEXER_BACKOFF_MAX_SECONDS": "1"}
        with indexer(bootstrap, server.url, **impatient) as running:
            send(bootstrap, topics.EVENTS, batches(range(30), 3))
            eventually(lambda: len(running.documents("events")) == 30)
            server.kill()
            send(bootstrap, topics.EVENTS, batches(range(30, 60), 3))
            eventually(lambda: running.health()[0] == 503)
            assert "elasticsearch away" in running.health()[1]
            server.start()
            eventually(lambda: len(running.documents("events")) == 60)
            eventually(lambda: running.health() == (200, "ok"))
            leaves = {int(each["id"]): each["log_leaf"] for each in running.documents("events")}
            assert leaves == {number: number for number in range(60)}
    finally:
        server.stop()
        server.remove()
