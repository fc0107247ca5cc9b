"""The native Kafka and Elasticsearch, started for real in empty folders."""

import json
import socket
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kafka.admin import KafkaAdminClient, NewTopic

from deploy.native.elasticsearch import Elasticsearch
from deploy.native.kafka import Kafka
from deploy.native.processes import LOOPBACK, StackError, free_port


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory, parts: Path) -> Iterator[Kafka]:
    """One that runs; every test leaves it so."""
    server = Kafka(tmp_path_factory.mktemp("kafka"), free_port(), parts)
    try:
        server.start()
        yield server
    finally:
        server.stop()


def test_kafka_keeps_a_topic_across_stop_and_crash(kafka: Kafka) -> None:
    with_admin = KafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    with_admin.create_topics([NewTopic("kept", num_partitions=3, replication_factor=1)])
    with_admin.close()
    for end in (kafka.stop, kafka.kill):
        first = kafka.process.pid
        end()
        assert not kafka.is_ready()
        kafka.start()
        assert kafka.process.pid != first
        assert "kept" in topics(kafka.bootstrap)


def test_starting_what_runs_already_changes_nothing(kafka: Kafka, parts: Path) -> None:
    again = Kafka(kafka.folder, kafka.port, parts)
    again.start()
    assert again.process.pid == kafka.process.pid


def test_elasticsearch_keeps_a_document_across_a_restart(tmp_path: Path, parts: Path) -> None:
    elasticsearch = Elasticsearch(tmp_path, free_port(), parts, heap="512m")
    document = f"{elasticsearch.url}/kept/_doc/1"
    try:
        elasticsearch.start()
        call("PUT", document, {"word": "blotter"})
        elasticsearch.stop()
        assert not elasticsearch.is_ready()
        elasticsearch.start()
        assert call("GET", document)["_source"] == {"word": "blotter"}
    finally:
        elasticsearch.stop()
        elasticsearch.remove()


@pytest.mark.parametrize(
    ("server", "setting"),
    [(Kafka, "BLOTTER_KAFKA_PORT"), (Elasticsearch, "BLOTTER_ELASTICSEARCH_PORT")],
)
def test_a_port_in_use_is_named_with_its_setting(
    tmp_path: Path, parts: Path, server: type[Kafka | Elasticsearch], setting: str
) -> None:
    with socket.create_server((LOOPBACK, 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(StackError, match=f"port {port} is in use.*{setting}"):
            server(tmp_path, port, parts).start()


def topics(bootstrap: str) -> list[str]:
    """Names of the topics."""
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        return list(admin.list_topics())
    finally:
        admin.close()


def call(method: str, url: str, body: dict[str, Any] | None = None) -> Any:
    """Send a request to Elasticsearch and return its answer."""
    request = urllib.request.Request(
        url,
        method=method,
        data=json.dumps(body).encode() if body else None,
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)
