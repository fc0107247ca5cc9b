"""A chart as SVG, by plain text: throughput against the size of history."""

from collections.abc import Mapping
from math import floor, log10

from .report import Spread

_WIDTH, _HEIGHT = 640, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 80, 50, 40, 60
_TICKS = 4
# Greys and a blue that can be read on white and on black; better ones where it is known which.
_STYLE = (
    "text{font:13px sans-serif;fill:#767676}.title{font-size:15px}"
    ".axis{stroke:#767676}.grid{stroke:#767676;stroke-opacity:.3}"
    ".data{stroke:#3b82f6;fill:none;stroke-width:2}.dot{fill:#3b82f6}"
    "@media (prefers-color-scheme:light){text{fill:#24292f}}"
    "@media (prefers-color-scheme:dark){text{fill:#d0d7de}}"
)


def svg(title: str, x_name: str, y_name: str, points: Mapping[int, Spread]) -> str:
    """`points`: by x (a power of ten, more or less), the median with its least and most, from 0."""
    highest = _rounded_up(max(spread.most for spread in points.values()))
    exponents = sorted({floor(log10(x)) for x in points} | {floor(log10(max(points)))})
    first, last = exponents[0], max(exponents[-1], exponents[0] + 1)

    def across(x: float) -> float:
        return _LEFT + (log10(x) - first) / (last - first) * (_WIDTH - _LEFT - _RIGHT)

    def up(y: float) -> float:
        return _HEIGHT - _BOTTOM - y / highest * (_HEIGHT - _TOP - _BOTTOM)

    parts = [_text(_WIDTH / 2, 22, title, "middle", "title")]
    for n in range(_TICKS + 1):
        y = highest * n / _TICKS
        parts.append(_line(_LEFT, up(y), _WIDTH - _RIGHT, up(y), "grid" if n else "axis"))
        parts.append(_text(_LEFT - 8, up(y) + 4, f"{y:,.0f}", "end"))
    for x in sorted(points):
        parts.append(_text(across(x), _HEIGHT - _BOTTOM + 20, f"{x:,}", "middle"))
    parts.append(_text((_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 14, x_name, "middle"))
    middle = (_TOP + _HEIGHT - _BOTTOM) / 2
    parts.append(
        f'<text x="16" y="{middle:.0f}" text-anchor="middle" '
        f'transform="rotate(-90 16 {middle:.0f})">{y_name}</text>'
    )
    line = " ".join(f"{across(x):.1f},{up(points[x].median):.1f}" for x in sorted(points))
    parts.append(f'<polyline class="data" points="{line}"/>')
    for x, spread in sorted(points.items()):
        parts.append(_line(across(x), up(spread.least), across(x), up(spread.most), "data"))
        told = f"{x:,}: {spread.median:,.0f} ({spread.least:,.0f}–{spread.most:,.0f})"
        parts.append(
            f'<circle class="dot" cx="{across(x):.1f}" cy="{up(spread.median):.1f}" r="4">'
            f"<title>{told}</title></circle>"
        )
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'width="{_WIDTH}" height="{_HEIGHT}" role="img" aria-label="{title}">\n'
        f"<style>{_STYLE}</style>\n{body}\n</svg>\n"
    )


def _rounded_up(value: float) -> float:
    """The next number that is 1, 2, 4, 6 or 8 and zeros."""
    unit: float = 10 ** floor(log10(value))
    return next(step * unit for step in (1, 2, 4, 6, 8, 10) if step * unit >= value)


def _text(x: float, y: float, text: str, anchor: str, kind: str = "") -> str:
    named = f' class="{kind}"' if kind else ""
    return f'<text{named} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{text}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'
