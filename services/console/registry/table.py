"""A table of facts as CSV: read row by row, so that a wrong one takes no other along."""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from schemas.events import Event

from .boxes import SUBJECT, TIME, Box
from .history import Change, History, changes, in_force, retractions, standing
from .kinds import Kind
from .making import Values, Wrong, make, values_of
from .texts import CLEAR, BadText, cell, from_cell

_MOST_LINES = 200
"""Of one row; a quote that is open for longer was meant to be closed before."""
_QUOTED = re.compile(r'"((?:[^"]|"")*)"')
# As exports write what a spreadsheet program would take for a formula.
_ARMED = re.compile(r"'*[=+\-@\t\r]")
_DISARMED = re.compile(r"'+[=+\-@\t\r]")


class BadTable(Exception):
    """Why a file cannot be read as a table at all; never with what stands in it."""


@dataclass(frozen=True)
class Row:
    """`line`: where it begins. `wrong`: why it cannot be read; else `cells`, as many as columns."""

    line: int
    cells: tuple[str, ...] = ()
    wrong: str = ""


@dataclass(frozen=True)
class Made:
    """A row and the event that it states by itself, or what is wrong with it, by column. `states`,
    `clears`: of which columns it says something, and of which that they hold no more."""

    line: int
    event: Event | None
    errors: dict[str, str]
    states: Values = field(default_factory=dict)
    clears: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Told:
    """An event to be sent: what it changes; None: it adds. `retraction`: sent after it, of what it
    corrects."""

    line: int
    event: Event
    changes: tuple[Change, ...] | None
    retraction: Event | None = None


@dataclass(frozen=True)
class DryRun:
    """What would come of a table."""

    added: list[Told]
    changed: list[Told]
    unchanged: int
    wrong: list[tuple[int, dict[str, str]]]

    @property
    def cleared(self) -> dict[str, int]:
        """In how many rows each field would be stated no more, by its name."""
        changed = (change for each in self.changed for change in each.changes or ())
        return Counter(change.label for change in changed if change.after is None)

    @property
    def events(self) -> list[Event]:
        """What would be sent."""
        told = (*self.added, *self.changed)
        events = (event for each in told for event in (each.event, each.retraction))
        return [event for event in events if event is not None]


def columns(kind: Kind) -> list[Box]:
    """The columns of a kind's table."""
    return [box for box in kind.boxes if not box.is_group]


def read(kind: Kind, content: bytes) -> tuple[list[Box], list[Row]]:
    """The columns that a file has, and its rows. Raises BadTable."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadTable("It is not UTF-8: save it as “CSV UTF-8”.") from None
    if "\0" in text:
        raise BadTable("It is not a text.")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    first = next((n for n, line in enumerate(lines) if line.strip()), None)
    if first is None:
        raise BadTable("It is empty.")
    separator = ";" if lines[first].count(";") > lines[first].count(",") else ","
    found = _columns(kind, _cells(lines[first], separator))
    return found, list(_rows(lines, first + 1, separator, len(found)))


def make_all(
    kind: Kind, boxes: list[Box], rows: list[Row], now: datetime, zone: ZoneInfo, actor_id: str
) -> list[Made]:
    """The event of each row, or what is wrong with it."""
    return [_made(kind, boxes, row, now, zone, actor_id) for row in rows]


def written(kind: Kind, facts: Iterable[Event]) -> bytes:
    """The table that states these facts, as `read` takes it; without facts, one to fill in."""
    rows = io.StringIO()
    writer = csv.writer(rows, lineterminator="\r\n")
    writer.writerow([box.path for box in columns(kind)])
    for fact in facts:
        values = values_of(kind, fact)
        texts = [cell(b, values[b.path]) if b.path in values else "" for b in columns(kind)]
        writer.writerow([f"'{each}" if _ARMED.match(each) else each for each in texts])
    return rows.getvalue().encode("utf-8-sig")


def present(kind: Kind, known: Iterable[History]) -> Iterator[Event]:
    """What holds or will hold: of the same at the same time, what counts."""
    for history in known:
        seen = set[Any]()
        for fact in (*history.to_come, *history.now):
            about = kind.key_of(fact.event), fact.event.time
            if about not in seen:
                seen.add(about)
                yield fact.event


def dry_run(
    kind: Kind,
    made: list[Made],
    known: list[Event],
    zone: ZoneInfo,
    refused: Callable[[Event], str | None],
    retract: Callable[[Event], Event],
    again: Callable[[Values], Event],
) -> DryRun:
    """What rows change of what is known already; a row compares with those above it, too. Of what
    a row says nothing, that keeps holding. `refused`: why somebody may not state what changes, as a
    sentence. `retract`: makes the retraction of what is corrected. `again`: makes the event that
    states values; raises Wrong."""
    lines = standing(kind, known)
    gone = retractions(known)
    found = DryRun([], [], 0, [])
    unchanged, seen = 0, dict[Any, int]()
    for row in made:
        if row.event is None:
            found.wrong.append((row.line, row.errors))
            continue
        key = kind.key_of(row.event)
        line = lines[key]
        before = in_force(line, row.event.time)
        try:
            stated = (
                row.event if before is None else _with_kept(kind, row, row.event, before, again)
            )
        except Wrong as wrong:
            found.wrong.append((row.line, wrong.errors))
            continue
        told = changes(kind, before, stated, zone) if before is not None else None
        if told == ():
            unchanged += 1
        elif (why := refused(stated)) is not None:
            found.wrong.append((row.line, {"row": why[:1].lower() + why[1:-1]}))
        elif (other := seen.get((key, stated.time))) is not None:
            told_of = f"says otherwise than line {other}, of the same at the same time"
            found.wrong.append((row.line, {"row": told_of}))
        else:
            event = _renewed(stated, gone)
            seen[key, event.time] = row.line
            line.append(event)
            line.sort(key=lambda each: each.time)
            if before is None:
                found.added.append(Told(row.line, event, None))
            else:
                gone_too = retract(before) if kind.is_corrected else None
                found.changed.append(Told(row.line, event, told, gone_too))
    return DryRun(found.added, found.changed, unchanged, found.wrong)


def _made(
    kind: Kind, boxes: list[Box], row: Row, now: datetime, zone: ZoneInfo, actor_id: str
) -> Made:
    if row.wrong:
        return Made(row.line, None, {"row": row.wrong})
    values: Values = {}
    errors: dict[str, str] = {}
    cleared: set[str] = set()
    for box, text in zip(boxes, row.cells, strict=True):
        if text.strip() == CLEAR:
            cleared.add(box.path)
            continue
        plain = text[1:] if _DISARMED.match(text) else text
        try:
            value = from_cell(box, plain, zone)
        except BadText as error:
            errors[box.path] = str(error)
        else:
            if value is not None:
                values[box.path] = value
    if TIME in kind.key and TIME not in values:
        errors.setdefault(TIME, "is required")
    try:
        event = make(kind, values, now, actor_id)
    except Wrong as wrong:
        return Made(row.line, None, {**wrong.errors, **errors})
    if errors:
        return Made(row.line, None, errors)
    return Made(row.line, event, {}, values, frozenset(cleared))


def _with_kept(
    kind: Kind, row: Made, event: Event, before: Event, again: Callable[[Values], Event]
) -> Event:
    """What a row states, and what held before of which it says nothing. Raises Wrong."""
    kept = {k: v for k, v in values_of(kind, before).items() if k not in row.clears}
    values = {**kept, **row.states, TIME: event.time.isoformat()}
    stated = {SUBJECT: event.subject, TIME: values[TIME], **row.states}
    return event if values == stated else again(values)


def _columns(kind: Kind, names: list[str] | None) -> list[Box]:
    if names is None:
        raise BadTable("Its first line cannot be read: a quote is wrong.")
    names = [name.strip() for name in names]
    known = {box.path: box for box in columns(kind)}
    for place, name in enumerate(names, 1):
        if name not in known:
            raise BadTable(f"Column {place} is none of {', '.join(known)}.")
        if names.count(name) > 1:
            raise BadTable(f"Column {name} is there more than once.")
    missing = [b.path for b in columns(kind) if b.required and not b.group and b.path not in names]
    if missing:
        raise BadTable(f"Columns are missing: {', '.join(missing)}.")
    return [known[name] for name in names]


def _rows(lines: list[str], place: int, separator: str, width: int) -> Iterator[Row]:
    """A row over several lines that is wrong takes its first line only."""
    while place < len(lines):
        if not lines[place].strip():
            place += 1
            continue
        row, taken = _row(lines, place, separator, width)
        yield row
        place += taken


def _row(lines: list[str], place: int, separator: str, width: int) -> tuple[Row, int]:
    last = min(len(lines), place + _MOST_LINES)
    opened = False
    for end in range(place + 1, last + 1):
        # A record ends where its quotes are closed: only there it is worth reading.
        opened ^= lines[end - 1].count('"') % 2 == 1
        if opened:
            continue
        cells = _cells("\n".join(lines[place:end]), separator)
        if cells is None:
            return Row(place + 1, wrong="a quote is wrong"), 1
        if len(cells) != width:
            told = f"has {len(cells)} cells, and there are {width} columns"
            return Row(place + 1, wrong=told), 1
        return Row(place + 1, tuple(cells)), end - place
    return Row(place + 1, wrong="a quote is opened and never closed"), 1


def _cells(text: str, separator: str) -> list[str] | None:
    """The cells of a record; None: its quotes are wrong."""
    found, place = [], 0
    while True:
        if text.startswith('"', place):
            quoted = _QUOTED.match(text, place)
            if quoted is None:
                return None
            found.append(quoted[1].replace('""', '"'))
            place = quoted.end()
        else:
            end = text.find(separator, place)
            end = len(text) if end < 0 else end
            if '"' in text[place:end] or "\n" in text[place:end]:
                return None
            found.append(text[place:end])
            place = end
        if place == len(text):
            return found
        if text[place] != separator:
            return None
        place += 1


def _renewed(event: Event, gone: Collection[tuple[str, str]]) -> Event:
    """The same under a name that was not retracted: what is stated anew is to count."""
    number, name = 1, event.id
    while (event.source, event.id) in gone:
        number += 1
        event = event.model_copy(update={"id": f"{name}-{number}"})
    return event
