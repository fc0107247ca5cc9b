"""A sandbox's certification, asked for over HTTP from a real gateway on a real Kafka."""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from schemas.events import dump
from services.cli.main import main as blotter
from services.gateway.certification.route import Asked
from services.order import scenario as s
from services.runtime import topics
from services.runtime.kafka import admin, create_topics, write
from tests.pipeline import Service, eventually

TRIED, REAL = "/vendors/acme/tried-live", "/vendors/acme/real-live"
TYPES = ["ai.use.recorded.v1", "ai.output.used.v1", "ai.source.heartbeat.v1"]
KEYED = hashlib.sha256(b"anything").hexdigest()


class Sandbox:
    """A running gateway, and a key for the sandbox."""

    def __init__(self, kafka: str, service: Service, key: str) -> None:
        self.kafka = kafka
        self.url = f"http://127.0.0.1:{service.port}"
        self.key = key

    def send(self, *events: bytes) -> None:
        body = b"[" + b",".join(events) + b"]"
        kind = {"content-type": "application/cloudevents-batch+json"}
        answer = httpx.post(f"{self.url}/v1/events", content=body, headers=self._key() | kind)
        assert answer.status_code == 202, answer.text

    def ask(self, accept: str = "application/json", key: str = "", **query: str) -> httpx.Response:
        headers = self._key(key) | {"accept": accept}
        address = f"{self.url}/v1/certification"
        return httpx.get(address, params=query, headers=headers, timeout=20)

    def _key(self, key: str = "") -> dict[str, str]:
        return {"authorization": f"Bearer {key or self.key}"}


def key_of(source: str) -> str:
    result = CliRunner().invoke(blotter, ["key", "add", source])
    assert result.exit_code == 0, result.output
    return result.stdout.strip()


@pytest.fixture(scope="module")
def sandbox(own_kafka: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    wanted = [t for t in topics.fixed_topics(1) if t.name in (topics.KEYS, topics.SOURCES)]
    with admin(own_kafka) as client:
        create_topics(client, [*wanted, *map(topics.intake, (TRIED, REAL))])
    for name in (TRIED, REAL):
        allowed: dict[str, Any] = {"allowed_types": TYPES, "system_ids": ["writer"]}
        fact = s.source(name, sandbox=name == TRIED or None, **allowed)
        write(own_kafka, topics.SOURCES, fact.id.encode(), dump(fact))
    settings = {"BLOTTER_KAFKA": own_kafka, "BLOTTER_GATEWAY_REFRESH_SECONDS": "0.1"}
    folder = tmp_path_factory.mktemp("certify")
    service = Service("gateway", settings, folder / "gateway.log").start()
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("BLOTTER_KAFKA", own_kafka)
            running = Sandbox(own_kafka, service, key_of(TRIED))
            service.until_healthy()
            eventually("the key is known", lambda: running.ask().status_code == 200)
            yield running
        service.stop()
    finally:
        service.kill()


def events(employees: list[str], **output: Any) -> list[bytes]:
    """A use and an output for each, numbered."""
    told = []
    for number, who in enumerate(employees):
        now = datetime.now(UTC)
        place: dict[str, Any] = {"sequence": 2 * number + 1, "instance": f"host-{now.timestamp()}"}
        use_id = f"{who}-{now.timestamp()}"
        same: dict[str, Any] = {"use_id": use_id, "employee_id": who, "sent_by": TRIED}
        model = {"model": {"provider": "acme", "name": "m"}}
        told.append(dump(s.use(now, known_as=use_id, **same, **place, **model)))
        place["sequence"] += 1
        name = f"O-{use_id}"
        used = same | place | {"output_id": name, "output_digest": KEYED} | output
        told.append(dump(s.output_used(now, known_as=name, **used)))
    return told


def test_an_empty_sandbox_has_shown_nothing(sandbox: Sandbox) -> None:
    answer = sandbox.ask()
    report = answer.json()
    assert (answer.status_code, report["certified"], report["rests_on"]["events"]) == (
        200,
        False,
        0,
    )
    assert report["order"]["found"] == []
    assert report["source"] == TRIED


def test_a_fault_is_found_mended_and_certified(sandbox: Sandbox) -> None:
    sandbox.send(*events(["E-1", "E-2"], final_document=True, document_id="R-1"))
    report = sandbox.ask().json()
    failed = [each["id"] for each in report["results"] if each["status"] == "failed"]
    assert failed == ["disclosure"]
    assert {"B.3", "C.1.a", "C.2", "C.2.a"} == {each["clause"] for each in report["order"]["found"]}
    assert "returns" not in {each["id"] for each in report["results"]}

    since = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    told = {"final_document": True, "document_id": "R-1", "disclosure": "Drafted with AI."}
    sandbox.send(*events(["E-1", "E-2"], **told))
    mended = sandbox.ask(since=since, families="generative", cadence="60").json()
    assert mended["certified"], mended["verdict"]
    assert mended["rests_on"]["events"] == 4
    assert "C.2.a" not in {each["clause"] for each in mended["order"]["found"]}
    assert not sandbox.ask().json()["certified"]
    assert not sandbox.ask(since=since, families="perceptive").json()["certified"]


def test_the_events_come_as_they_are_with_the_digest_of_the_report(sandbox: Sandbox) -> None:
    sandbox.send(*events(["E-1"]))
    # Written past the gateway, over several lines.
    write(sandbox.kafka, topics.intake_topic(TRIED), b"", b'{\n"id": "strange"\n}')
    report = sandbox.ask().json()
    lines = sandbox.ask("application/x-ndjson").content
    assert report["rests_on"]["sha256"] == hashlib.sha256(lines).hexdigest()
    told = [json.loads(line) for line in lines.splitlines()]
    assert told[-1] == {"id": "strange"}
    valid = next(each for each in report["results"] if each["id"] == "valid")
    assert (valid["status"], valid["events"]) == ("failed", ["strange"])


def test_it_is_a_page_for_people(sandbox: Sandbox) -> None:
    answer = sandbox.ask("text/html,application/xhtml+xml;q=0.9")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "What the order would have found" in answer.text


def test_it_is_documented(sandbox: Sandbox) -> None:
    document = httpx.get(f"{sandbox.url}/v1/openapi.json").json()
    told = document["paths"]["/v1/certification"]["get"]
    assert {each["name"] for each in told["parameters"]} == set(Asked.model_fields)
    assert set(told["responses"]) == {"200", "400", "401", "403", "429", "503"}


def test_it_is_for_the_key_of_a_sandbox_only(sandbox: Sandbox) -> None:
    assert sandbox.ask(key="blotter_no_key").status_code == 401
    key = key_of(REAL)
    eventually("the key is known", lambda: sandbox.ask(key=key).status_code != 401)
    answer = sandbox.ask(key=key)
    assert answer.status_code == 403
    assert "is no sandbox" in answer.json()["message"]


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"since": "yesterday"}, "since: must be an RFC 3339 time"),
        ({"families": "psychic"}, "families"),
        ({"cadence": "0"}, "cadence"),
        ({"until": "2026-01-01T00:00:00Z"}, "until: is not"),
    ],
)
def test_a_question_that_makes_no_sense(sandbox: Sandbox, query: dict[str, str], told: str) -> None:
    answer = sandbox.ask(**query)
    assert answer.status_code == 400
    assert told in answer.json()["message"]
