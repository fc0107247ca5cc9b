"""The examples of the vendors' guide, run as a vendor runs them, against the whole pipeline.

Each in an empty folder of its own, with settings from the environment alone.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from schemas.events import dump
from services.order import scenario as s
from services.runtime.topics import CONSOLE
from tests.pipeline import REPOSITORY, Pipeline, eventually
from tests.signed_in import Client, put_account

EXAMPLES = REPOSITORY / "docs" / "examples"
PAGE = (REPOSITORY / "docs" / "integrating.md").read_text()
REGISTER, INSTALL, SEND, CERTIFY, CURL = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
PROGRAMS = ["report_writer.py", "face_search.py", "crime_forecast.py"]
SERVICES = ["gateway", "intake", "checker", "indexer", "console"]
BIN = Path(sys.executable).parent


def system_of(example: str) -> str:
    """The system, and the last part of the source, of an example."""
    return example.removesuffix(".py").replace("_", "-") if example != "curl.sh" else DRAFTER


DRAFTER = "report-drafter"
SENDERS = [*PROGRAMS, "curl.sh"]


class Sent(NamedTuple):
    """What an example said at its end, and how many events that are."""

    said: str
    number: int


class Guide:
    """The pipeline with the examples' department in it, and what the examples sent."""

    def __init__(self, pipeline: Pipeline, folder: Path) -> None:
        self.pipeline = pipeline
        self.folder = folder
        services = {name: pipeline.service(name) for name in SERVICES}
        self.department("sh", str(EXAMPLES / "register.sh"))  # waits for intake by itself
        ports = {name: service.until_healthy().port for name, service in services.items()}
        self.gateway = f"http://127.0.0.1:{ports['gateway']}"
        put_account(pipeline.kafka, "psit", "psit", "P-1")
        self.console = Client(base_url=f"http://127.0.0.1:{ports['console']}", timeout=30)
        eventually(
            "the console knows the account", lambda: self.console.sign_in("psit").status_code == 303
        )
        ways = [self.by_kafka, self.by_gateway, self.by_kafka, self.by_gateway]
        with ThreadPoolExecutor() as together:
            said = together.map(lambda way, each: self.vendor(each, way(each)), ways, SENDERS)
            self.sent = dict(zip(SENDERS, map(told, said), strict=True))
        everything = sum(sent.number for sent in self.sent.values())
        eventually("all is in the log", lambda: len(self.events()) == everything)
        eventually("all is judged", pipeline.is_checked)
        eventually("all is indexed", pipeline.is_indexed)

    def by_kafka(self, _: str) -> dict[str, str]:
        """Settings of a product that reaches Kafka."""
        return {"BLOTTER_KAFKA": self.pipeline.kafka}

    def by_gateway(self, example: str) -> dict[str, str]:
        """Settings of a product that does not."""
        key = self.department(
            "blotter", "key", "add", f"/vendors/acme/{system_of(example)}"
        ).strip()
        url, headers = f"{self.gateway}/v1/events", {"Authorization": f"Bearer {key}"}
        asked = partial(httpx.post, url, headers=headers)
        eventually("the gateway knows the key", lambda: asked().status_code != 401)
        return {"BLOTTER_GATEWAY": self.gateway, "BLOTTER_API_KEY": key}

    def department(self, *command: str) -> str:
        """Run something where Blotter is installed; its output."""
        return run(command, self.folder, {"BLOTTER_KAFKA": self.pipeline.kafka})

    def vendor(self, example: str, settings: dict[str, str]) -> str:
        """Run an example as a product would be run, with the guide's own commands; its output."""
        folder = self.folder / system_of(example)
        folder.mkdir()
        shutil.copy(EXAMPLES / example, folder)
        commands = CURL if example == "curl.sh" else SEND.replace("report_writer.py", example)
        return sh(commands.replace("report-writer", system_of(example)), folder, settings)

    def events(self, example: str | None = None) -> list[dict[str, Any]]:
        """What is in the log of an example, or of all."""
        logged = [json.loads(line) for line in self.pipeline.log()]
        named = [f"/vendors/acme/{system_of(each)}" for each in ([example] if example else SENDERS)]
        return [event for event in logged if event["source"] in named]

    def verdicts(self, example: str, employee: str) -> list[dict[str, Any]]:
        """The verdicts on somebody's uses of an example's system, as Elasticsearch has them."""
        indexed = self.pipeline.documents(self.pipeline.indices.metrics)
        wanted = {"kind": "use", "system_id": system_of(example), "employee_id": employee}
        return [each for each in indexed if wanted.items() <= each.items()]


def run(command: list[str] | tuple[str, ...], folder: Path, settings: dict[str, str]) -> str:
    """Run with nothing but these settings; fails with all that it said."""
    environment = {"PATH": f"{BIN}:{os.environ['PATH']}", "HOME": str(folder), **settings}
    done = subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def sh(commands: str, folder: Path, settings: dict[str, str]) -> str:
    """Run commands of the guide, with these settings in place of those that stand in it."""

    def given(found: re.Match[str]) -> str:
        return f"{found[1]}={settings.get(found[1], '')}"

    placed = re.sub(r"\b(BLOTTER_(?:KAFKA|GATEWAY|API_KEY))=\S+", given, commands)
    return run(["sh", "-euc", placed], folder, settings)


def told(said: str) -> Sent:
    """An emitter's last line counts; the gateway's answers do so each."""
    found = re.findall(r'accepted(?:=|": ?)(\d+)', said)
    return Sent(said, sum(map(int, found)))


@pytest.fixture(scope="module")
def guide(
    own_kafka: str, elasticsearch: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Guide]:
    pipeline = Pipeline(own_kafka, elasticsearch, tmp_path_factory.mktemp("guide"))
    try:
        pipeline.set_up()
        yield Guide(pipeline, tmp_path_factory.mktemp("vendors"))
    finally:
        pipeline.stop()


def test_the_guide_registers_and_installs_what_there_is(guide: Guide) -> None:
    assert "is registered already, with the same words" in guide.department("sh", "-euc", REGISTER)
    wheel = tomllib.loads((REPOSITORY / "services/emitter/pyproject.toml").read_text())["project"]
    assert f"./{wheel['name'].replace('-', '_')}-{wheel['version']}-py3-none-any.whl" in INSTALL
    assert guide.sent["report_writer.py"].said.split(", queued")[0] in PAGE


@pytest.mark.parametrize("example", SENDERS)
def test_every_event_is_searchable_and_the_console_counts_it(guide: Guide, example: str) -> None:
    sent = guide.sent[example]
    source = f"/vendors/acme/{system_of(example)}"
    indexed = guide.pipeline.documents(guide.pipeline.indices.events)
    found = {event["id"] for event in indexed if event["source"] == source}
    assert found == {event["id"] for event in guide.events(example)}
    assert len(found) == sent.number >= 5
    page = guide.console.get("/sources").text
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))
    assert re.search(rf"{source} .*? Accepted {sent.number} Refused 0 Missing 0 ", words)


def test_a_lead_that_is_not_documented_is_a_duty_that_is_open(guide: Guide) -> None:
    documented, looked = guide.verdicts("face_search.py", "E-17")
    [lead] = guide.verdicts("face_search.py", "E-23")
    assert [(duty["clause"], duty["state"]) for duty in lead["obligations"]] == [("D.2", "open")]
    assert documented["obligations"] == looked["obligations"] == []
    assert sum("D.2" in each["compliant"] for each in (documented, looked)) == 1
    dashboard = guide.console.get("/dashboard", params={"system": "face-search"}).text
    assert "D.2" in dashboard


def test_searches_and_forecasts_tell_all_that_the_order_asks_of_them(guide: Guide) -> None:
    for employee in ("E-17", "E-23"):
        for search in guide.verdicts("face_search.py", employee):
            assert {"D.3", "F.1.e"} <= set(search["compliant"])
        [forecast] = guide.verdicts("crime_forecast.py", employee)
        assert {"E.1.a", "E.1.b"} <= set(forecast["compliant"])
    findings = guide.pipeline.documents(guide.pipeline.indices.findings)
    assert [each["reason"] for each in findings if each["system_id"]] == []


@pytest.mark.parametrize("example", ["report_writer.py", "curl.sh"])
def test_a_final_report_says_so_and_waits_for_its_approval(guide: Guide, example: str) -> None:
    [report] = guide.verdicts(example, "E-17")
    assert "C.2.a" in report["compliant"]
    assert "C.1.a" in report["pending"]


def test_the_departments_approval_finds_what_it_refers_to(guide: Guide) -> None:
    events = guide.events("report_writer.py")
    [asked] = [
        event
        for event in events
        if event["type"] == "oversight.approval.requested.v1"
        and event["data"]["employee_id"] == "E-23"
    ]
    refers_to = {name: asked["data"][name] for name in ("use_id", "output_id", "output_digest")}
    # Before the report was filed, as a supervisor who was asked then would have.
    [filed] = [
        event
        for event in events
        if event["type"] == "ai.output.used.v1" and event["data"]["use_id"] == refers_to["use_id"]
    ]
    then = datetime.fromisoformat(filed["time"]) - timedelta(microseconds=1)
    decided = s.decided(then, sent_by=CONSOLE, approver_id="S-4", **refers_to)
    guide.pipeline.send(CONSOLE, [dump(decided)])

    def is_approved() -> bool:
        [report] = guide.verdicts("report_writer.py", "E-23")
        return "C.1.a" in report["compliant"]

    eventually("the approval counts", is_approved)


@pytest.mark.parametrize("example", SENDERS)
def test_what_arrived_is_certified(guide: Guide, example: str, tmp_path: Path) -> None:
    sent = [{k: v for k, v in e.items() if k != "receivedtime"} for e in guide.events(example)]
    (tmp_path / "events.jsonl").write_text("".join(json.dumps(event) + "\n" for event in sent))
    said = run(["blotter-certify", "events.jsonl"], tmp_path, {})
    assert "Certified." in said


@pytest.mark.parametrize("example", PROGRAMS)
def test_a_run_is_certified_with_nothing_but_advice_open(example: str, tmp_path: Path) -> None:
    shutil.copy(EXAMPLES / example, tmp_path)
    module = example.removesuffix(".py")
    source = f"/vendors/acme/{system_of(example)}"
    settings = {"BLOTTER_SOURCE": source, "BLOTTER_SYSTEM_ID": system_of(example)}
    sh(CERTIFY.replace("report_writer", module), tmp_path, settings)
    results = json.loads((tmp_path / "certification.json").read_text())["results"]
    open_ones = {each["severity"] for each in results if each["status"] in ("failed", "not_shown")}
    assert open_ones <= {"advice"}
