"""CloudEvents over HTTP, from the public SDK through a real gateway to a real Kafka."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result
from cloudevents.core.bindings import http as binding
from cloudevents.core.v1.event import CloudEvent
from kafka import TopicPartition

from deploy.native.kafka import Kafka
from deploy.native.processes import free_port
from schemas.events import Event, dump
from services.cli.main import main as blotter
from services.order import scenario as s
from services.runtime import topics
from services.runtime.kafka import admin, create_topics, read_to_end, reader, write
from tests.pipeline import Service, eventually

ACME, OTHER, SUSPENDED = "/vendors/acme/writer", "/vendors/other/x", "/vendors/acme/old"
BATCH = "application/cloudevents-batch+json"
STRUCTURED = "application/cloudevents+json"
SECRET = "533-12-9876"
BODY, BURST = 64 * 1024, 600
LIMITS = {
    "BLOTTER_DIGEST_KEY": "a key for tests",
    "BLOTTER_GATEWAY_MAX_BODY_BYTES": str(BODY),
    "BLOTTER_GATEWAY_MAX_INFLIGHT_BYTES": str(4 * BODY),
    "BLOTTER_GATEWAY_BURST_EVENTS": str(BURST),
    "BLOTTER_GATEWAY_KAFKA_SECONDS": "1.5",
    "BLOTTER_GATEWAY_REFRESH_SECONDS": "0.1",
    "BLOTTER_GATEWAY_READ_SECONDS": "2",
}


@dataclass
class Gate:
    """A running gateway and its Kafka."""

    server: Kafka
    service: Service

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.service.port}"

    def post(self, body: bytes, key: str, headers: dict[str, str] | None = None) -> httpx.Response:
        told = {"authorization": f"Bearer {key}"} | (headers or {})
        return httpx.post(f"{self.url}/v1/events", content=body, headers=told, timeout=20)

    def batch(self, key: str, *events: Event | dict[str, Any]) -> httpx.Response:
        return self.post(as_batch(*events), key, {"content-type": BATCH})

    def arrived(self, source: str = ACME) -> list[dict[str, Any]]:
        """Every event on a source's intake topic, in order; each record is an array."""
        with reader(self.server.bootstrap) as consumer:
            place = TopicPartition(topics.intake_topic(source), 0)
            return [
                event
                for _, value in read_to_end(consumer, [place])
                for event in json.loads(value or b"")
            ]

    def ids(self, source: str = ACME) -> list[str]:
        return [event["id"] for event in self.arrived(source)]


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory, parts: Path) -> Iterator[Gate]:
    folder = tmp_path_factory.mktemp("gateway")
    server = Kafka(folder / "kafka", free_port(), parts)
    environment = {"BLOTTER_KAFKA": server.bootstrap, **LIMITS}
    service = Service("gateway", environment, folder / "gateway.log")
    try:
        # Not there yet: the gateway waits for it, and says so.
        service.start()
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("BLOTTER_KAFKA", server.bootstrap)
            server.start()
            _registered(server.bootstrap)
            service.until_healthy()
            yield Gate(server, service)
            service.stop()
    finally:
        service.kill()
        server.stop()


def _registered(bootstrap: str) -> None:
    """What `blotter setup` and intake leave in Kafka for three sources."""
    names = [topics.KEYS, topics.SOURCES]
    wanted = [topic for topic in topics.fixed_topics(1) if topic.name in names]
    with admin(bootstrap) as client:
        create_topics(client, [*wanted, *map(topics.intake, (ACME, OTHER, SUSPENDED))])
    allowed = ["ai.use.recorded.v1", "ai.output.used.v1"]
    for name in (ACME, OTHER, SUSPENDED):
        status = "suspended" if name == SUSPENDED else "active"
        fact = s.source(name, allowed_types=allowed, system_ids=["writer"], status=status)
        write(bootstrap, topics.SOURCES, fact.id.encode(), dump(fact))


def cli(*arguments: str) -> Result:
    result = CliRunner().invoke(blotter, ["key", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def new_key(gate: Gate, source: str = ACME, *options: str) -> str:
    """A key that the gateway knows."""
    result = cli("add", source, *options)
    assert result.exit_code == 0, result.output
    key = result.stdout.strip()
    eventually("the key is known", lambda: gate.batch(key).status_code != 401)
    return key


@pytest.fixture(scope="module")
def key(gate: Gate) -> str:
    return new_key(gate)


_count = iter(range(1_000_000))


def use(**changes: Any) -> Event:
    """A use that may be sent now."""
    number = next(_count)
    defaults = {"known_as": f"e-{number}", "use_id": f"U-{number}", "sent_by": ACME}
    return s.use(datetime.now(UTC), **defaults | changes)


def as_batch(*events: Event | dict[str, Any]) -> bytes:
    told = [json.dumps(e).encode() if isinstance(e, dict) else dump(e) for e in events]
    return b"[" + b",".join(told) + b"]"


def as_sdk(event: Event) -> CloudEvent:
    told = json.loads(dump(event))
    data = told.pop("data")
    told["time"] = event.time
    return CloudEvent(attributes=told, data=data)


def test_the_sdk_in_binary_mode(gate: Gate, key: str) -> None:
    event = use(use_id="Ü 1%", purpose_text="ein Bericht")
    message = binding.to_binary_event(as_sdk(event))
    answer = gate.post(message.body, key, message.headers)
    assert (answer.status_code, answer.json()["accepted"]) == (202, 1)
    assert gate.arrived()[-1] == json.loads(dump(event))


def test_the_sdk_in_structured_mode(gate: Gate, key: str) -> None:
    event = use()
    message = binding.to_structured_event(as_sdk(event))
    answer = gate.post(message.body, key, message.headers)
    assert answer.status_code == 202
    told = [{"id": event.id, "status": "accepted"}]
    assert answer.json() == {"accepted": 1, "refused": 0, "results": told}
    assert gate.arrived()[-1] == json.loads(dump(event))


def test_a_batch_of_the_sdk_s_events_keeps_their_order(gate: Gate, key: str) -> None:
    events = [use() for _ in range(20)]
    told = [binding.to_structured_event(as_sdk(event)).body for event in events]
    answer = gate.post(b"[" + b",".join(told) + b"]", key, {"content-type": BATCH})
    assert (answer.status_code, answer.json()["accepted"]) == (202, 20)
    assert gate.ids()[-20:] == [event.id for event in events]


def test_bad_events_do_not_take_their_neighbours_along(gate: Gate, key: str) -> None:
    good, last = use(), use()
    unknown = json.loads(dump(use()))
    unknown["data"]["ssn"] = SECRET
    of_other = use(sent_by=OTHER)
    stamped = use(received=datetime.now(UTC))
    foreign = use(system_id="faces")
    future = s.use(datetime.now(UTC) + timedelta(hours=2), sent_by=ACME, known_as="later")
    answer = gate.batch(key, good, unknown, of_other, stamped, foreign, future, last)
    body = answer.json()
    assert (answer.status_code, body["accepted"], body["refused"]) == (207, 2, 5)
    fields = [r["problems"][0]["field"] for r in body["results"] if r["status"] == "refused"]
    assert fields == ["data.ssn", "source", "receivedtime", "data.system_id", "time"]
    assert [r["id"] for r in body["results"][1:3]] == [unknown["id"], of_other.id]
    assert SECRET not in answer.text
    assert gate.ids()[-2:] == [good.id, last.id]
