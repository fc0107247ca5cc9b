"""Reading an order as its department published it: plain text whose clauses are numbered
A · 1 · a · (1) · (a) · i, one marker at the beginning of a line. How far a line is indented says
nothing: lists lose that on their way out of a word processor, and bullets come instead.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

_NUMBER = r"\d{1,2}"
_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii")
_BULLET = re.compile(r"^[-*+•·▪◦‣●○■–—]\s+")
_MARKER = re.compile(rf"^(?:({_NUMBER}|[a-z]|[ivx]+)\.|\(({_NUMBER}|[a-z]|[ivx]+)\))(?:\s+|$)")
_SECTION = re.compile(r"^([A-Z])\.(?:\s+(\S.*))?$")
_TITLE = re.compile(
    r"^(?:(?:GENERAL )?ORDER (?:NO\.? ?)?(?=\d)|(?=\d+\.\d))(\d+(?:\.\d+)*)\b[\s:–—-]*(.*)$", re.I
)
_DATE = re.compile(
    r"\b(?:(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})|(?P<us>\d{1,2}[-/]\d{1,2}[-/]\d{4})"
    r"|(?P<long>[A-Z][a-z]+\.? \d{1,2}, \d{4}))\b"
)
_PAGE = re.compile(r"^(?:page\s+\d+(?:\s+of\s+\d+)?|[-–—]\s*\d+\s*[-–—])$", re.I)
_BARE_NUMBER = re.compile(r"^\d{1,3}$")
_PREAMBLE = re.compile(r"^(purpose|policy|scope|background|procedures?):?$", re.I)
_ENDS = re.compile(r"(?:[.:;!?)\]\"”’]|\b(?:and|or))$", re.I)

_BROKEN = re.compile(r"[^\W\d_]-$")
_APART = re.compile(r"(?:and|or|to)\b")  # "pre- and post-"

# From the outside in. An item's place is its kind's; what lies deeper ends where it begins.
_KINDS = ("number", "letter", "(number)", "(letter)", "roman", "(roman)")


class OrderError(ValueError):
    """The text is not an order that can be read. `line`: counted from 1; 0: none in particular."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(f"line {line}: {why}" if line else why)
        self.line = line
        self.why = why


@dataclass(frozen=True)
class OrderText:
    """An order as published.

    `number` and `effective_on`: empty and None where its header does not say. `preamble`: what
    stands before the first section, by its heading ("Purpose"). `headings`: of the sections, by
    letter. `clauses`: by id ("A.3.b(1)"), in the text's order, each with its own words only: its
    lines joined, what stands below it apart. A section that has words of its own is in it too.
    """

    number: str
    title: str
    effective_on: date | None
    preamble: dict[str, str]
    headings: dict[str, str]
    clauses: dict[str, str]


@dataclass(frozen=True)
class Changes:
    """Between two editions: clauses by id, with their words, or with (old, new) words."""

    added: dict[str, str]
    removed: dict[str, str]
    reworded: dict[str, tuple[str, str]]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.reworded)


def changes(old: Mapping[str, str], new: Mapping[str, str]) -> Changes:
    """What changed from one edition's clauses to another's.

    White space, and whether quotes and dashes are typographic, is no change.
    """
    return Changes(
        added={clause: text for clause, text in new.items() if clause not in old},
        removed={clause: text for clause, text in old.items() if clause not in new},
        reworded={
            clause: (old[clause], text)
            for clause, text in new.items()
            if clause in old and _plain(old[clause]) != _plain(text)
        },
    )


_TYPOGRAPHIC = str.maketrans(dict.fromkeys("‘’‚‛", "'") | dict.fromkeys("“”„‟", '"'))


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFC", text).translate(_TYPOGRAPHIC)
    return re.sub(r"\s*[-‐‑‒–—−]+\s*", "-", " ".join(text.split()))


def parent(clause: str) -> str:
    """The id of the clause that one stands under; empty for what stands under none."""
    found = re.match(r"(.+)(?:\.[^.()]+|\([^()]+\))$", clause, re.S)
    return found[1] if found else ""


def read_order(text: str) -> OrderText:
    """Read an order; raises OrderError naming the line and what was expected there.

    A text cannot say where its last clause ends: what follows it (a signature) counts as its own.
    """
    reader = _Reader()
    for line, words, following in _lines(text):
        reader.read(line, words, following)
    return reader.done()


def _lines(text: str) -> Iterator[tuple[int, str, str]]:
    """(line number, its words, those of the next line) of every line that says something."""
    raw = re.split(r"\r\n|\r|\n", text.removeprefix("\ufeff").replace("\f", "\n\f"))
    count, lines = 0, []
    for line in raw:
        # A form feed stands for no line of the file; it was given one above.
        count += not line.startswith("\f")
        lines.append((count, _words(line)))
    kept = [
        (number, words)
        for place, (number, words) in enumerate(lines)
        if words and not _is_page_number(lines, place)
    ]
    for place, (number, words) in enumerate(kept):
        yield number, words, kept[place + 1][1] if place + 1 < len(kept) else ""


def _words(line: str) -> str:
    """A line without what nobody sees: soft hyphens, control characters, more than one space."""
    seen = "".join(c for c in line if c.isspace() or unicodedata.category(c) not in ("Cc", "Cf"))
    return " ".join(seen.split())


def _is_page_number(lines: list[tuple[int, str]], place: int) -> bool:
    """A number alone between words may be one of a broken sentence; at an empty line it is not."""
    words = lines[place][1]
    around = [lines[p][1] for p in (place - 1, place + 1) if 0 <= p < len(lines)]
    return bool(
        _PAGE.match(words) or (_BARE_NUMBER.match(words) and (len(around) < 2 or "" in around))
    )


@dataclass
class _Item:
    kind: str
    ordinal: int
    clause: str


_Meanings = dict[tuple[str, int], str]  # (kind, ordinal): as an id has it
_Placed = tuple[list[_Item], str, int, str]  # items above, kind, ordinal, as an id has it


@dataclass
class _Reader:
    """Takes the lines one by one. `open`: the clause being read and those above it."""

    header: list[str] = field(default_factory=list)
    preamble: dict[str, list[str]] = field(default_factory=dict)
    headings: dict[str, str] = field(default_factory=dict)
    clauses: dict[str, list[str]] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    open: list[_Item] = field(default_factory=list)
    section: str = ""
    last: str = ""

    def read(self, line: int, words: str, following: str) -> None:
        if self._is_running_header(words):
            return
        if (section := _SECTION.match(words)) and self._begins_section(line, section, following):
            self._begin_section(section[1], section[2] or "")
        elif not self.section:
            self._read_preamble(words)
        elif not self._begins_item(line, words):
            self._continue(line, words)
        self.last = words

    def _is_running_header(self, words: str) -> bool:
        """The header comes again on every page."""
        return bool(self.preamble or self.section) and words in self.header

    def _begins_section(self, line: int, found: re.Match[str], following: str) -> bool:
        """A heading in capitals is one, or the order is numbered wrong; another one only where it
        is next, and a first clause follows: else it is a name that begins a line."""
        expected = chr(ord(self.section) + 1) if self.section else "A"
        heading = found[2] or following
        if not _is_capitals(heading):
            first = _marker(following)
            return found[1] == expected and first is not None and ("number", 1) in first[0]
        if found[1] != expected and not self._amid_a_sentence():
            raise OrderError(line, f"section {expected} was expected, {found[1]} found")
        return found[1] == expected

    def _amid_a_sentence(self) -> bool:
        """Then what looks like a marker may only happen to begin the line."""
        return bool(self.open) and not _ENDS.search(self.last)

    def _begin_section(self, letter: str, heading: str) -> None:
        self.section = letter
        self.headings[letter] = heading
        self.open = []

    def _read_preamble(self, words: str) -> None:
        if _PREAMBLE.match(words):
            self.preamble[words.rstrip(":").capitalize()] = []
        elif self.preamble:
            self.preamble[next(reversed(self.preamble))].append(words)
        else:
            self.header.append(words)

    def _begins_item(self, line: int, words: str) -> bool:
        bulleted = bool(_BULLET.match(words))
        found = _marker(words)
        if found is None:
            return False
        meanings, rest = found
        item = self._next(meanings) or self._first(meanings)
        if item is None:
            if not bulleted and self._amid_a_sentence():
                return False
            marker = words.removesuffix(rest).strip()
            raise OrderError(line, f"{marker} found where {self._expected()} was expected")
        above, kind, ordinal, label = item
        under = above[-1].clause if above else self.section
        clause = f"{under}{label}" if label.startswith("(") else f"{under}.{label}"
        self.open = [*above, _Item(kind, ordinal, clause)]
        self.clauses[clause] = [rest] if rest else []
        self.lines[clause] = line
        return True

    def _next(self, meanings: _Meanings) -> _Placed | None:
        """The open item that it continues, the innermost first."""
        for depth in reversed(range(len(self.open))):
            item = self.open[depth]
            key = (item.kind, item.ordinal + 1)
            if key in meanings:
                return self.open[:depth], *key, meanings[key]
        return None

    def _first(self, meanings: _Meanings) -> _Placed | None:
        """The first of a list below the open item."""
        deepest = _KINDS.index(self.open[-1].kind) if self.open else -1
        for (kind, ordinal), label in meanings.items():
            rank = _KINDS.index(kind)
            if ordinal == 1 and rank > deepest and (self.open or rank == 0):
                return self.open, kind, ordinal, label
        return None

    def _expected(self) -> str:
        continued = [_label(item.kind, item.ordinal + 1) for item in reversed(self.open)]
        below = _KINDS[_KINDS.index(self.open[-1].kind) + 1 :] if self.open else _KINDS[:1]
        return " or ".join([*continued, *(_label(kind, 1) for kind in below[:1])])

    def _continue(self, line: int, words: str) -> None:
        if self.open:
            self.clauses[self.open[-1].clause].append(words)
        elif self.section in self.clauses:
            self.clauses[self.section].append(words)
        elif _is_capitals(words):
            self.headings[self.section] = f"{self.headings[self.section]} {words}".strip()
        else:
            self.clauses[self.section] = [words]
            self.lines[self.section] = line

    def done(self) -> OrderText:
        if not self.section:
            raise OrderError(0, 'no section was found, such as "A. DEFINITIONS" on its own line')
        if not self.clauses:
            raise OrderError(0, 'no clause was found, such as "1." at the beginning of a line')
        above = {parent(clause) for clause in self.clauses}
        for clause, lines in self.clauses.items():
            if not lines and clause not in above:
                raise OrderError(self.lines[clause], f"clause {clause} has no words")
        number, title, effective_on = _title(self.header)
        return OrderText(
            number=number,
            title=title,
            effective_on=effective_on,
            preamble={name: _joined(lines) for name, lines in self.preamble.items() if lines},
            headings=self.headings,
            clauses={clause: _joined(lines) for clause, lines in self.clauses.items()},
        )


def _is_capitals(words: str) -> bool:
    return bool(words) and words == words.upper() and words != words.lower()


def _marker(words: str) -> tuple[_Meanings, str] | None:
    """(its meanings, the words behind it) of a line that begins with a marker.

    `i.` is the ninth letter or the first Roman number: both are there, the letter first.
    """
    words = _BULLET.sub("", words)
    found = _MARKER.match(words)
    if found is None:
        return None
    told = found[1] or found[2]
    form = "{}" if found[1] else "({})"
    meanings: _Meanings = {}
    if told.isdigit():
        meanings[form.format("number"), int(told)] = form.format(int(told))
    if told.isalpha() and len(told) == 1:
        meanings[form.format("letter"), ord(told) - ord("a") + 1] = form.format(told)
    if told in _ROMAN:
        meanings[form.format("roman"), _ROMAN.index(told) + 1] = form.format(told)
    return (meanings, words[found.end() :]) if meanings else None


def _label(kind: str, ordinal: int) -> str:
    bare = kind.strip("()")
    told = str(ordinal)
    if bare == "letter":
        told = chr(ord("a") + ordinal - 1) if ordinal <= 26 else "no letter"
    elif bare == "roman":
        told = _ROMAN[ordinal - 1] if ordinal <= len(_ROMAN) else "no number"
    return f"({told})" if kind != bare else f"{told}."


def _joined(lines: list[str]) -> str:
    """Lines as one; a word that was broken at its hyphen is whole again, hyphen and all."""
    text = ""
    for line in lines:
        broken = _BROKEN.search(text) and line[:1].islower() and not _APART.match(line)
        text += line if broken else f" {line}"
    return text.strip()


def _title(header: list[str]) -> tuple[str, str, date | None]:
    """(number, title, day of effect) from the lines before the first heading, where they say."""
    days = [day for line in header if (day := _day(line))]
    for line in header:
        if found := _TITLE.match(line):
            title = _DATE.sub("", found[2]).strip(" -–—:")
            return found[1], title, _day(line) or (days[0] if days else None)
    return "", "", days[0] if days else None


def _day(line: str) -> date | None:
    found = _DATE.search(line)
    if found is None:
        return None
    try:
        if found["us"]:
            return datetime.strptime(found["us"].replace("/", "-"), "%m-%d-%Y").date()
        if found["long"]:
            return datetime.strptime(found["long"].replace(".", ""), "%B %d, %Y").date()
        return date(int(found["y"]), int(found["m"]), int(found["d"]))
    except ValueError:
        return None
