"""The registry's pages: what is told there goes through intake into the log, and comes back."""

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import pytest
from kafka import TopicPartition

from services.console.registry.kinds import KINDS
from services.runtime import topics
from services.runtime.kafka import admin, partition_counts, read_to_end, reader, write
from tests import signed_in
from tests.e2e import made_up
from tests.integration.test_access import accesses
from tests.pipeline import Pipeline, eventually
from tests.signed_in import Client, Console

_S = re.S
HOSTILE = "<script>alert(1)</script>'\"{{7*7}}"


@pytest.fixture(scope="module")
def console(
    own_kafka: str, elasticsearch: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Console]:
    pipeline = Pipeline(own_kafka, elasticsearch, tmp_path_factory.mktemp("registry-pages"))
    pipeline.set_up()
    for name in ("intake", "indexer"):
        pipeline.service(name)
    try:
        with signed_in.console(own_kafka, elasticsearch, pipeline.indices.prefix) as running:
            yield running
    finally:
        pipeline.stop()


@pytest.fixture
def psit(console: Console) -> Client:
    return console.client("psit")


def text(answer: httpx.Response) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", answer.text)))


def inputs(page: httpx.Response) -> dict[str, str]:
    """What the form on a page states as it is, as a browser would send it."""
    (form,) = re.findall(
        r'<form method="post" action="/registry/\w+/form".*?</form>', page.text, re.S
    )
    found: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name = re.search(r'name="([^"]*)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        if name and ('type="checkbox"' not in tag or " checked" in tag):
            found[unescape(name[1])] = unescape(value[1]) if value else ""
    for name_, body in re.findall(r'<select[^>]*name="([^"]*)">(.*?)</select>', form, re.S):
        chosen = re.search(r'<option(?: value="([^"]*)")? selected>([^<]*)', body)
        found[name_] = unescape(chosen[1] or chosen[2]) if chosen else ""
    for name_, body in re.findall(
        r'<textarea[^>]*name="([^"]*)"[^>]*>(.*?)</textarea>', form, re.S
    ):
        found[unescape(name_)] = unescape(body)
    return found


def told(client: Client, kind: str, fields: dict[str, str]) -> str:
    """Send a form that is right; the page of the entry, once it is searchable."""
    answer = client.submit(f"/registry/{kind}/form", fields)
    assert answer.status_code == 303, text(answer)
    return until_applied(client, answer)


def until_applied(client: Client, answer: httpx.Response) -> str:
    where = answer.headers["location"]
    eventually("it is applied", lambda: "Done." in text(client.get(where)), 30)
    return text(client.get(where))


EMPLOYEE = {"employee_id": "E-77", "unit": "Burglary", "is_supervisor": "no", "status": "active",
            "name": HOSTILE}  # fmt: skip


def test_a_fact_is_added_changed_and_retracted(psit: Client) -> None:
    page = told(psit, "employees", EMPLOYEE)
    assert HOSTILE in page
    assert "Burglary" in page
    assert "recorded by P-1" in page

    form = inputs(psit.get("/registry/employees/form?of=employee/E-77"))
    assert form["unit"] == "Burglary"
    page = told(psit, "employees", {**form, "unit": "Robbery"})
    assert "Burglary → Robbery" in page

    listed = psit.get("/registry/employees?q=e-77")
    assert "employee/E-77" in text(listed)
    assert "Robbery" in text(listed)
    entry = psit.get("/registry/employees/entry?of=employee/E-77")
    source, event_id = re.findall(r'name="(?:source|id)" value="([^"]*)"', entry.text)[:2]
    wrong = {"of": "employee/E-77", "source": source, "id": event_id}
    assert "reason is required" in text(psit.submit("/registry/employees/retract", wrong))
    answer = psit.submit("/registry/employees/retract", {**wrong, "reason": "a typing error"})
    page = until_applied(psit, answer)
    assert "Retracted by P-1" in page
    assert "a typing error" in page
    again = psit.submit("/registry/employees/retract", {**wrong, "reason": "once more"})
    assert (again.status_code, "retracted already" in text(again)) == (409, True)


@pytest.mark.parametrize("name", KINDS)
def test_an_empty_form_names_what_is_missing_and_keeps_what_was_typed(
    psit: Client, name: str
) -> None:
    page = psit.get(f"/registry/{name}/form")
    fields = inputs(page)
    empty = psit.submit(f"/registry/{name}/form", {k: v for k, v in fields.items() if k != "csrf"})
    assert empty.status_code == 422
    required = [
        box for box in KINDS[name].boxes if box.required and not (box.group or box.is_group)
    ]
    assert required
    for box in required:
        assert f'href="#{box.path}"' in empty.text
        assert f'id="{box.path}"' in empty.text


@pytest.mark.parametrize(
    ("fields", "field", "why"),
    [
        ({"status": "retired"}, "status", "must be one of"),
        ({"is_supervisor": "perhaps"}, "is_supervisor", "must be"),
        ({"employee_id": ""}, "employee_id", "is required"),
        ({"email": "not an address", "unit": "Burglary"}, "email", "must be an e-mail address"),
        ({"email": "=cmd()"}, "email", "must be an e-mail address"),
        ({"time.day": "2026-02-30", "time.clock": "10:00"}, "time", "must be"),
    ],
)
def test_wrong_input_is_named(psit: Client, fields: dict[str, str], field: str, why: str) -> None:
    answer = psit.submit("/registry/employees/form", {**EMPLOYEE, **fields})
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert why in text(answer)
    assert inputs(answer)["unit"] == "Burglary"
    assert inputs(answer)["name"] == HOSTILE


def test_nobody_records_facts_about_themselves(psit: Client) -> None:
    for kind, fields in (
        ("employees", {**EMPLOYEE, "employee_id": "P-1"}),
        ("training", {"employee_id": "P-1", "course": "AI", "topics[a]": "on"}),
        ("consents", {"employee_id": "P-1", "granted": "yes"}),
        (
            "waivers",
            {"waiver_id": "W-1", "clause": "C.2", "approver_id": "P-1", "reason": "a trial",
             "until.day": "2030-01-01", "subject.kind": "employee", "subject.id": "E-1"},
        ),
    ):  # fmt: skip
        answer = psit.submit(f"/registry/{kind}/form", fields)
        assert answer.status_code == 409, text(answer)
        assert "ask somebody else" in text(answer)


def recorded(kafka: str, subject: str) -> list[dict[str, Any]]:
    """What the console has written about a subject so far."""
    with reader(kafka) as consumer:
        place = TopicPartition(topics.intake_topic(topics.CONSOLE), 0)
        written = [json.loads(value or b"{}") for _, value in read_to_end(consumer, [place])]
    return [each for each in written if each["subject"] == subject]


def at_once(client: Client, path: str, fields: dict[str, str]) -> list[httpx.Response]:
    """A form sent by a quick hand, and by loading the page again afterwards."""
    client.submit("/contract")  # the token is known before they race
    with ThreadPoolExecutor() as pool:
        answers = list(pool.map(lambda _: client.submit(path, fields), range(4)))
    return [*answers, client.submit(path, fields)]


def test_a_form_that_is_sent_twice_is_told_once(psit: Client, console: Console) -> None:
    fields = inputs(psit.get("/registry/procurements/form")) | {
        "procurement_id": "P-9", "system_name": "a new one", "stage": "proposed",
    }  # fmt: skip
    fields.pop("csrf")
    answers = at_once(psit, "/registry/procurements/form", fields)
    assert {each.status_code for each in answers} == {303}
    until_applied(psit, answers[0])
    assert len(recorded(console.kafka, "procurement/P-9")) == 1
    entry = psit.get("/registry/procurements/entry?of=procurement/P-9")
    retracting = hidden_fields(entry, "retract") | {"reason": "a typing error"}
    answers = at_once(psit, "/registry/procurements/retract", retracting)
    assert {each.status_code for each in answers} == {303}
    until_applied(psit, answers[0])
    assert len(recorded(console.kafka, "procurement/P-9")) == 2
    changed = psit.submit("/registry/procurements/form", fields | {"system_name": "mended"})
    until_applied(psit, changed)
    assert "mended" in text(psit.get("/registry/procurements?q=p-9"))


def hidden_fields(page: httpx.Response, action: str) -> dict[str, str]:
    """Of the first form that is sent to such a page, without the token."""
    (form, *_) = re.findall(
        rf'<form method="post" action="[^"]*/{action}".*?</form>', page.text, _S
    )
    found = re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', form)
    return {name: unescape(value) for name, value in found if name != "csrf"}


def test_a_retracted_fact_that_is_told_again_counts(psit: Client) -> None:
    stated = {**EMPLOYEE, "employee_id": "E-80", "time.day": "2026-01-05", "time.clock": "08:00"}
    told(psit, "employees", stated)
    where = "/registry/employees/entry?of=employee/E-80"
    retracting = hidden_fields(psit.get(where), "retract") | {"reason": "a mix-up"}
    until_applied(psit, psit.submit("/registry/employees/retract", retracting))
    assert "holds now" not in text(psit.get(where))
    assert "holds now" in told(psit, "employees", stated)


def test_of_facts_side_by_side_one_is_chosen_to_change(psit: Client) -> None:
    course = {"employee_id": "E-81", "topics[a]": "on", "time.clock": "09:00"}
    for name, day in (("First", "2026-01-05"), ("Second", "2026-02-05")):
        told(psit, "training", {**course, "course": name, "time.day": day})
    page = psit.get("/registry/training/form?of=employee/E-81")
    assert "Choose which one changes" in text(page)
    links = re.findall(r'href="(/registry/training/form\?[^"]*)"', page.text)
    forms = {form["course"]: form for form in (inputs(psit.get(unescape(each))) for each in links)}
    assert set(forms) == {"First", "Second"}
    assert forms["First"]["time.day"] == "2026-01-05"
    form = forms["First"] | {"course": "Third"}
    form.pop("csrf")
    told(psit, "training", form)
    eventually("the old one is gone",
               lambda: "corrected by another entry" in text(psit.get(WHERE_81)), 30)  # fmt: skip
    assert text(psit.get(WHERE_81)).count("holds now") == 2
    kept = text(psit.get("/registry/training/form?of=employee/E-81"))
    assert "Course Third" in kept
    assert "Course Second" in kept
    assert "Course First" not in kept


WHERE_81 = "/registry/training/entry?of=employee/E-81"


def test_a_change_stays_with_what_was_chosen(psit: Client) -> None:
    fields = {"employee_id": "E-82", "granted": "yes"}
    for system in ("A", "B"):
        told(psit, "consents", {**fields, "system_id": system})
    page = psit.get("/registry/consents/form?of=employee/E-82")
    links = re.findall(r'href="(/registry/consents/form\?[^"]*)"', page.text)
    form = inputs(psit.get(unescape(links[0])))
    form.pop("csrf")
    refused = psit.submit("/registry/consents/form", {**form, "system_id": "C"})
    assert (refused.status_code, "A change keeps system id" in text(refused)) == (409, True)
    changed = told(psit, "consents", {**form, "granted": "no"})
    assert "Granted yes → no" in changed


def test_a_source_gets_its_topic(psit: Client, console: Console) -> None:
    kinds = {"allowed_types[ai.use.recorded.v1]": "on", "system_of_record": "no"}
    fields = {"source": "/vendors/new/one", "owner": "New", "status": "active", **kinds}
    page = told(psit, "sources", fields)
    assert "New" in page
    with admin(console.kafka) as client:
        assert topics.intake_topic("/vendors/new/one") in partition_counts(client)


def test_a_change_keeps_its_subject(psit: Client) -> None:
    told(psit, "employees", {**EMPLOYEE, "employee_id": "E-78"})
    form = inputs(psit.get("/registry/employees/form?of=employee/E-78"))
    form.pop("csrf")
    answer = psit.submit("/registry/employees/form", {**form, "employee_id": "E-79"})
    assert (answer.status_code, "keeps the ID" in text(answer)) == (409, True)


def test_what_is_not_there_is_not_found(psit: Client) -> None:
    for path in ("/registry/nothing", "/registry/employees/entry?of=employee/nobody",
                 f"/registry/systems/form?of={quote('system/none')}"):  # fmt: skip
        assert psit.get(path).status_code == 404
    assert urlsplit(str(psit.get("/registry").url)).path == "/registry"


def test_looking_is_in_the_log(psit: Client, console: Console) -> None:
    psit.get("/registry/employees?q=somebody")
    records: list[dict[str, Any]] = []

    def is_there() -> bool:
        records[:] = accesses(console.kafka)
        return any(r["what"] == "searched" and r.get("query") == "somebody" for r in records)

    eventually("the search is recorded", is_there, 10)


def sent_file(client: Client, kind: str, content: str) -> httpx.Response:
    files = {"file": ("table.csv", content.encode("utf-8-sig"), "text/csv")}
    return client.submit(f"/registry/{kind}/import", files=files)


def test_a_table_is_tried_first_and_sent_then(psit: Client, console: Console) -> None:
    head = "employee_id;name;unit;is_supervisor;status"
    hostile = HOSTILE.replace('"', '""')
    rows = [f'E-90;"{hostile}";North;no;active', 'E-91;"Lee; Kim";South;no;active',
            'E-92;"open;North;no;active', "E-93;X;North;maybe;active", "P-1;Me;North;no;active",
            "E-94;Y;North;yes;leave"]  # fmt: skip
    tried = sent_file(psit, "employees", "\r\n".join([head, *rows]))
    assert tried.status_code == 200, text(tried)
    page = text(tried)
    assert "Added 3 Changed 0 Unchanged, not sent 0 Wrong, not sent 3" in page
    assert "Line 4: it a quote is opened" in page
    assert "Line 5: is_supervisor must be yes or no" in page
    assert "Line 6: it this is your own entry" in page
    assert "<script>" not in tried.text.replace('<script src="/static/console.js" defer>', "")
    assert psit.get("/registry/employees/entry?of=employee/E-90").status_code == 404
    (name,) = re.findall(r'name="send" value="(\w+)"', tried.text)
    files = {"nothing": ("", b"")}
    other = console.client("administrator").submit(
        "/registry/employees/import", {"send": name}, files=files
    )
    assert (other.status_code, "not kept" in text(other)) == (409, True)
    for _ in range(2):
        done = psit.submit("/registry/employees/import", {"send": name}, files=files)
        assert "Done. 3 events were recorded" in text(done)
    where = "/registry/employees/entry?of=employee/E-9"
    for each in "014":
        eventually("it is there", lambda e=each: psit.get(where + e).status_code == 200, 30)  # type: ignore[misc]
    assert "Lee; Kim" in text(psit.get(where + "1"))

    rows[1] = rows[1].replace("South", "West")
    again = text(sent_file(psit, "employees", "\n".join([head, *rows])))
    assert "Added 0 Changed 1 Unchanged, not sent 2 Wrong, not sent 3" in again
    assert "Unit: South → West" in again
    assert "Cleared" not in again


def test_a_table_clears_only_what_it_says_and_sums_that_up(psit: Client) -> None:
    head, row = "employee_id,unit,is_supervisor,status", "E-95,North,no,active"
    where = "/registry/employees/entry?of=employee/E-95"
    for content in (
        f"{head},role,email\n{row},officer,e-95@example.org",
        f"{head},role,email\nE-95,South,no,active,,[clear]",
    ):
        tried = sent_file(psit, "employees", content)
        (name,) = re.findall(r'name="send" value="(\w+)"', tried.text)
        files = {"nothing": ("", b"")}
        done = psit.submit("/registry/employees/import", {"send": name}, files=files)
        assert "Done. 1 event was recorded" in text(done)
        unit = "South" if "[clear]" in content else "North"
        eventually("it is there", lambda unit=unit: unit in text(psit.get(where)), 30)  # type: ignore[misc]
    page = text(tried)
    assert "Cleared: Email in 1 row. What held there before holds no more. Send these 1" in page
    assert "Email: e-95@example.org → not stated" in page
    assert "Role: officer" not in page
    filled = inputs(psit.get("/registry/employees/form?of=employee/E-95"))
    assert (filled["unit"], filled["role"], filled["email"]) == ("South", "officer", "")


def test_forms_have_the_words_of_what_they_ask_for(psit: Client) -> None:
    assert "Add an employee" in text(psit.get("/registry/employees"))
    assert "Add an audit" in text(psit.get("/registry"))
    assert "Add a completed course" in text(psit.get("/registry/training/form"))
    assert "d: reading and verifying results" in text(psit.get("/registry/training/form"))
    assert "d (reading and verifying results)" in text(psit.get("/registry/training/import"))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("employee_id,colour", "Column 2 is none of"),
        ("employee_id,unit,unit", "unit is there more than once"),
        ("employee_id,unit", "Columns are missing: is_supervisor, status"),
        ("", "Choose a file"),
        ("\n\n", "It is empty"),
    ],
)
def test_a_file_that_is_no_such_table_is_refused(psit: Client, content: str, why: str) -> None:
    files = {"file": ("table.csv", content.encode(), "text/csv")}
    answer = psit.submit("/registry/employees/import", files=files)
    assert (answer.status_code, why in text(answer)) == (422, True), text(answer)


def test_a_file_that_is_too_large_is_refused(psit: Client) -> None:
    assert sent_file(psit, "employees", "x" * 1_100_000).status_code == 413


@pytest.mark.parametrize("name", KINDS)
def test_the_table_to_fill_in_is_one_that_is_taken(psit: Client, name: str) -> None:
    template = psit.get(f"/registry/{name}/template.csv").content
    answer = psit.submit(f"/registry/{name}/import", files={"file": ("t.csv", template)})
    assert (answer.status_code, "dry run: nothing was recorded" in text(answer)) == (200, True)


@pytest.mark.parametrize("name", KINDS)
def test_the_table_of_what_is_in_force_changes_nothing(
    psit: Client, console: Console, name: str
) -> None:
    if name == "employees":  # one's own row among them, and what looks like a formula
        indexed(console, psit, *(
            made_up._event("/records/hr", "registry.employee.changed.v1", f"employee/{who}", 0, who,
                           employee_id=who, name=called, unit="=1", is_supervisor=False,
                           status="active")
            for who, called in (("P-1", "'=x"), ("E-70", "@y,\n\"z\""))
        ))  # fmt: skip
    table = psit.get(f"/registry/{name}/template.csv?rows=present").content
    if name == "employees":
        assert b"\r\nP-1,''=x," in table
    answer = psit.submit(f"/registry/{name}/import", files={"file": ("t.csv", table)})
    assert (answer.status_code, "Nothing to change." in text(answer)) == (200, True), text(answer)
    assert 'name="send"' not in answer.text


def indexed(console: Console, client: Client, *events: bytes) -> None:
    """Events that came in elsewhere, once they can be found."""
    write(console.kafka, topics.EVENTS, b"", b"\n".join(events))
    (*_, last) = (json.loads(each)["subject"] for each in events)
    kind = "employees" if last.startswith("employee/") else "systems"
    where = f"/registry/{kind}?q={quote(last)}"
    eventually("they are indexed", lambda: last in text(client.get(where)), 30)


def test_people_and_systems_are_found_by_name(psit: Client, console: Console) -> None:
    system = {
        "system_id": "sys-9", "name": "Face Match Pro*", "vendor": "Acme Corp", "third_party": True,
        "families": [], "capabilities": [], "publicly_accessible": False, "permitted_transfers": [],
    }  # fmt: skip
    people = (
        made_up._event("/records/hr", "registry.employee.changed.v1", f"employee/E-6{n:02}", n,
                       f"found-{n}", employee_id=f"E-6{n:02}", name=f"Ána Quintero {n}", unit="N",
                       is_supervisor=False, status="active")
        for n in range(27)
    )  # fmt: skip
    changed = "registry.system.changed.v1"
    indexed(console, psit, *people,
            made_up._event("/records/hr", changed, "system/sys-9", 0, "sys", **system))  # fmt: skip
    assert "employee/E-607" in text(psit.get("/registry/employees?q=quintero, ÁNA 7"))
    assert "Nothing is registered like that" in text(psit.get("/registry/employees?q=quintero 77"))
    for q in ("face match", "acme", "PRO*"):
        found = text(psit.get("/registry/systems", params={"q": q}))
        assert ("system/sys-9" in found, "1 in all" in found) == (True, True)
    first = psit.get("/registry/employees?q=quintero")
    assert "27 in all" in text(first)
    assert "Page 1 of 2" in text(first)
    (further,) = re.findall(r'rel="next" href="([^"]*)"', first.text)
    second = psit.get(unescape(further))
    both = [set(re.findall(r"employee/E-6\d\d", text(each))) for each in (first, second)]
    assert [len(each) for each in both] == [25, 2]
    assert not both[0] & both[1]


def test_nobody_waives_anything_for_their_own_use(psit: Client, console: Console) -> None:
    uses = (
        made_up._event("/vendors/acme/x", "ai.use.recorded.v1", f"use/{name}", 0, name, use_id=name,
                       system_id="x", employee_id=who, family="generative", capability="text",
                       purpose="report_writing")
        for name, who in (("own", "P-1"), ("other", "E-5"))
    )  # fmt: skip
    subject = "employee/E-71"
    after = made_up._event(
        "/records/hr", "registry.employee.changed.v1", subject, 0, "after",
        employee_id="E-71", unit="N", is_supervisor=False, status="active",
    )  # fmt: skip
    indexed(console, psit, *uses, after)
    fields = {"waiver_id": "W-8", "clause": "C.2", "approver_id": "S-1", "reason": "a trial",
              "until.day": "2030-01-01", "subject.kind": "use"}  # fmt: skip
    refused = psit.submit("/registry/waivers/form", {**fields, "subject.id": "own"})
    assert (refused.status_code, "a waiver for your own use" in text(refused)) == (409, True)
    head = "subject,waiver_id,clause,approver_id,reason,until"
    rows = "\n".join(f"use/{name},W-8,C.2,S-1,a trial,2030-01-01" for name in ("own", "other"))
    tried = text(sent_file(psit, "waivers", f"{head}\n{rows}"))
    assert "Added 1 Changed 0 Unchanged, not sent 0 Wrong, not sent 1" in tried
    assert "Line 2: it this is a waiver for your own use" in tried
    told(psit, "waivers", {**fields, "subject.id": "other"})
