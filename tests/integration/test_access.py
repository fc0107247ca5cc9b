"""Who gets into the console, what they see there, and that it is in the log: asked as a browser
asks, with real accounts in a real Kafka."""

import asyncio
import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner, Result
from elasticsearch import AsyncElasticsearch
from kafka import TopicPartition
from starlette.routing import Route

from deploy.native.processes import free_port
from schemas.accounts import Role
from services.cli.main import main
from services.console.access.pages import SignIn
from services.console.app import pages_of
from services.console.context import Context
from services.console.recorder import Recorder
from services.console.settings import ConsoleSettings
from services.console.store import Store
from services.indexer.bulk import Bulk, Limits
from services.indexer.documents import Record, actions
from services.runtime import topics
from services.runtime.health import Health
from services.runtime.indices import Indices
from services.runtime.kafka import (
    admin,
    create_topics,
    partition_counts,
    read_to_end,
    reader,
)
from tests import signed_in
from tests.e2e import made_up
from tests.signed_in import PASSWORD, PEOPLE, Client, Console, hidden, quickly_hashed

ALL = frozenset(PEOPLE)
READERS = ALL - {"supervisor"}
ACTORS = ALL - {"auditor"}
CHANGERS = frozenset({"psit", "administrator"})


class Asked(NamedTuple):
    """A route asked for with an address of its own, and the roles that it is for."""

    path: str
    roles: frozenset[str] = ALL


_PAGES = {
    "/": Asked("/?view=all"),
    "/findings/{finding_id:path}": Asked("/findings/f-d.2-2"),
    "/approvals": Asked("/approvals"),
    "/dashboard": Asked("/dashboard", READERS),
    "/dashboard/{tab}": Asked("/dashboard/systems", READERS),
    "/records": Asked("/records"),
    "/records/employees": Asked("/records/employees"),
    "/records/systems": Asked("/records/systems", READERS),
    "/records/of/{dossier:path}": Asked("/records/of/use/2"),
    "/export/finding/{finding_id:path}": Asked("/export/finding/f-d.2-2"),
    "/registry": Asked("/registry", READERS),
    "/registry/{kind}": Asked("/registry/systems", READERS),
    "/registry/{kind}/entry": Asked("/registry/systems/entry?of=system/x&sent=x", READERS),
    "/registry/{kind}/form": Asked("/registry/systems/form", CHANGERS),
    "/registry/{kind}/import": Asked("/registry/systems/import", CHANGERS),
    "/registry/{kind}/template.csv": Asked("/registry/systems/template.csv", CHANGERS),
    "/sources": Asked("/sources", READERS),
    "/order": Asked("/order"),
    "/contract": Asked("/contract"),
    "/rejected": Asked("/rejected", READERS),
    "/accesses": Asked("/accesses", READERS),
    "/accounts": Asked("/accounts", frozenset({"administrator"})),
}
_EXPORTS = {
    "findings": Asked("/export/findings"),
    "records": Asked("/export/records"),
    "employees": Asked("/export/employees"),
    "systems": Asked("/export/systems", READERS),
    "rejected": Asked("/export/rejected", READERS),
    "accesses": Asked("/export/accesses", READERS),
    "registry/{kind}": Asked("/export/registry/systems", READERS),
    "approvals": Asked("/export/approvals"),
    "events/{dossier:path}": Asked("/export/events/use/2"),
    "dashboard/{tab}/{table}": Asked("/export/dashboard/systems/x", READERS),
}
_FORMS = {
    "/findings/{finding_id:path}": Asked("/findings/f-d.2-2", ACTORS),
    "/review/several": Asked("/review/several", ACTORS),
    "/review/filters": Asked("/review/filters"),
    "/approvals": Asked("/approvals", ACTORS),
    "/registry/{kind}/form": Asked("/registry/systems/form", CHANGERS),
    "/registry/{kind}/retract": Asked("/registry/systems/retract", CHANGERS),
    "/registry/{kind}/import": Asked("/registry/systems/import", CHANGERS),
}
TABLE: dict[tuple[str, str], Asked] = {
    **{("GET", path): asked for path, asked in _PAGES.items()},
    **{("POST", path): asked for path, asked in _FORMS.items()},
    **{
        ("GET", f"/export/{path}.{form}"): Asked(f"{asked.path}.{form}", asked.roles)
        for path, asked in _EXPORTS.items()
        for form in ("csv", "jsonl")
    },
}
"""Every route behind the gate but `/sign-out`."""


@pytest.fixture(scope="module")
def prefix(elasticsearch: str) -> str:
    made = made_up.new_prefix()
    asyncio.run(made_up.fill(elasticsearch, made))
    return made


@pytest.fixture(scope="module")
def console(own_kafka: str, elasticsearch: str, prefix: str) -> Iterator[Console]:
    quick = {
        "BLOTTER_CONSOLE_SIGN_IN_TRIES_ACCOUNT": "20",
        "BLOTTER_CONSOLE_SIGN_IN_TRIES_ADDRESS": "1000",
        "BLOTTER_CONSOLE_SIGN_IN_WINDOW_SECONDS": "300",
        "BLOTTER_CONSOLE_RECORD_SECONDS": "2",
        "BLOTTER_CONSOLE_ROSTER_SECONDS": "1",
        "BLOTTER_CONSOLE_HOSTS": '["blotter.example"]',
    }
    with signed_in.console(own_kafka, elasticsearch, prefix, **quick) as running:
        yield running


def routes() -> list[tuple[str, str]]:
    """Every route of the application behind the gate."""
    settings = ConsoleSettings()
    client = AsyncElasticsearch(settings.elasticsearch)
    context = Context(Store(client, Indices("x"), 1), settings, Recorder(settings.kafka, 1))
    signing = SignIn(context, None)  # type: ignore[arg-type]
    found = [route for route in pages_of(context, signing) if isinstance(route, Route)]
    return [(method, r.path) for r in found for method in sorted((r.methods or set()) - {"HEAD"})]


def until(what: str, true: Callable[[], bool]) -> None:
    """The console is to know within two seconds; a busy machine gets ten."""
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end, what
        time.sleep(0.2)


def accesses(kafka: str) -> list[dict[str, Any]]:
    """The data of every access that was recorded, in order."""
    with reader(kafka) as consumer:
        place = TopicPartition(topics.intake_topic(topics.CONSOLE), 0)
        records = [json.loads(value or b"{}") for _, value in read_to_end(consumer, [place])]
    return [each["data"] for each in records if each.get("type") == "review.log.accessed.v1"]


@contextmanager
def without_intake(kafka: str) -> Iterator[None]:
    """While nothing can be recorded: the accounts are there, and the intake topic is not."""
    wanted = topics.intake(topics.CONSOLE)
    with admin(kafka) as client:
        client.delete_topics([wanted.name])
        until("the topic is gone", lambda: wanted.name not in partition_counts(client))
        try:
            yield
        finally:
            create_topics(client, [wanted])


def refused(client: Client, path: str = "/contract") -> bool:
    return client.get(path).status_code == 303


def test_every_route_has_an_entry_in_the_table() -> None:
    assert set(routes()) == {*TABLE, ("POST", "/sign-out")}


@pytest.mark.parametrize("role", sorted(PEOPLE))
def test_each_role_gets_its_pages_and_no_other(console: Console, role: Role) -> None:
    client = console.client(role)
    for (method, _), asked in TABLE.items():
        answer = client.get(asked.path) if method == "GET" else client.submit(asked.path)
        if role in asked.roles:
            assert answer.status_code in (200, 303, 400, 404, 409, 422), asked
            assert "/sign-in" not in answer.headers.get("location", "")
        else:
            assert answer.status_code == 403, asked
            assert "This is not for you to see or do" in answer.text


def test_nobody_gets_anything_unsigned(console: Console) -> None:
    with console.stranger() as stranger:
        for (method, _), asked in TABLE.items():
            answer = stranger.request(method, asked.path)
            if method == "GET":
                assert answer.status_code == 303
                assert answer.headers["location"].startswith("/sign-in")
            else:
                assert answer.status_code == 403
                assert "not signed in" in answer.text
        answer = stranger.get("/findings/a%2Fb?x=%C3%A4")
        assert answer.headers["location"] == "/sign-in?next=%2Ffindings%2Fa%252Fb%3Fx%3D%25C3%25A4"
        for path in ("/health", "/metrics", "/static/console.css", "/static/console.js"):
            assert stranger.get(path).status_code == 200
        assert "Findings" not in stranger.get("/sign-in").text


def test_no_form_is_taken_without_its_token(console: Console) -> None:
    client = console.client("administrator")
    for method, path in [*TABLE, ("POST", "/sign-out")]:
        if method != "POST":
            continue
        there = TABLE[method, path].path if (method, path) in TABLE else path
        for fields in (
            {"x": "1"},
            {"csrf": ""},
            {"csrf": hidden(console.stranger().get("/sign-in"))},
        ):
            assert client.post(there, data=fields).status_code == 403, path
        for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            assert client.submit(there, headers=headers).status_code == 403, path
    assert client.get("/contract").status_code == 200


def test_a_form_is_read_with_care(console: Console) -> None:
    with console.stranger() as client:
        token = hidden(client.get("/sign-in"))
        sent: dict[str, Any] = {"csrf": token, "name": ["psit", "auditor"], "password": PASSWORD}
        assert client.post("/sign-in", data=sent).status_code == 400
        sent |= {"name": "psit", "next": "/" + "x" * 20_000}
        assert client.post("/sign-in", data=sent).status_code == 413
        assert client.post("/sign-in", json=sent).status_code == 400
        assert client.post("/sign-in", data={"csrf": token, "name": "psit"}).status_code == 400
        assert client.get("/sign-in?colour=red").status_code == 400
        assert refused(client)


def test_nobody_is_signed_in_by_a_form_of_elsewhere(console: Console) -> None:
    sent = {"name": "psit", "password": PASSWORD}
    with console.stranger() as client:
        for token in ({}, {"csrf": ""}, {"csrf": "\ud83d".encode("utf-8", "replace").decode()}):
            assert client.post("/sign-in", data={**sent, **token}).status_code == 403
        token = {"csrf": hidden(client.get("/sign-in"))}
        client.cookies.clear()
        assert client.post("/sign-in", data={**sent, **token}).status_code == 403
        origin = {"Origin": "http://evil.example"}
        sent |= {"csrf": hidden(client.get("/sign-in"))}
        assert client.post("/sign-in", data=sent, headers=origin).status_code == 403
        assert refused(client)
        assert client.post("/sign-in", data=sent).status_code == 303


def test_signing_in_and_out(console: Console) -> None:
    with console.stranger() as client:
        answer = client.sign_in("psit", target="/order?x=1")
        assert (answer.status_code, answer.headers["location"]) == (303, "/order?x=1")
        [cookie] = [c for c in answer.headers.get_list("set-cookie") if c.startswith("blotter=")]
        assert {"HttpOnly", "Path=/", "SameSite=strict"} <= set(cookie.split("; "))
        assert "Secure" not in cookie
        page = client.get("/contract")
        assert "psit" in page.text
        assert client.get("/sign-in?next=/order").headers["location"] == "/order"
        kept = client.cookies["blotter"]
        assert client.submit("/sign-out").headers["location"] == "/sign-in"
        client.cookies.set("blotter", kept)
        assert refused(client)


def test_elsewhere_than_on_loopback_a_cookie_needs_tls(console: Console) -> None:
    with Client(base_url=console.address, headers={"Host": "blotter.example"}) as client:
        answer = client.get("/sign-in")
    assert answer.status_code == 200
    for cookie in answer.headers.get_list("set-cookie"):
        assert "Secure" in cookie


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_nobody_is_sent_to_another_site(console: Console, target: str) -> None:
    with console.stranger() as client:
        assert client.sign_in("psit", target=target).headers["location"] == "/"


def test_a_link_from_another_site_is_asked_for_once_more_from_here(console: Console) -> None:
    client = console.client("psit")
    came = {"Sec-Fetch-Site": "cross-site"}
    with console.stranger() as stranger:
        page = stranger.get("/sign-in?next=/order", headers=came).text
        (again,) = re.findall(r'http-equiv="refresh" content="0; url=([^"]+)"', page)
        assert "refresh" not in stranger.get("/sign-in").text
    assert client.get(unescape(again)).headers["location"] == "/order"


def test_wrong_passwords_and_unknown_names_sound_the_same(console: Console, own_kafka: str) -> None:
    console.account("gone", "psit", "P-7")
    with console.stranger() as client:
        until("the account is known", lambda: client.sign_in("gone").status_code == 303)
        console.account("gone", "psit", "P-7", disabled=datetime.now(UTC))
        until("it is disabled", lambda: refused(client))
    said = set()
    for name in ("auditor", "nobody\u202e<b>", "gone"):
        with console.stranger() as client:
            answer = client.sign_in(name, "a wrong password" if name != "gone" else PASSWORD)
            assert answer.status_code == 401
            assert refused(client)
            said |= set(re.findall(r'role="alert">([^<]*)<', answer.text))
            assert "<b>" not in answer.text
            assert "a wrong password" not in answer.text
    assert len(said) == 1
    recorded = [each for each in accesses(own_kafka) if each["what"] == "sign_in_failed"]
    assert [each["actor_id"] for each in recorded[-3:]] == ["A-1", "nobody\ufffd<b>", "P-7"]
    assert PASSWORD not in json.dumps(recorded)


def test_who_tries_too_often_has_to_wait(console: Console, own_kafka: str) -> None:
    """And is in the log meanwhile, once in a while."""
    console.account("patient", "psit", "P-8")
    with console.stranger() as client:
        until("it is known", lambda: client.sign_in("patient").status_code == 303)
    before = len(accesses(own_kafka))
    with console.stranger() as client:
        for _ in range(20):
            assert client.sign_in("patient", "a wrong password").status_code == 401
        answer = client.sign_in("Patient", PASSWORD)
        assert answer.status_code == 429
        assert 0 < int(answer.headers["retry-after"]) <= 300
        assert "Too many tries failed. Wait" in answer.text
        for _ in range(3):
            assert client.sign_in("patient", PASSWORD).status_code == 429
        assert client.sign_in("auditor").status_code == 303
    new = accesses(own_kafka)[before:]
    recorded = [each for each in new if each["target"] == "account/patient"]
    once = {"actor_id": "P-8", "what": "sign_in_failed", "target": "account/patient"}
    assert recorded == [once] * 21


@pytest.mark.parametrize("is_trusted", [True, False])
def test_behind_a_proxy_addresses_are_told_apart_only_if_it_is_trusted(
    own_kafka: str, elasticsearch: str, prefix: str, is_trusted: bool
) -> None:
    settings = {"BLOTTER_CONSOLE_SIGN_IN_TRIES_ADDRESS": "3"}
    if is_trusted:
        settings["BLOTTER_CONSOLE_TRUSTED_PROXIES"] = '["127.0.0.0/8"]'

    def tried(name: str, forwarded: str, password: str) -> int:
        with Client(base_url=running.address, headers={"X-Forwarded-For": forwarded}) as client:
            return client.sign_in(name, password).status_code

    with signed_in.console(own_kafka, elasticsearch, prefix, **settings) as running:
        # What the sender writes before the proxy's own entry makes no other address of it.
        for number in range(3):
            assert tried(f"guess-{number}", f"10.9.9.{number}, 198.51.100.7", "a wrong one") == 401
        assert tried("auditor", "198.51.100.7", PASSWORD) == 429
        assert tried("auditor", "198.51.100.8", PASSWORD) == (303 if is_trusted else 429)


def test_the_administrator_sees_who_may_sign_in(
    console: Console, elasticsearch: str, prefix: str
) -> None:
    signed_in_at = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)
    data = {"actor_id": "E-2", "what": "signed_in", "target": "account/supervisor"}
    for number in range(2):
        at = signed_in_at - timedelta(days=number)
        asyncio.run(put_access(elasticsearch, prefix, f"in-{number}", at, data))
    console.account("departed", "auditor", "A-7", disabled=datetime(2026, 2, 1, tzinfo=UTC))
    console.account("hasty", "psit", "P-5")
    with console.stranger() as client:
        until("it is known", lambda: client.sign_in("hasty").status_code == 303)
    with console.stranger() as client:
        for _ in range(20):
            client.sign_in("hasty", "a wrong password")
    administrator = console.client("administrator")
    rows: dict[str, list[str]] = {}

    def are_all_there() -> bool:
        page = administrator.get("/accounts").text
        for row in re.findall(r"<tr><th scope=\"row\">.*?</tr>", page, re.S):
            cells = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)
            name, *rest = (re.sub(r"<[^>]*>", "", cell).strip() for cell in cells)
            rows[name] = rest
        return {"departed", "hasty"} <= set(rows)

    until("the accounts are listed", are_all_there)
    role, employee, last, state, since = rows["supervisor"]
    assert (role, employee, state, since) == ("Supervisor", "E-2", "yes", "–")
    assert last == "Mar 3, 2026, 21:06"
    assert rows["departed"][2:4] == ["–", "no, disabled"]
    assert rows["hasty"][3].startswith("locked after failed tries, for ")
    assert "argon2" not in administrator.get("/accounts").text


def test_the_administrator_sees_which_supervisors_are_out_of_reach(
    console: Console, elasticsearch: str, prefix: str
) -> None:
    told = {"unit": "Patrol", "is_supervisor": True, "status": "active"}
    roster = {
        "E-801": {**told, "email": "not an address", "name": "Ames"},
        "E-802": told,
        "E-803": {**told, "email": "e-803@example.org"},
        "E-804": {**told, "email": "e-804@example.org"},
        "E-805": {**told, "status": "separated"},
        "E-806": {**told, "is_supervisor": False},
    }
    for name, data in roster.items():
        event = {
            "id": name, "subject": f"employee/{name}", "type": "registry.employee.changed.v1",
            "data": {**data, "employee_id": name},
        }  # fmt: skip
        asyncio.run(put(elasticsearch, prefix, datetime(2025, 1, 1, tzinfo=UTC), event))
    console.account("ames", "supervisor", "E-801")
    console.account("lost", "supervisor", "E-803", disabled=datetime(2026, 2, 1, tzinfo=UTC))
    console.account("present", "supervisor", "E-804")
    administrator = console.client("administrator")

    def found() -> dict[str, list[str]]:
        page = administrator.get("/accounts").text.partition('id="missed"')[2]
        rows = re.findall(r"<tr><th scope=\"row\">.*?</tr>", page, re.S)
        cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S) for row in rows]
        texts = [[re.sub(r"<[^>]*>", "", cell).strip() for cell in row] for row in cells]
        return {name: rest for name, *rest in texts if name.startswith("E-80")}

    until(
        "they are listed",
        lambda: (
            found()
            == {
                "E-801": ["Ames", "Patrol", "unusable e-mail address", "as ames"],
                "E-802": ["–", "Patrol", "no e-mail address", "none"],
                "E-803": ["–", "Patrol", "reach them", "disabled"],
            }
        ),
    )


async def put_access(url: str, prefix: str, name: str, at: datetime, data: dict[str, Any]) -> None:
    """As the indexer writes what somebody did at the console."""
    kind = {"id": name, "subject": "source/console", "type": "review.log.accessed.v1"}
    await put(url, prefix, at, {**kind, "data": data})


async def put(url: str, prefix: str, at: datetime, event: dict[str, Any]) -> None:
    """As the indexer writes an event of the console."""
    event = {
        "specversion": "1.0", "source": topics.CONSOLE, "time": at.isoformat(),
        "receivedtime": at.isoformat(), **event,
    }  # fmt: skip
    value = json.dumps(event).encode()
    made = actions(Record(topics.EVENTS, 9, int(at.timestamp()), 0, b"", value), Indices(prefix))
    async with AsyncElasticsearch(url) as client:
        limits = Limits(1000, 5_000_000, 2, 0.2, 1)
        await Bulk(client, Indices(prefix), limits, Health(60)).settle(list(made))
        await client.indices.refresh(index=f"{prefix}-*")


@pytest.mark.parametrize(
    "change",
    [{"disabled": datetime(2026, 1, 1, tzinfo=UTC)}, {"password": quickly_hashed("another one")}],
)
def test_a_changed_account_ends_its_sessions_at_once(
    console: Console, change: dict[str, Any]
) -> None:
    console.account("leaver", "psit", "P-9")
    with console.stranger() as client:
        until("may sign in", lambda: client.sign_in("leaver").status_code == 303)
        assert not refused(client)
        console.account("leaver", "psit", "P-9", **change)
        until("is signed out", lambda: refused(client))


def test_a_changed_role_counts_at_once(console: Console) -> None:
    console.account("mover", "psit", "P-6")
    with console.stranger() as client:
        until("may sign in", lambda: client.sign_in("mover").status_code == 303)
        assert client.get("/sources").status_code == 200
        console.account("mover", "supervisor", "P-6")
        until("sees less", lambda: client.get("/sources").status_code == 403)


def test_sessions_end_when_idle_and_after_their_time(
    own_kafka: str, elasticsearch: str, prefix: str
) -> None:
    short = {"BLOTTER_CONSOLE_IDLE_SECONDS": "0.8", "BLOTTER_CONSOLE_SESSION_SECONDS": "2"}
    with (
        signed_in.console(own_kafka, elasticsearch, prefix, **short) as console,
        console.stranger() as client,
    ):
        client.sign_in("psit")
        assert not refused(client)
        time.sleep(0.9)  # to ask would be a use of it
        assert refused(client)
        client.sign_in("psit")
        began = time.monotonic()
        until("the session is over, however busy", lambda: refused(client))
        assert time.monotonic() - began > 1


def test_a_supervisor_sees_their_people_and_never_themselves(console: Console) -> None:
    def findings(client: Client) -> int:
        page = re.sub(r"<[^>]*>", " ", client.get("/?view=all&trial=all").text)
        (found,) = re.findall(r"All open\s+([\d,]+)", page)
        return int(found.replace(",", ""))

    theirs, everybodys = console.client("supervisor"), console.client("psit")
    assert 0 < findings(theirs) < findings(everybodys)
    assert everybodys.get("/findings/f-c.2-242").status_code == 200
    assert theirs.get("/findings/f-c.2-242").status_code == 404
    assert theirs.get("/findings/f-d.2-2").status_code == 200
    console.account("lonely", "supervisor", "E-900")
    with console.stranger() as client:
        until("may sign in", lambda: client.sign_in("lonely").status_code == 303)
        assert client.get("/findings/f-d.2-2").status_code == 404


def test_looking_is_in_the_log(console: Console, own_kafka: str) -> None:
    client = console.client("auditor")
    before = len(accesses(own_kafka))
    client.get("/findings/f-d.2-2")
    client.get("/?clause=D.2&q=lead")
    with console.stranger() as stranger:
        stranger.sign_in("supervisor")
    new = accesses(own_kafka)[before:]
    assert [(each["actor_id"], each["what"]) for each in new] == [
        ("A-1", "viewed"), ("A-1", "searched"), ("E-2", "signed_in"),
    ]  # fmt: skip
    assert new[0]["target"] == "finding/f-d.2-2"
    assert "clause=D.2" in new[1]["query"]
    assert "q=lead" in new[1]["query"]


LOOKINGS = {
    "/rejected?source=/vendors/x": ("searched", "rejected", "source=%2Fvendors%2Fx"),
    "/records/systems?standing=approved": ("viewed", "systems", "standing=approved"),
    "/sources": ("viewed", "sources", None),
    "/accesses?actor=A-1": ("searched", "accesses", "actor=A-1"),
    "/dashboard": ("viewed", "dashboard/overview", None),
    "/dashboard/training?unit=Records": ("viewed", "dashboard/training", "unit=Records"),
}
"""Lists and numbers, and what is recorded of whoever looks at them."""


def test_lists_and_numbers_are_looked_at_in_the_log(console: Console, own_kafka: str) -> None:
    client = console.client("auditor")
    before = len(accesses(own_kafka))
    for path in LOOKINGS:
        assert client.get(path).status_code == 200
        assert client.get(path.partition("?")[0] + "?nonsense=1").status_code == 400
    new = accesses(own_kafka)[before:]
    assert [(each["what"], each["target"], each.get("query")) for each in new] == list(
        LOOKINGS.values()
    )


def test_who_looked_at_what_is_listed_newest_first(
    console: Console, elasticsearch: str, prefix: str
) -> None:
    began = datetime(2026, 5, 6, 7, tzinfo=UTC)
    done: list[dict[str, Any]] = [
        {"actor_id": "V-1", "what": "viewed", "target": "finding/f-d.2-2"},
        {"actor_id": "V-1", "what": "searched", "target": "findings", "query": "q=<b>=1"},
        {"actor_id": "V-2", "what": "exported", "target": "/export/findings.csv"},
        {"actor_id": "V-2", "what": "viewed", "target": "finding/f-d.2-20"},
    ]
    for number, data in enumerate(done):
        at = began + timedelta(minutes=number)
        asyncio.run(put_access(elasticsearch, prefix, f"look-{number}", at, data))
    client = console.client("auditor")

    def found(query: str) -> list[tuple[str, str, str]]:
        page = client.get(f"/accesses?from=2026-05-05&to=2026-05-07&{query}").text
        rows = re.findall(r"<tr><th scope=\"row\">.*?</tr>", page, re.S)
        cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S) for row in rows]
        plain = [[re.sub(r"<[^>]*>", "", cell).strip() for cell in each] for each in cells]
        return [(who, did, target) for _, who, did, target, _ in plain]

    everything = [
        ("V-2", "Looked at", "finding/f-d.2-20"), ("V-2", "Exported", "/export/findings.csv"),
        ("V-1", "Searched", "findings"), ("V-1", "Looked at", "finding/f-d.2-2"),
    ]  # fmt: skip
    assert found("") == everything
    assert found("actor=V-1") == everything[2:]
    assert found("target=finding/") == [everything[0], everything[3]]
    assert found("target=finding/f-d.2-20&actor=V-2") == everything[:1]
    assert found("what=exported") == everything[1:2]
    assert found("actor=nobody") == []
    answer = client.get("/export/accesses.jsonl?actor=V-1")
    assert [json.loads(line) for line in answer.text.splitlines()] == [
        {"time": at.isoformat(), "query": None, **data}
        for at, data in zip((began, began + timedelta(minutes=1)), done[:2], strict=True)
    ]
    assert client.get("/accesses?actor=V-1").text.count("<b>=1") == 0


def test_without_kafka_nobody_is_known(elasticsearch: str, prefix: str) -> None:
    away = f"127.0.0.1:{free_port()}"
    with (
        signed_in.started(away, elasticsearch, prefix, False) as address,
        Client(base_url=address) as client,
    ):
        assert client.get("/health").status_code == 503
        assert refused(client)
        assert client.sign_in("psit").status_code == 503


def blotter(kafka: str, *arguments: str, stdin: str = "") -> Result:
    """`blotter user …`, in this process: a new one takes a second to start."""
    return CliRunner().invoke(main, ["user", *arguments], input=stdin, env={"BLOTTER_KAFKA": kafka})


def test_accounts_are_made_at_the_command_line(console: Console, own_kafka: str) -> None:
    who = ("--role", "auditor", "--employee", "A-9", "--password-stdin")
    password = "quite a long password"
    for name, given, why in (
        ("Ada", password, "name"), ("ada", "short", "12 to 200"), ("psit", password, "already"),
    ):  # fmt: skip
        answer = blotter(own_kafka, "add", name, *who, stdin=given + "\n")
        assert answer.exit_code == 2
        assert why in answer.stderr
        assert given not in answer.stdout + answer.stderr
    assert blotter(own_kafka, "add", "ada", *who, stdin=password + "\n").exit_code == 0
    with console.stranger() as client:
        until("may sign in", lambda: client.sign_in("ada", password).status_code == 303)
        assert blotter(own_kafka, "disable", "ada").exit_code == 0
        until("is signed out", lambda: refused(client))
    listed = blotter(own_kafka, "list").stdout
    assert re.search(r"^ada  auditor  A-9  made \S+  disabled", listed, re.MULTILINE)
    assert "argon2" not in listed
    twice = blotter(own_kafka, "password", "ada", stdin="quite another password\n" * 2)
    assert twice.exit_code == 0
    assert "quite another" not in twice.output
    differing = blotter(own_kafka, "password", "ada", stdin="one long password\nnot the same\n")
    assert differing.exit_code != 0
    assert blotter(own_kafka, "enable", "ada").exit_code == 0
    with console.stranger() as client:
        until("is back", lambda: client.sign_in("ada", "quite another password").is_redirect)
    assert blotter(own_kafka, "password", "nobody", "--password-stdin").exit_code == 2


def test_without_the_log_nothing_is_shown_that_must_be_recorded(
    console: Console, own_kafka: str
) -> None:
    """Last of all, for what was recorded before is gone afterwards."""
    client = console.client("psit")
    with without_intake(own_kafka):
        answer = client.get("/findings/f-d.2-2")
        assert answer.status_code == 503
        assert "looking must be recorded" in answer.text
        assert "face-match" not in answer.text
        for path in LOOKINGS:
            assert client.get(path).status_code == 503
        assert client.get("/order").status_code == 200
        with console.stranger() as stranger:
            assert stranger.sign_in("auditor").status_code == 503
            assert refused(stranger)
    until("is shown again", lambda: client.get("/findings/f-d.2-2").status_code == 200)
