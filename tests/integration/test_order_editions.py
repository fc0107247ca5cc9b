"""`blotter order` against a real Kafka and Elasticsearch; the tests play the indexer."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from elasticsearch import Elasticsearch
from kafka import TopicPartition

from schemas.events import EVENT
from schemas.policy import Policy
from schemas.registry import PolicyChanged
from services.cli.main import main
from services.order.official import read_order
from services.runtime import topics
from services.runtime.kafka import read_to_end, reader

FOLDER = Path(__file__).parents[1] / "data" / "order"
FIRST = FOLDER / "general_order_612.04.txt"
SECOND = FOLDER / "general_order_612.04_second.txt"


def run(*arguments: str | Path) -> Result:
    result = CliRunner().invoke(main, [str(a) for a in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


class Played:
    """The servers, and an indexer that works when it is told to."""

    def __init__(self, kafka: str, elasticsearch: str, prefix: str) -> None:
        self._kafka = kafka
        self._elasticsearch = elasticsearch
        self._prefix = prefix

    def sent(self) -> list[dict[str, Any]]:
        """The policies that the console's topic holds."""
        events: list[dict[str, Any]] = []
        with reader(self._kafka) as consumer:
            partition = TopicPartition(topics.intake_topic("/console"), 0)
            for _, value in read_to_end(consumer, [partition]):
                parsed = json.loads(value or b"[]")
                events += parsed if isinstance(parsed, list) else [parsed]
        return [event for event in events if event["type"] == "registry.policy.changed.v1"]

    def index(self) -> None:
        with Elasticsearch(self._elasticsearch) as client:
            for place, event in enumerate(self.sent()):
                document = event | {"receivedtime": f"2026-10-01T00:00:{place:02}Z"}
                kept = {n: document[n] for n in ("id", "type", "source", "subject", "time")}
                kept["raw"] = json.dumps(document)
                client.index(
                    index=f"{self._prefix}-events-2026.10",
                    id=event["id"],
                    document=kept,
                    refresh=True,
                )

    def last(self) -> Policy:
        event = EVENT.validate_json(json.dumps(self.sent()[-1]))
        assert isinstance(event, PolicyChanged)
        return event.data.parsed


@pytest.fixture
def played(
    own_kafka: str, elasticsearch: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Played]:
    monkeypatch.setenv("BLOTTER_KAFKA", own_kafka)
    monkeypatch.setenv("BLOTTER_ELASTICSEARCH", elasticsearch)
    monkeypatch.setenv("BLOTTER_INDEX_PREFIX", "order")
    monkeypatch.setenv("BLOTTER_HOME", str(tmp_path))
    policy = tmp_path / "policy.toml"
    policy.write_text('edition = "612.04"\neffective_on = 2026-03-01\n')
    assert run("setup", "--policy", policy).exit_code == 0
    yield Played(own_kafka, elasticsearch, "order")


def test_an_order_from_its_first_edition_to_the_next(played: Played, tmp_path: Path) -> None:
    played.index()
    assert "no text of the order is loaded" in run("order", "show").stderr

    said = run("order", "import", FIRST).stdout
    assert "no text was loaded before" in said
    assert "edition 612.04, in effect on 2026-03-01: sent" in said
    text = read_order(FIRST.read_text("utf-8")).clauses
    assert played.last() == Policy(
        edition="612.04", effective_on=played.last().effective_on, text=text
    )
    played.index()

    count = len(played.sent())
    assert "in effect on 2026-03-01: loaded before" in run("order", "import", FIRST).stdout
    assert len(played.sent()) == count

    changed = tmp_path / "changed.toml"
    changed.write_text(
        'edition = "612.04"\neffective_on = 2026-03-01\n[lead]\ndocument_within_hours = 48.0\n'
    )
    assert "sent" in run("setup", "--policy", changed).stdout
    assert played.last().text == text
    played.index()
    assert "loaded before" in run("setup", "--policy", changed).stdout

    said = run("order", "import", SECOND).stdout
    assert "Changed since edition 612.04 of 2026-03-01:" in said
    assert "added     A.2.c" in said
    assert "reworded  B.1.b" in said
    assert "edition 612.04, in effect on 2026-09-01: sent" in said
    assert played.last().lead.document_within_hours == 48
    assert played.last().text["B.1.b"] == "After the harbour course and its test."
    played.index()
    show_says_both(text)


def show_says_both(text: dict[str, str]) -> None:
    said = run("order", "show", "A.2.b.(1)").stdout
    assert "Edition 612.04, in effect on 2026-09-01" in said
    assert text["A.2.b(1)"] in said
    assert text["A.2.b(1)(a)"] in said
    assert text["A.2.b(2)"] not in said
    assert "Blotter: What an algorithm is (informative)" in run("order", "show", "A.1").stdout
    unknown = run("order", "show", "Z.9")
    assert (unknown.exit_code, "has no clause Z.9" in unknown.stderr) == (2, True)
    assert "no text of edition 7 is loaded" in run("order", "show", "--edition", "7").stderr


def test_a_server_that_is_away_is_named(played: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOTTER_ELASTICSEARCH", "http://127.0.0.1:1")
    result = run("order", "import", FIRST)
    assert result.exit_code == 2
    assert "Elasticsearch at http://127.0.0.1:1 (BLOTTER_ELASTICSEARCH)" in result.stderr
