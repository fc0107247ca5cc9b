"""The emitter and a real Kafka that is away: nothing that was accepted is lost, or out of order."""

import json
import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from blotter_emitter import Emitter
from kafka import KafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic

from deploy.native.kafka import Kafka
from deploy.native.processes import free_port

USE: dict[str, Any] = {
    "employee_id": "E-17",
    "family": "generative",
    "capability": "text",
    "purpose": "report_writing",
}


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory, parts: Path) -> Iterator[Kafka]:
    """One that may be killed and stopped; every test leaves it running."""
    server = Kafka(tmp_path_factory.mktemp("kafka"), free_port(), parts)
    server.start()
    admin = KafkaAdminClient(bootstrap_servers=server.bootstrap)
    names = ("killed", "forked", "stopped")
    admin.create_topics([NewTopic(f"ai.intake.vendors.test.{name}", 1, 1) for name in names])
    admin.close()
    try:
        yield server
    finally:
        server.stop()


def program(broker: Kafka, name: str, folder: Path, text: str) -> subprocess.Popen[bytes]:
    begin = (
        "import os, signal, sys, time\n"
        "from blotter_emitter import Emitter\n"
        f"e = Emitter('/vendors/test/{name}', 's', {broker.bootstrap!r}, spool={str(folder)!r})\n"
        "def work(name, count):\n"
        f"    for n in range(count): e.use_recorded(use_id=f'{{name}}-{{n}}', **{USE!r})\n"
    )
    return subprocess.Popen([sys.executable, "-c", begin + text])


def arrived(broker: Kafka, name: str) -> list[dict[str, Any]]:
    """All events of a topic, in order, each id once, as it counts."""
    consumer = KafkaConsumer(bootstrap_servers=broker.bootstrap, isolation_level="read_committed")
    partition = TopicPartition(f"ai.intake.vendors.test.{name}", 0)
    consumer.assign([partition])
    consumer.seek_to_beginning(partition)
    end = consumer.end_offsets([partition])[partition]
    found: dict[str, dict[str, Any]] = {}
    while consumer.position(partition) < end:
        for batch in consumer.poll(timeout_ms=1000).values():
            for record in batch:
                read = json.loads(record.value)
                for event in read if isinstance(read, list) else [read]:
                    found.setdefault(event["id"], event)
    consumer.close()
    return list(found.values())


def numbers(events: list[dict[str, Any]]) -> dict[str, list[int]]:
    """Sequences by instance, in order of arrival."""
    found: dict[str, list[int]] = {}
    for event in events:
        found.setdefault(event["instance"], []).append(int(event["sequence"]))
    return found


def test_a_product_killed_with_kafka_away_loses_nothing(broker: Kafka, tmp_path: Path) -> None:
    first = program(broker, "killed", tmp_path, "work('a', 500)\nassert e.close(30), e.stats\n")
    assert first.wait(60) == 0
    broker.kill()
    for name in "bc":
        text = f"work('{name}', 2000)\nos.kill(os.getpid(), signal.SIGKILL)\n"
        assert program(broker, "killed", tmp_path, text).wait(60) == -signal.SIGKILL
    broker.start()
    last = program(broker, "killed", tmp_path, "work('d', 500)\nassert e.close(60), e.stats\n")
    assert last.wait(90) == 0
    events = arrived(broker, "killed")
    uses = [event["data"]["use_id"] for event in events]
    sent = (("a", 500), ("b", 2000), ("c", 2000), ("d", 500))
    assert uses == [f"{name}-{n}" for name, count in sent for n in range(count)]
    assert list(numbers(events).values()) == [list(range(1, 5001))]


def test_a_server_with_workers_reports_everything_once(broker: Kafka, tmp_path: Path) -> None:
    """As gunicorn with an application that is loaded before it forks."""
    server = program(
        broker,
        "forked",
        tmp_path,
        "work('parent', 300)\n"
        "for name in 'abc':\n"
        "    if os.fork() == 0:\n"
        "        began = time.monotonic()\n"
        "        work(name, 1000)\n"
        "        assert time.monotonic() - began < 5\n"
        "        sys.exit(not e.close(60))\n"
        "work('again', 300)\n"
        "for _ in 'abc': assert os.wait()[1] == 0\n"
        "assert e.close(60), e.stats\n",
    )
    assert server.wait(120) == 0
    events = arrived(broker, "forked")
    assert len({event["data"]["use_id"] for event in events}) == len(events) == 3600
    by_instance = numbers(events)
    assert sorted(map(len, by_instance.values())) == [600, 1000, 1000, 1000]
    assert all(found == list(range(1, len(found) + 1)) for found in by_instance.values())


def test_a_kafka_that_hangs_is_not_felt_by_the_product(broker: Kafka, tmp_path: Path) -> None:
    pid = broker.process.pid
    assert pid is not None
    emitter = Emitter("/vendors/test/stopped", "s", broker.bootstrap, spool=tmp_path)
    emitter.use_recorded(use_id="first", **USE)
    assert emitter.flush(30)
    os.kill(pid, signal.SIGSTOP)
    took = []
    try:
        for number in range(1000):
            began = time.perf_counter()
            emitter.use_recorded(use_id=f"U-{number}", **USE)
            took.append(time.perf_counter() - began)
            time.sleep(0.001)
        assert emitter.stats.spooled == 1000
    finally:
        os.kill(pid, signal.SIGCONT)
    # The figures proper are the benchmark's; a call that waited would take milliseconds.
    assert statistics.median(took) < 0.001
    assert emitter.close(60), emitter.stats
    assert [int(event["sequence"]) for event in arrived(broker, "stopped")] == [*range(1, 1002)]
