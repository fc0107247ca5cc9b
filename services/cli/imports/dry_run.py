"""What an import would do, for people: the first events, and counts of what becomes of the rows."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ..lines import Entry

_LINES_NAMED = 5


@dataclass
class _Refusal:
    count: int = 0
    lines: list[int] = field(default_factory=list)


@dataclass
class Outcome:
    """Counts of what became of the rows. `repeated`: rows with the id and all of another row;
    `conflicting`: with the id of another row, and something else in it."""

    counts: Counter[str] = field(default_factory=Counter)
    refusals: dict[str, _Refusal] = field(default_factory=dict)
    _seen: dict[bytes, bytes] = field(default_factory=dict)

    def add(self, entry: Entry) -> None:
        """One more row."""
        if entry.event is None:
            self.counts["refused"] += 1
            self._refuse(entry)
            return
        self.counts["sent"] += 1
        # Short digests instead of the events: a log may have millions of rows.
        name, content = _short(entry.event.id.encode()), _short(entry.text)
        if name in self._seen:
            self.counts["repeated" if self._seen[name] == content else "conflicting"] += 1
        self._seen.setdefault(name, content)

    def _refuse(self, entry: Entry) -> None:
        # However long the value was, the reason is the same.
        reason = re.sub(r" \(got [^()]*\)", "", entry.problem)
        refusal = self.refusals.setdefault(reason, _Refusal())
        refusal.count += 1
        if refusal.count <= _LINES_NAMED:
            refusal.lines.append(entry.line)


def events_shown(entries: Iterable[Entry], outcome: Outcome, show: int) -> Iterator[str]:
    """The first events as readable JSON; counts all."""
    for entry in entries:
        outcome.add(entry)
        if entry.event is not None and outcome.counts["sent"] <= show:
            told = json.dumps(json.loads(entry.text), indent=2, ensure_ascii=False)
            yield f"line {entry.line}:\n{told}\n"


def report(outcome: Outcome, left_out: int, unused: list[str]) -> Iterator[str]:
    """The counts, and why rows were refused, the most frequent reason first."""
    counts = outcome.counts
    sent, refused = counts["sent"], counts["refused"]
    out = f", {left_out} left out by `only`" if left_out else ""
    yield f"{sent + refused + left_out} rows: {sent} would be sent, {refused} refused{out}"
    if counts["repeated"]:
        yield f"rows that repeat another row, which counts once: {counts['repeated']}"
    if counts["conflicting"]:
        told = "rows with the id of another row that say something else (is `id` the right column?)"
        yield f"{told}: {counts['conflicting']}"
    for reason, refusal in sorted(outcome.refusals.items(), key=lambda item: -item[1].count):
        more = ", …" if refusal.count > len(refusal.lines) else ""
        where = "line" if refusal.count == 1 else "lines"
        lines = ", ".join(map(str, refusal.lines))
        yield f"refused {refusal.count}: {reason} ({where} {lines}{more})"
    if unused:
        yield f"columns that are not read: {', '.join(unused)}"
    yield "nothing was sent"


def _short(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=12).digest()
