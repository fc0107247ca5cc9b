"""The command line against a real Kafka and Elasticsearch; intake is played by the tests."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from click.testing import CliRunner, Result
from elasticsearch import Elasticsearch
from kafka import KafkaProducer, OffsetAndMetadata, TopicPartition

from deploy.native.processes import free_port
from schemas.events import EVENT, dump
from schemas.policy import Policy
from services.cli.main import main
from services.cli.setup import policy_event
from services.order.scenario import department, plate_search
from services.runtime import topics
from services.runtime.kafka import (
    admin,
    create_topics,
    lag,
    partition_counts,
    read_to_end,
    reader,
    topic_config,
)

SAMPLE = Path(__file__).parents[2] / "samples" / "alpr_search_audit_2025.csv"


def run(*arguments: str | Path) -> Result:
    result = CliRunner().invoke(main, [str(a) for a in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.fixture(scope="module")
def servers(kafka: str, elasticsearch: str, tmp_path_factory: Any) -> Iterator[str]:
    """Kafka's address; both servers are set up, and the environment points to them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BLOTTER_KAFKA", kafka)
        patch.setenv("BLOTTER_ELASTICSEARCH", elasticsearch)
        patch.setenv("BLOTTER_INDEX_PREFIX", "cli")
        patch.setenv("BLOTTER_DIGEST_KEY", "key")
        patch.setenv("BLOTTER_HOME", str(tmp_path_factory.mktemp("home")))
        assert run("setup").exit_code == 0
        yield kafka


def events_on(kafka: str, source: str) -> list[dict[str, Any]]:
    """What a source has sent, record by record, each a single event or a batch."""
    events: list[dict[str, Any]] = []
    with reader(kafka) as consumer:
        for _, value in read_to_end(consumer, [TopicPartition(topics.intake_topic(source), 0)]):
            parsed = json.loads(value or b"[]")
            events += parsed if isinstance(parsed, list) else [parsed]
    return events


def make_topic(kafka: str, source: str) -> None:
    with admin(kafka) as client:
        create_topics(client, [topics.intake(source)])


def test_setup_makes_every_topic_as_it_should_be(servers: str) -> None:
    with admin(servers) as client:
        counts = partition_counts(client)
        for topic in [*topics.fixed_topics(4), topics.intake("/console")]:
            assert counts[topic.name] == topic.partitions
            actual = topic_config(client, topic.name)
            assert {key: actual.get(key) for key in topic.config} == topic.config


def test_setup_again_changes_nothing(servers: str) -> None:
    said = run("setup").stdout
    assert "topics: all there" in said
    sent = events_on(servers, "/console")
    ids = {event["id"] for event in sent if event["type"] == "registry.policy.changed.v1"}
    assert ids == {policy_event(Policy()).id}


def test_setup_mends_a_topic_that_forgets_too_soon(servers: str) -> None:
    with admin(servers) as client:
        create_topics(client, [topics.Topic(topics.EVENTS, 4, {"retention.ms": "1000"})])
        said = run("setup").stdout
        assert f"topics: made {topics.EVENTS}" in said
        assert topic_config(client, topics.EVENTS)["retention.ms"] == "-1"


def test_setup_refuses_another_number_of_partitions(
    servers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BLOTTER_PARTITIONS", "8")
    result = run("setup")
    assert result.exit_code == 2
    assert "BLOTTER_PARTITIONS=8: topic ai.events has 4 partitions, not 8" in result.stderr


def test_a_policy_can_be_replaced_and_come_back(
    servers: str, elasticsearch: str, tmp_path: Path
) -> None:
    other = tmp_path / "policy.toml"
    other.write_text("[lead]\ndocument_within_hours = 48.0\n")
    first = policy_event(Policy())
    second = policy_event(Policy.from_toml(other.read_text()), first.id)
    index(elasticsearch, first, "2026-01-01T00:00:00Z")
    assert "sent" in run("setup", "--policy", other).stdout
    assert events_on(servers, "/console")[-1]["id"] == second.id
    index(elasticsearch, second, "2026-01-02T00:00:00Z")
    assert "loaded before" in run("setup", "--policy", other).stdout
    other.write_text("")
    assert "sent" in run("setup", "--policy", other).stdout
    assert events_on(servers, "/console")[-1]["id"] not in {first.id, second.id}
    assert "2 loaded before; none given" in run("setup").stdout


def index(elasticsearch: str, event: Any, received: str) -> None:
    """Play the indexer."""
    document = json.loads(dump(event)) | {"receivedtime": received}
    document["raw"] = json.dumps(document)
    kept = {name: document[name] for name in ("id", "type", "source", "subject", "time", "raw")}
    with Elasticsearch(elasticsearch) as client:
        client.index(index="cli-events-2025.09", document=kept, refresh=True)


def test_source_add_waits_for_intake(servers: str) -> None:
    source = "/vendors/acme/writer"
    add = ("source", "add", source, "--owner", "Acme", "--types", "ai.use.recorded.v1")
    intake = threading.Thread(target=publish_registration, args=(servers, source))
    intake.start()
    result = run(*add, "--systems", "writer", "--timeout", "30")
    intake.join()
    assert result.exit_code == 0
    assert f"{source} is registered" in result.stdout
    assert "topic:      ai.intake.vendors.acme.writer" in result.stdout
    with admin(servers) as client:
        config = topic_config(client, "ai.intake.vendors.acme.writer")
    assert config["retention.ms"] == str(48 * 3600 * 1000)
    sent = len(events_on(servers, "/console"))
    assert "registered already" in run(*add, "--systems", "writer").stdout
    assert len(events_on(servers, "/console")) == sent


def publish_registration(kafka: str, source: str) -> None:
    """Play intake: once the registration has arrived, publish it with its time of receipt."""
    subject = f"source{source}"
    while not (told := [e for e in events_on(kafka, "/console") if e["subject"] == subject]):
        time.sleep(0.2)
    value = EVENT.validate_python(EVENT.validate_json(json.dumps(told[-1]))).model_copy(
        update={"receivedtime": EVENT.validate_json(json.dumps(told[-1])).time}
    )
    producer = KafkaProducer(bootstrap_servers=kafka, acks="all")
    producer.send(topics.SOURCES, key=source.encode(), value=dump(value)).get(timeout=10)
    producer.close()


def test_source_add_says_when_intake_is_away(servers: str) -> None:
    add = ("source", "add", "/records/rms", "--owner", "Records", "--system-of-record")
    result = run(*add, "--types", "oversight.lead.documented.v1", "--timeout", "1")
    assert result.exit_code == 2
    assert "intake has not registered /records/rms within 1 s" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("rms", "--owner", "x", "--types", "ai.use.recorded.v1"), "source: "),
        (("/r/x", "--owner", "x", "--types", "ai.use.v9"), "--types: unknown: ai.use.v9"),
        (("/r/x", "--owner", "x", "--types", ","), "--types: unknown: none given"),
        (
            ("/r/x", "--owner", "x", "--types", "ai.use.recorded.v1", "--holds", "keys"),
            "holds.0: ",
        ),
    ],
)
def test_source_add_names_what_is_wrong(
    servers: str, arguments: tuple[str, ...], reason: str
) -> None:
    result = run("source", "add", *arguments)
    assert result.exit_code == 2
    assert reason in result.stderr


def test_import_sends_every_row_once(servers: str, tmp_path: Path) -> None:
    unregistered = run("import", "alpr", SAMPLE)
    assert unregistered.exit_code == 2
    assert "source /records/alpr is not registered yet" in unregistered.stderr
    make_topic(servers, "/records/alpr")
    assert "500 events acknowledged" in run("import", "alpr", SAMPLE, "--limit", "500").stderr
    assert "4294 events acknowledged, 0 rows refused" in run("import", "alpr", SAMPLE).stderr
    again = run("import", "alpr", SAMPLE)
    assert (again.exit_code, "was imported before" in again.stderr) == (0, True)
    sent = events_on(servers, "/records/alpr")
    printed = run("import", "alpr", SAMPLE, "--dry-run").stdout.splitlines()
    assert sent == [json.loads(line) for line in printed]


def test_emit_sends_each_source_its_own_and_names_the_rest(servers: str, tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    uses = [plate_search(known_as=f"e-{n}", use_id=f"U-{n}", purpose_text="x") for n in range(1500)]
    lines = [dump(e) for e in [*department(), *uses]]
    stamped = json.loads(lines[-1]) | {"receivedtime": "2026-03-02T00:00:00Z"}
    file.write_bytes(b"\n".join([*lines, b"{oops", json.dumps(stamped).encode()]))
    for source in ("/vendors/acme/x", "/records/rms"):
        make_topic(servers, source)
    before = len(events_on(servers, "/records/rms"))
    result = run("emit", file)
    assert result.exit_code == 1
    assert f"{file}:{len(lines) + 1}: not JSON" in result.stderr
    assert f"{file}:{len(lines) + 2}: receivedtime: is stamped on arrival" in result.stderr
    assert f"{len(lines)} events acknowledged, 2 refused" in result.stderr
    assert [e["id"] for e in events_on(servers, "/vendors/acme/x")] == [u.id for u in uses]
    assert len(events_on(servers, "/records/rms")) == before + len(department())
    assert "was sent before" in run("emit", file).stderr
    assert len(events_on(servers, "/vendors/acme/x")) == 1500
    assert run("emit", file, "--again").exit_code == 1
    assert len(events_on(servers, "/vendors/acme/x")) == 3000


def test_emit_as_one_source(servers: str, tmp_path: Path) -> None:
    make_topic(servers, "/records/one")
    nameless = json.loads(dump(plate_search()))
    del nameless["source"]
    file = tmp_path / "events.jsonl"
    file.write_text(json.dumps([nameless, json.loads(dump(plate_search()))]))
    result = run("emit", file, "--source", "/records/one")
    assert result.exit_code == 1
    assert "source: is not /records/one" in result.stderr
    assert [e["id"] for e in events_on(servers, "/records/one")] == [nameless["id"]]


def test_export_writes_what_was_committed_byte_for_byte(servers: str, tmp_path: Path) -> None:
    lines = [dump(plate_search(use_id=f"U-{n}")) for n in range(6)]
    asyncio.run(write_log(servers, lines))
    out = tmp_path / "log.jsonl"
    result = run("export", "--out", out)
    assert result.exit_code == 0
    assert out.read_bytes().splitlines() == [*lines[:4], lines[5]]
    assert "5 events of 4 partitions" in result.stderr
    assert run("export", "--from-partition", "1").stdout_bytes == lines[5] + b"\n"
    assert run("export", "--from-partition", "4").exit_code == 2


async def write_log(kafka: str, lines: list[bytes]) -> None:
    """Play intake: committed transactions in two partitions, and one given up."""
    producer = AIOKafkaProducer(bootstrap_servers=kafka, transactional_id="cli-test")
    await producer.start()
    for partition, part, commit in [
        (0, lines[:3], True),
        (0, lines[3:4], True),
        (1, lines[4:5], False),
        (1, lines[5:], True),
        (2, lines[4:5], False),
    ]:
        await producer.begin_transaction()
        await producer.send_and_wait(topics.EVENTS, b"\n".join(part), partition=partition)
        await (producer.commit_transaction() if commit else producer.abort_transaction())
    await producer.stop()


def test_status(servers: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for service in ("INTAKE", "CHECKER", "INDEXER", "CONSOLE", "GATEWAY"):
        monkeypatch.setenv(f"BLOTTER_{service}_PORT", str(free_port()))
    result = run("status", "--json")
    report = json.loads(result.stdout)
    assert result.exit_code == 1
    assert report["up"] is False
    assert report["parts"]["kafka"] == report["parts"]["elasticsearch"] == "ok"
    assert report["parts"]["intake"].startswith("does not answer")
    assert report["lag"]["blotter-intake"] > 0
    assert set(report["counts"]) == {"events", "findings_open", "rejected"}
    assert "does not answer" in run("status").stdout


def test_lag_counts_what_is_left(servers: str) -> None:
    source = TopicPartition(topics.intake_topic("/console"), 0)
    log = TopicPartition(topics.EVENTS, 0)
    with admin(servers) as client:
        whole = lag(client, "blotter-none", [source.topic])
        commit(client, {source: 1})
        assert lag(client, "cli-lag") == whole - 1 > 0
        # Two transactions of one record each, and their ends: the last is no record.
        commit(client, {source: whole, log: 1})
        assert lag(client, "cli-lag") == 3
        commit(client, {log: 3})
        assert lag(client, "cli-lag") == 0


def commit(client: Any, offsets: dict[TopicPartition, int]) -> None:
    client.alter_group_offsets(
        "cli-lag", {tp: OffsetAndMetadata(offset, "", -1) for tp, offset in offsets.items()}
    )


def test_servers_that_are_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.runtime.kafka._TIMEOUT_MS", 1000)
    monkeypatch.setenv("BLOTTER_KAFKA", f"127.0.0.1:{free_port()}")
    monkeypatch.setenv("BLOTTER_HOME", str(tmp_path))
    for command in (("setup",), ("export",), ("import", "alpr", SAMPLE)):
        result = run(*command)
        assert result.exit_code == 2
        assert "(BLOTTER_KAFKA): " in result.stderr
        assert len(result.stderr.splitlines()) == 1
    monkeypatch.setenv("BLOTTER_PARTITIONS", "many")
    assert "BLOTTER_PARTITIONS: " in run("setup").stderr
