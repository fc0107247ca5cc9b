"""docs/performance.md, of one whole run."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from . import chart, report
from .contender import Row
from .machine import described
from .report import Spread
from .running import ROOT, Result, all_rows
from .sizes import Sizes

DOCUMENT = ROOT / "docs" / "performance.md"
CHART = ROOT / "docs" / "images" / "throughput-by-history.svg"
HISTORY = "at_"
"""Details of `history` so named hold the throughput at that many events of history."""

_INTRODUCTION = """# Performance

Written by `make bench`; do not edit. What is compared ran in one run, on the same generated events,
alternating round by round; of each figure the median over the rounds is told, and the least and
most. Ratios say more than figures: they move less from machine to machine.
"""

_HOW = """## How to repeat

```
make bench                                # all, three rounds; writes this page
make bench ONLY="judge checker"           # some contenders or groups; writes nothing here
make bench ONLY=checker ROUNDS=1
```

It needs what `make test` needs, and nothing that runs already: it starts servers of its own on free
ports of the loopback interface. Nothing else should run meanwhile. Peers are installed into
`.venv-bench` from `requirements-bench.txt`, with Blotter's own versions of all that they share;
Blotter does not depend on them. Every run lies in `.blotter/bench/results.json`. A contender whose
work turns out wrong fails the whole run: a fast wrong answer is no result.

The numbers are settings, in the environment:
"""

_PEERS = """## How the peers are hosted

All read the same topic `ai.dossiers`, as intake writes it: records of up to {batch} entries, in
{partitions} partitions. The load stands there in a transaction that is committed when every process
has its partitions and has done the registry's facts; the clock runs from then until all is
committed. Peers call the same functions (`judge`, and what is new to say) and write the same
findings and metrics. They keep a dossier's events as bytes and what was said of it. They do less:
facts go into one registry of the process and are not made durable, nothing is judged again because
a fact changed or time passed, no record closes. They commit every 2 s, as the checker does at most.

- **Quix Streams** keeps state in RocksDB with a changelog topic, exactly once or at least once. A
  record is taken apart and given its dossiers' keys in place, for `group_by` would send everything
  through Kafka once more. It declares older versions of confluent-kafka, pydantic and
  pydantic-settings than Blotter uses, and works with these.
- **Bytewax** keeps dossiers as objects in memory, and writes those that changed to its recovery
  store at the end of each epoch; it delivers at least once. Up to 20 records are judged together.
"""

_LOAD = """## The load

{events:,} events of {employees:,} employees over {hours:g} hours, made up from seed {seed}. Of the
uses 85 % are uncontroversial; the others lack an approval, a review, a case number or a reason,
come late, or rest on a system that nobody registered. Searches of licence plates are the most,
texts that are reviewed twice, approved and used come next, then searches by face whose leads are
written down. The registry changes meanwhile (1 in 100), one event in a hundred arrives hours late,
and of what is sent 2 % is sent twice. Made by `tests/bench/load.py`.
"""


@dataclass(frozen=True)
class Run:
    """What a whole run leaves. `seconds`: how long it took."""

    results: Sequence[Result]
    sizes: Sizes
    day: date
    seconds: float


def write(run: Run) -> None:
    """Write the page and its chart."""
    points = history(run.results)
    if points:
        drawn = chart.svg(
            "Throughput of the fold by size of history",
            "events of history",
            "events/s of CPU time",
            points,
        )
        CHART.parent.mkdir(parents=True, exist_ok=True)
        CHART.write_text(drawn)
    DOCUMENT.write_text("\n".join(_sections(run, bool(points))))


def history(results: Sequence[Result]) -> dict[int, Spread]:
    """Throughput by size of history."""
    runs = [result for result in results if result.contender == "history"]
    found: dict[int, list[float]] = {}
    for run in runs:
        for name, value in run.measure.details.items():
            if name.startswith(HISTORY):
                found.setdefault(int(name.removeprefix(HISTORY)), []).append(value)
    return {size: Spread.of(values) for size, values in sorted(found.items())}


def _sections(run: Run, has_chart: bool) -> Iterator[str]:
    yield _INTRODUCTION
    rounds = f"{run.day}, rounds: {run.sizes.rounds}, minutes: {run.seconds / 60:.0f}"
    yield report.table(["", ""], [["Run", rounds], *map(list, described().items())])
    rows = _by_group(run.results)
    yield "## Ratios\n"
    yield _ratios(run.results, [row for row in rows if row.against])
    yield "## Figures\n"
    yield _figures(run.results, [row for row in rows if not row.against])
    if has_chart:
        yield f"![Throughput by history](images/{CHART.name})\n"
    yield "## What each line means\n"
    yield "\n".join(f"- **{row.title}**: {row.meaning}." for row in rows) + "\n"
    yield "## Everything that ran\n"
    yield _everything(run.results)
    yield _PEERS.format(**run.sizes.model_dump())
    yield _LOAD.format(**run.sizes.model_dump())
    yield _HOW
    yield _settings()


def _by_group(results: Sequence[Result]) -> list[Row]:
    """The lines of what ran, those of one group together, in the order in which they ran."""
    groups = {result.contender: result.group for result in results}
    order = list(dict.fromkeys(groups.values()))
    rows = [row for row in all_rows() if report.told(row, results)]
    return sorted(rows, key=lambda row: order.index(groups[row.figure.partition(":")[0]]))


def _ratios(results: Sequence[Result], rows: Sequence[Row]) -> str:
    lines = []
    for row in rows:
        title, middle, between, target, met = report.line(row, _told(row, results))
        sides = [Spread.of(list(report.figures(results, name).values())) for name in _sides(row)]
        absolute = " : ".join(report.number(side.median) for side in sides)
        lines.append([title, middle, between, f"{absolute} {row.unit}", target, met])
    return report.table(["", "Median", "Min–max", "Of", "Target", "Met"], lines)


def _figures(results: Sequence[Result], rows: Sequence[Row]) -> str:
    lines = [report.line(row, _told(row, results)) for row in rows]
    return report.table(["", "Median", "Min–max", "Target", "Met"], lines)


def _told(row: Row, results: Sequence[Result]) -> Spread:
    spread = report.told(row, results)
    assert spread is not None
    return spread


def _sides(row: Row) -> list[str]:
    return [row.figure, row.against] if row.against else [row.figure]


def _everything(results: Sequence[Result]) -> str:
    speed = report.absolute(results, lambda result: result.measure.figure())
    seconds = report.absolute(results, lambda result: result.measure.seconds)
    memory = report.absolute(results, lambda result: result.measure.peak_mib)
    lines = [
        [
            f"`{name}`",
            f"{report.number(speed[name].median)} "
            f"({report.number(speed[name].least)}–{report.number(speed[name].most)})",
            report.number(seconds[name].median),
            report.number(memory[name].median),
        ]
        for name in speed
    ]
    return report.table(["Contender", "Events/s (min–max)", "Seconds", "Peak MiB"], lines)


def _settings() -> str:
    lines = [
        [f"`BLOTTER_BENCH_{name.upper()}`", f"{field.default}", field.description or ""]
        for name, field in Sizes.model_fields.items()
    ]
    return report.table(["Setting", "Default", "Meaning"], lines)
