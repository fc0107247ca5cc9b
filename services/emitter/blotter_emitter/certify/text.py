"""The report on a terminal."""

import textwrap
from itertools import groupby
from typing import Iterator, Tuple

from .report import Report, Result

STATUS = {
    "passed": "passed",
    "failed": "FAILED",
    "not_shown": "NOT SHOWN",
    "not_applicable": "-",
}
_WIDTH = 96
_INDENT = " " * 20


def as_text(report: Report) -> str:
    """All chapters, and what to do about what is open."""
    about = report.about
    lines = [
        f"{about.product} of {about.vendor}, source {report.source or 'unknown'}",
        f"{report.events} events of {about.origin}",
        f"SHA-256 {about.sha256}",
    ]
    for chapter, results in groupby(report.results, lambda result: result.chapter):
        lines += ["", chapter, *(line for result in results for line in _told(result))]
    if report.not_asked:
        lines += ["", f"Not asked, as none is shown: {', '.join(report.not_asked)} AI"]
    return "\n".join([*lines, "", report.verdict, ""])


def _told(result: Result) -> Iterator[str]:
    found = f": {result.text}" if result.is_open else f" ({result.text})"
    yield f"  {STATUS[result.status]:<11}{result.severity:<7}{result.title}{found}"
    if result.declared:
        yield from _wrapped(("Declared", result.declared))
    if not result.is_open:
        return
    if result.events:
        more = f" and {result.more} more" if result.more else ""
        yield from _wrapped(("Events", ", ".join(result.events) + more))
    yield from _wrapped(("Why", f"{result.why} ({', '.join(result.clauses)})"))
    yield from _wrapped(("Mend", f"{result.mend} [{result.id}]"))


def _wrapped(part: Tuple[str, str]) -> Iterator[str]:
    label, text = part
    yield from textwrap.wrap(
        f"{label}: {text}",
        _WIDTH,
        initial_indent=_INDENT,
        subsequent_indent=_INDENT + "  ",
        break_on_hyphens=False,
    )
