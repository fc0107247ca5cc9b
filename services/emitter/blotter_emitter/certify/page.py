"""The report as one page of HTML that needs nothing else: no scripts, no other files."""

from html import escape
from itertools import groupby
from typing import Iterable, Iterator, Tuple

from .report import OrderRemark, Report, Result, versions
from .style import CSS

_STATUS = {
    "passed": "passed",
    "failed": "failed",
    "not_shown": "not shown",
    "not_applicable": "does not apply",
}
_SEVERITIES = {"must": "Must", "should": "Should", "advice": "Advice"}


def as_html(report: Report) -> str:
    """The whole page."""
    about = report.about
    title = f"Certification of {about.product}, {about.vendor}"
    body = "".join(
        [
            f'<header class="top"><div class="wide"><h1>{escape(title)}</h1>'
            f"<p>Report of the integration with the department’s audit log of AI</p></div></header>"
            '<main class="wide">',
            _verdict(report),
            _facts(report),
            _to_do(report),
            *_chapters(report),
            _order(report),
            "</main>",
            _footer(),
        ]
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{CSS}</style>\n</head>\n"
        f"<body>\n{body}</body>\n</html>\n"
    )


def _verdict(report: Report) -> str:
    good = " good" if report.certified else ""
    return f'<p class="verdict{good}" role="status">{escape(report.verdict)}</p>\n'


def _facts(report: Report) -> str:
    about = report.about
    facts: "list[Tuple[str, str]]" = [
        ("Product", f"{about.product} of {about.vendor}"),
        ("Source", report.source or "unknown"),
        ("Systems", ", ".join(report.systems) or "none named"),
        ("Families of AI", ", ".join(report.families) or "none shown"),
        ("Date", f"{report.date:%d %B %Y, %H:%M} {report.date:%Z}".strip()),
        ("Rests on", f"{report.events} events of {about.origin}"),
        ("SHA-256", about.sha256),
        ("Versions", ", ".join(f"{name} {told}" for name, told in versions().items())),
    ]
    rows = "".join(f"<dt>{name}</dt><dd>{escape(told)}</dd>" for name, told in facts)
    return f'<section class="panel"><dl class="facts">{rows}</dl></section>\n{_counts(report)}'


def _counts(report: Report) -> str:
    heads = "".join(f'<th scope="col">{name}</th>' for name in _STATUS.values())
    rows = ""
    for severity, name in _SEVERITIES.items():
        counts = report.counted(severity)  # type: ignore[arg-type]
        cells = "".join(f"<td>{counts.get(status, 0)}</td>" for status in _STATUS)  # type: ignore[call-overload]
        rows += f'<tr><th scope="row">{name}</th>{cells}</tr>'
    return (
        '<section class="panel"><table class="count"><thead><tr><td></td>'
        f"{heads}</tr></thead><tbody>{rows}</tbody></table></section>\n"
    )


def _to_do(report: Report) -> str:
    musts = [r for r in report.results if r.is_open and r.severity == "must"]
    if not musts:
        return ""
    items = "".join(f'<li><a href="#{r.id}">{escape(r.title)}</a></li>' for r in musts)
    return f'<h2>What keeps it from being certified</h2><div class="panel"><ol>{items}</ol></div>\n'


def _chapters(report: Report) -> Iterator[str]:
    for chapter, results in groupby(report.results, lambda result: result.chapter):
        rows = "".join(map(_row, results))
        yield f'<section><h2>{escape(chapter)}</h2><ol class="results">{rows}</ol></section>\n'
    if report.not_asked:
        families = " and ".join(report.not_asked)
        yield f'<p class="quiet">Not asked, as none is shown or declared: {families} AI.</p>\n'


def _row(result: Result) -> str:
    head = (
        f'<div class="head"><h3>{escape(result.title)}</h3>'
        f'<span class="tag">{_SEVERITIES[result.severity]}</span>'
        f'<span class="tag {result.status}">{_STATUS[result.status]}</span></div>'
    )
    found = f'<p class="found">{escape(_sentence(result.text))}</p>'
    return f'<li id="{result.id}" class="{result.status}-row">{head}{found}{_more(result)}</li>\n'


def _more(result: Result) -> str:
    parts: "list[Tuple[str, str]]" = []
    if result.declared:
        parts.append(("The vendor declares", result.declared))
    if result.is_open:
        if result.events:
            more = f" and {result.more} more" if result.more else ""
            parts.append(("Events", ", ".join(result.events) + more))
        parts += [("Why", f"{result.why} ({', '.join(result.clauses)})"), ("Mend", result.mend)]
    told = "".join(f"<p><b>{label}:</b> {escape(text)}</p>" for label, text in parts)
    return f'<div class="more">{told}</div>' if told else ""


def _order(report: Report) -> str:
    if not report.supposing:
        return ""
    intro = (
        f'<h2>What the order would have found</h2><p class="quiet">{escape(report.supposing)}</p>'
    )
    if not report.order:
        return intro + '<p class="panel">Nothing.</p>\n'
    return f'{intro}<ol class="results">{_remarks(report.order)}</ol>\n'


def _remarks(remarks: Iterable[OrderRemark]) -> str:
    return "".join(
        f'<li><div class="head"><h3>{escape(f"{remark.clause} · {remark.title}")}</h3>'
        f'<span class="tag">{escape(remark.verdict)}</span></div>'
        f'<p class="found">{escape(f"{remark.subject}: {remark.text}")}</p>'
        f'<div class="more"><p><b>What was missing:</b> {escape(remark.mend)}</p></div></li>\n'
        for remark in remarks
    )


def _sentence(text: str) -> str:
    # Names of fields and types begin as they are written.
    is_word = text.split(" ", 1)[0].strip(",:;").isalpha()
    first = text[:1].upper() if is_word else text[:1]
    return first + text[1:] + ("" if text.endswith(".") else ".")


def _footer() -> str:
    return (
        '<footer class="wide"><p>A certification says what an integration has shown in these '
        "events. It is no approval of the system, and no judgement of how it is used.</p></footer>"
    )
