"""The guide's own program, with the real instrumentation and exporter, against a real gateway.

Only the AI vendor's service is a stand-in: it cannot be started here.
"""

import json
import os
import re
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from google.rpc.status_pb2 import Status
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from schemas.events import EVENT, dump
from schemas.keys import ApiKey
from services.runtime import topics
from services.runtime.api_keys import KeyText
from services.runtime.kafka import admin, create_topics
from tests.otlp import CHAT, SOURCE, SPAN, TRACE, ids, request, span, without
from tests.pipeline import REPOSITORY, Service

GUIDE = (REPOSITORY / "docs" / "opentelemetry.md").read_text()
PROGRAM = "\n".join(re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)) + "\ntracing.shutdown()\n"
EXPORTS = dict(re.findall(r"^export (\w+)=(.*)$", GUIDE, re.MULTILINE))
SECRET = "536-22-1234"
PROTOBUF = "application/x-protobuf"
DIGEST_KEY = "a key for these tests"
MODEL = "writer-4-2026-05"


class Vendor(BaseHTTPRequestHandler):
    """Answers every question as the OpenAI interface would, with something protected in it."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        message = {"role": "assistant", "content": f"His SSN is {SECRET}."}
        answer = {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1,
            "model": MODEL,
            "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
            "usage": {"prompt_tokens": 12, "completion_tokens": 7, "total_tokens": 19},
        }
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing on the terminal of the tests."""


@pytest.fixture(scope="module")
def vendor() -> Iterator[str]:
    """URL of the stand-in."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Vendor)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()


class Door(NamedTuple):
    """A gateway that knows one source and its key."""

    service: Service
    key: str
    kafka: str

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.service.port}/v1/traces"

    def post(self, body: bytes, media_type: str = PROTOBUF, key: str = "") -> tuple[int, bytes]:
        """Status and body of the answer."""
        headers = {"Content-Type": media_type, "Authorization": f"Bearer {key or self.key}"}
        sent = urllib.request.Request(self.url, body, headers)
        try:
            with urllib.request.urlopen(sent, timeout=10) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as answer:
            return answer.code, answer.read()

    def export(self, exported: ExportTraceServiceRequest) -> ExportTraceServiceResponse:
        """What an exporter would be told."""
        status, body = self.post(exported.SerializeToString())
        assert status == 200
        return ExportTraceServiceResponse.FromString(body)

    def records(self) -> list[bytes]:
        """All records of the source's intake topic."""
        place = TopicPartition(topics.intake_topic(SOURCE), 0)
        consumer = KafkaConsumer(bootstrap_servers=self.kafka, isolation_level="read_committed")
        try:
            consumer.assign([place])
            consumer.seek_to_beginning(place)
            end = consumer.end_offsets([place])[place]
            found: list[bytes] = []
            while consumer.position(place) < end:
                for batch in consumer.poll(timeout_ms=1000).values():
                    found += [record.value for record in batch]
            return found
        finally:
            consumer.close()

    def events(self) -> list[dict[str, Any]]:
        """All events that wait for intake."""
        parsed = [json.loads(record) for record in self.records()]
        return [event for one in parsed for event in (one if isinstance(one, list) else [one])]


def register(kafka: str, key: KeyText) -> None:
    """What `blotter source add` and `blotter key add` write, without intake."""
    now = datetime.now(UTC)
    fact = EVENT.validate_python(
        {
            "specversion": "1.0",
            "id": "registered",
            "source": "/console",
            "type": "registry.source.changed.v1",
            "subject": f"source{SOURCE}",
            "time": "2026-01-01T00:00:00Z",
            "data": {
                "source": SOURCE,
                "owner": "Acme",
                "allowed_types": ["ai.use.recorded.v1"],
                "system_ids": ["report-writer"],
                "system_of_record": False,
                "status": "active",
            },
        }
    )
    kept = ApiKey(key_id=key.key_id, source=SOURCE, digest=key.digest, created=now)
    producer = KafkaProducer(bootstrap_servers=kafka, acks="all")
    producer.send(topics.SOURCES, dump(fact), key=SOURCE.encode()).get(timeout=30)
    producer.send(
        topics.KEYS, kept.model_dump_json(exclude_none=True).encode(), key=key.key_id.encode()
    ).get(timeout=30)
    producer.close()


@pytest.fixture(scope="module")
def door(own_kafka: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """A gateway of this module."""
    with admin(own_kafka) as client:
        create_topics(client, [*topics.fixed_topics(1), topics.intake(SOURCE)])
    key = KeyText.new()
    register(own_kafka, key)
    settings = {
        "BLOTTER_KAFKA": own_kafka,
        "BLOTTER_PARTITIONS": "1",
        "BLOTTER_DIGEST_KEY": DIGEST_KEY,
    }
    log = tmp_path_factory.mktemp("gateway") / "gateway.log"
    service = Service("gateway", settings, log).start()
    try:
        yield Door(service.until_healthy(), str(key), own_kafka)
        service.stop()
    finally:
        service.kill()


def run_guide(door: Door, vendor: str, folder: Path, **environment: str) -> None:
    """Run the guide's program as a vendor would, with what it exports."""
    guided = {
        name: value.strip('"')
        .replace("$BLOTTER_API_KEY", door.key)
        .replace(":8391", f":{door.service.port}")
        for name, value in EXPORTS.items()
        if name.startswith("OTEL_EXPORTER")
    }
    own = {"OPENAI_API_KEY": "none", "OPENAI_BASE_URL": vendor, **guided, **environment}
    script = folder / "product.py"
    script.write_text(PROGRAM)
    done = subprocess.run(
        [sys.executable, str(script)],
        check=False,
        env=os.environ | own,
        capture_output=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr.decode()) == (0, "")


def test_the_program_of_the_guide_is_recorded(door: Door, vendor: str, tmp_path: Path) -> None:
    before = len(door.events())
    run_guide(door, vendor, tmp_path)
    (event,) = door.events()[before:]
    assert EVENT.validate_python(event)
    assert event["source"] == SOURCE
    assert re.fullmatch(r"[0-9a-f]{32}-[0-9a-f]{16}", event["id"])
    assert event["traceparent"] == f"00-{event['id']}-01"
    data = event["data"]
    assert data.pop("latency_ms") > 0
    assert data == {
        "use_id": event["id"],
        "system_id": "report-writer",
        "employee_id": "E-17",
        "family": "generative",
        "capability": "text",
        "account_kind": "named",
        "purpose": "report_writing",
        "case_number": "26-1234",
        "model": {"provider": "openai", "name": "writer-4", "version": MODEL},
        "input_tokens": 12,
        "output_tokens": 7,
    }


def test_captured_content_is_scanned_and_goes_no_further(
    door: Door, vendor: str, tmp_path: Path
) -> None:
    before = len(door.events())
    run_guide(
        door,
        vendor,
        tmp_path,
        OTEL_SEMCONV_STABILITY_OPT_IN="gen_ai_latest_experimental",
        OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="span_only",
    )
    (event,) = door.events()[before:]
    assert [hit["kind"] for hit in event["data"]["detected"]] == ["us_ssn"]
    assert "scanner" in event["data"]
    told = b"".join(door.records())
    assert SECRET.encode() not in told
    assert b"interview" not in told


def test_refused_spans_are_told_and_counted_and_take_no_neighbours_along(door: Door) -> None:
    before = len(door.events())
    good, bad, foreign, other = ids(4)
    partial = door.export(
        request(
            span(span_id=good),
            span(without("blotter.purpose"), span_id=bad),
            span({**CHAT, "blotter.system_id": "not-ours"}, span_id=foreign),
            span({"http.request.method": "GET"}, span_id=other),
        )
    ).partial_success
    assert [event["id"] for event in door.events()[before:]] == [f"{TRACE}-{good}"]
    assert partial.rejected_spans == 2
    assert f"span {bad}: blotter.purpose: is required (got nothing)" in partial.error_message
    assert f"span {foreign}: " in partial.error_message
    assert door.service.metric("blotter_gateway_spans_total") >= 4


def test_an_export_that_is_repeated_is_the_same_record(door: Door) -> None:
    before = len(door.records())
    for _ in range(2):
        assert not door.export(request(span(span_id="0f" * 8))).HasField("partial_success")
    first, second = door.records()[before:]
    assert first == second


def test_an_export_of_more_than_one_record_can_hold(door: Door) -> None:
    before = len(door.events())
    many = [span(span_id=f"{number:016x}") for number in range(1, 601)]
    assert not door.export(request(*many)).HasField("partial_success")
    assert len(door.events()) == before + 600


def test_spans_in_json(door: Door) -> None:
    told = {
        "traceId": TRACE,
        "spanId": SPAN,
        "startTimeUnixNano": "1780000000000000000",
        "attributes": [
            {"key": name, "value": {"stringValue": CHAT[name]}}
            for name in ("gen_ai.operation.name", "blotter.employee_id")
        ],
    }
    body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [told]}]}]}).encode()
    status, answer = door.post(body, "application/json")
    assert status == 200
    assert json.loads(answer)["partialSuccess"]["rejectedSpans"] == "1"


def test_a_key_that_is_none_and_a_body_that_is_none(door: Door) -> None:
    before = len(door.records())
    body = request(span()).SerializeToString()
    status, answer = door.post(body, key="blotter_no_key")
    assert status == 401
    assert Status.FromString(answer).message
    status, answer = door.post(b"\xff\xff")
    assert status == 400
    assert Status.FromString(answer).message == "not an OTLP trace request in protobuf"
    status, _ = door.post(body, "text/plain")
    assert status == 415
    assert len(door.records()) == before
