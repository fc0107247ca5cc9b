"""Elasticsearch holds what a judgement of the exported log says, and what a recheck says."""

import json
import os
import subprocess
import sys
import time
from datetime import datetime
from typing import Any

from services.runtime import topics

from .pipeline import PATIENCE_SECONDS, REPOSITORY, Pipeline, Service, eventually

BLOTTER = [sys.executable, "-m", "services.cli.main"]


def settle(pipeline: Pipeline, intake: Service, patience: float = PATIENCE_SECONDS) -> datetime:
    """Let everything settle, stop the ticks, and return the tick that every partition reached.

    `intake`: the one that runs. `patience`: seconds for each kind of process.
    """
    eventually("intake has read everything", lambda: pipeline.intake_lag() == 0, patience)
    time.sleep(4)  # the settling window of the policy, and a tick after it
    intake.stop()
    eventually("the checker has applied everything", pipeline.is_checked, patience)
    eventually("the indexer has indexed everything", pipeline.is_indexed, patience)
    (now,) = {progress.now for progress in pipeline.progress().values()}
    assert now is not None
    return now


def check_log(pipeline: Pipeline, at: datetime) -> list[dict[str, Any]]:
    """What `blotter check` says of the exported log."""
    exported = pipeline.folder / "log.jsonl"
    exported.write_bytes(b"\n".join(pipeline.log()) + b"\n")
    done = subprocess.run(
        [*BLOTTER, "check", str(exported), "--at", at.isoformat(), "--json", "--all"],
        capture_output=True,
        cwd=REPOSITORY,
        check=False,
    )
    assert done.returncode == 1, done.stderr.decode()
    return [json.loads(line) for line in done.stdout.splitlines()]


FINDING = ("clause", "rule", "subject", "verdict", "severity", "group", "reason", "evidence")


def assert_equal(pipeline: Pipeline, intake: Service) -> None:
    """Let everything settle, which stops intake; then live and log are the same."""
    assert_equal_at(pipeline, settle(pipeline, intake))


def assert_equal_at(pipeline: Pipeline, at: datetime) -> None:
    """Findings and verdicts in Elasticsearch are exactly those of the log."""
    verdicts = check_log(pipeline, at)
    expected = [v for v in verdicts if v["verdict"] in ("violation", "undetermined", "cured")]
    live = [d for d in pipeline.documents(pipeline.indices.findings) if d["state"] == "open"]
    # What was refused is not in the exported log; the recheck reads it too.
    live = [finding for finding in live if finding["rule"] != "refused_events"]
    assert keyed(live, FINDING) == keyed(expected, FINDING)
    assert len(expected) > 50

    metrics = pipeline.documents(pipeline.indices.metrics)
    kinds = ["compliant", "violation", "not_applicable", "waived", "pending", "undetermined"]
    counted = {
        (clause, document["dossier"], kind)
        for document in metrics
        for kind in [*kinds, "cured"]
        for clause in document[kind]
    }
    expected_counts = {(v["clause"], v["subject"], v["verdict"]) for v in verdicts}
    differing = counted ^ expected_counts
    assert {clause for clause, _, _ in differing} <= {"completeness"}, differing
    assert_history(pipeline)
    assert_recheck_agrees(pipeline)


def assert_recheck_agrees(pipeline: Pipeline) -> None:
    """The recheck, which reads Kafka alone, finds nothing that differs."""
    done = subprocess.run(
        [*BLOTTER, "recheck", "--json"],
        env=os.environ | pipeline.environment,
        capture_output=True,
        cwd=REPOSITORY,
        check=False,
    )
    assert done.returncode == 0, done.stdout.decode()[:2000] + done.stderr.decode()


def keyed(documents: list[dict[str, Any]], fields: tuple[str, ...]) -> set[str]:
    return {json.dumps({name: d[name] for name in fields}, sort_keys=True) for d in documents}


def assert_history(pipeline: Pipeline) -> None:
    """Every revision from 1 on was published, and once; none is lost and none overwritten."""
    revisions: dict[str, list[int]] = {}
    for record in pipeline.records(topics.FINDING_HISTORY):
        finding = json.loads(record.value)
        revisions.setdefault(finding["finding_id"], []).append(finding["revision"])
    assert all(told == list(range(1, len(told) + 1)) for told in revisions.values())
