"""Geometry of the charts. Drawn on the server; colours and text are the style sheet's."""

from collections.abc import Sequence
from dataclasses import dataclass

Series = Sequence[tuple[str, float]]
"""Values by name, in the order in which they are stacked."""


@dataclass(frozen=True)
class Part:
    """A rectangle of a stacked bar, in the units of its drawing."""

    name: str
    value: float
    x: float
    y: float
    width: float
    height: float


def bar(series: Series, largest: float, width: float = 100, height: float = 10) -> list[Part]:
    """A bar along x; `largest` is the sum that fills the whole width."""
    parts: list[Part] = []
    x = 0.0
    for name, value in series:
        if value > 0 and largest > 0:
            length = width * value / largest
            parts.append(Part(name, value, round(x, 3), 0, round(length, 3), height))
            x += length
    return parts


def columns(
    series: Sequence[Series], width: float, height: float, gap: float = 0.2
) -> list[list[Part]]:
    """Columns side by side, stacked from the bottom; the highest fills the height."""
    if not series:
        return []
    largest = max(sum(value for _, value in each) for each in series)
    step = width / len(series)
    drawn = []
    for number, each in enumerate(series):
        upright = bar(each, largest, width=height)
        x = round(number * step + step * gap / 2, 3)
        drawn.append(
            [
                Part(
                    p.name,
                    p.value,
                    x,
                    round(height - p.x - p.width, 3),
                    round(step * (1 - gap), 3),
                    p.width,
                )
                for p in upright
            ]
        )
    return drawn
