"""The whole pipeline as real processes against real servers, for tests that look from outside."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
)
from confluent_kafka import TopicPartition as Place
from elasticsearch import AsyncElasticsearch, Elasticsearch
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition

from deploy.native.processes import free_port
from schemas.verdicts import PartitionProgress
from services.indexer.documents import event_id
from services.runtime import topics
from services.runtime.elasticsearch import create_indices
from services.runtime.indices import Indices
from services.runtime.kafka import admin, create_topics

PARTITIONS = 4
REPOSITORY = Path(__file__).parent.parent
PATIENCE_SECONDS = 90
IMPATIENT = {
    "BLOTTER_CHECKER_SESSION_TIMEOUT_SECONDS": "6",
    "BLOTTER_INTAKE_SESSION_TIMEOUT_SECONDS": "6",
    "BLOTTER_INDEXER_SESSION_TIMEOUT_SECONDS": "6",
    "BLOTTER_INTAKE_NEW_SOURCES_SECONDS": "2",
    "BLOTTER_INTAKE_TICK_SECONDS": "0.5",
}
"""Settings by which a test need not wait long."""


def eventually(
    what: str,
    true: Callable[[], bool],
    seconds: float = PATIENCE_SECONDS,
    otherwise: Callable[[], str] = str,
) -> None:
    """Wait until something is true; fail with its name if it does not become so, and with what
    `otherwise` can say of it."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}\n{otherwise()}"
        time.sleep(0.2)


@dataclass
class Service:
    """One process of ours, on its own port."""

    name: str
    environment: dict[str, str]
    log: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> "Service":
        """Start it; `until_healthy` waits."""
        own = {f"BLOTTER_{self.name.upper()}_PORT": str(self.port)}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", f"services.{self.name}.main"],
                env=os.environ | self.environment | own,
                cwd=REPOSITORY,
                stdout=log,
                stderr=log,
            )
        return self

    def until_healthy(self) -> "Service":
        """Wait until its health page says so."""
        eventually(f"{self.name} is healthy, see {self.log}", self.is_healthy)
        return self

    def is_healthy(self) -> bool:
        """What its health page says."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=2) as page:
                return bool(page.status == 200)
        except OSError:
            return False

    def metric(self, name: str) -> float:
        """A value from its metrics page; 0 if it is not there yet."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=5) as page:
            lines = page.read().decode().splitlines()
        return sum(
            float(line.split()[-1]) for line in lines if line.split("{")[0].split()[0] == name
        )

    @property
    def has_ended(self) -> bool:
        """Whether it was stopped or killed; not whether it crashed."""
        return self.process is None or self.process.poll() in (0, -signal.SIGKILL)

    def last_words(self, lines: int = 8) -> str:
        """How its process is, and the end of its log."""
        state = self.process and self.process.poll()
        told = self.log.read_text(errors="replace").splitlines()[-lines:]
        return "\n".join([f"{self.log.stem}, exit code {state}:", *(line[:300] for line in told)])

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self.process is not None
        self.process.send_signal(number)

    def wait(self, seconds: float = 30) -> int:
        """Wait for its end; its exit code."""
        assert self.process is not None
        return self.process.wait(seconds)

    def stop(self) -> None:
        """SIGTERM, and wait; it must end by itself, with 0."""
        if self.process is None or self.process.poll() is not None:
            return
        self.send(signal.SIGTERM)
        assert self.wait() == 0, f"{self.name} did not end well, see {self.log}"

    def kill(self) -> None:
        """SIGKILL, and wait."""
        if self.process is not None and self.process.poll() is None:
            self.send(signal.SIGKILL)
            self.wait()


class Record(NamedTuple):
    """A record of Kafka; `timestamp` in milliseconds."""

    partition: int
    offset: int
    timestamp: int
    key: bytes
    value: bytes

    @classmethod
    def of(cls, message: Message) -> "Record":
        """What a consumer has read."""
        return cls(
            message.partition() or 0,
            message.offset() or 0,
            message.timestamp()[1],
            message.key() or b"",
            message.value() or b"",
        )


class Pipeline:
    """Topics, indices, and the processes that a test starts; `settings` are theirs."""

    def __init__(
        self,
        kafka: str,
        elasticsearch: str,
        folder: Path,
        settings: Mapping[str, str] = IMPATIENT,
    ) -> None:
        self.kafka = kafka
        self.indices = Indices(folder.name.lower())
        self.folder = folder
        self.services: list[Service] = []
        self.environment = {
            "BLOTTER_KAFKA": kafka,
            "BLOTTER_ELASTICSEARCH": elasticsearch,
            "BLOTTER_PARTITIONS": str(PARTITIONS),
            "BLOTTER_INDEX_PREFIX": self.indices.prefix,
            "BLOTTER_DIGEST_KEY": "a key for tests",
            "BLOTTER_HOME": str(folder),
            **settings,
        }
        self.elasticsearch = Elasticsearch(elasticsearch, request_timeout=30)
        self._producer: KafkaProducer | None = None

    def set_up(self, sources: Iterable[str] = ()) -> None:
        """Create topics and indices."""
        self.create([*topics.fixed_topics(PARTITIONS), topics.intake("/console")])
        self.create(topics.intake(source) for source in sources)
        asyncio.run(self._create_indices())

    async def _create_indices(self) -> None:
        async with AsyncElasticsearch(self.environment["BLOTTER_ELASTICSEARCH"]) as client:
            await create_indices(client, self.indices)

    def create(self, wanted: Iterable[topics.Topic]) -> None:
        """Create topics, as far as they are missing."""
        with admin(self.kafka) as client:
            create_topics(client, list(wanted))

    def service(self, name: str) -> Service:
        """Start one more process."""
        number = len(self.services)
        service = Service(name, self.environment, self.folder / f"{name}-{number}.log")
        self.services.append(service)
        return service.start()

    def send(self, source: str, values: Iterable[bytes]) -> None:
        """Write records to a source's intake topic as they are, and see them acknowledged."""
        if self._producer is None:
            self._producer = KafkaProducer(bootstrap_servers=self.kafka, acks="all", linger_ms=5)
        topic = topics.intake_topic(source)
        sent = [self._producer.send(topic, value) for value in values]
        self._producer.flush()
        for future in sent:
            future.get(timeout=30)

    def intake_lag(self) -> int:
        """Records on the intake topics that intake has not committed."""
        client = KafkaAdminClient(bootstrap_servers=self.kafka)
        consumer = KafkaConsumer(bootstrap_servers=self.kafka)
        try:
            places = [
                TopicPartition(name, partition)
                for name in consumer.topics()
                if name.startswith(topics.INTAKE_PREFIX)
                for partition in consumer.partitions_for_topic(name) or ()
            ]
            ends = consumer.end_offsets(places)
            done = client.list_group_offsets({"blotter-intake": None})["blotter-intake"]
            return sum(
                end - max(0, done[place].offset if place in done else 0)
                for place, end in ends.items()
            )
        finally:
            consumer.close()
            client.close()

    def is_checked(self) -> bool:
        """Whether the checker has applied every record, and put nothing off."""
        last = {record.partition: record.offset for record in self.records(topics.DOSSIERS)}
        progress = self.progress()
        return all(
            partition in progress
            and progress[partition].offset >= offset
            and progress[partition].backlog == 0
            for partition, offset in last.items()
        )

    def progress(self) -> dict[int, PartitionProgress]:
        """How far the checker has come, by partition, as it published it."""
        told = [
            PartitionProgress.model_validate_json(record.value)
            for record in self.records(topics.METRICS)
            if record.key.startswith(b"progress/")
        ]
        return {progress.partition: progress for progress in told}

    def log(self) -> list[bytes]:
        """The log: every event's exact bytes."""
        return [line for r in self.records(topics.EVENTS) for line in r.value.split(b"\n")]

    def is_indexed(self) -> bool:
        """Whether Elasticsearch holds all that the topics hold; what is soon told comes first."""
        progress = self.progress()
        told = {d["partition"]: d["offset"] for d in self.documents(self.indices.progress)}
        return (
            # Time goes on meanwhile, where intake tells it.
            all(told.get(number, -1) >= come.offset for number, come in progress.items())
            and self._revisions(self.indices.findings, "finding_id")
            == self._published(topics.FINDINGS)
            and self._revisions(self.indices.metrics, "dossier") == self._published(topics.METRICS)
            and len(self.documents(self.indices.events)) == self._distinct_events()
        )

    def _revisions(self, index: str, name: str) -> dict[str, int]:
        """The revision of each document, by the field that names it."""
        return {d[name]: d["revision"] for d in self.documents(index)}

    def _published(self, topic: str) -> dict[str, int]:
        """The last revision of each key."""
        return {
            record.key.decode(): json.loads(record.value)["revision"]
            for record in self.records(topic)
            if not record.key.startswith(b"progress/")
        }

    def _distinct_events(self) -> int:
        """A repetition that intake let through is a second leaf of the log, but the same event."""
        return len({event_id(json.loads(line)) for line in self.log()})

    def records(self, topic: str) -> Iterator[Record]:
        """All committed records of a topic, each partition in its order."""
        consumer = Consumer(
            {
                "bootstrap.servers": self.kafka,
                "group.id": "nobody",
                "isolation.level": "read_committed",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "fetch.wait.max.ms": 20,
            }
        )
        try:
            partitions = consumer.list_topics(topic, timeout=30).topics[topic].partitions
            consumer.assign([Place(topic, number, OFFSET_BEGINNING) for number in partitions])
            unread = set(partitions)
            while unread:
                # One by one: `consume` waits for as many as it may bring.
                message = consumer.poll(1)
                if message is None:
                    continue
                error = message.error()
                if error is None:
                    yield Record.of(message)
                elif error.code() == KafkaError._PARTITION_EOF:
                    unread.discard(message.partition())
                else:
                    raise KafkaException(error)
        finally:
            consumer.close()

    def documents(self, index: str) -> list[dict[str, Any]]:
        """All documents of an index."""
        self.elasticsearch.indices.refresh(index=index)
        found: list[dict[str, Any]] = []
        after: list[Any] | None = None
        # Of a point in time: numbers of documents are of one index, and events are in one a month.
        pit = self.elasticsearch.open_point_in_time(index=index, keep_alive="1m")["id"]
        while True:
            page = self.elasticsearch.search(
                pit={"id": pit}, size=5000, sort=["_shard_doc"], search_after=after
            )["hits"]["hits"]
            found += [hit["_source"] for hit in page]
            if len(page) < 5000:
                self.elasticsearch.close_point_in_time(id=pit)
                return found
            after = page[-1]["sort"]

    def last_words(self, *names: str) -> str:
        """What the services of these names told last, without those that were ended."""
        return "\n".join(
            s.last_words() for s in self.services if s.name in names and not s.has_ended
        )

    def stop(self) -> None:
        """End all processes that still run."""
        if self._producer is not None:
            self._producer.close()
        for service in self.services:
            service.kill()
        self.elasticsearch.close()
