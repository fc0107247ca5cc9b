"""`make run` on a machine of its own: it shows every verdict, and a second run doubles nothing."""

import json
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.native.processes import free_port
from services.order.rulebook import rulebook
from tests.pipeline import REPOSITORY
from tests.signed_in import Client

PORTS = ["KAFKA", "ELASTICSEARCH", "INTAKE", "CHECKER", "INDEXER", "RECHECK", "CONSOLE", "GATEWAY"]
SEARCHES = 4294


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory, parts: Path) -> Iterator[dict[str, str]]:
    home = tmp_path_factory.mktemp("home")
    (home / "parts").symlink_to(parts)
    ports = {f"BLOTTER_{name}_PORT": str(free_port()) for name in PORTS}
    clean = {name: value for name, value in os.environ.items() if "BLOTTER_" not in name}
    own = {
        "BLOTTER_HOME": str(home),
        "BLOTTER_STACK": "native",
        "BLOTTER_ELASTICSEARCH_HEAP": "512m",
    }
    made = clean | ports | own
    made["BLOTTER_KAFKA"] = f"127.0.0.1:{ports['BLOTTER_KAFKA_PORT']}"
    made["BLOTTER_ELASTICSEARCH"] = f"http://127.0.0.1:{ports['BLOTTER_ELASTICSEARCH_PORT']}"
    try:
        yield made
    finally:
        run(made, "-m", "deploy", "clean")


def run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        env=environment,
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def count(environment: dict[str, str], index: str) -> int:
    url = f"{environment['BLOTTER_ELASTICSEARCH']}/blotter-{index}/_count"
    with urllib.request.urlopen(url, timeout=10) as answer:
        return int(json.load(answer)["count"])


def table(output: str) -> dict[str, dict[str, int]]:
    """The printed table: counts by clause and verdict."""
    lines = output.splitlines()
    start, head = next((n, line) for n, line in enumerate(lines) if line.startswith("  clause "))
    ends = {name: head.index(name) + len(name) for name in head.split()[1:]}
    clauses = {rule.clause for rule in rulebook()}
    rows = [line for line in lines[start + 1 :] if re.match(r"  \S+ +[0-9]", line)]
    return {row.split()[0]: _counts(row, ends) for row in rows if row.split()[0] in clauses}


def _counts(row: str, ends: dict[str, int]) -> dict[str, int]:
    cells = {name: row[:end].rsplit("  ", 1)[-1].strip() for name, end in ends.items()}
    return {name: int(cell.replace(",", "")) for name, cell in cells.items() if cell}


@pytest.fixture(scope="module")
def first(environment: dict[str, str]) -> str:
    done = run(environment, "-m", "deploy.demo")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_rule_finds_something(environment: dict[str, str], first: str) -> None:
    counts = table(first)
    assert set(counts) == {rule.clause for rule in rulebook()}
    found = {finding["rule"] for finding in documents(environment, "findings")}
    assert found == {rule.id for rule in rulebook()}
    assert counts["D.4"]["compliant"] > 4000
    assert "http://127.0.0.1:" in first


@pytest.mark.parametrize("clause", ["C.1.a", "C.1.b", "D.2", "D.4", "F.1.c"])
def test_verdicts_of_every_kind(first: str, clause: str) -> None:
    shown = set(table(first)[clause])
    assert {"compliant", "violation", "undetermined", "withdrawn"} <= shown
    assert clause != "D.2" or {"pending", "cured"} <= shown


def test_status_says_that_all_is_up(environment: dict[str, str], first: str) -> None:
    done = run(environment, "-m", "services.cli.main", "status", "--json")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_second_run_doubles_nothing(environment: dict[str, str], first: str) -> None:
    before = {index: count(environment, index) for index in ("events", "findings", "metrics")}
    done = run(environment, "-m", "deploy.demo")
    assert done.returncode == 0, done.stdout + done.stderr
    assert table(done.stdout) == table(first)
    assert done.stdout.split("sign in to")[1] == first.split("sign in to")[1]
    assert {index: count(environment, index) for index in before} == before
    assert before["events"] > SEARCHES


def test_the_exported_log_says_the_same(environment: dict[str, str], tmp_path: Path) -> None:
    exported = tmp_path / "log.jsonl"
    done = run(environment, "-m", "services.cli.main", "export", "--out", str(exported))
    assert done.returncode == 0, done.stderr
    progress = documents(environment, "progress")
    at = min(document["now"] for document in progress)
    checked = run(
        environment,
        *("-m", "services.cli.main", "check", str(exported), "--at", at, "--json"),
    )
    assert checked.returncode == 1, checked.stderr
    expected = [json.loads(line) for line in checked.stdout.splitlines()]
    # What was refused is not in the log.
    live = [
        finding
        for finding in documents(environment, "findings")
        if finding["state"] == "open" and finding["rule"] != "refused_events"
    ]
    assert key_of(live) == key_of(expected)


def documents(environment: dict[str, str], index: str) -> list[dict[str, Any]]:
    url = f"{environment['BLOTTER_ELASTICSEARCH']}/blotter-{index}/_search?size=1000"
    with urllib.request.urlopen(url, timeout=10) as answer:
        return [hit["_source"] for hit in json.load(answer)["hits"]["hits"]]


def key_of(found: list[dict[str, Any]]) -> set[tuple[str, ...]]:
    return {(f["clause"], f["subject"], f["verdict"], f["reason"]) for f in found}


# Last, for signing in is in the log: it would be counted above.
def test_the_accounts_that_are_told_sign_in(environment: dict[str, str], first: str) -> None:
    told = dict(re.findall(r"^    (supervisor|psit|auditor|administrator) +(\S+)", first, re.M))
    assert len(told) == 4
    kept = Path(environment["BLOTTER_HOME"]) / "demonstration-accounts.json"
    assert kept.stat().st_mode & 0o777 == 0o600
    address = f"http://127.0.0.1:{environment['BLOTTER_CONSOLE_PORT']}"
    for name, password in told.items():
        with Client(base_url=address, timeout=30) as client:
            assert client.sign_in(name, password).status_code == 303
            page = client.get("/?view=all")
            assert page.status_code == 200
            assert "Possible violation" in page.text
            assert client.get("/sources").status_code == (403 if name == "supervisor" else 200)


def test_down_ends_everything(environment: dict[str, str], first: str) -> None:
    done = run(environment, "-m", "deploy", "down")
    assert done.returncode == 0, done.stderr
    with pytest.raises(OSError):
        count(environment, "events")
