"""From results to lines: medians and spreads over the rounds, and whether targets were met."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from .contender import Row
from .running import Result


@dataclass(frozen=True)
class Spread:
    """One figure over the rounds."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """Of at least one value."""
        return cls(median(values), min(values), max(values))


def figures(results: Iterable[Result], name: str) -> dict[int, float]:
    """`<contender>` or `<contender>:<detail>` by round."""
    contender, _, detail = name.partition(":")
    runs = [r for r in results if r.contender == contender]
    return {r.round: r.measure.figure(detail) for r in runs if r.measure.has(detail)}


def told(row: Row, results: Sequence[Result]) -> Spread | None:
    """What a line tells: of a ratio, that of each round. None where nothing was measured."""
    values = figures(results, row.figure)
    if row.against is not None:
        other = figures(results, row.against)
        values = {n: values[n] / other[n] for n in values.keys() & other.keys()}
    return Spread.of(list(values.values())) if values else None


def is_met(row: Row, spread: Spread) -> bool | None:
    """Whether the median meets the target; None where there is none."""
    if row.at_least is None and row.at_most is None:
        return None
    enough = row.at_least is None or spread.median >= row.at_least
    return enough and (row.at_most is None or spread.median <= row.at_most)


def number(value: float) -> str:
    """Three digits that count, thousands apart."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 1 else f"{value:.2f}"


def target(row: Row) -> str:
    """The target in words; empty where there is none."""
    at_least = "" if row.at_least is None else f"≥ {number(row.at_least)}"
    at_most = "" if row.at_most is None else f"≤ {number(row.at_most)}"
    return " and ".join(filter(None, (at_least, at_most)))


def line(row: Row, spread: Spread) -> list[str]:
    """Title, median, spread, target, met."""
    unit = "×" if row.against else f" {row.unit}"
    met = {None: "", True: "yes", False: "**no**"}[is_met(row, spread)]
    between = f"{number(spread.least)}–{number(spread.most)}"
    return [row.title, number(spread.median) + unit, between, target(row), met]


Column = Callable[[Result], float]


def absolute(results: Sequence[Result], column: Column) -> dict[str, Spread]:
    """One figure of each contender, in the order in which they ran first."""
    names = dict.fromkeys(result.contender for result in results)
    return {n: Spread.of([column(r) for r in results if r.contender == n]) for n in names}


def table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    rows = [head, ["---"] * len(head), *lines]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n"
