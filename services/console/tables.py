"""Tables: what the pages show and the exports hand out, made once for both."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

Value = str | int | float | date | datetime | None
Kind = Literal["text", "number", "share", "seconds", "time", "day"]
"""How a value is written: `share` is between 0 and 1; `seconds` a duration; `day` leaves out
the time of day."""


@dataclass(frozen=True)
class Column:
    """`name`: what an export calls it. `label`: what people read."""

    name: str
    label: str
    kind: Kind = "number"


@dataclass(frozen=True)
class Cell:
    """One value. `href`: leads to the records behind it. `small`: said beside it."""

    value: Value
    href: str | None = None
    small: str = ""


@dataclass(frozen=True)
class Table:
    """`name`: of the export. The first column is the heading of its row. `more`: how many rows
    there are beyond these."""

    name: str
    title: str
    columns: Sequence[Column]
    rows: list[list[Cell]] = field(default_factory=list)
    more: int = 0

    def records(self) -> list[dict[str, Value]]:
        """The rows as an export hands them out."""
        names = [column.name for column in self.columns]
        return [dict(zip(names, (cell.value for cell in row), strict=True)) for row in self.rows]

    def shortened(self, most: int) -> "Table":
        """The first rows only."""
        return Table(
            self.name, self.title, self.columns, self.rows[:most], max(0, len(self.rows) - most)
        )
