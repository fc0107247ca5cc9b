"""Dashboards and records over real Elasticsearch: numbers are what was put in, counted here anew,
and every number leads to as many records as it says."""

import asyncio
import json
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from html import unescape
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import orjson
import pytest

from deploy.native.processes import free_port
from schemas.verdicts import DossierMetrics, Finding, PartitionProgress
from services.console.dashboards.periods import interval_of, periods
from services.console.kept import Kept
from services.console.parameters import DashboardQuery
from services.indexer.bulk import Bulk, Limits
from services.indexer.documents import Record, actions
from services.runtime import topics
from services.runtime.elasticsearch import connect, create_indices
from services.runtime.health import Health
from services.runtime.indices import Indices
from tests import signed_in
from tests.e2e import made_up
from tests.e2e.made_up import HOSTILE

NOW = datetime.now(UTC).replace(microsecond=0)
_CLAUSES = ("C.1.a", "C.2", "D.2", "E.1.a")
FINDINGS: list[Finding] = [
    made_up.finding(
        number, _CLAUSES[number % 4], occurred_at=NOW - timedelta(hours=7 * (number % 90) + 1)
    )
    for number in range(200)
]
FINDINGS += [
    made_up.finding(900, "C.2", state="withdrawn"),
    made_up.finding(901, "C.2", shadow=True, verdict="violation"),
]


def _dossier(number: int) -> DossierMetrics:
    made = made_up.metrics(number)
    shift = NOW - made_up.NOW
    kind = "use" if number % 5 else "action"
    duties = [
        {"clause": "D.2", "rule": "r", "state": state, "deadline": NOW + timedelta(days=days)}
        for state, days in (("open", 3), ("open", 30), ("overdue", -2))
        if number % 7 == (0 if days > 3 else 1 if days > 0 else 2)
    ]
    # Two duties of one clause in one dossier: it counts once.
    whole = made.model_dump() | {
        "kind": kind, "dossier": f"{kind}/{number}",
        "occurred_at": made.occurred_at + shift - timedelta(days=1),
        "obligations": duties * 2,
    }  # fmt: skip
    return DossierMetrics.model_validate(whole)


DOSSIERS = [_dossier(number) for number in range(300)]


def _event(kind: str, subject: str, at: datetime, /, **data: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0", "id": f"{kind}-{subject}-{at.isoformat()}-{data.get('topics', '')}",
        "source": "/records/hr",
        "type": kind, "subject": subject, "time": at.isoformat(), "receivedtime": at.isoformat(),
        "datacontenttype": "application/json", "data": data,
    }  # fmt: skip


UNITS = ("Patrol North", "Records", "Traffic")


class Staff:
    """People and trainings, and how many of them are trained, counted by hand."""

    def __init__(self) -> None:
        chance = random.Random(7)
        self.events: list[dict[str, Any]] = []
        self.expected: Counter[tuple[str, str]] = Counter()
        for number in range(60):
            self._person(f"E-{number}", UNITS[number % 3], chance)

    def _person(self, name: str, unit: str, chance: random.Random) -> None:
        status = "separated" if chance.random() < 0.1 else "active"
        day = NOW - timedelta(days=900)
        common = {"employee_id": name, "unit": unit, "is_supervisor": False, "name": f"Name {name}"}
        self.events.append(
            _event("registry.employee.changed.v1", f"employee/{name}", day, status=status,
                   supervisor_id="E-2" if name != "E-2" else None, **common)
        )  # fmt: skip
        last: dict[str, datetime] = {}
        for topics_of in ("abcd", "efg"):
            done = NOW - timedelta(days=chance.choice([10, 200, 300, 345, 400]), hours=5)
            if chance.random() < 0.9:
                kind = "registry.training.completed.v1"
                self.events.append(
                    _event(kind, f"employee/{name}", done, employee_id=name, course="AI",
                           topics=list(topics_of))
                )  # fmt: skip
                last |= dict.fromkeys(topics_of, done)
        if status == "active":
            self._count(unit, last)

    def _count(self, unit: str, last: dict[str, datetime]) -> None:
        self.expected[unit, "employees"] += 1
        ends = [done + timedelta(days=365) for done in last.values()]
        if len(last) == 7 and min(ends) >= NOW:
            self.expected[unit, "current"] += 1
            for days in (30, 90):
                self.expected[unit, f"expiring_{days}"] += min(ends) <= NOW + timedelta(days=days)
        else:
            self.expected[unit, "lacking"] += 1


STAFF = Staff()


def _system(name: str, **more: Any) -> dict[str, Any]:
    whole: dict[str, Any] = {
        "system_id": name, "name": f"The {name}", "vendor": "Acme", "third_party": True,
        "families": ["generative"], "capabilities": ["text"], "publicly_accessible": False,
        "permitted_transfers": [], **more,
    }  # fmt: skip
    return _event(
        "registry.system.changed.v1", f"system/{name}", NOW - timedelta(days=500), **whole
    )


def _days(days: float) -> str:
    return (NOW + timedelta(days=days)).isoformat()


def _in_force(days: float = -300, to: float | None = None) -> dict[str, str]:
    return {"from": _days(days)} | ({} if to is None else {"to": _days(to)})


SYSTEMS = [
    _system("report-writer", approved_from=_days(-100), safeguards=_in_force(),
            exchange_agreement=_in_force()),
    _system("face-match", approved_from=_days(-400), safeguards=_in_force(to=-1),
            exchange_agreement=_in_force(to=-1)),
    _system("own", approved_from=_days(-340), third_party=False, safeguards=_in_force()),
    _system("proposed"),
]  # fmt: skip
# The order took effect on a day of this department's choosing, long ago.
POLICY = _event(
    "registry.policy.changed.v1", "policy/390.01", NOW - timedelta(days=2000), edition="390.01",
    effective_on=str((NOW - timedelta(days=2000)).date()), policy={},
)  # fmt: skip
STANDINGS = {
    "approved": 3, "not_approved": 1, "audit_overdue": 1, "audit_soon": 1, "no_safeguards": 1,
    "no_agreement": 1,
}  # fmt: skip


def _records() -> Iterator[tuple[str, bytes, bytes]]:
    for found in FINDINGS:
        yield topics.FINDINGS, b"", found.model_dump_json(exclude_none=True).encode()
    for each in DOSSIERS:
        yield topics.METRICS, b"", each.model_dump_json(exclude_none=True).encode()
    events = [POLICY, *STAFF.events, *SYSTEMS, *USE]
    yield topics.EVENTS, b"", b"\n".join(map(orjson.dumps, events))
    for number in range(30):
        yield topics.REJECTED, b"", orjson.dumps(made_up.rejected(number))
    for partition in range(2):
        progress = PartitionProgress(
            partition=partition, offset=5, now=NOW, inputs={}, backlog=partition, dossiers=9
        )
        yield topics.METRICS, b"progress/", progress.model_dump_json().encode()


USE = [
    _event("ai.use.recorded.v1", "use/1", NOW - timedelta(hours=3), use_id="1",
           system_id="report-writer", employee_id="E-1", family="generative", capability="text",
           purpose="report_writing", purpose_text=HOSTILE),
    _event("oversight.review.completed.v1", "use/1", NOW - timedelta(hours=2), use_id="1",
           reviewer_id="E-2", kind="accuracy", outcome="clear"),
]  # fmt: skip


async def _fill(url: str, prefix: str, records: Iterable[tuple[str, bytes, bytes]]) -> None:
    indices, client = Indices(prefix), connect(url)
    try:
        await create_indices(client, indices)
        made = [
            action
            for offset, (topic, key, value) in enumerate(records)
            for action in actions(Record(topic, 0, offset, 0, key, value), indices, 100 * offset)
        ]
        await Bulk(client, indices, Limits(1000, 5_000_000, 2, 0.2, 1), Health(60)).settle(made)
        await client.indices.refresh(index=f"{prefix}-*")
    finally:
        await client.close()


@pytest.fixture(scope="module")
def console(kafka: str, elasticsearch: str) -> Iterator[signed_in.Console]:
    prefix = made_up.new_prefix()
    asyncio.run(_fill(elasticsearch, prefix, _records()))
    with answering({"healthy": False, "why": "Kafka does not answer"}) as unwell:
        services = {"intake": unwell, "indexer": f"http://127.0.0.1:{free_port()}/health"}
        settings = {"BLOTTER_CONSOLE_SERVICES": json.dumps(services)}
        with signed_in.console(kafka, elasticsearch, prefix, **settings) as running:
            yield running


@contextmanager
def answering(said: dict[str, Any]) -> Iterator[str]:
    """A service that says so of itself; its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(503)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.end_headers()
            self.wfile.write(json.dumps(said).encode())

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/health"
        server.shutdown()


@pytest.fixture(scope="module")
def pages(console: signed_in.Console) -> httpx.Client:
    return console.client("psit")


def text(answer: httpx.Response) -> str:
    """What a person reads: without tags, in single spaces."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", answer.text)))


def tiles(answer: httpx.Response) -> dict[str, str]:
    """The figures by label."""
    found = re.findall(r"<dt>([^<]+)</dt><dd class=\"is-\w+\">(.*?)</dd>", answer.text, re.S)
    return {unescape(name): re.sub(r"<[^>]*>|,", "", value).strip() for name, value in found}


def rows(answer: httpx.Response, title: str) -> dict[str, list[str]]:
    """A table by the headings of its rows."""
    (table,) = re.findall(
        rf"<caption class=\"hidden\">{title}</caption>(.*?)</table>", answer.text, re.S
    )
    found = {}
    for line in re.findall(r"<tr><th scope=\"row\">(.*?)</tr>", table, re.S):
        head, *cells = re.split(r"</th>|</td>", line)
        plain = [unescape(re.sub(r"<[^>]*>|,", "", cell)).strip() for cell in cells]
        found[unescape(re.sub(r"<small>.*|<[^>]*>", "", head, flags=re.S)).strip()] = plain[:-1]
    return found


def _open() -> list[Finding]:
    return [each for each in FINDINGS if each.state == "open" and not each.shadow]


def _is_judged(each: DossierMetrics) -> bool:
    return bool(each.compliant or each.violation or each.undetermined or each.cured)


def _is_clean(each: DossierMetrics) -> bool:
    return _is_judged(each) and not each.violation and not each.undetermined


def test_the_figures_are_what_was_put_in(pages: httpx.Client) -> None:
    shown = tiles(pages.get("/dashboard"))
    verdicts = Counter(each.verdict for each in _open())
    assert shown["Possible violations"] == str(verdicts["violation"])
    assert shown["Need a look"] == str(verdicts["undetermined"])
    assert shown["Mended late"] == str(verdicts["cured"])
    assert shown["Uses of AI"] == str(sum(each.kind == "use" for each in DOSSIERS))
    judged, clean = sum(map(_is_judged, DOSSIERS)), sum(map(_is_clean, DOSSIERS))
    assert shown["Dossiers judged"] == str(judged)
    assert shown["As the order asks"] == str(clean)
    assert shown["Compliance"] == f"{100 * clean / judged:.1f} %"
    said = text(pages.get("/dashboard"))
    assert "the share without a possible violation" in said
    assert "1 open finding by a rule on trial is not counted" in said


def test_filters_count_less(pages: httpx.Client) -> None:
    day = (NOW - timedelta(days=20)).date()
    answer = pages.get(f"/dashboard?unit=Records&family=perceptive&from={day}")
    begins = datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=6)
    some = [
        each
        for each in DOSSIERS
        if each.unit == "Records" and each.family == "perceptive" and _is_judged(each)
    ]
    # The department's day begins some hours later than that of UTC, in summer or winter.
    least = sum(each.occurred_at >= begins + timedelta(hours=3) for each in some)
    most = sum(each.occurred_at >= begins for each in some)
    assert 0 < least <= int(tiles(answer)["Dossiers judged"]) <= most < len(some)


def test_tables_by_clause_system_family_and_unit(pages: httpx.Client) -> None:
    answer = pages.get("/dashboard")
    clauses = rows(answer, "All numbers by clause")
    for clause in _CLAUSES:
        verdicts = Counter(each.verdict for each in _open() if each.clause == clause)
        compliant = sum(clause in each.compliant for each in DOSSIERS)
        found = [verdicts["violation"], verdicts["undetermined"], verdicts["cured"], compliant]
        assert clauses[clause][:4] == list(map(str, found))
    units = rows(answer, "All numbers by unit")
    for unit in ("Traffic", "Records"):
        own = [each for each in DOSSIERS if each.unit == unit]
        found = [
            sum(each.kind == "use" for each in own),
            sum(map(_is_judged, own)),
            sum(map(_is_clean, own)),
        ]
        assert units[unit][3:6] == list(map(str, found))
    assert set(rows(answer, "All numbers by kind of AI")) == {
        "generative", "perceptive", "predictive",
    }  # fmt: skip
    assert "report-writer" in rows(answer, "All numbers by system")


def test_duties_count_each_dossier_once(pages: httpx.Client) -> None:
    answer = pages.get("/dashboard/duties")
    counts = [sum(number % 7 == n for number in range(300)) for n in (0, 1, 2)]
    later, soon, overdue = counts
    shown = tiles(answer)
    assert shown["Duties open"] == str(later + soon)
    assert shown["Due within 7 days"] == str(soon)
    assert shown["Duties overdue"] == str(overdue)
    table = rows(answer, "Duties that are not fulfilled, by clause")
    assert table["D.2"][:3] == [str(later + soon), str(soon), str(overdue)]


def test_delays_are_counted_by_how_long_they_were(pages: httpx.Client) -> None:
    table = rows(pages.get("/dashboard/duties"), "Delays by name and clause")
    seconds = [each.measures[1].seconds for each in DOSSIERS]
    short = sum(each < 3600 for each in seconds)
    assert table["Approval delay"][:2] == ["C.1.a", "300"]
    assert table["Approval delay"][4:6] == [str(short), str(300 - short)]


def test_training_is_counted_by_unit(pages: httpx.Client) -> None:
    answer = pages.get("/dashboard/training")
    table = rows(answer, "Employees by unit and training")
    kinds = ("employees", "current", "lacking", "expiring_30", "expiring_90")
    for unit in UNITS:
        assert table[unit][:5] == [str(STAFF.expected[unit, kind]) for kind in kinds]
    assert all(sum(STAFF.expected[unit, kind] for unit in UNITS) for kind in kinds)
    one = tiles(pages.get("/dashboard/training?unit=Records"))
    assert one["Trained"] == str(STAFF.expected["Records", "current"])


def test_systems_stand_as_their_rules_say(pages: httpx.Client) -> None:
    for standing, count in STANDINGS.items():
        answer = pages.get(f"/records/systems?standing={standing}")
        assert f"{count} system" in text(answer), standing
    answer = pages.get("/records/systems?standing=unregistered")
    seen = {each.system_id for each in DOSSIERS if each.kind == "use"}
    assert f"{len(seen - {'report-writer', 'face-match'})} systems" in text(answer)
    # Approved 340 days ago, so the first audit is due in 25.
    due = (NOW + timedelta(days=25)).astimezone().strftime("%Y-%m-%d")
    own = [row for row in pages.get("/export/systems.jsonl").text.splitlines() if '"own"' in row]
    assert due[:7] in own[0] or (NOW + timedelta(days=26)).strftime("%Y-%m") in own[0]


def test_the_pipeline_says_how_far_it_is(pages: httpx.Client) -> None:
    answer = pages.get("/dashboard/pipeline")
    assert tiles(answer)["Dossiers to be judged again"] == "1"
    assert tiles(answer)["Refused input"] == "30"
    assert rows(answer, "Progress by partition of the log").keys() == {"0", "1"}
    assert tiles(answer)["Services not well"] == "2"
    assert rows(answer, "Services, by what each says of itself") == {
        "intake": ["Kafka does not answer"], "indexer": ["does not answer"],
    }  # fmt: skip


def test_shares_lead_to_those_who_are_not_among_them(pages: httpx.Client) -> None:
    overview, training = pages.get("/dashboard?unit=Records"), pages.get("/dashboard/training")
    for answer, label, others in (
        (overview, "Compliance", r"([\d,]+) record"),
        (training, "Coverage", r"([\d,]+) employee"),
    ):
        (href,) = re.findall(
            rf'<dt>{label}</dt><dd class="is-share"><a href="([^"]+)"', answer.text
        )
        found = re.search(others, text(pages.get(unescape(href))))
        figures = tiles(answer)
        whole, part = (
            ("Dossiers judged", "As the order asks")
            if label == "Compliance"
            else ("Active employees", "Trained")
        )
        assert found is not None
        assert int(found[1]) == int(figures[whole]) - int(figures[part]) > 0
        # Of each line of the tables too.
        assert len(re.findall(r"(?:questioned|lacking)[^\"]*\">\s*[\d.]+ %", answer.text)) > 2


def test_uses_are_drawn_over_time_beside_findings(pages: httpx.Client) -> None:
    answer = pages.get("/dashboard")
    assert answer.text.count('<svg class="columns"') == 2
    (title,) = re.findall(r"<caption class=\"hidden\">(Uses of AI by \w+)</caption>", answer.text)
    table = rows(answer, title)
    assert sum(int(uses) for (uses,) in table.values()) == sum(d.kind == "use" for d in DOSSIERS)


def test_filters_are_there_where_they_make_a_difference(pages: httpx.Client) -> None:
    query = "?unit=Records&system=own&from=2020-01-01"
    for tab, names in (
        ("", ["from", "to", "system", "unit", "family"]),
        ("/duties", ["from", "to", "system", "unit", "family"]),
        ("/training", ["unit"]),
        ("/systems", []),
        ("/pipeline", []),
    ):
        html = pages.get(f"/dashboard{tab}{query}").text
        assert re.findall(r"<label>[^<]*<(?:input|select)[^>]* name=\"(\w+)\"", html) == names
        # Kept for the tabs where they count.
        assert 'href="/dashboard?from=2020-01-01&amp;system=own&amp;unit=Records"' in html


_TABS = ("", "/duties", "/training", "/systems", "/pipeline")
_COUNTED = {
    "/": r"for ([\d,]+) finding",
    "/records": r"([\d,]+) record",
    "/records/employees": r"([\d,]+) employee",
    "/records/systems": r"([\d,]+) system",
    "/rejected": r"([\d,]+) refused",
    "/sources": r"; ([\d,]+) with open",
}


def test_every_number_leads_to_as_many_records(pages: httpx.Client) -> None:
    found: dict[str, int] = {}
    for tab in _TABS:
        html = pages.get(f"/dashboard{tab}").text
        for href, number in re.findall(r'<a href="([^"]+)">\s*([\d,]+)\s*</a>', html):
            # What stands on a page that shows all has no number of its own there.
            if "#" not in href:
                found[unescape(href)] = int(number.replace(",", ""))
    assert len(found) > 150
    # Each kind of link, and of those that differ by their period or name only, some.
    for place, (href, number) in enumerate(sorted(found.items())):
        if place % 2 and href.startswith(("/?", "/records?")):
            continue
        answer = pages.get(href)
        assert answer.status_code == 200, href
        match = re.search(_COUNTED[href.partition("?")[0]], text(answer))
        assert match is not None, href
        assert int(match[1].replace(",", "")) == number, href


def test_every_link_of_the_dashboards_answers(pages: httpx.Client) -> None:
    for tab in _TABS:
        html = pages.get(f"/dashboard{tab}").text
        links = set(map(unescape, re.findall(r'<a (?:class="[^"]*" )?href="(/[^"]+)"', html)))
        others = [each for each in sorted(links) if not each.startswith(("/?", "/records?"))]
        for href in others[:12]:
            assert pages.get(href).status_code == 200, href


def test_a_record_shows_its_events_in_order(pages: httpx.Client) -> None:
    answer = pages.get("/records/of/use%2F1")
    said = text(answer)
    assert answer.status_code == 200
    assert said.index("used report-writer") < said.index("E-2 reviewed")
    assert "&#34;specversion&#34;" in answer.text
    assert "<script>alert" not in answer.text
    assert pages.get("/records/of/use%2Fnobody").status_code == 404


def test_records_are_listed_by_duty_and_clause(pages: httpx.Client) -> None:
    due = [each for each in DOSSIERS if any(d.state == "overdue" for d in each.obligations)]
    answer = pages.get("/records?duty=overdue&clause=D.2")
    assert f"{len(due)} records" in text(answer)
    assert "Nothing matches" in text(pages.get("/records?duty=overdue&clause=C.2"))
    waived = sum("C.2" in each.waived for each in DOSSIERS)
    assert f"{waived} record" in text(pages.get("/records?verdict=waived&clause=C.2"))


def test_supervisors_see_records_of_their_own_people_only(console: signed_in.Console) -> None:
    supervisor = console.client("supervisor")
    assert supervisor.get("/dashboard").status_code == 403
    assert supervisor.get("/dashboard/training").status_code == 403
    assert supervisor.get("/records/systems").status_code == 403
    below = {f"E-{number}" for number in range(60)} - {"E-2"}
    own = sum(each.employee_id in below for each in DOSSIERS)
    assert f"{own} records" in text(supervisor.get("/records"))
    assert 0 < own < len(DOSSIERS) or own == len(DOSSIERS)
    shown = text(supervisor.get("/records/employees?status=all"))
    assert "59 employees" in shown
    assert supervisor.get("/records/of/employee%2FE-2").status_code == 404


@pytest.mark.parametrize(
    ("path", "name"),
    [("/dashboard/duties?family=magic", "family"), ("/records?verdict=guilty", "verdict"),
     ("/records?page=0", "page"), ("/records?colour=1", "colour"),
     ("/records/employees?training=x", "training"), ("/records/systems?standing=x", "standing"),
     ("/records?over=-1", "over"), ("/records/of/use%2F1?x=1", "x")],
)  # fmt: skip
def test_a_bad_parameter_is_named(pages: httpx.Client, path: str, name: str) -> None:
    answer = pages.get(path)
    assert answer.status_code == 400
    assert f"“{name}”" in text(answer)


def test_hostile_text_stays_text(pages: httpx.Client) -> None:
    unit = httpx.QueryParams({"unit": HOSTILE.strip()})
    for path in ("/dashboard", "/records", "/records/employees"):
        answer = pages.get(path, params=unit)
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
        assert "<img" not in answer.text
        assert "\u202e" not in answer.text
        assert "style=" not in answer.text


@pytest.mark.parametrize("path", ["/dashboard/nothing", "/dashboard/overview", "/records/none"])
def test_an_unknown_address_is_404(pages: httpx.Client, path: str) -> None:
    assert pages.get(path).status_code == 404


def test_empty_indices_make_empty_dashboards(kafka: str, elasticsearch: str) -> None:
    prefix = made_up.new_prefix()
    asyncio.run(_fill(elasticsearch, prefix, []))
    with signed_in.console(kafka, elasticsearch, prefix) as running:
        client = running.client("auditor")
        for tab in _TABS:
            answer = client.get(f"/dashboard{tab}")
            assert answer.status_code == 200
        assert "The checker has not reported yet" in text(client.get("/dashboard/pipeline"))
        assert "Nothing matches" in text(client.get("/records"))


def test_periods_leave_no_gap() -> None:
    zone = ZoneInfo("America/Los_Angeles")
    days = [datetime(2025, 10, 30, tzinfo=zone), datetime(2025, 11, 4, tzinfo=zone)]
    keys = [int(day.timestamp() * 1000) for day in days]
    made = periods(keys, "day", DashboardQuery(), zone)
    assert [each.first.day for each in made] == [30, 31, 1, 2, 3, 4]
    assert (made[0].key, made[-1].key) == (keys[0], keys[1])
    assert interval_of(days[0], days[0] + timedelta(days=365)) == "month"


def test_what_is_kept_is_made_once_and_a_failure_is_not_kept() -> None:
    made: list[int] = []

    async def make() -> int:
        made.append(1)
        await asyncio.sleep(0)
        if len(made) == 1:
            raise ValueError
        return len(made)

    async def ask() -> None:
        kept: Kept[int] = Kept(60)
        with pytest.raises(ValueError):
            await kept.get("a", make)
        assert await asyncio.gather(*(kept.get("a", make) for _ in range(5))) == [2] * 5

    asyncio.run(ask())
