"""What is in Elasticsearch is what a judgement of the exported log says; whatever is killed.

One pipeline lives through all of it, so each test also stands on what the ones before left.
"""

import json
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from schemas.events import dump
from services.runtime import topics
from tests import load
from tests.equality import assert_equal
from tests.pipeline import Pipeline, Service, eventually

USES = 400


@pytest.fixture(scope="module")
def pipeline(
    own_kafka: str, elasticsearch: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pipeline]:
    made = Pipeline(own_kafka, elasticsearch, tmp_path_factory.mktemp("equality"))
    try:
        made.set_up(load.SOURCES)
        first = made.service("intake").until_healthy()
        made.send(load.CONSOLE, [dump(f) for f in load.registry(datetime.now(UTC))])
        eventually("the registry is in the log", lambda: len(made.log()) >= 10)
        first.stop()
        yield made
    finally:
        made.stop()


def send_traffic(pipeline: Pipeline, seed: int, uses: int = USES) -> None:
    """Some single, some in batches, from two sources; then facts that change the past."""
    events = list(load.traffic(seed, uses, datetime.now(UTC)))
    for source in load.SOURCES:
        lines = [dump(e) for e in events if e.source == source]
        half = len(lines) // 2
        batches = [b"[" + b",".join(lines[n : n + 50]) + b"]" for n in range(half, len(lines), 50)]
        pipeline.send(source, [*lines[:half], *batches])
    pipeline.send(load.CONSOLE, [dump(fact) for fact in load.late_facts(seed)])


def test_after_a_load(pipeline: Pipeline) -> None:
    intake = pipeline.service("intake").until_healthy()
    pipeline.service("checker")
    pipeline.service("indexer")
    send_traffic(pipeline, 1)
    assert_equal(pipeline, intake)


def test_after_kill_9_of_each_in_mid_load(pipeline: Pipeline) -> None:
    intake = pipeline.service("intake").until_healthy()
    for number in (2, 3, 4):
        send_traffic(pipeline, number, USES // 2)
        for name in ("intake", "checker", "indexer"):
            victims = [s for s in pipeline.services if s.name == name and s.process]
            for victim in victims:
                victim.kill()
            time.sleep(0.3)
            started = pipeline.service(name)
            intake = started if name == "intake" else intake
    intake.until_healthy()
    assert_equal(pipeline, intake)


def test_after_a_checker_was_paused_past_its_session(pipeline: Pipeline) -> None:
    intake = pipeline.service("intake").until_healthy()
    paused = [s for s in pipeline.services if s.name == "checker"][-1]
    send_traffic(pipeline, 5)
    busy = paused.metric("blotter_checker_records_total")
    eventually(
        "the checker is in mid-load",
        lambda: paused.metric("blotter_checker_records_total") > busy + 5,
    )
    paused.send(signal.SIGSTOP)
    successor = pipeline.service("checker")
    send_traffic(pipeline, 6)
    takes_part(pipeline, successor)
    paused.send(signal.SIGCONT)
    send_traffic(pipeline, 7)
    assert_equal(pipeline, intake)


def test_with_checkers_joining_and_leaving(pipeline: Pipeline) -> None:
    intake = pipeline.service("intake").until_healthy()
    second = pipeline.service("checker")
    send_traffic(pipeline, 8)
    takes_part(pipeline, second)
    send_traffic(pipeline, 9)
    second.stop()
    third = pipeline.service("checker")
    send_traffic(pipeline, 10)
    takes_part(pipeline, third)
    assert_equal(pipeline, intake)
    third.stop()


def takes_part(pipeline: Pipeline, checker: Service) -> None:
    """Wait until a checker has partitions, and applies what comes: at least that time goes on."""
    checker.until_healthy()
    eventually(
        "the checker applies records",
        lambda: checker.metric("blotter_checker_records_total") > 0,
        otherwise=lambda: pipeline.last_words("intake", "checker"),
    )


def test_two_folds_of_one_log_publish_the_same(pipeline: Pipeline, tmp_path: Path) -> None:
    """A replay from the first record gives the same findings with the same revision numbers."""
    from schemas.policy import Policy
    from schemas.records import DOSSIER_RECORD
    from services.order.fold import Fold
    from services.order.rulebook import rulebook

    folds = {n: Fold(n, {}, rulebook(), Policy()) for n in range(4)}
    replayed = [
        finding.model_dump(mode="json", exclude_none=True)
        for record in pipeline.records(topics.DOSSIERS)
        for finding in folds[record.partition]
        .apply(record.offset, DOSSIER_RECORD.validate_json(record.value))
        .findings
    ]
    published = [json.loads(r.value) for r in pipeline.records(topics.FINDING_HISTORY)]

    def order(finding: dict[str, Any]) -> tuple[str, int]:
        return finding["finding_id"], finding["revision"]

    assert sorted(replayed, key=order) == sorted(published, key=order)
