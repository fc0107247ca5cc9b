"""The alerter as a process of its own, with real Kafka, Elasticsearch, SMTP and HTTP servers."""

import json
import os
import signal
import ssl
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
import standardwebhooks
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope
from kafka import KafkaProducer
from pydantic import BaseModel

from deploy.native.processes import free_port
from schemas.alerts import ALERT, BEGUN_KEY, Alert
from schemas.verdicts import DossierMetrics, Finding, PartitionProgress
from services.indexer.documents import Record, actions
from services.order.times import said
from services.runtime import topics
from tests import alerting
from tests.pipeline import Pipeline, Service, eventually

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PSIT = "psit@example.org"
USER, PASSWORD = "blotter", "a password for tests"
PATIENCE = 30


class Inbox:
    """A mail server that wants TLS and a login, and does what a test tells it."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.certificate = folder / "certificate.pem"
        self.taken: list[EmailMessage] = []
        self.refused: set[str] = set()
        self.on_data: Callable[[], None] = lambda: None
        _make_certificate(folder)
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(self.certificate, folder / "key.pem")
        self._controller: Controller | None = None

    def start(self) -> None:
        self._controller = Controller(
            self,
            hostname="127.0.0.1",
            port=self.port,
            tls_context=self._tls,
            require_starttls=True,
            auth_required=True,
            authenticator=_authenticate,
        )
        self._controller.start()

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    async def handle_RCPT(self, _: Any, __: Any, envelope: Envelope, address: str, ___: Any) -> str:
        if address in self.refused:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _: Any, __: Any, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        assert envelope.rcpt_tos == [message["To"]]
        self.taken.append(message)
        self.on_data()
        return "250 taken"

    def to(self, address: str) -> list[EmailMessage]:
        """What somebody's mail program shows: each Message-ID once."""
        found = {each["Message-ID"]: each for each in self.taken if each["To"] == address}
        return list(found.values())

    def subjects(self, address: str) -> list[str]:
        return [each["Subject"] for each in self.to(address)]


def _authenticate(_: Any, __: Any, ___: Any, ____: Any, data: Any) -> AuthResult:
    return AuthResult(success=(data.login, data.password) == (USER.encode(), PASSWORD.encode()))


def _make_certificate(folder: Path) -> None:
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    options = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")]
    about = ["-subj", "/CN=mail", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*command.split(), *options, *about], check=True, capture_output=True)


class Receiver:
    """Webhooks that verify what they get. `answers`: statuses by path, the last one for ever."""

    def __init__(self) -> None:
        self.answers: dict[str, list[int]] = {}
        self.got: list[tuple[str, str, dict[str, Any]]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                told = standardwebhooks.Webhook(SECRET).verify(body, dict(self.headers))
                receiver.got.append((self.path, self.headers["webhook-id"], told))
                answers = receiver.answers.get(self.path, [204])
                self.send_response(answers.pop(0) if len(answers) > 1 else answers[0])
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self._server.server_port}{path}"

    def at(self, path: str) -> list[tuple[str, dict[str, Any]]]:
        return [(name, told) for where, name, told in self.got if where == path]

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@dataclass
class House:
    """Topics, indices, a mail server, webhooks; each test has people of its own."""

    pipeline: Pipeline
    inbox: Inbox
    receiver: Receiver
    numbers: Iterator[int] = field(default_factory=lambda: iter(range(1, 10_000)))

    def people(self, name: str) -> tuple[str, str, str]:
        """An officer, their sergeant, and theirs: ids, filed in the registry."""
        officer, sergeant, lieutenant = (f"{rank}-{name}" for rank in "OSL")
        chain = [(officer, sergeant), (sergeant, lieutenant), (lieutenant, None)]
        self.file([_employee(*each) for each in chain])
        return officer, sergeant, lieutenant

    def file(self, facts: Sequence[dict[str, Any]]) -> None:
        """Have the log know facts, as the indexer would."""
        value = b"\n".join(json.dumps(each).encode() for each in facts)
        record = Record(topics.EVENTS, 0, 0, 0, b"", value)
        body = [
            part
            for action in actions(record, self.pipeline.indices)
            for part in (action.header, action.document)
        ]
        client = self.pipeline.elasticsearch
        done = client.bulk(operations=b"\n".join([*body, b""]), refresh=True)  # type: ignore[arg-type]
        assert not done["errors"], done

    def find(self, officer: str | None, count: int = 1, **changes: Any) -> list[Finding]:
        """Publish findings, as the checker would."""
        made = [
            alerting.finding(next(self.numbers), _now(), employee_id=officer, **changes)
            for _ in range(count)
        ]
        self.publish(*made)
        return made

    def publish(self, *findings: Finding) -> None:
        self.send(topics.FINDINGS, {each.finding_id: each for each in findings})

    def judge(self, *dossiers: DossierMetrics) -> None:
        """Publish what was judged, as the checker would."""
        self.send(topics.METRICS, {each.dossier: each for each in dossiers})

    def send(self, topic: str, values: Mapping[str, BaseModel]) -> None:
        producer = KafkaProducer(bootstrap_servers=self.pipeline.kafka, acks="all")
        for key, value in values.items():
            producer.send(topic, value.model_dump_json().encode(), key.encode())
        producer.flush()
        producer.close()

    @contextmanager
    def alerter(self, *webhooks: str, **changes: str) -> Iterator[Service]:
        """A running alerter that has begun."""
        hooks = [{"url": self.receiver.url(path), "secret": SECRET} for path in webhooks]
        settings = {
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(self.inbox.port),
            "SMTP_USER": USER,
            "SMTP_PASSWORD": PASSWORD,
            "SMTP_CA_FILE": str(self.inbox.certificate),
            "PSIT": json.dumps([PSIT]),
            "MAIL_FROM": "blotter@police.example.org",
            "CONSOLE_URL": "https://blotter.example.org",
            "WEBHOOKS": json.dumps(hooks),
            "QUIET_FROM": "",
            "QUIET_TO": "",
            "DIGEST_AT": "",
            "GATHER_SECONDS": "0.5",
            "WINDOW_SECONDS": "1",
            "WINDOW_HIGH_SECONDS": "1",
            "BACKOFF_SECONDS": "0.2",
            "BACKOFF_MAX_SECONDS": "0.5",
            "ROSTER_SECONDS": "1",
            **changes,
        }
        name = f"alerter-{next(self.numbers)}"
        environment = self.pipeline.environment | {
            key if key.startswith("BLOTTER_") else f"BLOTTER_ALERTER_{key}": value
            for key, value in settings.items()
        }
        service = Service("alerter", environment, self.pipeline.folder / f"{name}.log")
        service.start().until_healthy()
        try:
            eventually(
                "it has begun", lambda: self.has_begun() or not changes.get("SMTP_HOST", "x")
            )
            yield service
            service.stop()
        finally:
            service.kill()

    def has_begun(self) -> bool:
        return any(each.key == BEGUN_KEY for each in self.pipeline.records(topics.ALERTS))

    def alerts(self) -> list[Alert]:
        """As they stand in the topic."""
        records = self.pipeline.records(topics.ALERTS)
        latest = {each.key: each.value for each in records if each.key != BEGUN_KEY}
        return [ALERT.validate_json(value) for value in latest.values()]


def _now() -> datetime:
    return datetime.now(UTC)


def _employee(employee_id: str, supervisor_id: str | None) -> dict[str, Any]:
    data = {
        "employee_id": employee_id,
        "email": alerting.email(employee_id),
        "unit": "Patrol",
        "is_supervisor": not employee_id.startswith("O"),
        "status": "active",
    } | ({"supervisor_id": supervisor_id} if supervisor_id else {})
    return {
        "specversion": "1.0",
        "id": f"roster-{employee_id}",
        "source": "/console",
        "type": "registry.employee.changed.v1",
        "subject": f"employee/{employee_id}",
        "time": "2026-01-01T00:00:00Z",
        "receivedtime": "2026-01-01T00:00:00Z",
        "data": data,
    }


@pytest.fixture(scope="module")
def house(
    own_kafka: str, elasticsearch: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("alerter")
    pipeline = Pipeline(own_kafka, elasticsearch, folder)
    pipeline.set_up()
    inbox, receiver = Inbox(folder), Receiver()
    inbox.start()
    try:
        yield House(pipeline, inbox, receiver)
    finally:
        inbox.stop()
        receiver.stop()
        pipeline.stop()


@pytest.fixture(autouse=True)
def as_always(house: House) -> None:
    house.inbox.refused.clear()
    house.inbox.on_data = lambda: None


def test_without_a_channel_it_runs_and_says_so(house: House) -> None:
    house.find("O-nobody")
    with house.alerter(SMTP_HOST="") as service:
        page = httpx.get(f"http://127.0.0.1:{service.port}/health").json()
        assert page["healthy"]
        assert "nobody is alerted" in page["why"]
        assert service.metric("blotter_alerter_waiting") == 0
    assert not house.alerts()


def test_the_first_alert_others_with_it_and_what_became_of_them(house: House) -> None:
    officer, sergeant, _ = house.people("first")
    mailbox = alerting.email(sergeant)
    house.receiver.answers |= {"/flaky": [500, 429, 200], "/moved": [302], "/gone": [410]}
    with house.alerter("/hook", "/flaky", "/moved", "/gone") as service:
        found = house.find(officer, 3, group="one cause", severity="high")
        house.find(officer, shadow=True)
        house.find(None, verdict="undetermined")
        eventually("mail", lambda: len(house.inbox.to(mailbox)) == 1, PATIENCE)
        eventually("mail to PSIT", lambda: len(house.inbox.to(PSIT)) == 1, PATIENCE)
        house.publish(
            *(
                each.model_copy(
                    update={"revision": 2, "state": "withdrawn", "verdict": "compliant"}
                )
                for each in found
            )
        )
        eventually("the end", lambda: len(house.inbox.to(mailbox)) == 2, PATIENCE)
        assert house.inbox.subjects(mailbox) == [
            "Possible violation of clause C.1.a (high severity), 3 findings",
            "Withdrawn under clause C.1.a (high severity), 3 findings",
        ]
        first, last = house.inbox.to(mailbox)
        assert first["References"] == last["References"]
        assert first["Message-ID"].endswith("@police.example.org>")
        assert "secret" not in "".join(each.as_string() for each in house.inbox.taken)
        eventually("the hook", lambda: len(house.receiver.at("/hook")) >= 2, PATIENCE)
        eventually("again", lambda: len(house.receiver.at("/flaky")) >= 3, PATIENCE)
        ids = [name for name, _ in house.receiver.at("/flaky")]
        assert ids[0] == ids[1] == ids[2]
        told = house.receiver.at("/hook")[0][1]
        assert told["type"] == "finding.alert"
        assert "secret" not in json.dumps(house.receiver.got)
        assert len(house.receiver.at("/gone")) == 1
        assert not house.receiver.at("/elsewhere")
        eventually("noted", lambda: service.metric("blotter_alerter_sent_total") >= 5, PATIENCE)
        assert httpx.get(f"http://127.0.0.1:{service.port}/health").status_code == 200
    kept = [each for each in house.alerts() if each.recipient == f"person/{sergeant}"]
    assert [(each.state, each.sent_to) for each in kept] == [("sent", mailbox)] * 2
    assert {(f.finding_id, f.revision) for line in kept[0].lines for f in line.findings} == {
        (each.finding_id, 1) for each in found
    }


def test_nobody_acknowledges_in_quiet_hours_for_high_severity_only(house: House) -> None:
    officer, sergeant, lieutenant = house.people("quiet")
    local = _now().replace(microsecond=0)
    ends = local + timedelta(seconds=15)
    changes = {
        "BLOTTER_TIME_ZONE": "UTC",
        "BLOTTER_REVIEW_HOURS_HIGH": "0.0003",
        "ESCALATION_HOURS": "0.0003",
        "REMINDER_HOURS": "0",
        "QUIET_FROM": f"{local - timedelta(hours=1):%H:%M:%S}",
        "QUIET_TO": f"{ends:%H:%M:%S}",
    }
    before = len(house.inbox.to(PSIT))
    with house.alerter(**changes) as service:
        house.find(officer)
        house.find(officer, group="other")
        house.find(officer, severity="high")
        mailbox = alerting.email(sergeant)
        eventually("mail", lambda: bool(house.inbox.to(mailbox)), PATIENCE)
        higher = [alerting.email(lieutenant), PSIT]
        eventually("up", lambda: all(house.inbox.to(each) for each in higher[:1]), PATIENCE)
        eventually("to PSIT", lambda: len(house.inbox.to(PSIT)) > before, PATIENCE)
        late = "Not acknowledged in time: Possible violation of clause C.1.a (high severity)"
        assert house.inbox.subjects(higher[0]) == [f"{late}, 1 finding"]
        assert house.inbox.subjects(PSIT)[before:] == [f"{late}, 1 finding"]
        assert _now() < ends
        assert len(house.inbox.to(mailbox)) == 1
        eventually("the rest", lambda: len(house.inbox.to(mailbox)) == 2, PATIENCE)
        assert _now() >= ends
        rest = "Possible violation of clause C.1.a (medium severity), 2 findings"
        assert house.inbox.to(mailbox)[1]["Subject"] == rest
        assert service.metric("blotter_alerter_escalations_total") == 2


def test_one_refused_or_a_server_away_holds_up_nobody(house: House) -> None:
    officer, sergeant, lieutenant = house.people("refused")
    other, other_sergeant, _ = house.people("else")
    refused, reached = alerting.email(sergeant), alerting.email(other_sergeant)
    house.inbox.refused.add(refused)
    with house.alerter(GIVE_UP_HOURS="0.0016") as service:
        house.inbox.stop()
        house.find(officer)
        house.find(other)
        eventually("tries", lambda: service.metric("blotter_alerter_attempts_failed_total") >= 2)
        assert service.metric("blotter_alerter_waiting") == 2
        assert service.metric("blotter_alerter_oldest_waiting_seconds") > 0
        house.inbox.start()
        eventually("mail", lambda: bool(house.inbox.to(reached)), PATIENCE)
        eventually("given up", lambda: service.metric("blotter_alerter_failed_total") == 1)
        mailbox = alerting.email(lieutenant)
        eventually("up the chain", lambda: bool(house.inbox.to(mailbox)), PATIENCE)
        assert not house.inbox.to(refused)
        assert len(house.inbox.to(reached)) == 1


def test_open_duties_are_reminded_of_before_they_lapse_once_though_it_is_killed(
    house: House,
) -> None:
    officer, sergeant, _ = house.people("duty")
    mailbox = alerting.email(sergeant)
    now, day = _now(), timedelta(days=1)
    reminded_at = now + timedelta(seconds=8)
    soon = alerting.duty(reminded_at + timedelta(hours=4))
    open_, done, later = (
        alerting.judged(f"use/{each}", now - day / 2, duty, employee_id=officer)
        for each, duty in (("open", soon), ("done", soon), ("later", alerting.duty(now + 2 * day)))
    )
    audit = alerting.duty(now + 2 * day, clause="H.2", rule="yearly_audit")
    system = alerting.judged("system/x", now - 9 * day, audit, employee_id=None)
    progress = PartitionProgress(partition=0, offset=1, now=now, inputs={}, backlog=0, dossiers=1)
    before = len(house.inbox.to(PSIT))
    with house.alerter("/duties") as service:

        def kill() -> None:
            assert service.process is not None
            if house.inbox.taken[-1]["To"] == mailbox:
                service.process.send_signal(signal.SIGKILL)

        house.judge(open_, done, later)
        house.send(topics.METRICS, {"progress/0": progress})
        house.judge(done.model_copy(update={"revision": 2, "obligations": []}))
        house.inbox.on_data = kill
        assert service.wait(PATIENCE) == -signal.SIGKILL
        assert _now() >= reminded_at
        house.inbox.on_data = lambda: None
        house.judge(system)
        service.start().until_healthy()
        eventually("mail to PSIT", lambda: len(house.inbox.to(PSIT)) > before, PATIENCE)
        eventually("the hook", lambda: len(house.receiver.at("/duties")) >= 2, PATIENCE)
        due_by = _due_by(soon.deadline)
        assert house.inbox.subjects(mailbox) == [f"Still open under clause D.2, {due_by}, 1 duty"]
        (audited,) = house.inbox.to(PSIT)[before:]
        assert audited["Subject"].startswith("Still open under clause H.2, due by ")
        assert "/records?duty=open&clause=H.2" in audited.get_content()
        assert officer not in "".join(each.as_string() for each in house.inbox.to(mailbox))
        assert service.metric("blotter_alerter_unreadable_total") == 0

        def kept() -> list[Alert]:
            return [each for each in house.alerts() if each.duties]

        eventually("all is sent", lambda: {each.state for each in kept()} == {"sent"}, PATIENCE)
    told = [(a.recipient, d.dossier) for a in kept() for line in a.duties for d in line.duties]
    assert Counter(each for each in told if not each[0].startswith("webhook/")) == {
        (f"person/{sergeant}", "use/open"): 1,
        (f"psit/{PSIT}", "system/x"): 1,
    }


def _due_by(deadline: datetime | None) -> str:
    assert deadline is not None
    local = deadline.astimezone(ZoneInfo("America/Los_Angeles")).replace(microsecond=0)
    return f"due by {said(local)}"


def test_killed_at_any_moment_it_tells_everything_once(house: House) -> None:
    chains = [house.people(f"kill{number}") for number in range(5)]
    mailboxes = [alerting.email(sergeant) for _, sergeant, _ in chains]
    with house.alerter() as service:

        def kill() -> None:
            assert service.process is not None
            service.process.send_signal(signal.SIGKILL)

        # While the server takes it, and when it has just taken it.
        moments = [kill, lambda: threading.Timer(0.004, kill).start()]
        for number, moment in enumerate(moments):
            once = iter([moment])
            house.inbox.on_data = lambda once=once: next(once, lambda: None)()  # type: ignore[misc]
            for officer, _, _ in chains:
                house.find(officer, clause=f"C.{number}")
            assert service.wait(PATIENCE) == -signal.SIGKILL
            house.inbox.on_data = lambda: None
            service.start()

        def told() -> Counter[tuple[str, str]]:
            return Counter(
                (mailbox, finding.finding_id)
                for mailbox, (_, sergeant, _) in zip(mailboxes, chains, strict=True)
                for alert in house.alerts()
                if alert.recipient == f"person/{sergeant}" and alert.state == "sent"
                for line in alert.lines
                for finding in line.findings
            )

        eventually("all told", lambda: len(told()) == len(moments) * len(chains), PATIENCE)
        assert set(told().values()) == {1}
        for mailbox in mailboxes:
            shown = "".join(each.get_content() for each in house.inbox.to(mailbox))
            links = Counter(line for line in shown.split() if "/findings/f-" in line)
            assert len(links) == len(moments)
            assert set(links.values()) == {1}
        # A second process takes over; the first ends at its next word.
        with house.alerter():
            house.find(chains[0][0])
            eventually("mail", lambda: len(house.inbox.to(mailboxes[0])) == 3, PATIENCE)
            assert service.wait(PATIENCE) == os.EX_SOFTWARE
