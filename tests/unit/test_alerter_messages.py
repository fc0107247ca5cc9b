"""What a message says, and that it says nothing else."""

from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import SMTP, default
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.alerts import Alert
from schemas.verdicts import EvidenceRef, Finding
from services.alerter import wording
from services.alerter.known import Known
from services.alerter.mail import compose
from services.alerter.plan import Plan
from services.alerter.recipients import Directory
from services.alerter.rules import Rules
from services.alerter.schedule import Schedule
from services.alerter.settings import AlerterSettings
from services.alerter.webhook import payload
from services.runtime.settings import WrongSetting, read
from tests.alerting import duty, finding, judged, reviewed, roster

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
CONSOLE = "https://blotter.example.org"
ZONE = ZoneInfo("America/Los_Angeles")
SETTINGS = AlerterSettings(
    alerter_console_url=CONSOLE, alerter_mail_from="blotter@police.example.org"
)


def alert_on(*findings: Finding) -> Alert:
    times = dict.fromkeys(("high", "medium", "low"), timedelta(days=1))
    plan = Plan(Rules(Schedule(ZoneInfo("UTC")), times, gather=timedelta()))
    for each in findings:
        plan.learn(Known.of(each), NOW)
    (alert,) = plan.next(NOW, Directory(roster(), ("psit@example.org",)))
    return alert


def test_one_finding() -> None:
    alert = alert_on(finding(1, NOW, severity="high"))
    assert (
        wording.subject(alert, ZONE)
        == "Possible violation of clause C.1.a (high severity), 1 finding"
    )
    assert wording.body(alert, CONSOLE, ZONE) == (
        "Possible violation of clause C.1.a (high severity), 1 finding:\n"
        "Asked for: A supervisor approves a generative product before it is used\n"
        "https://blotter.example.org/findings/f-000000000000000000000001\n"
        "\n"
        "Names, case numbers and reasons are left out of this message on purpose."
        " The console shows\nthem after you have signed in.\n"
    )


TITLE = "A supervisor approves a generative product before it is used"


def test_findings_of_one_entry_are_one_line_that_links_to_it() -> None:
    alert = alert_on(finding(1, NOW, group="x"), finding(2, NOW, group="x"))
    (part,) = wording.parts(alert, CONSOLE, ZONE)
    assert part.text == "Possible violation of clause C.1.a (medium severity), 2 findings"
    assert part.title == TITLE
    assert part.link == f"{CONSOLE}/?entry={alert.lines[0].entry}&state=all"


def test_what_reads_alike_is_one_line_and_the_gravest_comes_first() -> None:
    alert = alert_on(
        *(finding(n, NOW, verdict="cured", severity="high") for n in range(1, 3)),
        *(finding(n, NOW, verdict="undetermined", clause="B.2.a") for n in range(3, 101)),
        *(finding(n, NOW) for n in range(101, 105)),
        finding(105, NOW, severity="high"),
    )
    assert len(alert.lines) == 105
    assert wording.subject(alert, ZONE) == "5 possible violations, 98 to look at, 2 mended late"
    assert [(part.text, part.link) for part in wording.parts(alert, CONSOLE, ZONE)] == [
        (
            "Possible violation of clause C.1.a (high severity), 1 finding",
            f"{CONSOLE}/findings/{finding(105, NOW).finding_id}",
        ),
        (
            "Possible violation of clause C.1.a (medium severity), 4 findings",
            f"{CONSOLE}/?clause=C.1.a&severity=medium&verdict=violation&state=all",
        ),
        (
            "Could not be decided under clause B.2.a (medium severity), 98 findings",
            f"{CONSOLE}/?clause=B.2.a&severity=medium&verdict=undetermined&state=all",
        ),
        (
            "Mended after its deadline under clause C.1.a (high severity), 2 findings",
            f"{CONSOLE}/?clause=C.1.a&severity=high&verdict=cured&state=all",
        ),
    ]


def test_a_line_of_two_rules_names_neither() -> None:
    one, other = finding(1, NOW), finding(2, NOW, rule="lead_documented")
    (part,) = wording.parts(alert_on(one, other), CONSOLE, ZONE)
    assert part.title == ""
    assert part.fields["count"] == 2


def test_many_lines_are_cut_and_what_is_left_is_counted() -> None:
    alert = alert_on(*(finding(n, NOW, clause=f"C.{n // 2}") for n in range(50)))
    shown = wording.parts(alert, CONSOLE, ZONE)
    assert len(shown) == 21
    assert shown[-1].text == "And 10 findings more"
    assert wording.subject(alert, ZONE) == "50 possible violations"
    assert len(orjson.loads(payload(alert, CONSOLE, ZONE))["data"]["lines"]) == 21
    assert len(compose(alert, "a@example.org", SETTINGS)["References"].split()) == 20


def reminder_of(*dossiers: str, **changes: Any) -> Alert:
    """Of leads of O-1 that are to be documented 24 hours after noon, UTC."""
    plan = Plan(Rules(Schedule(ZONE), {}))
    for number, dossier in enumerate(dossiers):
        deadline = NOW + timedelta(hours=24, minutes=number)
        plan.duties.learn(judged(dossier, NOW, duty(deadline, **changes)), NOW)
    now = NOW + timedelta(hours=23)
    (alert,) = plan.next(now, Directory(roster(), ("psit@example.org",)))
    return alert


OPAQUE = "use/0197a2b4-7c1e-7000-8000-0123456789ab"


def test_one_open_duty() -> None:
    alert = reminder_of(OPAQUE)
    said = "Still open under clause D.2, due by Mar 3, 2026, 04:00 PST, 1 duty"
    assert wording.subject(alert, ZONE) == said
    assert wording.body(alert, CONSOLE, ZONE).startswith(
        f"{said}:\n"
        "Asked for: A perceptive result used as a lead is documented in a report or CAD log\n"
        f"https://blotter.example.org/records/of/{OPAQUE}\n"
    )
    told = orjson.loads(payload(alert, CONSOLE, ZONE))
    assert told["type"] == "duty.reminder"
    assert told["data"]["lines"][0]["deadline"] == "2026-03-03T12:00:00+00:00"


def test_several_open_duties_are_one_line_with_the_first_deadline() -> None:
    alert = reminder_of(OPAQUE, "use/2")
    (part,) = wording.parts(alert, CONSOLE, ZONE)
    said = "Still open under clause D.2, the first due by Mar 3, 2026, 04:00 PST, 2 duties"
    assert (part.text, wording.subject(alert, ZONE)) == (said, said)
    assert part.link == f"{CONSOLE}/records?duty=open&clause=D.2"


@settings(max_examples=100, deadline=None)
@given(st.text(min_size=1, max_size=40), st.text(min_size=1, max_size=40))
def test_no_name_of_a_record_or_its_people_leaves_the_house(name: str, rule: str) -> None:
    """What a vendor or a department calls something may say more than a mail should."""
    alert = reminder_of(f"employee/secret {name}", rule=f"secret {rule}", clause=f"secret {rule}")
    assert "secret" not in everything(alert)
    assert wording.parts(alert, CONSOLE, ZONE)[0].link == f"{CONSOLE}/records?duty=open"


def test_headers() -> None:
    alert = alert_on(finding(1, NOW))
    wire = compose(alert, "s-1@example.org", SETTINGS).as_bytes(policy=SMTP)
    assert wire == compose(alert, "s-1@example.org", SETTINGS).as_bytes(policy=SMTP)
    message = message_from_bytes(wire, policy=default)
    assert message["Message-ID"] == f"<{alert.alert_id}@police.example.org>"
    assert message["Date"].datetime == NOW
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["To"] == "s-1@example.org"
    later = alert_on(finding(1, NOW, revision=2, verdict="undetermined"))
    assert compose(later, "s-1@example.org", SETTINGS)["References"] == message["References"]
    assert message.get_content().replace("\r\n", "\n") == wording.body(alert, CONSOLE, ZONE)


TEXT = st.text(min_size=1, max_size=40)
IDS = st.text("abcdefghijklmnopqrstuvwxyzABC0123456789-_ é", min_size=1, max_size=30)
SHOWN = st.fixed_dictionaries(
    {
        "verdict": st.sampled_from(["violation", "undetermined", "cured"]),
        "severity": st.sampled_from(["low", "medium", "high"]),
        "clause": st.sampled_from(["C.1.a", "D.2", "completeness", "2.1"]),
        "rule": st.sampled_from(["supervisor_approval", "lead_documented", "nobody_knows_it"]),
    }
)
HIDDEN = st.fixed_dictionaries(
    {
        "title": TEXT,
        "subject": TEXT,
        "group": TEXT,
        "sentence": TEXT,
        "reason": TEXT,
        "edition": TEXT,
        "unit": st.none() | TEXT,
        "system_id": st.none() | TEXT,
        "family": st.none() | TEXT,
        "supervisor_id": st.none() | IDS,
        "evidence": st.lists(st.builds(EvidenceRef, source=TEXT, id=TEXT), max_size=3),
        "occurred_at": st.none() | st.just(NOW),
        "review": st.none() | st.just(reviewed("new", NOW)),
        "log_offset": st.integers(0, 10**9),
    }
)
EMPTY: dict[str, Any] = {
    "title": "",
    "subject": "",
    "group": "",
    "sentence": "",
    "reason": "",
    "edition": "",
}


def everything(alert: Alert) -> str:
    """All that leaves the house."""
    mail = compose(alert, "s-1@example.org", SETTINGS).as_string()
    return mail + payload(alert, CONSOLE, ZONE).decode()


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(SHOWN, HIDDEN), min_size=1, max_size=4))
def test_no_text_of_a_finding_leaves_the_house(made: list[tuple[Any, Any]]) -> None:
    """The same messages go out, whatever a finding's texts are: only the opaque keys differ, by
    which the console finds the entry."""
    full, bare = [], []
    for number, (shown, hidden) in enumerate(made):
        full.append(finding(number, NOW, **shown, **hidden))
        bare.append(finding(number, NOW, **shown, **EMPTY | {"group": hidden["group"]}))
    one, other = alert_on(*full), alert_on(*bare)
    assert everything(one) == everything(other)


@settings(max_examples=200, deadline=None)
@given(TEXT, TEXT)
def test_a_group_is_seen_only_by_its_digest(group: str, other: str) -> None:
    alerts = [alert_on(finding(1, NOW, group=each)) for each in (group, other)]
    plain = [
        everything(each.model_copy(update={"lines": [_without_entry(each)], "alert_id": "a"}))
        for each in alerts
    ]
    assert plain[0] == plain[1]


def _without_entry(alert: Alert) -> Any:
    return alert.lines[0].model_copy(update={"entry": "0" * 32})


@settings(max_examples=200, deadline=None)
@given(TEXT, TEXT, IDS)
def test_ids_that_are_not_of_our_making_are_not_repeated(clause: str, rule: str, name: str) -> None:
    alert = alert_on(finding(1, NOW, clause="x" + clause, rule="x" + rule, finding_id="x" + name))
    assert "Possible violation of a clause of the order (medium severity), 1 finding:\n" in (
        wording.body(alert, CONSOLE, ZONE)
    )
    known = alert_on(finding(2, NOW, rule="unknown"))
    assert len(wording.body(alert, CONSOLE, ZONE).splitlines()) == len(
        wording.body(known, CONSOLE, ZONE).splitlines()
    )
    assert wording.parts(alert, CONSOLE, ZONE)[0].link == (
        f"{CONSOLE}/?entry={alert.lines[0].entry}&state=all"
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ALERTER_MAIL_FROM", "a@b.org\nBcc: c@d.org"),
        ("ALERTER_PSIT", '["nobody"]'),
        ("ALERTER_WEBHOOKS", '[{"url": "http://example.org/", "secret": "whsec_MDEyMzQ1Njc="}]'),
        ("ALERTER_WEBHOOKS", '[{"url": "https://example.org/", "secret": "whsec_"}]'),
        ("TIME_ZONE", "Mars/Olympus"),
        ("ALERTER_QUIET_FROM", "25:00"),
    ],
)
def test_wrong_settings_are_named(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOTTER_" + name, value)
    with pytest.raises(WrongSetting, match="BLOTTER_" + name):
        read(AlerterSettings)


def test_a_password_goes_over_tls_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOTTER_ALERTER_SMTP_HOST", "mail.example.org")
    monkeypatch.setenv("BLOTTER_ALERTER_SMTP_USER", "blotter")
    monkeypatch.setenv("BLOTTER_ALERTER_SMTP_SECURITY", "none")
    with pytest.raises(WrongSetting, match="TLS"):
        read(AlerterSettings)


def test_hours_that_are_empty_are_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("QUIET_FROM", "QUIET_TO", "DIGEST_AT"):
        monkeypatch.setenv(f"BLOTTER_ALERTER_{name}", "")
    read_ = read(AlerterSettings)
    assert (read_.alerter_quiet_from, read_.alerter_digest_at) == (None, None)
