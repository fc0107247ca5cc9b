"""`python -m tests.scanner.report [--check]`: the measured table in docs/scanner.md.

`--check` changes nothing and exits 1 if the document differs from what would be written.
"""

import sys
from pathlib import Path

from schemas.scanner import RECOGNISERS
from schemas.scanner.plain import plain

from .labelled import Score, scores

PAGE = Path(__file__).parents[2] / "docs" / "scanner.md"
BEGIN, END = "<!-- measured: begin -->\n", "<!-- measured: end -->\n"
PUBLISHED_SEED = 20260101
PASSAGES = 4000


def find(text: str) -> set[tuple[str, str]]:
    """Kinds and values that the scanner's own recognisers find."""
    readable = plain(text)
    return {(r.kind, hit.value) for r in RECOGNISERS for hit in r.find(readable)}


def table() -> str:
    """The rows of all kinds, in the order of the recognisers."""
    measured = {score.kind: score for score in scores(find, PUBLISHED_SEED, PASSAGES)}
    head = "| class | kind | in the set | found | missed | wrong | precision | recall |\n"
    rows = [_row(r.data_class, measured[r.kind]) for r in RECOGNISERS]
    return head + "| --- | --- | --: | --: | --: | --: | --: | --: |\n" + "".join(rows)


def _row(data_class: str, score: Score) -> str:
    told = f"{score.found + score.missed} | {score.found} | {score.missed} | {score.wrong}"
    rates = f"{score.precision:.3f} | {score.recall:.3f}"
    return f"| {data_class} | `{score.kind}` | {told} | {rates} |\n"


def page(now: str) -> str:
    """The document with the table as it is measured now."""
    before, rest = now.split(BEGIN)
    _, after = rest.split(END)
    return before + BEGIN + table() + END + after


def main() -> int:
    """Write the document, or with --check compare it."""
    now = PAGE.read_text()
    text = page(now)
    if "--check" in sys.argv[1:] and now != text:
        print("docs/scanner.md differs from what is measured: run `make generate`")
        return 1
    PAGE.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
