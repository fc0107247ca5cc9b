"""`blotter explain` over real Elasticsearch: the same story as the finding's page."""

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html import unescape
from urllib.parse import quote

import pytest

from deploy.native.processes import free_port
from tests import signed_in
from tests.e2e import made_up
from tests.e2e.made_up import ROOT
from tests.signed_in import Client


@pytest.fixture(scope="module")
def stored(elasticsearch: str) -> Iterator[dict[str, str]]:
    """Settings that lead to a made-up department."""
    prefix = made_up.new_prefix()
    asyncio.run(made_up.fill(elasticsearch, prefix))
    yield {"BLOTTER_ELASTICSEARCH": elasticsearch, "BLOTTER_INDEX_PREFIX": prefix}


@pytest.fixture(scope="module")
def pages(kafka: str, stored: dict[str, str]) -> Iterator[Client]:
    url, prefix = stored["BLOTTER_ELASTICSEARCH"], stored["BLOTTER_INDEX_PREFIX"]
    with signed_in.console(kafka, url, prefix) as console:
        yield console.client("auditor")


def explain(settings: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "services.cli.main", "explain", *arguments],
        cwd=ROOT, env={**os.environ, **settings}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_it_tells_the_story_within_80_columns(stored: dict[str, str]) -> None:
    answer = explain(stored, "f-d.2-2")
    assert (answer.returncode, answer.stderr) == (0, "")
    assert max(map(len, answer.stdout.splitlines())) <= 80
    said = " ".join(answer.stdout.split())
    assert "used face-match (perceptive, face recognition) for investigation" in said
    assert "Evidence: event e-2-0 from /vendors/acme/face-match" in said
    assert "Received 1 day 1 h later" in said
    assert "whoever follows a lead writes it down" in said
    assert "when event s-2 replaced it" in said
    assert "Hours in which a lead is documented: 24" in said


@pytest.mark.parametrize(
    "finding_id", ["f-d.2-2", "f-d.2-241", "f-c.2-242", "f-d.4-500", "f-gap", "f/../<b>?x=1&y"]
)
def test_the_page_says_the_same(stored: dict[str, str], pages: Client, finding_id: str) -> None:
    told = json.loads(explain(stored, finding_id, "--json").stdout)
    said = [told["verdict"], told["sentence"], told["caution"], told["trial"]]
    for section in told["sections"]:
        said.append(section["title"])
        for item in section["items"]:
            said += [item["label"], item["text"], *item["notes"]]
    html = pages.get("/findings/" + quote(finding_id, safe="")).text
    page = " ".join(re.sub(r"<[^>]*>", " ", html).split())
    shown = [" ".join(line.replace("\u202e", "\ufffd").split()) for line in said]
    assert [line for line in shown if line not in " ".join(unescape(page).split())] == []


def test_nothing_in_it_moves_the_cursor(stored: dict[str, str]) -> None:
    said = explain(stored, "f/../<b>?x=1&y").stdout
    assert "<script>" in said
    assert "\u202e" not in said


@pytest.mark.parametrize("finding_id", ["f-nobody", "x" * 900, "a\x1b[2Jb"])
def test_an_unknown_finding_is_an_error(stored: dict[str, str], finding_id: str) -> None:
    answer = explain(stored, finding_id)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr.startswith("Error: there is no finding ")
    assert "\x1b" not in answer.stderr
    assert len(answer.stderr.splitlines()) == 1


def test_missing_indices_and_an_absent_server_are_errors(elasticsearch: str) -> None:
    new = {"BLOTTER_ELASTICSEARCH": elasticsearch, "BLOTTER_INDEX_PREFIX": made_up.new_prefix()}
    assert explain(new, "f-d.2-2").returncode == 2
    away = {"BLOTTER_ELASTICSEARCH": f"http://127.0.0.1:{free_port()}"}
    answer = explain(away, "f-d.2-2")
    assert answer.returncode == 2
    assert "BLOTTER_ELASTICSEARCH" in answer.stderr
