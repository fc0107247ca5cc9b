"""The emitter and the real gateway: over HTTP, what is accepted is in Kafka, once and in order."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from blotter_emitter import Emitter
from click.testing import CliRunner
from kafka import TopicPartition

from schemas.events import dump
from services.cli.main import main as blotter
from services.order import scenario as s
from services.runtime import topics
from services.runtime.kafka import admin, create_topics, read_to_end, reader, write
from tests.pipeline import Service

SOURCE = "/vendors/acme/writer"
USE: dict[str, Any] = {
    "employee_id": "E-17",
    "family": "generative",
    "capability": "text",
    "purpose": "report_writing",
}


@pytest.fixture(scope="module")
def gateway(own_kafka: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One that knows a source, which may report uses only."""
    fixed = [each for each in topics.fixed_topics(1) if each.name in (topics.KEYS, topics.SOURCES)]
    with admin(own_kafka) as client:
        create_topics(client, [*fixed, topics.intake(SOURCE)])
    allowed = ["ai.use.recorded.v1"]
    fact = s.source(SOURCE, allowed_types=allowed, system_ids=["writer"], status="active")
    write(own_kafka, topics.SOURCES, fact.id.encode(), dump(fact))
    folder = tmp_path_factory.mktemp("gateway")
    service = Service("gateway", {"BLOTTER_KAFKA": own_kafka}, folder / "gateway.log")
    try:
        service.start()
        service.until_healthy()
        yield service
        service.stop()
    finally:
        service.kill()


def arrived(kafka: str) -> list[dict[str, Any]]:
    """Each event once, in order."""
    with reader(kafka) as consumer:
        place = TopicPartition(topics.intake_topic(SOURCE), 0)
        records = [json.loads(value or b"") for _, value in read_to_end(consumer, [place])]
    return list({event["id"]: event for record in records for event in record}.values())


def test_over_http_nothing_is_lost_by_a_gateway_that_goes_away(
    gateway: Service, own_kafka: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BLOTTER_KAFKA", own_kafka)
    key = CliRunner().invoke(blotter, ["key", "add", SOURCE]).stdout.split()[0]
    at = f"http://127.0.0.1:{gateway.port}"
    emitter = Emitter(SOURCE, "writer", gateway=at, api_key=key, spool=tmp_path)
    for number in range(200):
        emitter.use_recorded(use_id=f"U-{number}", **USE)
    assert emitter.flush(30), emitter.stats
    gateway.kill()
    for number in range(200, 400):
        emitter.use_recorded(use_id=f"U-{number}", **USE)
    assert not emitter.flush(0.5)
    gateway.start()
    assert emitter.flush(60), emitter.stats
    emitter.retention_reported(oldest_record_on="2026-01-01")
    emitter.use_recorded(use_id="U-400", **USE)
    assert not emitter.flush(30)
    assert dict(emitter.stats.failed) == {"refused": 1}
    emitter.close(1)
    events = arrived(own_kafka)
    assert [event["data"]["use_id"] for event in events] == [f"U-{n}" for n in range(401)]
    assert [int(event["sequence"]) for event in events] == [*range(1, 401), 402]
