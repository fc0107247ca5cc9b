"""A recheck of the whole log against the live findings, with real processes."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner, Result

from schemas.events import Event, dump
from schemas.policy import Policy
from services.cli.main import main
from services.order import scenario as s
from services.order.pile import Pile
from services.runtime import topics
from services.runtime.archive import records_of, send_back
from tests import load
from tests.pipeline import Pipeline, Service, eventually

CLOSES_AFTER = timedelta(seconds=3)


@pytest.fixture(scope="module")
def pipeline(
    own_kafka: str, elasticsearch: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pipeline]:
    made = Pipeline(own_kafka, elasticsearch, tmp_path_factory.mktemp("recheck"))
    try:
        made.set_up(load.SOURCES)
        for service in [made.service(name) for name in ("intake", "checker")]:
            service.until_healthy()
        made.send(load.CONSOLE, [dump(fact) for fact in registry()])
        eventually("the registry is in the log", lambda: len(made.log()) >= 10)
        yield made
    finally:
        made.stop()


def registry() -> list[Event]:
    """Of a department whose records close after seconds."""
    days = CLOSES_AFTER / timedelta(days=1)
    policy = s.policy_change(
        datetime.now(UTC), time={"settling_seconds": 0, "dossier_closes_after_days": days}
    )
    return [policy, *load.registry(datetime.now(UTC))[1:]]


def recheck(pipeline: Pipeline, *options: str, processes: int = 1) -> Result:
    with pytest.MonkeyPatch.context() as patch:
        # Differences are looked at three times; these are the same at once.
        patch.setattr("services.runtime.recheck._PAUSE_SECONDS", 0.8)
        for name, value in pipeline.environment.items():
            patch.setenv(name, value)
        patch.setenv("BLOTTER_PROCESSES", str(processes))
        return CliRunner().invoke(main, ["recheck", "--json", *options])


def sent_by_vendor(*events: Event) -> list[bytes]:
    return [dump(e.model_copy(update={"source": load.VENDOR})) for e in events]


def differences(result: Result) -> list[tuple[str, str, str]]:
    told = [json.loads(line) for line in result.stdout.splitlines()]
    return [(item["kind"], item["clause"], item["subject"]) for item in told]


def test_the_live_findings_are_what_the_log_says(pipeline: Pipeline) -> None:
    now = datetime.now(UTC)
    pipeline.send(load.VENDOR, sent_by_vendor(*load.traffic(1, 40, now)))
    result = recheck(pipeline, processes=2)
    assert result.exit_code == 0, result.output
    assert differences(result) == []
    assert "0 differences" in result.stderr


def test_what_came_after_a_record_closed_is_listed_and_mended(pipeline: Pipeline) -> None:
    now = datetime.now(UTC)
    use = s.face_search(now, use_id="U-closed", known_as="closed", case_number="26-1")
    pipeline.send(load.VENDOR, sent_by_vendor(use))
    eventually(
        "the record is closed",
        lambda: any(b'"closed":["' in (r.value or b"") for r in changes(pipeline, "use/U-closed")),
    )
    late = s.output_used(
        datetime.now(UTC),
        known_as="late-and-last",
        use_id="U-closed",
        output_kind="match",
        treated_as="identification",
    )
    pipeline.send(load.VENDOR, sent_by_vendor(late))
    eventually("it is in the log", lambda: any(late.id.encode() in x for x in pipeline.log()))
    first = recheck(pipeline)
    assert first.exit_code == 1, first.output
    assert {("missing", "D.1.a", "use/U-closed"), ("gone", "F.1.c", "use/U-closed")} <= set(
        differences(first)
    )
    mended = recheck(pipeline, "--apply")
    assert mended.exit_code == 0, mended.output
    last = recheck(pipeline)
    assert last.exit_code == 0, last.output


def changes(pipeline: Pipeline, subject: str) -> Iterator[Any]:
    records = pipeline.records(topics.CHECKER_CHANGELOG)
    return (r for r in records if r.key == f"dossier\n{subject}".encode())


def test_a_checker_that_is_behind_is_no_difference(pipeline: Pipeline) -> None:
    checker = next(service for service in pipeline.services if service.name == "checker")
    checker.stop()
    pipeline.send(load.VENDOR, sent_by_vendor(s.use(datetime.now(UTC), use_id="U-behind")))
    eventually("it is in the log", lambda: any(b"U-behind" in line for line in pipeline.log()))
    result = recheck(pipeline, "--patience", "3")
    assert result.exit_code == 2
    assert "the checker is behind the log" in result.stderr
    pipeline.service("checker").until_healthy()
    last = recheck(pipeline)
    assert last.exit_code == 0, last.output


def test_a_dossier_of_many_records_is_judged_when_it_is_whole(pipeline: Pipeline) -> None:
    at = datetime.now(UTC) - timedelta(seconds=1)
    filler = {"filler": "x" * 200_000}
    use = s.use(at, use_id="U-large", purpose="personal", extensions=filler)
    outputs = [
        s.output_used(at, use_id="U-large", output_id=f"O-{n}", extensions=filler) for n in range(6)
    ]
    pile = Pile(Policy())
    for event in (use, *outputs):
        pile.add(event.model_copy(update={"source": load.VENDOR, "receivedtime": at}))
    records = [r.model_dump_json().encode() for r in records_of(pile, "use/U-large", at)]
    send_back(pipeline.kafka, [("use/U-large", records)], 4)
    eventually("it is judged", lambda: any(True for _ in changes(pipeline, "use/U-large")))
    found = [
        json.loads(r.value)
        for r in pipeline.records(topics.FINDING_HISTORY)
        if json.loads(r.value)["subject"] == "use/U-large"
    ]
    assert [f["revision"] for f in found if f["clause"] == "F.1.c"] == [1]
    # The log knows nothing of it.
    assert ("gone", "F.1.c", "use/U-large") in differences(recheck(pipeline))
    mended = recheck(pipeline, "--apply")
    assert mended.exit_code == 0, mended.output


def test_the_nightly_recheck_counts_differences(pipeline: Pipeline) -> None:
    zone = ZoneInfo("America/Los_Angeles")
    began = time.time()
    # Time enough for its start; it reads the clock after that.
    soon = datetime.now(zone) + timedelta(seconds=15)
    pipeline.environment["BLOTTER_RECHECK_AT"] = f"{soon:%H:%M:%S}"
    service: Service = pipeline.service("recheck").until_healthy()
    done = "blotter_recheck_done_timestamp_seconds"
    eventually("it has run", lambda: service.metric(done) > began, 150)
    assert service.metric("blotter_recheck_differences") == 0
    assert service.metric("blotter_recheck_subjects") > 0
    service.stop()
