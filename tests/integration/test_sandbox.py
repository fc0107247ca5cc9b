"""A sandbox tries things out: nothing of it reaches the log, and what comes later does."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner
from kafka import TopicPartition

from schemas.events import dump
from services.cli.main import main as blotter
from services.order import scenario as s
from services.runtime import topics
from services.runtime.kafka import admin, create_topics, read_to_end, reader, write
from tests.pipeline import IMPATIENT, PARTITIONS, Service, eventually

TRIED = "/vendors/acme/tried"
OUTCOMES = (topics.EVENTS, topics.DOSSIERS, topics.REJECTED)
REGISTRATION = ("--owner", "Acme", "--types", "ai.use.recorded.v1")


def use(number: int) -> bytes:
    name = f"use-{number}"
    return dump(s.use(datetime.now(UTC), use_id=name, known_as=f"tried-{number}", sent_by=TRIED))


def add(*options: str) -> str:
    result = CliRunner().invoke(blotter, ["source", "add", TRIED, *REGISTRATION, *options])
    assert result.exit_code == 0, result.output
    return result.output


class Intake:
    """A running intake, and all that it wrote."""

    def __init__(self, kafka: str, service: Service) -> None:
        self.kafka = kafka
        self.service = service

    def send(self, *values: bytes) -> None:
        for value in values:
            write(self.kafka, topics.intake_topic(TRIED), b"", value)

    def said(self) -> str:
        """The log, the dossiers and what was refused, as one text."""
        places = [TopicPartition(name, n) for name in OUTCOMES for n in range(PARTITIONS)]
        with reader(self.kafka) as consumer:
            there = [each for each in places if each.partition in _partitions(consumer, each)]
            return "\n".join((value or b"").decode() for _, value in read_to_end(consumer, there))


def _partitions(consumer: object, place: TopicPartition) -> set[int]:
    return consumer.partitions_for_topic(place.topic) or set()  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def intake(own_kafka: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Intake]:
    folder = tmp_path_factory.mktemp("sandbox")
    with admin(own_kafka) as client:
        create_topics(client, [*topics.fixed_topics(PARTITIONS), topics.intake(topics.CONSOLE)])
    settings = {"BLOTTER_KAFKA": own_kafka, "BLOTTER_DIGEST_KEY": "a key for tests"}
    partitions = {"BLOTTER_PARTITIONS": str(PARTITIONS)}
    service = Service("intake", IMPATIENT | settings | partitions, folder / "intake.log").start()
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("BLOTTER_KAFKA", own_kafka)
            yield Intake(own_kafka, service)
        service.stop()
    finally:
        service.kill()


def test_nothing_of_a_sandbox_counts_until_it_is_registered_proper(intake: Intake) -> None:
    add("--sandbox")
    intake.send(
        use(1), b"[" + use(2) + b"," + use(3) + b"]", b"no event at all", b'{"id": "tried-4"}'
    )
    eventually(
        "intake has read it",
        lambda: intake.service.metric("blotter_intake_tried_out_total") == 4,
    )
    add()
    intake.send(use(5))
    eventually("what counts is in the log", lambda: '"tried-5"' in intake.said())
    said = intake.said()
    assert not [
        name
        for name in ("tried-1", "tried-2", "tried-3", "tried-4", "use-1")
        if f'"{name}"' in said
    ]
    assert "no event at all" not in said
    # It is known that there was a sandbox: that is a fact of the registry.
    facts = [json.loads(line) for line in said.splitlines() if '"registry.source' in line[:300]]
    assert any(fact.get("data", {}).get("sandbox") for fact in facts)


@pytest.mark.parametrize("option", [("--system-of-record",), ("--cadence-seconds", "60")])
def test_nobody_relies_on_a_sandbox(option: tuple[str, ...]) -> None:
    arguments = ["source", "add", TRIED, *REGISTRATION, "--sandbox", *option]
    result = CliRunner().invoke(blotter, arguments)
    assert result.exit_code == 2
    assert "no system of record and has no cadence" in result.output
