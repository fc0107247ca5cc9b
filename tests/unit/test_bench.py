"""The benchmark's own parts: the mix of its load, and the arithmetic of its report."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from schemas.policy import Policy
from services.order.eventset import received
from services.order.rulebook import rulebook
from tests.bench import chart, load, report
from tests.bench.contender import Bench, Contender, Measure, Row
from tests.bench.report import Spread
from tests.bench.running import Result, all_contenders, all_rows, chosen, in_order
from tests.bench.sizes import Sizes
from tests.casebook import judge_all

NOW = datetime(2026, 3, 2, 17, tzinfo=UTC)
SIZES = Sizes(events=1500, employees=50, hours=6)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> load.Load:
    return load.write(tmp_path_factory.mktemp("load"), SIZES, NOW)


def test_the_load_is_the_same_again(made: load.Load, tmp_path: Path) -> None:
    assert load.write(tmp_path, SIZES, NOW).digest() == made.digest()
    other = SIZES.model_copy(update={"seed": 2})
    assert load.write(tmp_path, other, NOW).digest() != made.digest()


def test_the_load_stands_in_order_of_receipt_within_its_hours(made: load.Load) -> None:
    times = [received(event) for event in load.read(made.events)]
    assert len(times) == made.count == SIZES.events
    assert times == sorted(times)
    assert made.begin <= times[0] and times[-1] <= made.end == NOW


def test_most_uses_are_uncontroversial(made: load.Load) -> None:
    events = [*load.read(made.facts), *load.read(made.events)]
    verdicts = judge_all(events, NOW + timedelta(hours=1), Policy(), rulebook())
    found = {v.subject for v in verdicts if v.verdict in ("violation", "undetermined", "cured")}
    uses = {e.subject for e in events if e.type == "ai.use.recorded.v1"}
    assert len(uses) == made.uses
    assert 0.80 < 1 - len(found & uses) / len(uses) < 0.90


def test_what_is_sent_is_what_is_in_the_log_and_some_of_it_twice(made: load.Load) -> None:
    logged = Counter((e.source, e.id) for p in (made.facts, made.events) for e in load.read(p))
    sent = [(n, event) for n, path in made.sent.items() for event in load.read(path)]
    assert all(name == event.source and event.receivedtime is None for name, event in sent)
    counted = Counter((event.source, event.id) for _, event in sent)
    assert counted.keys() == logged.keys()
    assert made.sent_events == len(sent)
    assert 0.01 < sum(counted.values()) / len(counted) - 1 < 0.03


def _result(contender: str, number: int, events: int, **details: float) -> Result:
    return Result(contender, "group", number, 0.0, Measure(events, 2.0, 10.0, details))


RESULTS = [
    _result("a", 1, 200, p99=3),
    _result("b", 1, 100),
    _result("a", 2, 300, p99=5),
    _result("b", 2, 300),
    _result("a", 3, 300, p99=4),
]


def test_a_ratio_is_taken_round_by_round() -> None:
    row = Row("a against b", "a", "", against="b", at_least=1.5)
    spread = report.told(row, RESULTS)
    # The third round of b is missing.
    assert spread == Spread(1.5, 1.0, 2.0)
    assert report.is_met(row, spread)
    assert report.line(row, spread) == ["a against b", "1.50×", "1.00–2.00", "≥ 1.50", "yes"]


def test_figures_and_details() -> None:
    assert report.told(Row("", "a", ""), RESULTS) == Spread(150, 100, 150)
    assert report.told(Row("", "a:peak_mib", ""), RESULTS) == Spread(10, 10, 10)
    late = Row("", "a:p99", "", unit="ms", at_most=3.5)
    spread = report.told(late, RESULTS)
    assert spread == Spread(4, 3, 5)
    assert report.is_met(late, spread) is False
    assert report.told(Row("", "c", ""), RESULTS) is None


def test_those_of_a_group_take_turns_to_be_first() -> None:
    def run(_: Bench) -> Measure:
        raise NotImplementedError

    pairs = [("a", "x"), ("c", "y"), ("b", "x")]
    contenders = [Contender(name, group, run) for name, group in pairs]
    assert [c.name for c in in_order(contenders, 1)] == ["a", "b", "c"]
    assert [c.name for c in in_order(contenders, 2)] == ["b", "a", "c"]


def test_every_line_tells_of_a_contender() -> None:
    names = {contender.name for contender in all_contenders()}
    for row in all_rows():
        for side in filter(None, (row.figure, row.against)):
            assert side.partition(":")[0] in names, row.title


def test_an_unknown_name_is_told() -> None:
    with pytest.raises(ValueError, match=r"called nobody: .*judge"):
        chosen(["judge", "nobody"])


def test_the_chart_holds_every_point() -> None:
    points = {10**n: Spread(9000 - n, 8000, 9500) for n in (4, 5, 6)}
    drawn = chart.svg("Title", "x", "y", points)
    assert drawn.count("<circle") == 3
    assert ">100,000</text>" in drawn and "8,995 (8,000–9,500)" in drawn
    assert "prefers-color-scheme:dark" in drawn
