"""The emitter against a real Kafka, and as its own distribution."""

import json
import secrets
import subprocess
import sys
import threading
import time
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from blotter_emitter import Emitter
from blotter_emitter.kafka_sender import KafkaSender
from kafka import KafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic

from deploy.native.kafka import Kafka
from deploy.native.processes import free_port
from services.runtime.topics import intake_topic

USE: dict[str, Any] = {
    "employee_id": "E-17",
    "family": "generative",
    "capability": "text",
    "purpose": "report_writing",
    "case_number": "26-1234",
}


@pytest.fixture(scope="module", autouse=True)
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A user's folder of state, also for the processes started here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


def create_topic(kafka: str, topic: str, **config: str) -> None:
    admin = KafkaAdminClient(bootstrap_servers=kafka)
    try:
        admin.create_topics([NewTopic(topic, 1, 1, topic_configs=config)])
    finally:
        admin.close()


def records(kafka: str, topic: str) -> list[Any]:
    """All records of a topic's one partition: an event each, or a list of events."""
    consumer = KafkaConsumer(bootstrap_servers=kafka, isolation_level="read_committed")
    try:
        partition = TopicPartition(topic, 0)
        consumer.assign([partition])
        consumer.seek_to_beginning(partition)
        end = consumer.end_offsets([partition])[partition]
        found: list[Any] = []
        while consumer.position(partition) < end:
            for batch in consumer.poll(timeout_ms=1000).values():
                assert all(record.key is None for record in batch)
                found += [json.loads(record.value) for record in batch]
        return found
    finally:
        consumer.close()


def events(found: list[Any]) -> list[dict[str, Any]]:
    return [event for one in found for event in (one if isinstance(one, list) else [one])]


def test_ten_thousand_events_arrive_once_and_in_order(kafka: str) -> None:
    emitter = Emitter("/vendors/test/many", "many", kafka, raise_on_invalid=True)
    create_topic(kafka, emitter.topic)
    for n in range(10_000):
        emitter.use_recorded(use_id=f"U-{n}", **USE)
    assert emitter.flush(60)
    assert emitter.stats.delivered == 10_000
    assert emitter.close(5)
    found = records(kafka, emitter.topic)
    arrived = events(found)
    assert [event["sequence"] for event in arrived] == [str(n) for n in range(1, 10_001)]
    assert [event["data"]["use_id"] for event in arrived] == [f"U-{n}" for n in range(10_000)]
    assert len({event["id"] for event in arrived}) == 10_000
    assert len(found) < 1000
    assert max(len(one) for one in found if isinstance(one, list)) <= 500


def test_a_lonely_event_does_not_wait_for_others(kafka: str) -> None:
    with Emitter("/vendors/test/few", "few", kafka) as emitter:
        create_topic(kafka, emitter.topic)
        with emitter.use(**USE):
            pass
        assert emitter.flush(30)
        began = time.monotonic()
        with emitter.use(**USE) as use:
            use.output_tokens = 5
        assert emitter.flush(5)
        assert time.monotonic() - began < 1
    assert [type(one) for one in records(kafka, emitter.topic)] == [dict, dict]


def test_events_wait_until_the_source_is_registered(kafka: str) -> None:
    with Emitter("/vendors/test/early", "early", kafka) as emitter:
        emitter.use_recorded(use_id="U-1", **USE)
        assert not emitter.flush(1)
        create_topic(kafka, emitter.topic)
        assert emitter.flush(30)
    assert len(events(records(kafka, emitter.topic))) == 1


def test_with_a_key_no_content_reaches_kafka(kafka: str) -> None:
    secret = "536-22-1234"
    key = "a department's key"
    with Emitter("/vendors/test/scan", "scan", kafka, digest_key=key) as emitter:
        create_topic(kafka, emitter.topic)
        with emitter.use(**USE, purpose_text=f"about {secret}") as use:
            use.content = f"The suspect's SSN is {secret}."
            use.extensions = {"note": [secret]}
        assert emitter.flush(30)
    [event] = records(kafka, emitter.topic)
    assert secret not in json.dumps(event)
    assert "content" not in event["data"]
    assert [hit["kind"] for hit in event["data"]["detected"]] == ["us_ssn"]


def test_what_the_broker_refuses_for_good_has_failed(kafka: str) -> None:
    losses: list[tuple[str, int]] = []
    emitter = Emitter("/vendors/test/small", "small", kafka, lambda *loss: losses.append(loss))
    create_topic(kafka, emitter.topic, **{"max.message.bytes": "2000"})
    emitter.use_recorded(use_id="U-1", **USE, content=secrets.token_hex(5000))
    assert not emitter.flush(30)
    emitter.use_recorded(use_id="U-2", **USE)
    emitter.flush(30)
    emitter.close(5)
    assert losses == [("refused", 1)]
    assert dict(emitter.stats.failed) == {"refused": 1}
    assert [event["sequence"] for event in events(records(kafka, emitter.topic))] == ["2"]


def test_what_the_product_reports_while_it_ends_is_sent(kafka: str, tmp_path: Path) -> None:
    source = "/vendors/test/ending"
    program = f"""
import atexit
from blotter_emitter import Emitter
emitter = Emitter({source!r}, "s", {kafka!r}, spool={str(tmp_path)!r})
atexit.register(lambda: emitter.use_recorded(use_id="U-2", **{USE!r}))
emitter.use_recorded(use_id="U-1", **{USE!r})
assert emitter.flush(30)
"""
    create_topic(kafka, intake_topic(source))
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
    sent = events(records(kafka, intake_topic(source)))
    assert [event["data"]["use_id"] for event in sent] == ["U-1", "U-2"]


def test_nothing_is_lost_or_reordered_by_a_broker_that_stops_for_a_while(
    tmp_path: Path, parts: Path
) -> None:
    broker = Kafka(tmp_path, free_port(), parts)
    broker.start()
    try:
        emitter = Emitter("/vendors/test/outage", "outage", broker.bootstrap)
        create_topic(broker.bootstrap, emitter.topic)
        for n in range(3000):
            emitter.use_recorded(use_id=f"U-{n}", **USE)
            if n == 1000:
                assert emitter.flush(30)
                broker.kill()
        assert not emitter.flush(1)
        broker.start()
        assert emitter.flush(60)
        emitter.close(5)
        numbers = [event["sequence"] for event in events(records(broker.bootstrap, emitter.topic))]
        # A record whose acknowledgement got lost may come twice; intake removes it by its id.
        assert list(dict.fromkeys(numbers)) == [str(n) for n in range(1, 3001)]
    finally:
        broker.stop()


def test_a_sender_that_gives_up_leaves_no_thread_behind(kafka: str) -> None:
    before = threading.active_count()
    sender = KafkaSender("ai.intake.nobody", [kafka], {"max_block_ms": 300})
    failure = sender.send([b"{}"], time.monotonic() + 5, threading.Event())
    assert failure == "topic_unavailable"
    assert threading.active_count() == before


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory, emitter_wheel: Path) -> Path:
    """Python of an environment that holds nothing but the emitter's wheel and what it requires."""
    folder = tmp_path_factory.mktemp("emitter")
    venv.create(folder / "env", with_pip=True)
    python = folder / "env" / "bin" / "python"
    subprocess.run([str(python), "-m", "pip", "install", "-q", str(emitter_wheel)], check=True)
    return python


def test_the_wheel_works_alone(installed: Path, kafka: str) -> None:
    create_topic(kafka, "ai.intake.vendors.test.wheel")
    program = (
        "import blotter_emitter, sys\n"
        f"e = blotter_emitter.Emitter('/vendors/test/wheel', 'wheel', '{kafka}')\n"
        "e.heartbeat()\n"
        "sys.exit(not e.close(30))\n"
    )
    subprocess.run([str(installed), "-c", program], check=True, cwd="/")
    assert len(records(kafka, "ai.intake.vendors.test.wheel")) == 1


def test_the_wheel_brings_its_two_dependencies_only(installed: Path) -> None:
    command = [str(installed), "-m", "pip", "list", "--format", "json"]
    listed = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    names = {package["name"].lower().replace("_", "-") for package in listed}
    pydantics = {"pydantic", "pydantic-core", "annotated-types", "typing-extensions"}
    assert names - {"pip", "setuptools"} == (
        {"blotter-emitter", "kafka-python", "typing-inspection"} | pydantics
    )
