"""The console's pages over real Elasticsearch, asked as a browser asks."""

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from html import unescape
from urllib.parse import quote, unquote

import httpx
import pytest

from deploy.native.processes import free_port
from schemas import contract_page
from services.console.charts import bar, columns
from services.order.sentences import duration
from tests import signed_in
from tests.e2e import made_up
from tests.e2e.made_up import CROWD, HOSTILE, ROOT, SOURCES, TRIALS


@pytest.fixture(scope="module")
def pages(kafka: str, elasticsearch: str) -> Iterator[httpx.Client]:
    """For somebody who may see everything."""
    prefix = made_up.new_prefix()
    asyncio.run(made_up.fill(elasticsearch, prefix))
    with signed_in.console(kafka, elasticsearch, prefix) as console:
        yield console.client("psit")


def text(answer: httpx.Response) -> str:
    """What a person reads: without tags, in single spaces."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", answer.text)))


def cards(answer: httpx.Response) -> list[str]:
    return re.findall(r'<li class="card.*?</li>', answer.text, re.S)


def numbers(answer: httpx.Response) -> dict[str, int]:
    """The counts on the tabs."""
    found = re.findall(r'>([A-Z][a-z ]+?) <span class="count">([\d,]+)<', answer.text)
    return {name: int(count.replace(",", "")) for name, count in found}


def test_a_crowd_with_one_cause_is_one_entry(pages: httpx.Client) -> None:
    answer = pages.get("/")
    assert answer.status_code == 200
    assert len(cards(answer)) == 25
    (crowd,) = [card for card in cards(answer) if "same cause" in card]
    assert f"{CROWD - 1:,} more" in crowd
    assert f"entries for {numbers(answer)['All open']:,} findings" in text(answer)
    (address,) = re.findall(r'<h2><a href="([^"]+)"', crowd)
    inside = pages.get(unescape(address))
    assert f"{CROWD:,} findings with one cause" in text(inside)
    assert len(cards(inside)) == 25
    assert "Page 1 of 120" in text(inside)
    assert len(cards(pages.get(unescape(address) + "&page=120"))) == 25


@pytest.mark.parametrize(
    "query", ["verdict=undetermined", "severity=low", "clause=D.2", "system=report-writer",
              "unit=Traffic", "employee=E-17", "family=predictive", "q=personal",
              "q=E-17", "q=use/7", "q=7", "from=2025-12-01&to=2025-12-10", "state=withdrawn",
              "state=all&clause=D.2&verdict=violation&unit=Records", f"unit={quote(HOSTILE)}",
              "q=accuracy+rev"],
)  # fmt: skip
def test_filters_narrow_and_can_be_taken_away(pages: httpx.Client, query: str) -> None:
    everything = numbers(pages.get("/"))
    answer = pages.get(f"/?{query}")
    assert answer.status_code == 200
    assert cards(answer)
    assert sum(numbers(answer).values()) < sum(everything.values()) or query in (
        "verdict=undetermined", "state=withdrawn",
    )  # fmt: skip
    assert len(cards(answer)) <= 25


def test_a_filter_shows_only_what_it_names(pages: httpx.Client) -> None:
    answer = pages.get("/?clause=D.2&from=2025-12-01&to=2025-12-10")
    assert all("Happened</dt><dd><time" in card and ">Dec " in card for card in cards(answer))
    days = [int(day) for day in re.findall(r"Happened</dt><dd><time[^>]*>Dec (\d+),", answer.text)]
    assert days
    assert all(1 <= day <= 10 for day in days)
    # The first day starts and the last one ends at the department's midnight, not at UTC's.
    assert all("D.2" in card for card in cards(answer))


@pytest.mark.parametrize(
    "sort", ["pressing", "newest", "oldest", "severity", "occurred", "deadline"]
)
def test_every_page_of_every_order_is_there_and_shows_no_entry_twice(
    pages: httpx.Client, sort: str
) -> None:
    seen: list[str] = []
    for page in range(1, 11):
        answer = pages.get(f"/?sort={sort}&page={page}")
        seen += re.findall(r'<h2><a href="([^"]+)"', answer.text)
    assert len(seen) == len(set(seen)) == 245
    assert "Page 10 of 10" in text(answer)
    for beyond in (11, 999, 10**9):
        answer = pages.get(f"/?sort={sort}&page={beyond}")
        assert "There is nothing on this page Go to the first page" in text(answer)


def test_severity_comes_in_the_order_of_severity(pages: httpx.Client) -> None:
    first = re.findall(r"(High|Medium|Low) severity", pages.get("/?sort=severity").text)
    last = re.findall(r"(High|Medium|Low) severity", pages.get("/?sort=severity&page=10").text)
    assert set(first) == {"High"}
    assert set(last) == {"Low"}


def test_what_presses_most_comes_first_in_mine(pages: httpx.Client) -> None:
    seen = []
    for page in range(1, 11):
        for card in cards(pages.get(f"/?sort=pressing&page={page}")):
            (severity,) = re.findall(r"(High|Medium|Low) severity", card)
            (verdict,) = re.findall(r'class="tag v-(\w+)"', card)
            place = ["violation", "undetermined", "cured"].index(verdict)
            seen.append((["High", "Medium", "Low"].index(severity), place))
    assert seen == sorted(seen)
    assert len(set(seen)) > 5
    mine = pages.get("/?view=mine")
    assert '<option value="pressing" selected>' in mine.text
    assert '<option value="newest" selected>' in pages.get("/?view=all").text


def test_what_pages_show_is_found(pages: httpx.Client) -> None:
    """A name is the roster's, and a number of a case that of the events."""
    by_name, by_id = pages.get("/?q=officer+e-17"), pages.get("/?employee=E-17")
    assert cards(by_name)
    assert len(cards(by_name)) == len(cards(by_id))
    for number in ("25-104882", "R-2025-3391"):
        (card,) = cards(pages.get(f"/?q={number}"))
        assert "f-d.2-2" in card
    assert not cards(pages.get("/?q=25-104883"))


def test_a_finding_tells_its_story(pages: httpx.Client) -> None:
    answer = pages.get("/findings/f-d.2-2")
    said = text(answer)
    assert "Possible violation" in said
    assert "It is not a conclusion about anybody" in said
    assert "used face-match (perceptive, face recognition) for investigation" in said
    assert "documented the lead in report R-2025-3391" in said
    assert "Received 1 day 1 h later" in said
    assert said.index("used face-match") < said.index("documented the lead")
    assert 'title="2025-10-21 18:00:00.00 UTC">Oct 21, 2025, 11:00 PDT</time>' in answer.text
    assert "&#34;specversion&#34;" in answer.text
    assert said.count("Evidence: event") == 1


def test_a_finding_says_what_it_was_judged_by(pages: httpx.Client) -> None:
    said = text(pages.get("/findings/f-d.2-2"))
    for part in (
        "D.2: Leads are documented in a report or CAD log",
        "The order’s own words, D.2, edition 390.01",
        "“In this made-up order, whoever follows a lead writes it down.”",
        "What clause D.2 asks for, done in time",
        "System face-match (Face Match, Acme) is registered for perceptive",
        "Valid from Sep 11, 2025, 11:00 PDT until Nov 20, 2025, 10:00 PST,"
        " when event s-2 replaced it",
        "version 3",
        "Hours in which a lead is documented: 24",
        "Policy: lead.document_within_hours, for D.2",
        "Edition 390.01 of the order, in force from Sep 30, 2025",
    ):
        assert part in said


def test_a_withdrawn_finding_keeps_its_history(pages: httpx.Client) -> None:
    answer = pages.get("/findings/f-d.2-241")
    assert "This finding is withdrawn" in text(answer)
    assert "Why it was withdrawn" in text(answer)
    assert re.findall(r'<tr><th scope="row">(\d)', answer.text) == ["3", "2", "1"]


def test_a_finding_with_hardly_anything_in_it_is_shown(pages: httpx.Client) -> None:
    said = text(pages.get("/findings/f-c.2-242"))
    assert "no employee named" in said
    assert "No event about this is in the index yet" in said


def test_rules_on_trial_are_left_out_unless_asked_for(pages: httpx.Client) -> None:
    usual = numbers(pages.get("/"))["All open"]
    assert "On trial" not in pages.get("/").text
    only = pages.get("/?trial=only")
    assert numbers(only)["All open"] == TRIALS
    assert only.text.count(">On trial – nobody is alerted<") == TRIALS
    assert numbers(pages.get("/?trial=all"))["All open"] == usual + TRIALS
    assert "On trial – nobody is alerted" in text(pages.get("/findings/f-d.4-500"))
    dashboard = pages.get("/dashboard")
    assert f"{TRIALS} open findings by rules on trial are not counted" in text(dashboard)


def test_sources_show_what_is_missing(pages: httpx.Client) -> None:
    answer = pages.get("/sources")
    rms, faces, forgotten = cards(answer)
    assert all(name in card for name, card in zip(SOURCES, cards(answer), strict=True))
    assert "Active" in rms
    assert "System of record" in rms
    assert "reports every 1 h" in rms
    assert "12,345" in rms
    assert "Suspended" in faces
    assert "3 numbers" in faces
    assert "wrong by 2 min at most" in faces
    assert "Not registered" in forgotten
    (address,) = re.findall(r'href="([^"]+)">1 open finding<', faces)
    assert "numbers 17 to 19" in text(pages.get(unescape(address)))


def test_the_sources_offer_their_export_and_can_be_led_to(pages: httpx.Client) -> None:
    page = pages.get("/sources").text
    (path,) = re.findall(r'href="(/export/[^"]*\.jsonl)"', page)
    exported = [json.loads(line)["source"] for line in pages.get(path).text.splitlines()]
    assert exported == re.findall(r'<li class="card[^>]* id="([^"]*)"', page)
    dashboard = pages.get("/dashboard/pipeline").text
    led = re.findall(r'href="/sources#([^"]*)"', dashboard)
    assert set(map(unquote, led)) == set(exported)


def test_the_order_stands_beside_our_words(pages: httpx.Client) -> None:
    answer = pages.get("/order")
    (lead,) = [card for card in cards(answer) if 'id="D.2"' in card]
    assert "Leads are documented in a report or CAD log" in lead
    assert "whoever follows a lead writes it down" in lead
    assert "lead_documented" in lead
    assert "medium severity" in lead
    (address,) = re.findall(r'href="([^"]+)">[\d,]+ open findings<', lead)
    assert pages.get(unescape(address)).status_code == 200
    (plates,) = [card for card in cards(answer) if 'id="D.4"' in card]
    assert "On trial" in plates
    assert "Not in the order’s text" in plates
    said = text(answer)
    assert "Z.1" in said[said.index("Clauses without a rule") : said.index("Rules without")]
    assert "alpr_search names D.4, which the order’s text does not have" in said
    assert pages.get("/order?x=1").status_code == 400


@pytest.mark.parametrize(
    "path", ["/", "/findings/" + quote("f/../<b>?x=1&y", safe=""), "/dashboard", "/rejected",
             f"/?q={quote(HOSTILE)}", f"/?clause={quote(HOSTILE)}",
             f"/rejected?reason={quote(HOSTILE)}",
             f"/dashboard?unit={quote(HOSTILE)}", f"/?{quote(HOSTILE)}=1"],
)  # fmt: skip
def test_hostile_text_stays_text(pages: httpx.Client, path: str) -> None:
    answer = pages.get(path)
    assert answer.status_code in (200, 400)
    assert re.findall(r"<script[^>]*>", answer.text) == ['<script src="/static/console.js" defer>']
    assert "<img" not in answer.text
    assert "\u202e" not in answer.text
    assert "&lt;script&gt;" in answer.text
    assert "style=" not in answer.text


@pytest.mark.parametrize(
    ("path", "name"),
    [("/?state=gone", "state"), ("/?sort=random", "sort"), ("/?page=0", "page"),
     ("/?page=x", "page"), ("/?from=yesterday", "from"),
     ("/?from=2025-02-30", "from"),
     ("/?from=2025-12-02&to=2025-12-01", "to"), ("/?colour=red", "colour"),
     ("/?clause=a&clause=b", "clause"), (f"/?q={'x' * 201}", "q"), ("/?entry=../..", "entry"),
     ("/dashboard?family=magic", "family"), ("/rejected?page=-1", "page"),
     ("/?to=9999-12-31", "to"),
     ("/?trial=no", "trial"), ("/sources?x=1", "x")],
)  # fmt: skip
def test_a_bad_parameter_is_named(pages: httpx.Client, path: str, name: str) -> None:
    answer = pages.get(path)
    assert answer.status_code == 400
    assert f"“{name}”" in text(answer)


def test_empty_parameters_of_a_form_count_as_not_given(pages: httpx.Client) -> None:
    answer = pages.get("/?state=open&q=&clause=&unit=&from=&to=&severity=&sort=newest")
    assert numbers(answer) == numbers(pages.get("/"))


@pytest.mark.parametrize("path", ["/findings/nobody", "/findings/", "/nope", "/static/none.css"])
def test_an_unknown_address_is_404(pages: httpx.Client, path: str) -> None:
    assert pages.get(path).status_code == 404


def test_nothing_can_be_written(pages: httpx.Client) -> None:
    assert pages.post("/").status_code == 405
    assert pages.delete("/findings/f-d.2-2").status_code == 405


@pytest.mark.parametrize(
    ("query", "interval"),
    [("from=2025-12-01&to=2025-12-20", "day"), ("from=2025-10-01&to=2025-12-20", "week"),
     ("from=2024-01-01&to=2025-12-20", "month"), ("from=1990-01-01&to=2025-12-20", "year"),
     ("from=1975-01-01&to=1975-01-02", "day"), ("unit=nobody", "day")],
)  # fmt: skip
def test_the_chart_over_time_suits_its_span(pages: httpx.Client, query: str, interval: str) -> None:
    answer = pages.get(f"/dashboard?{query}")
    assert answer.status_code == 200
    assert f"Over time, by {interval}" in text(answer)


def test_rejected_input_is_listed_and_filtered(pages: httpx.Client) -> None:
    assert "60 refused, the latest first" in text(pages.get("/rejected"))
    assert "Page 1 of 3" in text(pages.get("/rejected"))
    assert "20 refused" in text(pages.get("/rejected?source=/records/rms"))
    assert "data.purpose" in text(pages.get("/rejected?page=2"))


def test_every_answer_has_the_security_headers(pages: httpx.Client) -> None:
    for path in ("/", "/nope", "/static/console.css", "/?page=x"):
        headers = pages.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert "server" not in headers
    assert pages.get("/").headers["cache-control"] == "no-store"


def test_other_host_names_are_not_answered(pages: httpx.Client) -> None:
    """A web site that points its own name here must not read the pages through a browser."""
    assert pages.get("/", headers={"Host": "evil.example:8390"}).status_code == 421
    assert pages.get("/", headers={"Host": "localhost:8390"}).status_code == 200
    assert pages.get("/", headers={"Host": "[::1]:8390"}).status_code == 200
    assert pages.get("/health", headers={"Host": "console:8390"}).status_code == 200


def test_health_and_metrics(pages: httpx.Client) -> None:
    assert pages.get("/health").json() == {"healthy": True, "why": "ok"}
    assert "blotter_console_requests_total" in pages.get("/metrics").text


def test_pages_are_quick(pages: httpx.Client) -> None:
    for path in (
        "/", "/findings/f-d.2-2", "/dashboard", "/sources", "/order", "/contract", "/rejected",
        "/?q=lead",
    ):  # fmt: skip
        pages.get(path)
        started = time.perf_counter()
        assert pages.get(path).status_code == 200
        assert time.perf_counter() - started < 1.5


def test_empty_indices_make_empty_pages(kafka: str, elasticsearch: str) -> None:
    prefix = made_up.new_prefix()
    asyncio.run(made_up.fill(elasticsearch, prefix, empty=True))
    with signed_in.console(kafka, elasticsearch, prefix) as console:
        client = console.client("psit")
        assert "Nothing is open" in client.get("/").text
        assert "Nothing has been refused" in client.get("/rejected").text
        assert "No source is known yet" in client.get("/sources").text
        assert "text is not loaded" in client.get("/order").text
        answer = client.get("/dashboard/pipeline")
        assert answer.status_code == 200
        assert "The checker has not reported yet" in answer.text


def test_missing_indices_are_explained(kafka: str, elasticsearch: str) -> None:
    with signed_in.console(kafka, elasticsearch, made_up.new_prefix()) as console:
        answer = console.client("psit").get("/")
        assert answer.status_code == 503
        assert "not set up yet" in answer.text


def test_an_absent_elasticsearch_is_explained(kafka: str) -> None:
    away = f"http://127.0.0.1:{free_port()}"
    with signed_in.console(kafka, away, made_up.new_prefix()) as console:
        client = console.client("psit")
        for path in ("/", "/dashboard", "/sources", "/order", "/rejected", "/findings/f"):
            answer = client.get(path)
            assert answer.status_code == 503
            assert "does not answer at the moment" in answer.text
            assert "Traceback" not in answer.text
        assert client.get("/health").status_code == 503
        # The contract needs no server but the console.
        assert "ai.use.recorded.v1" in client.get("/contract").text


@pytest.mark.parametrize(
    ("settings", "starts"),
    [({"BLOTTER_HOST": "0.0.0.0"}, False), ({"BLOTTER_HOST": "::"}, False),
     ({"BLOTTER_HOST": "example.org"}, False), ({"BLOTTER_TIME_ZONE": "Mars"}, False),
     ({"BLOTTER_HOST": "127.0.0.9"}, True),
     ({"BLOTTER_HOST": "0.0.0.0", "BLOTTER_CONSOLE_CONTAINER": "1"}, True)],
)  # fmt: skip
def test_it_listens_on_this_machine_only(settings: dict[str, str], starts: bool) -> None:
    code = "from services.runtime.settings import load; from services.console.settings import *; "
    answer = subprocess.run(
        [sys.executable, "-c", code + "load(ConsoleSettings)"],
        cwd=ROOT, env={**os.environ, **settings}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (answer.returncode == 0) == starts
    if settings.get("BLOTTER_HOST") == "0.0.0.0" and not starts:
        assert "no TLS of its own" in answer.stderr


def test_the_contract_is_the_page_of_the_documentation(pages: httpx.Client) -> None:
    answer = pages.get("/contract")
    assert contract_page.content() in answer.text
    assert contract_page.content() in (ROOT / "docs/contract.html").read_text("utf-8")
    assert ".contract" in pages.get("/static/contract.css").text
    assert pages.get("/contract?x=1").status_code == 400


def test_bars_fill_their_space_and_no_more() -> None:
    parts = bar([("a", 1), ("b", 0), ("c", 3)], largest=8)
    assert [(p.name, p.x, p.width) for p in parts] == [("a", 0, 12.5), ("c", 12.5, 37.5)]
    assert bar([("a", 0)], largest=0) == []
    drawn = columns([[("a", 1), ("b", 1)], [("a", 4)]], width=100, height=40, gap=0)
    assert [(p.x, p.y, p.height) for column in drawn for p in column] == [
        (0, 30, 10), (0, 20, 10), (50, 0, 40),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (59, "59 s"), (60, "1 min"), (3600, "1 h"), (3660, "1 h 1 min"),
     (86_400, "1 day"), (90_000, "1 day 1 h"), (40 * 86_400 + 3600, "40 days"), (-60, "-1 min")],
)  # fmt: skip
def test_durations_in_words(seconds: float, said: str) -> None:
    assert duration(seconds) == said
