"""Exports over real Elasticsearch and Kafka: whole, safe in spreadsheets, in scope, recorded."""

import asyncio
import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any

import httpx
import orjson
import pytest
from kafka import TopicPartition

from schemas.verdicts import Finding
from services.console.exports.formats import BOM, cell, csv_lines, json_lines
from services.console.registry.kinds import KINDS
from services.indexer.bulk import Bulk, Limits
from services.indexer.documents import Record, actions
from services.runtime import topics
from services.runtime.elasticsearch import connect, create_indices
from services.runtime.health import Health
from services.runtime.indices import Indices
from services.runtime.kafka import read_to_end, reader
from tests import signed_in
from tests.e2e import made_up
from tests.e2e.made_up import HOSTILE

MANY = 10_007
FORMULA = '=HYPERLINK("http://evil.example","x"),\n"quoted"'
_SUPERVISED = ("E-10", "E-11")
ASKED = 8
SHORT = {"BLOTTER_CONSOLE_APPROVALS": "3"}


def _act(revision: int, action: str, actor_id: str, **more: Any) -> dict[str, Any]:
    """What somebody did, as `review.last` has it."""
    at = made_up.NOW + timedelta(minutes=revision)
    return {"event_id": f"act-{revision}", "action": action, "actor_id": actor_id, "at": at, **more}


def _reviewed(number: int, status: str, acts: list[dict[str, Any]], **more: Any) -> list[Finding]:
    """The revisions of a finding that people did something with."""
    ids = [act["event_id"] for act in acts]
    return [
        made_up.finding(
            number, "E.1.a", revision=place + 1,
            review={"status": status, "unchanged_since": place + 1, "acts": ids[:place],
                    "last": act, **more},
        )
        for place, act in enumerate(acts, start=1)
    ]  # fmt: skip


DISMISSED = _reviewed(
    600, "dismissed",
    [_act(1, "dismissed", "E-2", reason="=not so", comment="seen on the tape"),
     _act(2, "dismissed", "E-3", reason="too late", refused="it was decided"),
     _act(3, "commented", "E-3", comment="agreed")],
    assignee_id="E-2", acknowledged_at=made_up.NOW,
)  # fmt: skip
REOPENED = _reviewed(
    601, "acknowledged",
    [_act(1, "closed", "E-2"), _act(2, "reopened", "E-2", reason="more came")],
)  # fmt: skip


def _records() -> Iterator[tuple[str, bytes, bytes]]:
    found = [
        *(made_up.finding(number, "D.2") for number in range(100)),
        made_up.finding(500, "C.2", unit=FORMULA, sentence=FORMULA, employee_id="E-10"),
        made_up.finding(501, "C.2", unit="@unit", sentence=HOSTILE, employee_id="E-10"),
        made_up.finding(502, "C.2", finding_id="f/=a b", employee_id="E-2"),
    ]
    for each in found:
        yield topics.FINDINGS, b"", each.model_dump_json(exclude_none=True).encode()
        yield topics.FINDING_HISTORY, b"", each.model_dump_json(exclude_none=True).encode()
    for revisions in (DISMISSED, REOPENED):
        for each in revisions:
            yield topics.FINDING_HISTORY, b"", each.model_dump_json(exclude_none=True).encode()
        yield topics.FINDINGS, b"", revisions[-1].model_dump_json(exclude_none=True).encode()
    one = made_up.metrics(1).model_dump(mode="json", exclude_none=True)
    for number in range(MANY):
        # In an order that is not that of the names.
        changed = {"dossier": f"use/{number * 7919 % MANY}", "kind": "use", "revision": 1}
        employee = {"employee_id": "E-11" if number % 1000 == 0 else "E-99"}
        yield topics.METRICS, b"", orjson.dumps({**changed, **one, **changed, **employee})
    for number in range(20):
        yield topics.REJECTED, b"", orjson.dumps(made_up.rejected(number))
    roster = [
        made_up._event(
            "/records/hr", "registry.employee.changed.v1", f"employee/{name}", -100, f"hr-{name}",
            employee_id=name, unit="Records", is_supervisor=name == "E-2", status="active",
            supervisor_id="E-2" if name in _SUPERVISED else None,
        )
        for name in ("E-2", *_SUPERVISED, "E-99")
    ]  # fmt: skip
    asked = [
        made_up._event(
            "/records/rms", "oversight.approval.requested.v1", f"use/a-{number}", number,
            f"asked-{number}", use_id=f"a-{number}", employee_id=who, locator=FORMULA,
        )
        for number, who in enumerate(["E-10"] * ASKED + ["E-99", "E-2"])
    ]  # fmt: skip
    answered = made_up._event(
        "/console", "oversight.approval.decided.v1", "use/a-0", 50, "answered", use_id="a-0",
        approver_id="E-2", decision="denied",
    )  # fmt: skip
    told = [
        made_up._event(
            "/records/hr", "registry.employee.changed.v1", "employee/E-98", hours, f"told-{hours}",
            employee_id="E-98", name=name, unit="Records", is_supervisor=False, status="active",
        )
        for hours, name in ((0, "=before"), (1, FORMULA))
    ]  # fmt: skip
    course = made_up._event(
        "/records/hr", "registry.training.completed.v1", "employee/E-98", 0, "course",
        employee_id="E-98", course="AI", topics=["a", "b"],
    )  # fmt: skip
    wrong = made_up._event(
        "/console", "oversight.event.retracted.v1", "employee/E-98", 2, "wrong", actor_id="P-1",
        event_source="/records/hr", event_id="told-0", reason="@typo",
    )  # fmt: skip
    more = [*asked, answered, *told, course, wrong]
    yield topics.EVENTS, b"", b"\n".join([*made_up.events(), *roster, *more])


async def _fill(url: str, prefix: str) -> None:
    indices, client = Indices(prefix), connect(url)
    try:
        await create_indices(client, indices)
        made = [
            action
            for offset, (topic, key, value) in enumerate(_records())
            for action in actions(Record(topic, 0, offset, 0, key, value), indices)
        ]
        await Bulk(client, indices, Limits(1000, 5_000_000, 2, 0.2, 1), Health(60)).settle(made)
        await client.indices.refresh(index=f"{prefix}-*")
    finally:
        await client.close()


@pytest.fixture(scope="module")
def console(kafka: str, elasticsearch: str) -> Iterator[signed_in.Console]:
    prefix = made_up.new_prefix()
    asyncio.run(_fill(elasticsearch, prefix))
    with signed_in.console(kafka, elasticsearch, prefix, **SHORT) as running:
        yield running


@pytest.fixture(scope="module")
def pages(console: signed_in.Console) -> httpx.Client:
    return console.client("auditor")


def table(answer: httpx.Response) -> list[dict[str, str]]:
    """What a program for spreadsheets reads."""
    assert answer.status_code == 200, answer.text
    assert answer.content.startswith(BOM)
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


def objects(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.split("\n") if line]


def recorded(kafka: str) -> list[dict[str, Any]]:
    """What the console has written into the log so far."""
    with reader(kafka) as consumer:
        place = TopicPartition(topics.intake_topic(topics.CONSOLE), 0)
        return [json.loads(value or b"{}") for _, value in read_to_end(consumer, [place])]


def test_more_than_elasticsearch_pages_through_is_exported(pages: httpx.Client) -> None:
    found = table(pages.get("/export/records.csv"))
    assert len(found) == MANY
    assert len({each["dossier"] for each in found}) == MANY
    assert len(objects(pages.get("/export/records.jsonl?employee=E-99"))) == MANY - 11


def test_the_inbox_is_exported_with_its_filters(pages: httpx.Client) -> None:
    everything = objects(pages.get("/export/findings.jsonl"))
    assert len(everything) == 104
    some = objects(pages.get("/export/findings.jsonl?clause=D.2&verdict=violation"))
    assert {(each["clause"], each["verdict"]) for each in some} == {("D.2", "violation")}
    assert 0 < len(some) < 100
    names = [each["finding_id"] for each in everything]
    assert names == sorted(names)
    page = re.sub(r"<[^>]*>", "", pages.get("/?clause=D.2&verdict=violation").text)
    assert f"for {len(some)} finding" in page


def test_findings_are_exported_with_what_was_decided(pages: httpx.Client) -> None:
    (row,) = table(pages.get("/export/findings.csv?state=all&clause=E.1.a&q=f-e.1.a-600"))
    assert row["decision"] == row["status"] == "dismissed"
    assert (row["decided_by"], row["assignee_id"]) == ("E-2", "E-2")
    assert row["decision_reason"] == "'=not so"
    assert row["decision_comment"] == "seen on the tape"
    assert row["acknowledged_at"].startswith("2025-12-20T18:00")
    assert row["decided_at"].startswith("2025-12-20T18:01")
    assert "review" not in row
    (again,) = objects(pages.get("/export/findings.jsonl?q=f-e.1.a-601"))
    assert (again["status"], again["decision"], again["decided_by"]) == ("acknowledged", None, None)


def test_no_cell_is_a_formula(pages: httpx.Client) -> None:
    answer = pages.get("/export/findings.csv?clause=C.2")
    assert b"\r\n" in answer.content
    found = {each["finding_id"]: each for each in table(answer)}
    assert found["f-c.2-500"]["unit"] == "'" + FORMULA
    assert found["f-c.2-500"]["sentence"] == "'" + FORMULA
    assert found["f-c.2-501"]["unit"] == "'@unit"
    assert found["f-c.2-501"]["sentence"] == HOSTILE
    for each in table(pages.get("/export/rejected.csv")):
        assert not any(
            value.startswith(("=", "+", "-", "@", "\t", "\r")) for value in each.values()
        )
    (exact,) = objects(pages.get("/export/findings.jsonl?q=f-c.2-500"))
    assert exact["unit"] == FORMULA


@pytest.mark.parametrize(
    ("value", "written"),
    [("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@x", "'@x"), ("\t=1", "'\t=1"),
     ("\r=1", "'\r=1"), ("\n=1", "'\n=1"), ("＝1", "'＝1"), ("＋1", "'＋1"), ("－1", "'－1"),
     ("＠x", "'＠x"), ("a=1", "a=1"), ("", ""), (None, ""), (3, "3"), (True, "true"),
     (["=a", "b"], "'=a; b"), ([{"source": "s", "id": "i"}], "s i")],
)  # fmt: skip
def test_a_cell(value: object, written: str) -> None:
    assert cell(value) == written


def test_what_is_written_is_read_again() -> None:
    rows = [['say "hi"', "a,b", "two\nlines", "two\r\nlines", "é\u202e\x00", " x "]]
    text = csv_lines(rows).decode()
    assert text.endswith("\r\n")
    assert list(csv.reader(io.StringIO(text, newline=""))) == rows
    assert json_lines([{"a": "x\ny"}, {"a": None}]) == b'{"a":"x\\ny"}\n{"a":null}\n'


def test_supervisors_export_what_concerns_their_people(console: signed_in.Console) -> None:
    supervisor = console.client("supervisor")
    found = objects(supervisor.get("/export/findings.jsonl"))
    assert found
    assert {each["employee_id"] for each in found} <= set(_SUPERVISED)
    dossiers = objects(supervisor.get("/export/records.jsonl"))
    assert len(dossiers) == 11
    assert {each["employee_id"] for each in dossiers} == {"E-11"}
    people = table(supervisor.get("/export/employees.csv"))
    assert [each["employee"] for each in people] == list(_SUPERVISED)
    for path in ("rejected.csv", "systems.csv", "dashboard/overview/time.csv"):
        assert supervisor.get(f"/export/{path}").status_code == 403
    assert supervisor.get("/export/finding/f-c.2-500").status_code == 200
    # What is about themselves.
    assert supervisor.get("/export/finding/f%2F%3Da%20b").status_code == 404
    assert console.stranger().get("/export/findings.csv").status_code == 303


def test_an_export_is_in_the_log_before_its_first_byte(
    console: signed_in.Console, kafka: str
) -> None:
    query = "clause=D.2&unit=Traffic"
    with console.client("psit").stream("GET", f"/export/findings.csv?{query}") as answer:
        assert answer.status_code == 200
        written = recorded(kafka)
    (exported,) = [each["data"] for each in written if each["data"].get("query") == query]
    assert exported == {
        "actor_id": "P-1", "what": "exported", "target": "/export/findings.csv", "query": query,
    }  # fmt: skip


@pytest.mark.parametrize(
    "path", ["dashboard/overview/time", "dashboard/overview/clause", "dashboard/overview/unit",
             "dashboard/duties/duties", "dashboard/duties/delays", "dashboard/training/training",
             "dashboard/training/training-ending", "dashboard/systems/systems",
             "dashboard/pipeline/sources", "dashboard/pipeline/progress",
             "dashboard/pipeline/refused", "systems", "employees", "rejected", "events/use%2F2",
             *(f"registry/{name}" for name in KINDS)],
)  # fmt: skip
def test_every_list_is_exported_in_both_forms(pages: httpx.Client, path: str) -> None:
    rows, lines = (
        table(pages.get(f"/export/{path}.csv")),
        objects(pages.get(f"/export/{path}.jsonl")),
    )
    assert len(rows) == len(lines)
    if rows:
        assert list(rows[0]) == list(lines[0])
    disposition = pages.get(f"/export/{path}.csv").headers["content-disposition"]
    assert re.fullmatch(r'attachment; filename="[a-z-]+-\d{4}-\d\d-\d\d\.csv"', disposition)


def test_the_registry_is_exported_with_its_history(pages: httpx.Client) -> None:
    found = table(pages.get("/export/registry/employees.csv"))
    assert [each["subject"] for each in found] == sorted(each["subject"] for each in found)
    now, before = (each for each in found if each["subject"] == "employee/E-98")
    assert (now["state"], now["name"]) == ("now", "'" + FORMULA)
    assert (before["state"], before["name"]) == ("retracted", "'=before")
    assert (before["retracted_by"], before["retraction_reason"]) == ("P-1", "'@typo")
    some = objects(pages.get("/export/registry/employees.jsonl?q=hyperlink"))
    assert {each["subject"] for each in some} == {"employee/E-98"}
    assert some[0]["name"] == FORMULA
    (course,) = objects(pages.get("/export/registry/training.jsonl"))
    assert course["topics"] == ["a", "b"]
    page = pages.get("/registry/employees?q=e-9").text
    assert 'href="/export/registry/employees.csv?q=e-9"' in page
    assert pages.get("/export/registry/nothing.csv").status_code == 404


def test_approvals_are_paged_and_exported_in_scope(console: signed_in.Console) -> None:
    supervisor = console.client("supervisor")
    shown: list[str] = []
    path: str | None = "/approvals"
    while path:
        page = supervisor.get(path).text
        found = re.findall(r"Use</dt><dd class=\"value\">(a-\d+)", page)
        assert 0 < len(found) <= 3
        shown += found
        (path,) = map(unescape, re.findall(r'rel="next" href="([^"]*)"', page) or [""])
    waiting = [f"a-{number}" for number in reversed(range(1, ASKED))]
    assert shown == waiting
    assert "There are no more" in supervisor.get("/approvals?page=9").text
    rows = table(supervisor.get("/export/approvals.csv"))
    assert [each["use_id"] for each in rows] == waiting
    assert {each["locator"] for each in rows} == {"'" + FORMULA}
    (decided,) = objects(supervisor.get("/export/approvals.jsonl?tab=decided"))
    assert (decided["use_id"], decided["decision"], decided["decided_by"]) == (
        "a-0", "denied", "E-2",
    )  # fmt: skip
    everybodys = objects(console.client("psit").get("/export/approvals.jsonl"))
    assert len(everybodys) == len(waiting) + 2
    audited = objects(console.client("auditor").get("/export/approvals.jsonl"))
    assert audited == everybodys
    assert supervisor.get("/export/registry/employees.csv").status_code == 403


def test_the_events_of_a_record_are_the_exact_bytes(pages: httpx.Client) -> None:
    found = objects(pages.get("/export/events/use%2F2.jsonl"))
    assert {each["raw"] for each in found} == {e.decode() for e in made_up.events()[:3]}
    assert [each["time"] for each in found] == sorted(each["time"] for each in found)


def test_a_finding_is_a_page_to_print(pages: httpx.Client) -> None:
    answer = pages.get("/export/finding/f-d.2-2")
    said = re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", answer.text)))
    assert "Finding f-d.2-2 , revision 1" in said
    assert "documented the lead in report R-2025-3391" in said
    assert '"specversion":"1.0"' in said
    assert "<nav" not in answer.text
    assert "<details" not in answer.text
    assert "<script" not in answer.text
    assert pages.get("/export/finding/nobody").status_code == 404


@pytest.mark.parametrize(
    "path", ["nothing.csv", "findings.xlsx", "dashboard/overview/none.csv",
             "dashboard/none/time.csv", "events/use%2Fnobody.csv"],
)  # fmt: skip
def test_an_unknown_list_is_404(pages: httpx.Client, path: str) -> None:
    assert pages.get(f"/export/{path}").status_code == 404


def test_a_bad_parameter_is_named(pages: httpx.Client) -> None:
    for path in ("findings.csv?state=gone", "records.jsonl?verdict=x", "rejected.csv?x=1"):
        assert pages.get(f"/export/{path}").status_code == 400
