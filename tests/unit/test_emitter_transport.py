"""Over HTTP, into a file, and to Kafka with credentials: what is sent, what answers mean."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from blotter_emitter import Emitter, Security
from blotter_emitter.file_sender import FileSender

from tests.unit.test_emitter_spool import files_no_larger_than

SOURCE = "/vendors/acme/report-writer"
KEY = "blotter_k1_secret"
USE: dict[str, Any] = {
    "employee_id": "E-17",
    "family": "generative",
    "capability": "text",
    "purpose": "report_writing",
}


class Gateway(ThreadingHTTPServer):
    """Answers as it is told, then accepts all. `got`: headers and events of each request."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: list[tuple[int, dict[str, str], bytes]] = []
        self.got: list[tuple[dict[str, str], list[dict[str, Any]]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def events(self) -> list[str]:
        return [event["data"]["use_id"] for _, events in self.got for event in events]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        server = self.server
        assert isinstance(server, Gateway)
        events = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server.got.append(({**dict(self.headers), "path": self.path}, events))
        accepted = {"results": [{"status": "accepted"} for _ in events]}
        status, headers, body = (
            server.answers.pop(0) if server.answers else (202, {}, json.dumps(accepted).encode())
        )
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Not on standard error."""


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with Gateway() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def emitting(gateway: Gateway, folder: Path, **more: Any) -> Emitter:
    return Emitter(SOURCE, "s", gateway=gateway.url, api_key=KEY, spool=folder, **more)


def test_events_travel_as_a_batch_with_the_key(gateway: Gateway, tmp_path: Path) -> None:
    with emitting(gateway, tmp_path) as emitter:
        for number in range(3):
            emitter.use_recorded(use_id=f"U-{number}", **USE)
        assert emitter.flush(5)
        emitter.use_recorded(use_id="U-3", **USE)
    assert gateway.events == ["U-0", "U-1", "U-2", "U-3"]
    assert len(gateway.got) == 2
    for headers, _ in gateway.got:
        assert headers["path"] == "/v1/events"
        assert headers["Authorization"] == f"Bearer {KEY}"
        assert headers["Content-Type"] == "application/cloudevents-batch+json"


def test_single_events_that_are_refused_are_counted_and_told(
    gateway: Gateway, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    problems = [{"field": "data.purpose", "message": "is not allowed"}]
    results = [{"status": "accepted"}, {"status": "refused", "problems": problems}]
    gateway.answers = [(207, {}, json.dumps({"results": results}).encode())]
    losses: list[tuple[str, int]] = []
    emitter = emitting(gateway, tmp_path, on_error=lambda *loss: losses.append(loss))
    for number in range(2):
        emitter.use_recorded(use_id=f"U-{number}", **USE)
    assert not emitter.flush(5)
    stats = emitter.stats
    assert (stats.delivered, dict(stats.failed)) == (1, {"refused": 1})
    assert "data.purpose: is not allowed" in caplog.text
    emitter.close(1)
    # Counted first, then told by the thread that sends, which has ended now.
    assert losses == [("refused", 1)]
    assert emitter.stats.spooled == 0


@pytest.mark.parametrize(
    ("status", "body"),
    [(422, b'{"results": [{"status": "refused"}]}'), (413, b'{"results": []}')],
)
def test_what_is_refused_for_good_is_not_tried_again(
    gateway: Gateway, tmp_path: Path, status: int, body: bytes
) -> None:
    gateway.answers = [(status, {}, body)]
    emitter = emitting(gateway, tmp_path)
    emitter.use_recorded(use_id="U", **USE)
    assert not emitter.flush(5)
    assert dict(emitter.stats.failed) == {"refused": 1}
    assert len(gateway.got) == 1
    emitter.close(1)


@pytest.mark.parametrize(
    "answer",
    [
        (503, {"Retry-After": "0"}, b"{}"),
        (429, {}, b""),
        (401, {}, b"{}"),
        (403, {}, b"{}"),
        (500, {}, b"oops"),
        (202, {}, b"not JSON"),
        (207, {}, b'{"results": 5}'),
        (400, {}, b"<html>The plain HTTP request was sent to HTTPS port</html>"),
        (413, {}, b"<html>Request Entity Too Large</html>"),
        # The key is another source's: the right one can be given yet.
        (422, {}, b'{"results": [{"status": "refused", "problems": [{"field": "source"}]}]}'),
    ],
)
def test_anything_else_is_tried_again(
    gateway: Gateway, tmp_path: Path, answer: tuple[int, dict[str, str], bytes]
) -> None:
    gateway.answers = [answer]
    with emitting(gateway, tmp_path) as emitter:
        emitter.use_recorded(use_id="U", **USE)
        assert emitter.flush(5)
    assert gateway.events == ["U", "U"]


def test_what_is_too_much_at_once_is_sent_in_parts(gateway: Gateway, tmp_path: Path) -> None:
    gateway.answers = [(413, {}, b'{"results": []}')]
    with emitting(gateway, tmp_path) as emitter:
        for number in range(4):
            emitter.use_recorded(use_id=f"U-{number}", **USE)
        assert emitter.flush(5)
        for number in range(4, 8):
            emitter.use_recorded(use_id=f"U-{number}", **USE)
        assert emitter.flush(5)
    assert [len(events) for _, events in gateway.got] == [4, 2, 2, 2, 2]
    assert gateway.events[4:] == [f"U-{number}" for number in range(8)]


def test_a_key_that_no_header_can_hold_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="api_key"):
        Emitter(SOURCE, "s", gateway="http://127.0.0.1:1", api_key="schlüssel", spool=tmp_path)


def test_a_certificate_that_is_not_there_is_refused_at_once(tmp_path: Path) -> None:
    security = Security(ca_file=str(tmp_path / "ca.pem"))
    with pytest.raises(ValueError, match="ca_file"):
        Emitter(SOURCE, "s", "127.0.0.1:1", security=security, spool=tmp_path)


def test_it_waits_as_long_as_the_gateway_asks(gateway: Gateway, tmp_path: Path) -> None:
    gateway.answers = [(503, {"Retry-After": "1"}, b"{}")]
    began = time.monotonic()
    with emitting(gateway, tmp_path) as emitter:
        emitter.use_recorded(use_id="U", **USE)
        assert emitter.flush(5)
    assert time.monotonic() - began >= 1


def test_without_a_gateway_events_stay_on_the_disk(tmp_path: Path) -> None:
    emitter = Emitter(SOURCE, "s", gateway="http://127.0.0.1:9", api_key=KEY, spool=tmp_path)
    emitter.use_recorded(use_id="U", **USE)
    assert not emitter.close(0.1)
    assert emitter.stats.spooled == 1


# A file


def test_a_file_gets_an_event_a_line(tmp_path: Path) -> None:
    with Emitter(SOURCE, "s", file=tmp_path / "events.jsonl", spool=False) as emitter:
        for number in range(3):
            emitter.use_recorded(use_id=f"U-{number}", **USE)
    lines = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    assert [event["data"]["use_id"] for event in lines] == ["U-0", "U-1", "U-2"]


def test_a_file_that_cannot_be_written_is_tried_again(tmp_path: Path) -> None:
    folder = tmp_path / "later"
    with Emitter(SOURCE, "s", file=folder / "events.jsonl", spool=False) as emitter:
        emitter.use_recorded(use_id="U", **USE)
        assert not emitter.flush(0.1)
        folder.mkdir()
        assert emitter.flush(5)


def test_a_full_disk_tears_one_line_and_no_other(tmp_path: Path) -> None:
    sender = FileSender(tmp_path / "events.jsonl")
    with files_no_larger_than(10):
        assert sender.send([b'{"a": 1}', b'{"b": 2}'], 0, threading.Event()) == "disk_full"
        assert sender.send([b'{"a": 1}'], 0, threading.Event()) == "file_unavailable"
    assert sender.send([b'{"a": 1}', b'{"b": 2}'], 0, threading.Event()) is None
    lines = (tmp_path / "events.jsonl").read_text().splitlines()
    assert lines == ['{"a": 1}', "{", '{"a": 1}', '{"b": 2}']


# Kafka


@pytest.mark.parametrize(
    ("security", "options"),
    [
        (Security(), {"security_protocol": "PLAINTEXT"}),
        (
            Security(username="acme", password="secret", ca_file="ca.pem"),
            {
                "security_protocol": "SASL_SSL",
                "sasl_mechanism": "SCRAM-SHA-512",
                "sasl_plain_username": "acme",
                "sasl_plain_password": "secret",
                "ssl_cafile": "ca.pem",
            },
        ),
        (
            Security(ca_file="ca.pem", cert_file="acme.pem", key_file="acme.key"),
            {
                "security_protocol": "SSL",
                "ssl_cafile": "ca.pem",
                "ssl_certfile": "acme.pem",
                "ssl_keyfile": "acme.key",
            },
        ),
        (
            Security("acme", "secret", "SCRAM-SHA-256", tls=False),
            {
                "security_protocol": "SASL_PLAINTEXT",
                "sasl_mechanism": "SCRAM-SHA-256",
                "sasl_plain_username": "acme",
                "sasl_plain_password": "secret",
            },
        ),
    ],
)
def test_credentials_become_settings_of_the_client(
    security: Security, options: dict[str, Any]
) -> None:
    assert security.kafka_options() == options
    assert "secret" not in repr(security)


def test_credentials_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOTTER_KAFKA_USERNAME", "acme")
    with pytest.raises(ValueError, match="username and password"):
        Security.from_environment()
    monkeypatch.setenv("BLOTTER_KAFKA_PASSWORD", "secret")
    monkeypatch.setenv("BLOTTER_KAFKA_CA_FILE", "ca.pem")
    assert Security.from_environment() == Security("acme", "secret", ca_file="ca.pem")


@pytest.mark.parametrize(
    ("settings", "wrong"),
    [
        ({"gateway": "gateway.example", "api_key": KEY}, "gateway must look like"),
        ({"gateway": "http://host:8391"}, "needs an api_key"),
        ({"gateway": "http://host", "api_key": KEY, "file": "f"}, "exclude each other"),
        ({"bootstrap_servers": "nonsense"}, "host:port"),
    ],
)
def test_settings_that_cannot_work_are_told_at_once(settings: dict[str, str], wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        Emitter(SOURCE, "s", spool=False, **settings)  # type: ignore[arg-type]


def test_settings_of_the_environment_name_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOTTER_SOURCE", SOURCE)
    monkeypatch.setenv("BLOTTER_EMITTER_SPOOL_BYTES", "many")
    with pytest.raises(ValueError, match="BLOTTER_EMITTER_SPOOL_BYTES must be a number"):
        Emitter.from_environment()
