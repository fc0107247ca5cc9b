"""What a tab of the dashboards is made of: figures, and sections with a chart and its table."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from .. import charts
from ..charts import Part, Series
from ..tables import Cell, Column, Kind, Table

CHART = (720.0, 160.0)
"""Width and height of a chart over time."""
_BARS = 15
ROWS = 50
"""Rows of a table that a page shows; its export has them all."""


@dataclass(frozen=True)
class Tile:
    """A figure that stands out. `edge`: which colour it has, if any."""

    label: str
    cell: Cell
    edge: str = ""
    kind: Kind = "number"


@dataclass(frozen=True)
class Bar:
    """One bar; `sum` leads to what it counts."""

    label: str
    small: str
    parts: list[Part]
    sum: Cell


@dataclass(frozen=True)
class Stacked:
    """One column of a chart over time: the label of its period, and its parts."""

    label: str
    parts: list[Part]


@dataclass(frozen=True)
class Section:
    """`legend`: names of the series in the chart, as `SERIES` calls them. `empty`: what to say
    where there are no rows. `shows_table`: it is unfolded, for there is no chart."""

    id: str
    title: str
    table: Table
    empty: str
    note: str = ""
    legend: Sequence[str] = ()
    bars: list[Bar] = field(default_factory=list)
    columns: list[Stacked] = field(default_factory=list)
    highest: int = 0

    @property
    def shows_table(self) -> bool:
        """Whether the table stands open."""
        return not self.bars and not self.columns


@dataclass(frozen=True)
class View:
    """A tab. `notes`: sentences below the figures, each with where it leads, if anywhere."""

    tiles: list[Tile]
    sections: list[Section]
    notes: list[tuple[str, str | None]] = field(default_factory=list)

    @property
    def tables(self) -> list[Table]:
        """All tables of the tab, for the exports."""
        return [section.table for section in self.sections]


def bars(rows: Sequence[tuple[str, str, Series, Cell]]) -> list[Bar]:
    """Bars of the first rows: label, what is said beside it, series and sum."""
    drawn = rows[:_BARS]
    largest = max((sum(v for _, v in series) for _, _, series, _ in drawn), default=0)
    return [
        Bar(label, small, charts.bar(series, largest), total)
        for label, small, series, total in drawn
    ]


def stacked(rows: Sequence[tuple[str, Series]]) -> tuple[list[Stacked], int]:
    """Columns side by side, and how much the highest holds."""
    drawn = charts.columns([series for _, series in rows], *CHART)
    highest = max((sum(value for _, value in series) for _, series in rows), default=0)
    made = [Stacked(label, parts) for (label, _), parts in zip(rows, drawn, strict=True)]
    return made, int(highest)


__all__ = ["Bar", "Cell", "Column", "Section", "Stacked", "Table", "Tile", "View"]
