"""CloudEvents over HTTP, from the public SDK through a real gateway to a real Kafka."""

import gzip
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from click.testing import CliRunner, Result
from cloudevents.core.bindings import http as binding
from cloudevents.core.v1.event import CloudEvent
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kafka import TopicPartition
from schemathesis import checks

from deploy.native.kafka import Kafka
from deploy.native.processes import free_port
from schemas.events import Event, dump
from services.cli.main import main as blotter
from services.order import scenario as s
from services.runtime import topics
from services.runtime.kafka import admin, create_topics, read_to_end, reader, write
from tests.pipeline import Service, eventually

ACME, OTHER, SUSPENDED = "/vendors/acme/writer", "/vendors/other/x", "/vendors/acme/old"
DOCUMENTED = "/vendors/acme/report-drafter"
GUIDE = Path(__file__).parents[2] / "docs" / "gateway.md"
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
    client: httpx.Client

    def post(self, body: bytes, key: str, headers: dict[str, str] | None = None) -> httpx.Response:
        told = {"authorization": f"Bearer {key}"} | (headers or {})
        return self.client.post("/v1/events", content=body, headers=told)

    def batch(self, key: str, *events: Event | dict[str, Any]) -> httpx.Response:
        return self.post(as_batch(*events), key, {"content-type": BATCH})

    def without_key(self, headers: dict[str, Any]) -> httpx.Response:
        return self.client.post("/v1/events", content=b"[]", headers=headers)

    def refuses(self, key: str) -> bool:
        return self.batch(key, use()).status_code == 401

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
            at = f"http://127.0.0.1:{service.port}"
            with httpx.Client(base_url=at, timeout=20) as client:
                yield Gate(server, service, client)
            service.stop()
    finally:
        service.kill()
        server.stop()


def _registered(bootstrap: str) -> None:
    """What `blotter setup` and intake leave in Kafka for four sources."""
    names = [topics.KEYS, topics.SOURCES]
    wanted = [topic for topic in topics.fixed_topics(1) if topic.name in names]
    with admin(bootstrap) as client:
        create_topics(client, [*wanted, *map(topics.intake, (ACME, OTHER, SUSPENDED, DOCUMENTED))])
    allowed = ["ai.use.recorded.v1", "ai.output.used.v1"]
    for name in (ACME, OTHER, SUSPENDED, DOCUMENTED):
        status = "suspended" if name == SUSPENDED else "active"
        fact = s.source(
            name, allowed_types=allowed, system_ids=["writer", "report-drafter"], status=status
        )
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


def test_content_reaches_no_topic(gate: Gate, key: str) -> None:
    secret = use(content=f"his number is SSN {SECRET}")
    assert gate.batch(key, secret).status_code == 202
    kept = gate.arrived()[-1]
    assert kept["id"] == secret.id
    assert "content" not in kept["data"]
    assert [found["kind"] for found in kept["data"]["detected"]] == ["us_ssn"]
    assert SECRET not in json.dumps(kept)


def test_a_retry_is_the_same_bytes_again(gate: Gate, key: str) -> None:
    """Intake counts the same id with the same bytes once."""
    event = use(content="a text", extensions={"n": 1.5})
    assert [gate.batch(key, event).status_code for _ in range(2)] == [202, 202]
    first, again = gate.arrived()[-2:]
    assert first == again
    assert first["id"] == event.id


def test_nobody_without_a_key_comes_in_and_is_told_why(gate: Gate, key: str) -> None:
    prefix, key_id, secret = key.split("_", 2)
    wrong: dict[str, dict[str, Any]] = {
        "none": {},
        "another scheme": {"authorization": f"Basic {key}"},
        "no text": {"authorization": "Bearer"},
        "another secret": {"authorization": f"Bearer {prefix}_{key_id}_{secret[::-1]}"},
        "another id": {"authorization": f"Bearer {prefix}_{key_id[::-1]}_{secret}"},
        "not ASCII": {"authorization": "Bearer blotter_é_é".encode("latin-1")},
        "a long one": {"authorization": "Bearer blotter_" + "x" * 5000},
    }
    answers = [gate.without_key(headers) for headers in wrong.values()]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1
    assert answers[0].headers["www-authenticate"].startswith("Bearer")


def test_a_key_opens_for_its_own_source_only(gate: Gate, key: str) -> None:
    before = gate.ids(OTHER)
    answer = gate.batch(key, use(sent_by=OTHER))
    assert answer.status_code == 422
    assert answer.json()["results"][0]["problems"][0]["field"] == "source"
    others = new_key(gate, OTHER)
    event = use(sent_by=OTHER)
    assert gate.batch(others, event).status_code == 202
    assert gate.ids(OTHER) == [*before, event.id]


def test_a_suspended_source_stays_outside(gate: Gate) -> None:
    answer = gate.batch(new_key(gate, SUSPENDED), use(sent_by=SUSPENDED))
    assert answer.status_code == 403
    assert "suspended" in answer.json()["message"]


def test_keys_are_revoked_rotated_and_listed(gate: Gate) -> None:
    old = new_key(gate, ACME, "--label", "the old one")
    old_id = old.split("_")[1]
    new = cli("rotate", old_id).stdout.strip()
    eventually("the new key is known", lambda: gate.batch(new, use()).status_code == 202)
    assert gate.batch(old, use()).status_code == 202
    listed = cli("list", ACME).output
    assert f"{old_id}  {ACME}" in listed
    assert "valid until" in listed
    assert "the old one" in listed
    assert old.split("_", 2)[2] not in listed
    for each in (old, new):
        assert cli("revoke", each.split("_")[1]).exit_code == 0
        eventually("it is revoked", partial(gate.refuses, each))
    assert "revoked" in cli("list").output
    assert cli("rotate", old_id).exit_code == 2


def test_a_key_expires(gate: Gate) -> None:
    short = new_key(gate, ACME, "--expires", "1s")
    eventually("it has expired", partial(gate.refuses, short), 5)
    after_rotation = new_key(gate)
    fresh = cli("rotate", after_rotation.split("_")[1], "--overlap", "0s").stdout.strip()
    eventually("the old one is out", partial(gate.refuses, after_rotation), 5)
    assert gate.batch(fresh, use()).status_code == 202


def test_wrong_commands_are_told_what_to_do(gate: Gate) -> None:
    assert "blotter source add" in cli("add", "/vendors/nobody/x").output
    assert "blotter key list" in cli("revoke", "0000").output
    assert "24h or 90d" in cli("add", ACME, "--expires", "soon").output
    assert "label" in cli("add", ACME, "--label", "x" * 300).output


NOT_EVENTS: dict[str, tuple[dict[str, str], bytes, int, str]] = {
    "no media type": ({}, b"{}", 415, "content-type"),
    "a form": ({"content-type": "text/plain"}, b"a=b", 415, "content-type"),
    "JSON alone": ({"content-type": "application/json"}, b"{}", 415, "content-type"),
    "another encoding": (
        {"content-type": BATCH, "content-encoding": "br"}, b"[]", 415, "content-encoding",
    ),
    "not gzip": ({"content-type": BATCH, "content-encoding": "gzip"}, b"[]", 400, "gzip"),
    "half of gzip": (
        {"content-type": BATCH, "content-encoding": "gzip"}, gzip.compress(b"[]")[:-4], 400, "gzip",
    ),
    "no array": ({"content-type": BATCH}, b"{}", 400, "array"),
    "an array": ({"content-type": STRUCTURED}, b"[{}]", 400, "object"),
    "an empty batch": ({"content-type": BATCH}, b"[]", 400, "1 to 500"),
    "not JSON": ({"content-type": STRUCTURED}, f"{{{SECRET}".encode(), 400, "not JSON"),
    "not UTF-8": ({"content-type": STRUCTURED}, b'{"id":"\xff"}', 400, "not JSON"),
    "a number": ({"content-type": STRUCTURED}, b"5", 400, "number"),
    "data that is not JSON": ({"ce-id": "1"}, b'1},"id":"2"', 400, "data"),
    "data of another type": (
        {"ce-id": "1", "content-type": "text/xml"}, b"<a/>", 415, "content-type",
    ),
    "a header that is no UTF-8": ({"ce-id": "%ff"}, b"{}", 400, "ce-id"),
    "data in a header": ({"ce-data": "{}"}, b"{}", 400, "ce-data"),
    "501 events": ({"content-type": BATCH}, b"[" + b"{}," * 500 + b"{}]", 413, "1 to 500"),
    "an event without anything": ({"content-type": STRUCTURED}, b"{}", 422, "type"),
    "headers without an event": ({"ce-id": "1"}, b"{}", 422, "type"),
}  # fmt: skip


@pytest.mark.parametrize("name", NOT_EVENTS)
def test_what_is_no_event_is_told_so(gate: Gate, key: str, name: str) -> None:
    headers, body, status, told = NOT_EVENTS[name]
    answer = gate.post(body, key, headers)
    assert answer.status_code == status, answer.text
    assert told in answer.text
    assert SECRET not in answer.text
    assert answer.json()["accepted"] == 0


def test_a_body_may_be_packed(gate: Gate, key: str) -> None:
    event = use()
    packed = gzip.compress(as_batch(event))
    answer = gate.post(packed, key, {"content-type": BATCH, "content-encoding": "gzip"})
    assert answer.status_code == 202
    assert gate.ids()[-1] == event.id


def test_no_body_is_larger_than_may_be(gate: Gate, key: str) -> None:
    large = as_batch(use(purpose_text="x" * 20_000)).ljust(BODY + 1)

    def in_pieces() -> Iterator[bytes]:
        yield from (large[start : start + 1000] for start in range(0, len(large), 1000))

    told = {"authorization": f"Bearer {key}", "content-type": BATCH}
    packed = told | {"content-encoding": "gzip"}
    bomb = gzip.compress(b"[" + b" " * 200_000_000)
    assert len(bomb) > BODY
    bodies: list[tuple[Any, dict[str, str]]] = [
        (large, told),
        (in_pieces(), told),
        (gzip.compress(large), packed),
        (bomb[:BODY], packed),
    ]
    for body, headers in bodies:
        answer = gate.client.post("/v1/events", content=body, headers=headers)
        assert answer.status_code == 413, answer.text
        assert answer.json()["accepted"] == 0
    assert gate.post(large[:BODY], key, {"content-type": BATCH}).status_code == 202
    assert gate.service.metric("blotter_gateway_inflight_bytes") == 0


def test_whoever_is_too_fast_is_told_how_long_to_wait(gate: Gate) -> None:
    fast, slow = new_key(gate), new_key(gate)
    lot = b"[" + b"{}," * 499 + b"{}]"
    answers = [gate.post(lot, fast, {"content-type": BATCH}) for _ in range(4)]
    assert [answer.status_code for answer in answers][:2] == [422, 422]
    last = answers[-1]
    assert last.status_code == 429
    assert gate.batch(slow, use()).status_code == 202
    time.sleep(int(last.headers["retry-after"]))
    assert gate.batch(fast, use()).status_code == 202


def test_whoever_is_too_slow_is_not_waited_for(gate: Gate, key: str) -> None:
    head = f"POST /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n"
    with socket.create_connection(("127.0.0.1", gate.service.port), timeout=20) as link:
        link.sendall(head.encode() + b"Content-Type: x/y\r\nContent-Length: 10\r\n\r\n[")
        assert b" 408 " in link.recv(100)


def test_the_page_shows_how_to_send(gate: Gate) -> None:
    page = gate.client.get("/")
    assert page.status_code == 200
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert "<script" not in page.text
    assert gate.client.get("/static/gateway.css").status_code == 200
    address = str(gate.client.base_url).rstrip("/")
    assert page.text.count(f"curl {address}/v1/events") == 3
    for told in (f"{BODY:,} bytes", f"{BURST} events", "ai.use.recorded.v1", "503"):
        assert told in page.text


def test_the_guide_s_examples_work_as_they_stand(gate: Gate, tmp_path: Path) -> None:
    """docs/gateway.md, in the order of its blocks: each sends one event."""
    guide = GUIDE.read_text().replace("127.0.0.1:8391", f"127.0.0.1:{gate.service.port}")
    (tmp_path / "events.json").write_bytes(
        as_batch(use(sent_by=DOCUMENTED, system_id="report-drafter"))
    )
    environment = os.environ | {"BLOTTER_API_KEY": new_key(gate, DOCUMENTED)}
    shells = re.findall(r"```sh\n(.*?)```", guide, re.DOTALL)
    curls = [text for text in shells if "curl http" in text]
    [program] = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    commands = [["bash", "-c", text] for text in curls]
    program += "assert answer.status_code == 202, answer.text\n"
    for command in [*commands, [sys.executable, "-c", program]]:
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert command[0] != "bash" or json.loads(done.stdout)["accepted"] == 1, done.stdout
    assert len(gate.ids(DOCUMENTED)) == len(curls) + 1 == 4


def test_other_addresses_and_methods(gate: Gate) -> None:
    assert gate.client.get("/v2/events").status_code == 404
    answer = gate.client.get("/v1/events")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert answer.json()["accepted"] == 0


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
FIELDS = ["specversion", "id", "source", "type", "subject", "time", "data", "sequence", "x"]
LATIN = st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f")


@st.composite
def messages(draw: st.DrawFn) -> tuple[dict[str, str], bytes]:
    """Anything, or an event of which some is replaced by anything; in any mode."""
    event = json.loads(dump(use()))
    for field in draw(st.lists(st.sampled_from(FIELDS), max_size=3)):
        event[field] = draw(JSON)
    if isinstance(event["data"], dict) and draw(st.booleans()):
        event["data"][draw(st.sampled_from(["extensions", "content", "use_id"]))] = draw(JSON)
    told = draw(st.sampled_from([event, [event], [event, draw(JSON)], draw(JSON)]))
    body = draw(st.binary(max_size=50) | st.just(json.dumps(told).encode()))
    headers = {"content-type": draw(st.sampled_from([BATCH, STRUCTURED, "application/json"]))}
    for name in draw(st.lists(st.sampled_from(FIELDS), max_size=4)):
        headers[f"ce-{name}"] = draw(st.text(LATIN, max_size=20)).strip()
    return headers, body


@settings(
    max_examples=150, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(message=messages())
def test_whatever_is_sent_is_answered(
    gate: Gate, key: str, message: tuple[dict[str, str], bytes]
) -> None:
    headers, body = message
    raw = {name.encode(): value.encode("latin-1") for name, value in headers.items()}
    raw[b"authorization"] = f"Bearer {key}".encode()
    answer = gate.client.post("/v1/events", content=body, headers=raw)
    assert answer.status_code in (202, 207, 400, 415, 422), answer.text
    body_told = answer.json()
    kinds = [result["status"] for result in body_told["results"]]
    assert kinds.count("accepted") == body_told["accepted"]
    assert kinds.count("refused") == body_told["refused"]


CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]


@pytest.mark.parametrize("mode", schemathesis.GenerationMode)
@pytest.mark.parametrize("path", ["/v1/events", "/v1/traces"])
def test_the_document_is_kept_to(
    gate: Gate, key: str, path: str, mode: schemathesis.GenerationMode
) -> None:
    """Whatever the OpenAPI document allows or not, the answer is one that it names."""
    document = schemathesis.openapi.from_url(str(gate.client.base_url.join("/v1/openapi.json")))
    document.validate()

    @settings(
        max_examples=40, deadline=None, derandomize=True,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=document[path]["POST"].as_strategy(generation_mode=mode))
    def sent(case: schemathesis.Case[Any]) -> None:
        case.call_and_validate(headers={"authorization": f"Bearer {key}"}, checks=CHECKS)

    sent()


def test_metrics_tell_what_happened(gate: Gate, key: str) -> None:
    page = gate.client.get("/metrics").text
    for reason in ("event", "malformed", "media_type", "key", "source", "too_large", "rate"):
        assert f'blotter_gateway_refused_total{{reason="{reason}"}}' in page
    assert f'blotter_gateway_accepted_total{{source="{ACME}"}}' in page
    assert re.search(r'gateway_seconds_count{route="/v1/events",status="202"} [1-9]', page)
    assert key.split("_", 2)[2] not in page


def sent_again(gate: Gate, key: str, event: Event) -> None:
    eventually("it is accepted", lambda: gate.batch(key, event).status_code == 202, 30)
    assert event.id in gate.ids()


def stands_still(pid: int) -> bool:
    """Whether the signal has reached every thread: some may still answer for a moment."""
    states = [
        (task / "stat").read_text().rpartition(")")[2].split()[0]
        for task in Path(f"/proc/{pid}/task").iterdir()
    ]
    return set(states) == {"T"}


def test_nothing_is_acknowledged_that_kafka_has_not(gate: Gate, key: str) -> None:
    """Kafka stands still. What was answered 202 is there, and nothing is lost that is sent again as
    the answers ask."""
    pid = gate.server.process.pid
    assert pid is not None
    event = use(purpose_text="x" * 15_000)
    large = as_batch(event).ljust(BODY)
    headers = {"content-type": BATCH}
    os.kill(pid, signal.SIGSTOP)
    eventually("all of Kafka stands still", lambda: stands_still(pid))
    try:
        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(lambda _: gate.post(large, key, headers), range(16)))
    finally:
        os.kill(pid, signal.SIGCONT)
    assert {answer.status_code for answer in answers} == {503}
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in answers)
    assert all(answer.json()["accepted"] == 0 for answer in answers)
    told = {answer.json()["message"].split()[0] for answer in answers}
    assert told == {"Kafka", "too"}, "some wait for Kafka, and more than that are not even read"
    sent_again(gate, key, event)
    assert gate.service.metric("blotter_gateway_inflight_bytes") == 0


def test_without_kafka_nothing_is_accepted(gate: Gate, key: str) -> None:
    """The last of this file: Kafka ends."""
    gate.server.stop()
    answer = gate.batch(key, use())
    assert (answer.status_code, answer.json()["accepted"]) == (503, 0)
    assert int(answer.headers["retry-after"]) >= 1
    eventually("it says so", lambda: not gate.service.is_healthy(), 20)
