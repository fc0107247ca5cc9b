"""The review with all that it takes: what people do in the console goes through the log and the
checker, and comes back to the page."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from html import escape, unescape
from signal import SIGCONT, SIGSTOP
from typing import Any

import httpx
import pytest

from schemas.events import dump
from services.order import scenario as s
from tests import reviewing
from tests.pipeline import eventually
from tests.reviewing import CROWD, OVERDUE_AT_ONCE, Department, said
from tests.signed_in import Client


@pytest.fixture(scope="module")
def people(
    own_kafka: str, elasticsearch: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Department]:
    folder = tmp_path_factory.mktemp("review")
    settings = OVERDUE_AT_ONCE | {
        "BLOTTER_CONSOLE_BULK_FINDINGS": str(CROWD + 2), "BLOTTER_CONSOLE_ROSTER_SECONDS": "0.5",
    }  # fmt: skip
    with reviewing.department(own_kafka, elasticsearch, folder, **settings) as made:
        yield made


def said_of(html: str) -> str:
    """What a person reads of a part of a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html))


def act(client: Client, finding: dict[str, Any], action: str, **more: Any) -> httpx.Response:
    """Fill in a form of the finding's page as it was when `finding` was looked up."""
    fields = {"action": action, "revision": finding["revision"], **more}
    return client.submit(f"/findings/{finding['finding_id']}", fields)


def applied(client: Client, answer: httpx.Response) -> str:
    """The page once it tells what became of the action."""
    assert answer.status_code == 303, said(answer)
    pages: list[httpx.Response] = []

    def is_told() -> bool:
        pages.append(client.get(answer.headers["location"]))
        return "applying" not in pages[-1].text

    eventually("it is applied", is_told, 20)
    return said(pages[-1])


def test_seen_decided_and_all_of_it_told(people: Department) -> None:
    found = people.finding("plate-1", "D.4")
    assert found["finding_id"] in people.sergeant.get("/?view=mine&clause=D.4&q=plate-1").text
    page = people.sergeant.get(f"/findings/{found['finding_id']}")
    assert "Nobody has acknowledged it yet" in page.text
    assert "Ola Berg (O-1)" in page.text
    answer = act(people.sergeant, found, "acknowledged")
    assert "sent=" in answer.headers["location"]
    assert "Done. You acknowledged it" in applied(people.sergeant, answer)

    found = people.finding("plate-1", "D.4")
    assert found["status"] == "acknowledged"
    answer = act(people.sergeant, found, "assigned", assignee="L-1", text="please look at pink ink")
    assert "Lou Reyes (L-1) has it" in applied(people.sergeant, answer)
    mine = people.lieutenant.get("/?view=mine&clause=D.4&q=plate-1")
    assert found["finding_id"] in mine.text
    assert "Lou Reyes (L-1)" in mine.text

    found = people.finding("plate-1", "D.4")
    answer = act(people.lieutenant, found, "commented", text="was on patrol")
    applied(people.lieutenant, answer)
    found = people.finding("plate-1", "D.4")
    wrong = act(people.lieutenant, found, "dismissed", text="   ")
    assert wrong.status_code == 409
    assert "A dismissal needs a reason" in wrong.text
    answer = act(people.lieutenant, found, "dismissed", text="case 26-7 was given by radio")
    told = applied(people.lieutenant, answer)
    for part in (
        "Ana Ruiz (S-1) acknowledged it", "Ana Ruiz (S-1) gave it to Lou Reyes (L-1)",
        "please look at pink ink", "Lou Reyes (L-1) dismissed it", "case 26-7 was given by radio",
    ):  # fmt: skip
        assert part in told
    # The list may be searchable a moment after the history is.
    eventually(
        "it is decided in the list, too",
        lambda: (
            found["finding_id"]
            in people.lieutenant.get("/?state=decided&clause=D.4&q=plate-1").text
        ),
    )
    assert found["finding_id"] not in people.lieutenant.get("/?view=all&clause=D.4&q=plate-1").text
    # What was said is found, also the comment before the last.
    assert found["finding_id"] in people.psit.get("/?state=all&q=pink+ink").text
    assert found["finding_id"] in people.psit.get("/?state=all&q=radio").text
    answer = act(people.sergeant, people.finding("plate-1", "D.4"), "reopened", text="no such case")
    assert "You reopened it" in applied(people.sergeant, answer)


def test_the_second_of_two_people_is_told(people: Department) -> None:
    found = people.finding("plate-2", "D.4")
    first = act(people.sergeant, found, "confirmed")
    second = act(people.psit, found, "dismissed", text="not needed")
    assert "You confirmed it" in applied(people.sergeant, first)
    if second.status_code == 303:  # the checker had to find out
        told = applied(people.psit, second)
        assert "This was not applied" in told
        assert "wanted to: Dismiss" in told
    assert people.finding("plate-2", "D.4")["status"] == "confirmed"
    # By now the console knows it before anything is recorded, and keeps what was typed.
    late = act(people.psit, found, "dismissed", text="typed with care")
    assert late.status_code == 409
    assert "had changed meanwhile" in said(late)
    assert "Nothing was recorded" in said(late)
    late = act(people.psit, found, "commented", text="typed with care")
    assert late.status_code == 409
    assert ">typed with care</textarea>" in late.text


def test_a_button_that_is_pressed_twice_counts_once(people: Department) -> None:
    found = people.finding("private-2", "F.1.c")
    answers = [act(people.sergeant, found, "acknowledged") for _ in range(2)]
    for answer in answers:
        if answer.status_code == 303:
            assert "Done." in applied(people.sergeant, answer)
    assert people.finding("private-2", "F.1.c")["status"] == "acknowledged"


def test_high_severity_is_dismissed_by_two(people: Department) -> None:
    found = people.finding("private", "F.1.c")
    alone = act(people.sergeant, found, "dismissed", text="a mistake")
    assert alone.status_code == 409
    assert "dismissed by two people" in alone.text
    page = people.sergeant.get(f"/findings/{found['finding_id']}")
    assert 'id="do-dismissed"' not in page.text
    assert 'id="do-dismissal_requested"' in page.text
    applied(people.sergeant, act(people.sergeant, found, "dismissal_requested", text="a mistake"))
    found = people.finding("private", "F.1.c")
    again = act(people.sergeant, found, "dismissed", text="a mistake")
    assert again.status_code == 409
    answer = act(people.lieutenant, found, "dismissed", text="seen, a mistake")
    assert "You dismissed it" in applied(people.lieutenant, answer)


def test_nobody_acts_on_a_finding_about_themselves(people: Department) -> None:
    found = people.finding("plate-s", "D.4")
    path = f"/findings/{found['finding_id']}"
    assert people.sergeant.get(path).status_code == 404
    assert act(people.sergeant, found, "acknowledged").status_code == 404
    assert people.lieutenant.get(path).status_code == 200
    # Somebody who may see everything sees it, without any form, and a form made by hand fails.
    people.console.account("boss", "psit", "S-1")
    boss = people.console.stranger()
    eventually("signed in", lambda: boss.sign_in("boss").status_code == 303)
    page = boss.get(path)
    assert "This finding is about you" in page.text
    assert 'name="revision"' not in page.text
    answer = act(boss, found, "acknowledged")
    assert answer.status_code == 409
    assert "nobody acts on a finding about themselves" in answer.text.lower()
    assert people.finding("plate-s", "D.4")["status"] == "new"


def test_outside_the_own_chain_there_is_nothing(people: Department) -> None:
    found = people.finding("plate-x", "D.4")
    path = f"/findings/{found['finding_id']}"
    assert people.sergeant.get(path).status_code == 404
    assert act(people.sergeant, found, "acknowledged").status_code == 404
    assert found["finding_id"] not in people.sergeant.get("/?view=all&state=all").text
    assert people.other.get(path).status_code == 200
    auditor = people.console.client("auditor")
    assert 'name="revision"' not in auditor.get(path).text
    assert act(auditor, found, "acknowledged").status_code == 403
    # Whoever is given it may see it.
    applied(people.other, act(people.other, found, "assigned", assignee="S-1"))
    assert people.sergeant.get(path).status_code == 200
    unknown = act(people.other, people.finding("plate-x", "D.4"), "assigned", assignee="O-1")
    assert unknown.status_code == 409
    assert "not a supervisor" in unknown.text


def test_what_is_mine_and_what_is_overdue(people: Department) -> None:
    assert people.sergeant.get("/").headers["location"] == "/?view=mine"
    found = people.finding("plate-3", "D.4")
    overdue = people.sergeant.get("/?view=overdue&clause=D.4&q=plate-3")
    assert found["finding_id"] in overdue.text
    # High severity has a day.
    assert "Nothing is overdue" in people.sergeant.get("/?view=overdue&severity=high").text
    page = said(people.sergeant.get(f"/findings/{found['finding_id']}"))
    assert "it is overdue" in page
    assert found["finding_id"] not in people.other.get("/?view=mine").text


def test_all_of_one_cause_at_once(people: Department) -> None:
    asked = "view=all&system=unheard-of"
    page = people.psit.get(f"/?{asked}")
    entries = dict(re.findall(r'name="(e:[0-9a-f]{32})" value="([\d.]+)"', page.text))
    entry, shown = next((k, v) for k, v in entries.items() if v.startswith(f"{CROWD}."))
    single = people.finding("plate-3", "D.4")
    stale = people.finding("plate-2", "D.4")
    fields = {
        entry: shown,
        f"f:{single['finding_id']}": single["revision"],
        f"f:{stale['finding_id']}": 1,
        "query": asked, "action": "acknowledged", "text": "", "assignee": "",
    }  # fmt: skip
    answer = people.psit.submit("/review/several", fields)
    assert f"{CROWD + 1} recorded" in said(answer)
    assert "1 not recorded" in said(answer)
    assert "had changed meanwhile" in said(answer)
    eventually("applied", lambda: people.finding("plate-3", "D.4")["status"] == "acknowledged")
    eventually(
        "the entry too",
        lambda: f"{CROWD} acknowledged" in said(people.psit.get(f"/?{asked}")),
    )
    # The list that was shown before stands for nothing any more.
    again = said(people.psit.submit("/review/several", fields))
    assert "0 recorded" in again
    assert "has changed since the list was shown" in again


def test_a_use_that_nobody_reported_is_one_entry(people: Department) -> None:
    people.send(s.output_used(datetime.now(UTC), use_id="ghost", employee_id="O-1"))
    people.until_found(("ghost", "C.1.a"), ("ghost", "D.4"))

    def cards() -> list[str]:
        page = people.sergeant.get("/?view=mine&q=ghost")
        return re.findall(r'<li class="card.*?</li>', page.text, re.S)

    (card,) = cards()
    assert "others refer to this use" in card.lower()
    assert re.search(r"Clause \d+ clauses", said_of(card))
    assert "High severity" in card
    (address,) = re.findall(r'<h2><a href="([^"]+)"', card)
    inside = said(people.sergeant.get(unescape(address)))
    assert "clauses, use/ghost · shared cause: others refer to this use" in inside


def test_all_that_match_at_once(people: Department) -> None:
    asked = "view=all&clause=D.4&employee=O-1&system=plates"
    page = people.psit.get(f"/?{asked}")
    (entry,) = re.findall(r'<li class="card.*?</li>', page.text, re.S)
    (shown,) = re.findall(r'name="matching" value="([\d.]+)"', page.text)
    # Searches without a case, by one officer.
    count = int(shown.split(".")[0])
    assert count >= 3
    assert f"and {count - 1} more with the same cause" in said_of(entry)
    fields = {"matching": shown, "query": asked, "action": "commented", "text": "to all of them"}
    assert f"{count} recorded" in said(people.psit.submit("/review/several", fields))
    eventually(
        "each has the comment",
        lambda: all(
            "to all of them" in people.psit.get(f"/findings/{found['finding_id']}").text
            for found in (people.finding(f"plate-{n}", "D.4") for n in (1, 2, 3))
        ),
    )
    again = said(people.psit.submit("/review/several", fields))
    assert "0 recorded" in again
    assert "has changed since the list was shown" in again
    many = said(people.psit.get("/?view=all"))
    assert f"More than {CROWD + 2} findings match" in many


def test_several_have_their_bounds(people: Department) -> None:
    asked = "view=all&system=unheard-of"
    page = people.psit.get(f"/?{asked}")
    entries = dict(re.findall(r'name="(e:[0-9a-f]{32})" value="([\d.]+)"', page.text))
    assert len(entries) > 1
    many = people.psit.submit(
        "/review/several", {**entries, "query": asked, "action": "commented", "text": "a word"}
    )
    assert "0 recorded" in said(many)
    assert f"more than may be acted on at once ({CROWD + 2})" in said(many)
    high = people.finding("private-2", "F.1.c")
    fields = {
        f"f:{high['finding_id']}": high["revision"], "query": "view=all", "action": "dismissed",
        "text": "kept as typed",
    }  # fmt: skip
    answer = said(people.sergeant.submit("/review/several", fields))
    assert "0 recorded" in answer
    assert "two people" in answer
    assert "kept as typed" in answer
    own = people.finding("plate-s", "D.4")
    fields = {f"f:{own['finding_id']}": own["revision"], "query": "", "action": "acknowledged"}
    assert "not yours to see" in said(people.sergeant.submit("/review/several", fields))
    nothing = people.sergeant.submit("/review/several", {"query": "", "action": "acknowledged"})
    assert "Nothing was selected" in nothing.text
    no = people.sergeant.submit("/review/several", {"query": "", "action": "confirmed"})
    assert no.status_code == 400
    auditor = people.console.client("auditor")
    assert auditor.submit("/review/several", fields).status_code == 403


def test_a_finding_is_given_to_psit_and_back(people: Department) -> None:
    people.send(s.plate_search(datetime.now(UTC), use_id="pass", employee_id="O-2"))
    people.until_found(("pass", "D.4"))
    nobody = act(people.sergeant, people.finding("pass", "D.4"), "assigned", assignee="")
    assert (nobody.status_code, "or say that it is given back" in nobody.text) == (409, True)
    given = act(people.sergeant, people.finding("pass", "D.4"), "assigned", assignee="P-1")
    assert "P-1 has it" in applied(people.sergeant, given)
    found = people.finding("pass", "D.4")
    assert found["finding_id"] in people.psit.get("/?view=mine&q=pass").text
    assert found["finding_id"] not in people.sergeant.get("/?view=mine&q=pass").text
    back = act(people.psit, found, "assigned", assignee="-")
    assert "You gave it back" in applied(people.psit, back)
    eventually(
        "the sergeant has it",
        lambda: found["finding_id"] in people.sergeant.get("/?view=mine&q=pass").text,
    )
    assert found["finding_id"] not in people.psit.get("/?view=mine&q=pass").text


def test_what_lacks_a_reason_can_be_sent_again(people: Department) -> None:
    people.send(s.plate_search(datetime.now(UTC), use_id="late", employee_id="O-2"))
    people.until_found(("late", "D.4"))
    found = people.finding("late", "D.4")
    name = f"f:{found['finding_id']}"
    fields = {
        name: found["revision"],
        "query": "view=all&q=late",
        "action": "dismissed",
        "text": "",
    }
    answer = people.psit.submit("/review/several", fields)
    assert "A dismissal needs a reason" in answer.text
    form = answer.text.partition("Send it again")[2]
    again = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))
    again = {key: unescape(value) for key, value in again.items() if key != "csrf"}
    assert again == {key: str(value) for key, value in fields.items() if key != "text"}
    people.pipeline.services[1].send(SIGSTOP)  # the checker: nothing is applied meanwhile
    try:
        answer = people.psit.submit("/review/several", {**again, "text": "known by radio"})
        assert "1 recorded" in said(answer)
        assert "Recorded, applying…" in people.psit.get("/?view=all&q=late").text
        assert "Recorded, applying…" not in people.sergeant.get("/?view=all&q=late").text
    finally:
        people.pipeline.services[1].send(SIGCONT)
    eventually("it is applied", lambda: people.finding("late", "D.4")["status"] == "dismissed", 30)
    assert "Recorded, applying…" not in people.psit.get("/?view=all&q=late&state=decided").text


def test_filters_are_kept_by_account(people: Department) -> None:
    query = "view=all&severity=high"
    answer = people.sergeant.submit("/review/filters", {"name": "Urgent <b>", "query": query})
    assert answer.status_code == 303
    page = people.sergeant.get(answer.headers["location"])
    assert "Urgent &lt;b&gt;" in page.text
    assert query in unescape(page.text)
    assert "Urgent" not in people.other.get("/?view=all").text
    bad = people.sergeant.submit("/review/filters", {"name": "x", "query": "nonsense=1"})
    assert bad.status_code == 400
    people.sergeant.submit("/review/filters", {"name": "Urgent <b>", "query": "", "remove": "1"})
    assert "Urgent" not in people.sergeant.get("/?view=all").text


def test_only_a_supervisor_closes_a_request_and_may_think_again(people: Department) -> None:
    place = "https://rms.example/drafts/7?a=1&b=2"
    people.request_approval("draft-7", "O-1", approver_id="S-1", locator=place)
    colleague = s.decided(datetime.now(UTC), use_id="draft-7", approver_id="O-2", known_as="o2")
    people.pipeline.send(reviewing.RMS, [dump(colleague)])
    eventually(
        "what the colleague said is shown",
        lambda: "which does not count" in people.sergeant.get("/approvals").text,
    )
    page = people.sergeant.get("/approvals")
    assert "Per Dahl (O-2) decided (approved, " in said(page)
    assert "O-2, who decided, was no supervisor at that time" in page.text
    assert f'<a href="{escape(place)}" rel="noopener noreferrer"' in page.text
    assert "RMS draft" not in page.text.partition("draft-7")[2].partition("</li>")[0]

    denied = people.sergeant.submit(
        "/approvals", {"source": reviewing.RMS, "id": "ask-draft-7", "decision": "denied"}
    )
    applied(people.sergeant, denied)
    card = card_of(people.sergeant.get("/approvals?tab=decided"), "draft-7")
    assert "Decide anew" in card
    fields = dict(re.findall(r'type="hidden" name="(source|id|over)" value="([^"]+)"', card))
    anew = people.sergeant.submit("/approvals", {**fields, "decision": "approved"})
    applied(people.sergeant, anew)
    stands = said(people.sergeant.get("/approvals?tab=decided"))
    assert "approved by Ana Ruiz (S-1)" in stands
    # Once the product is used, nothing is decided any more.
    used = s.output_used(
        datetime.now(UTC), use_id="draft-7", employee_id="O-1", known_as="used-draft-7"
    )
    people.send(used)
    eventually(
        "it is used",
        lambda: (
            "Decide anew" not in card_of(people.sergeant.get("/approvals?tab=decided"), "draft-7")
        ),
    )
    (over,) = re.findall(r'name="over" value="([^"]*)"', card)[:1]
    late = people.sergeant.submit("/approvals", {**fields, "over": over, "decision": "denied"})
    assert late.status_code == 409
    assert "the product has been used since" in late.text


def card_of(page: httpx.Response, use_id: str) -> str:
    """A request's part of the page."""
    cards: list[str] = re.findall(r'<li class="card.*?</li>', page.text, re.S)
    return next(card for card in cards if f">{use_id}" in card)


def test_an_approval_is_asked_for_and_decided(people: Department) -> None:
    people.request_approval("draft-1", "O-1", approver_id="S-1", output_id="D1", output_digest="h")
    people.request_approval("draft-2", "X-1")
    people.request_approval("draft-s", "S-1", approver_id="L-1")
    eventually(
        "they wait",
        lambda: all(f"draft-{n}" in people.psit.get("/approvals").text for n in ("1", "2", "s")),
    )
    page = people.sergeant.get("/approvals")
    assert "Ola Berg (O-1) asks for approval of text for report writing" in said(page)
    assert "RMS draft draft-1" in page.text
    assert "draft-2" not in page.text
    assert "draft-s" not in page.text
    fields = {"source": reviewing.RMS, "id": "ask-draft-1", "decision": "approved"}
    # Not a supervisor in the registry, not their own, not outside their chain.
    no = people.psit.submit("/approvals", fields)
    assert (no.status_code, "knows nobody under your number" in no.text) == (409, True)
    own = fields | {"id": "ask-draft-s"}
    assert people.sergeant.submit("/approvals", own).status_code == 404
    assert people.other.submit("/approvals", fields).status_code == 404
    assert people.console.client("auditor").submit("/approvals", fields).status_code == 403

    # A quick hand sends it twice; it is one decision, as the log shows below.
    (nonce, *_) = re.findall(r'name="nonce" value="(\w+)"', page.text)
    with ThreadPoolExecutor() as pool:
        sent = fields | {"nonce": nonce}
        answers = [pool.submit(people.sergeant.submit, "/approvals", sent) for _ in range(3)]
    answer = answers[0].result()
    assert "Your decision is in the log" in applied(people.sergeant, answer)
    assert "draft-1" not in people.sergeant.get("/approvals").text
    assert "approved by Ana Ruiz (S-1)" in said(people.lieutenant.get("/approvals?tab=decided"))
    twice = people.lieutenant.submit("/approvals", fields | {"decision": "denied"})
    assert twice.status_code == 409
    assert "approved by S-1 meanwhile" in twice.text
    decided = [
        line for line in people.pipeline.log()
        if b"approval.decided" in line and b'"draft-1"' in line
    ]  # fmt: skip
    assert len(decided) == 1
    assert b'"output_id":"D1","output_digest":"h","approver_id":"S-1"' in decided[0]
    assert b'"source":"/console"' in decided[0]

    # And the order takes it for what it is: approved before it was used.
    now = datetime.now(UTC)
    common = {"use_id": "draft-1", "employee_id": "O-1", "known_as": "used-draft-1"}
    people.send(s.output_used(now, output_id="D1", output_digest="h", **common))

    def is_compliant() -> bool:
        documents = people.pipeline.documents(people.pipeline.indices.metrics)
        return any(d["dossier"] == "use/draft-1" and "C.1.a" in d["compliant"] for d in documents)

    eventually("the approval counts", is_compliant, 30)


def test_what_is_mine_follows_todays_roster(people: Department) -> None:
    """A finding is always for somebody: after a transfer, in a leave, and with nobody above."""
    now = datetime.now(UTC)
    people.send(s.plate_search(now, use_id="moved", employee_id="X-1", known_as="use-moved"))
    people.until_found(("moved", "D.4"))
    found = people.finding("moved", "D.4")["finding_id"]
    everybody = {
        "S-1": people.sergeant, "S-2": people.other, "L-1": people.lieutenant, "P-1": people.psit,
    }  # fmt: skip

    def has_it(wanted: str) -> None:
        def is_theirs_alone() -> bool:
            pages = {who: each.get("/?view=mine&q=moved") for who, each in everybody.items()}
            return [who for who, page in pages.items() if found in page.text] == [wanted]

        eventually(f"{wanted} has it", is_theirs_alone)

    has_it("S-2")
    people.change(s.employee("X-1", datetime.now(UTC), name="Xu Lin", supervisor_id="S-1"))
    has_it("S-1")
    page = said(people.sergeant.get(f"/findings/{found}"))
    assert "Ana Ruiz (S-1) is the supervisor now" in page
    assert "at that time Bo Chen (S-2)" in page
    people.change(
        s.supervisor("S-1", datetime.now(UTC), name="Ana Ruiz", supervisor_id="L-1", status="leave")
    )
    has_it("L-1")
    applied(
        people.psit, act(people.psit, people.finding("moved", "D.4"), "assigned", assignee="S-2")
    )
    has_it("S-2")
    people.change(
        s.supervisor("S-2", datetime.now(UTC), name="Bo Chen", supervisor_id="L-1", status="leave"),
        s.supervisor("L-1", datetime.now(UTC), name="Lou Reyes", status="separated"),
    )
    eventually(
        "with nobody above it is for Public Safety IT",
        lambda: found in people.psit.get("/?view=mine&q=moved").text,
    )
    page = said(people.psit.get(f"/findings/{found}"))
    assert "Bo Chen (S-2) has it, but is not on duty" in page
    assert "so Public Safety IT looks after it" in page
