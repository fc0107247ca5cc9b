"""The operators' view: Debian's Prometheus and Alertmanager with our files, on running services."""

import http.server
import json
import os
import re
import shutil
import subprocess
import threading
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.native.processes import free_port
from deploy.native.services import services
from deploy.native.settings import ROOT, Settings
from tests.pipeline import Pipeline, Service, eventually

PROMETHEUS, ALERTMANAGER, GRAFANA = (
    ROOT / "deploy" / name for name in ("prometheus", "alertmanager", "grafana")
)
RUNNING = [one.name for one in services(Settings(home=ROOT))]
RULES = [
    rule
    for group in yaml.safe_load((PROMETHEUS / "rules.yml").read_text())["groups"]
    for rule in group["rules"]
]
ALERTS = [rule for rule in RULES if "alert" in rule]
PANELS = [
    target["expr"]
    for file in sorted((GRAFANA / "dashboards").glob("*.json"))
    for panel in json.loads(file.read_text())["panels"]
    for target in panel["targets"]
]
EXPRESSIONS = [*(rule["expr"] for rule in RULES), *PANELS]


def program(name: str) -> str:
    path = shutil.which(name)
    assert path, f"{name} is missing: make operations-tools, or apt-get install prometheus"
    return path


def run(*command: str | Path) -> None:
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_files_are_valid_and_each_alert_fires_where_it_should() -> None:
    run(program("promtool"), "check", "config", PROMETHEUS / "prometheus.yml")
    run(program("promtool"), "test", "rules", PROMETHEUS / "rules.test.yml")
    run(program("amtool"), "check-config", ALERTMANAGER / "alertmanager.yml")
    tested = yaml.safe_load((PROMETHEUS / "rules.test.yml").read_text())["tests"]
    # Some fire for one reason and for another: `… fires of duties`.
    names = {test["name"].partition(" of ")[0] for test in tested}
    wanted = {f"{a['alert']} {what}" for a in ALERTS for what in ("fires", "is quiet")}
    assert names == wanted


def configured(environment: dict[str, str]) -> str:
    """Alertmanager's configuration as this environment asks for."""
    return subprocess.check_output(
        ["sh", ALERTMANAGER / "configure.sh"], env=os.environ | environment, text=True
    )


MAIL = {
    "OPERATIONS_MAIL_TO": "psit@example.org",
    "OPERATIONS_MAIL_FROM": "it's blotter <blotter@example.org>",
    "OPERATIONS_MAIL_SERVER": "mail.example.org:587",
}
LOGIN = {"OPERATIONS_MAIL_USER": "blotter", "OPERATIONS_MAIL_PASSWORD_FILE": "/run/secrets/mail"}


@pytest.mark.parametrize(
    "environment",
    [{}, {"OPERATIONS_WEBHOOK": "https://example.org/?a=1&b='"}, MAIL, MAIL | LOGIN],
    ids=["nowhere", "webhook", "mail", "mail-with-password"],
)
def test_alerts_go_where_the_environment_says(environment: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "alertmanager.yml"
    path.write_text(configured(environment))
    run(program("amtool"), "check-config", path)
    (receiver,) = yaml.safe_load(path.read_text())["receivers"]
    text = json.dumps(receiver)
    assert all(json.dumps(value)[1:-1] in text for value in environment.values())
    assert {"webhook_configs", "email_configs"} & receiver.keys() == {
        name
        for name, wanted in (
            ("webhook_configs", "OPERATIONS_WEBHOOK" in environment),
            ("email_configs", "OPERATIONS_MAIL_TO" in environment),
        )
        if wanted
    }


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_each_alert_leads_to_what_to_do(rule: dict[str, Any]) -> None:
    path, _, anchor = rule["annotations"]["runbook"].partition("#")
    headings = re.findall(r"^#+ (.+)$", (ROOT / path).read_text("utf-8"), re.M)
    assert anchor in {heading.lower().replace(" ", "-") for heading in headings}
    assert rule["labels"]["severity"] in {"critical", "warning"}


def test_every_service_is_read_where_it_is() -> None:
    native = {one.name: one.port for one in services(Settings(home=ROOT))}
    for file, host in (("targets.yml", ""), ("containers/targets.yml", "its own name")):
        told = yaml.safe_load((PROMETHEUS / file).read_text())
        where = {each["labels"]["service"]: each["targets"] for each in told}
        wanted = {
            name: [f"{name if host else '127.0.0.1'}:{port}"] for name, port in native.items()
        }
        assert where == wanted


class Receiver(http.server.BaseHTTPRequestHandler):
    """Takes what Alertmanager sends."""

    got: list[dict[str, Any]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got += json.loads(body)["alerts"]
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@dataclass
class Operations:
    services: dict[str, Service]
    prometheus: str
    alertmanager: str
    received: list[dict[str, Any]]

    def query(self, expression: str) -> list[dict[str, Any]]:
        asked = urllib.parse.urlencode({"query": expression})
        with urllib.request.urlopen(f"{self.prometheus}/api/v1/query?{asked}") as answer:
            told = json.load(answer)
        assert told["status"] == "success"
        result: list[dict[str, Any]] = told["data"]["result"]
        return result


@pytest.fixture(scope="module")
def operations(
    own_kafka: str, elasticsearch: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Operations]:
    folder = tmp_path_factory.mktemp("operations")
    with ExitStack() as stack:
        pipeline = Pipeline(own_kafka, elasticsearch, folder)
        pipeline.set_up()
        stack.callback(pipeline.stop)
        started = {name: pipeline.service(name) for name in RUNNING}
        receiver = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
        threading.Thread(target=receiver.serve_forever, daemon=True).start()
        stack.callback(receiver.shutdown)
        alertmanager = f"127.0.0.1:{free_port()}"
        prometheus = f"127.0.0.1:{free_port()}"
        stack.enter_context(_alertmanager(folder, alertmanager, receiver.server_port))
        stack.enter_context(_prometheus(folder, prometheus, alertmanager, started))
        for service in started.values():
            service.until_healthy()
        yield Operations(started, f"http://{prometheus}", f"http://{alertmanager}", Receiver.got)


def _alertmanager(folder: Path, address: str, receiver: int) -> Any:
    text = configured({"OPERATIONS_WEBHOOK": f"http://127.0.0.1:{receiver}/alerts"})
    (folder / "alertmanager.yml").write_text(text.replace("30s", "1s"))
    return _process(
        folder, address, program("prometheus-alertmanager"),
        f"--config.file={folder}/alertmanager.yml", f"--storage.path={folder}/alertmanager",
        f"--web.listen-address={address}", "--cluster.listen-address=",
    )  # fmt: skip


def _prometheus(folder: Path, address: str, alertmanager: str, started: dict[str, Service]) -> Any:
    settings = (PROMETHEUS / "prometheus.yml").read_text().replace("15s", "1s")
    rules = (PROMETHEUS / "rules.yml").read_text().replace("for: 2m", "for: 1s")
    targets = [
        {"targets": [f"127.0.0.1:{one.port}"], "labels": {"service": name}}
        for name, one in started.items()
    ]
    files = {
        "prometheus.yml": settings,
        "rules.yml": rules,
        "targets.yml": json.dumps(targets),
        "alertmanagers.yml": json.dumps([{"targets": [alertmanager]}]),
    }
    for name, text in files.items():
        (folder / name).write_text(text)
    return _process(
        folder, address, program("prometheus"), f"--config.file={folder}/prometheus.yml",
        f"--storage.tsdb.path={folder}/data", f"--web.listen-address={address}",
    )  # fmt: skip


@contextmanager
def _process(folder: Path, address: str, *command: str) -> Iterator[None]:
    with (folder / f"{Path(command[0]).name}.log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)

    def answers() -> bool:
        try:
            with urllib.request.urlopen(f"http://{address}/-/ready", timeout=2) as page:
                return bool(page.status == 200)
        except OSError:
            return False

    try:
        eventually(f"{command[0]} is ready", answers)
        yield
    finally:
        process.terminate()
        process.wait(20)


def test_every_query_is_understood_and_asks_for_what_there_is(operations: Operations) -> None:
    eventually("every service is read", lambda: len(operations.query("up == 1")) == len(RUNNING))
    exported = set()
    for service in operations.services.values():
        with urllib.request.urlopen(f"http://127.0.0.1:{service.port}/metrics") as page:
            exported |= set(re.findall(r"^# HELP (\w+)", page.read().decode(), re.M))
    suffixes = ("_bucket", "_count", "_sum")
    for expression in EXPRESSIONS:
        operations.query(expression)
        for name in re.findall(r"\bblotter_\w+", expression):
            bare = next((name.removesuffix(s) for s in suffixes if name.endswith(s)), name)
            assert {name, bare} & exported, f"{name} of {expression}"


def test_a_killed_service_reaches_the_operators(operations: Operations) -> None:
    assert not [a for a in operations.received if a["labels"]["alertname"] == "BlotterServiceDown"]
    operations.services["recheck"].kill()
    told: list[dict[str, Any]] = []

    def is_told() -> bool:
        told[:] = [
            alert
            for alert in operations.received
            if alert["labels"]["alertname"] == "BlotterServiceDown"
            and alert["labels"].get("service") == "recheck"
        ]
        return bool(told)

    eventually("the alert arrives", is_told, 60)
    assert told[0]["annotations"]["summary"] == "recheck does not answer"
    assert told[0]["status"] == "firing"
