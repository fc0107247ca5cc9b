"""The console's pages with many findings behind them, asked one after another by PSIT and by a
supervisor."""

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from elasticsearch import Elasticsearch

from services.runtime.indices import Indices
from tests import signed_in

from ..console import DAYS, SYSTEMS, UNITS, fill
from ..contender import Bench, Contender, Measure, Row
from ..indexing import create, remove

_WARM = 20
# Every request asks for something else, so that nothing comes from what was kept.
_SETTINGS = {"BLOTTER_CONSOLE_DASHBOARD_SECONDS": "0", "BLOTTER_LOG_LEVEL": "WARNING"}


def run(bench: Bench) -> Measure:
    """Ask every page; figures in milliseconds."""
    indices, now = Indices(f"console-{bench.round}"), datetime.now(UTC)
    create(bench.elasticsearch, indices)
    fill(bench.elasticsearch, indices, bench.sizes.console_findings, now)
    with signed_in.console(
        bench.kafka, bench.elasticsearch, indices.prefix, **_SETTINGS
    ) as console:
        began = time.monotonic()
        details = _ask(console, bench, now)
        seconds = time.monotonic() - began
    with Elasticsearch(bench.elasticsearch) as client:
        remove(client, indices)
    return Measure(len(_pages(bench, now)) * bench.sizes.console_requests, seconds, 0.0, details)


def _ask(console: signed_in.Console, bench: Bench, now: datetime) -> dict[str, float]:
    details: dict[str, float] = {}
    for name, page in _pages(bench, now).items():
        client = console.client("supervisor" if name in _OF_SUPERVISORS else "psit")
        took = []
        for number in range(_WARM + bench.sizes.console_requests):
            chance = random.Random(f"{bench.round}{name}{number}")
            began = time.perf_counter()
            answer = client.get(page(chance))
            took.append(1000 * (time.perf_counter() - began))
            if answer.status_code != 200:
                raise RuntimeError(f"{answer.url}: {answer.status_code}")
        counted = sorted(took[_WARM:])
        details |= {f"{name}_p{n}": counted[len(counted) * n // 100] for n in (50, 95)}
    return details


def _pages(bench: Bench, now: datetime) -> dict[str, Callable[[random.Random], str]]:
    """Addresses by name of the page."""

    def since(chance: random.Random) -> str:
        return f"from={(now - timedelta(days=chance.randrange(1, DAYS))).date()}"

    def narrowed(chance: random.Random) -> str:
        return f"unit={chance.choice(UNITS)}&system={chance.choice(SYSTEMS)}"

    return {
        "inbox": lambda c: f"/?{c.choice((since, narrowed))(c)}&page={c.randrange(1, 4)}",
        "finding": lambda c: f"/findings/f-{c.randrange(bench.sizes.console_findings)}",
        "overview": lambda c: f"/dashboard?{since(c)}",
        "duties": lambda c: f"/dashboard/duties?{since(c)}",
        "training": lambda c: f"/dashboard/training?unit={c.choice(UNITS)}",
        "systems": lambda _: "/dashboard/systems",
        "pipeline": lambda _: "/dashboard/pipeline",
        "records": lambda c: f"/records?{since(c)}&verdict=compliant",
        "chain": lambda c: f"/?view=all&{since(c)}&page={c.randrange(1, 4)}",
        "mine": lambda c: f"/?view=mine&{since(c)}",
    }


CONTENDER = Contender("console", "console", run)

_TITLES = {
    "inbox": "The inbox",
    "finding": "A finding",
    "overview": "The dashboard",
    "duties": "The dashboard of duties and delays",
    "training": "The dashboard of trainings",
    "systems": "The dashboard of systems",
    "pipeline": "The dashboard of the pipeline",
    "records": "The list of records",
    "chain": "A supervisor's inbox, all of their chain of command",
    "mine": "A supervisor's inbox, what is theirs to look at",
}
_OF_SUPERVISORS = ("chain", "mine")
_MEANING = (
    "from request to last byte, at the {} percentile; signed in as {}, one request at a time,"
    " each with another filter and with nothing kept from the last, looking recorded in Kafka"
)
_PSIT = "PSIT"
_SUPERVISOR = "a supervisor with 420 people in their chain of command, 20 of them their own"
ROWS = [
    Row(
        f"{title}, {percentile}th percentile",
        f"console:{name}_p{percentile}",
        _MEANING.format(f"{percentile}th", _SUPERVISOR if name in _OF_SUPERVISORS else _PSIT),
        unit="ms",
        at_most=300.0 if percentile == 95 else None,
    )
    for name, title in _TITLES.items()
    for percentile in (50, 95)
]
