"""The rows of a file: CSV, or JSON lines, whichever it is. Nothing of it is held but one row."""

import csv
import io
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO, NamedTuple, cast

from ..failures import Failure
from ..lines import MAX_BYTES
from .mapping import FileForm, plain_name

LIST_SEPARATOR = ";"
"""Between the members of a list in JSON, so that a cell is always text."""

# No cell may be as long; so csv refuses the row that has it.
_OVERLONG = "x" * (MAX_BYTES + 2) + "\n"
_TOO_LONG = "longer than 256 KB; or a quotation mark is not closed"
_BOMS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


class Row(NamedTuple):
    """A row with its cells by the plain names of their columns, or why it cannot be read; `line`:
    where it begins, from 1."""

    line: int
    cells: dict[str, str]
    problem: str = ""


@dataclass(frozen=True)
class Table:
    """Rows, and the header as it is written; JSON lines have none."""

    rows: Iterator[Row]
    header: list[str] | None = None


@dataclass
class _Text:
    """The lines of a file, decoded; one that is too long is read over. Raises Failure."""

    file: io.TextIOWrapper
    name: str
    number: int = 0
    again: list[str] = field(default_factory=list)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self.again.pop() if self.again else self._read()
        if not line:
            raise StopIteration
        self.number += 1
        return line

    def push_back(self, line: str) -> None:
        """Let it be the next line again."""
        self.again.append(line)
        self.number -= 1

    def _read(self) -> str:
        try:
            line = rest = self.file.readline(MAX_BYTES + 2)
            while len(rest) == MAX_BYTES + 2 and not rest.endswith("\n"):
                rest = self.file.readline(MAX_BYTES + 2)
        except UnicodeError:
            raise Failure(
                f"{self.name}: is not {self.file.encoding}; --encoding says another"
            ) from None
        except (OSError, EOFError, zlib.error) as error:
            raise Failure(f"{self.name}: cannot be read: {error}") from None
        return _OVERLONG if len(line) > MAX_BYTES else line


def read_table(file: BinaryIO, name: str, form: FileForm) -> Table:
    """The rows of a file; raises Failure, also while they are read."""
    text = _Text(_opened(file, form), name)
    for _ in range(form.skip_lines):
        next(text, None)
    first = next(text, None)
    if first is None:
        raise Failure(f"{name}: is empty")
    text.push_back(first)
    start = first.lstrip()[:1]
    if start == "[":
        raise Failure(
            f"{name}: is a JSON array; needed is one object a line (jq -c '.[]' makes it)"
        )
    return Table(_json_rows(text)) if start == "{" else _csv_table(text, name, form.delimiter)


def _opened(file: BinaryIO, form: FileForm) -> io.TextIOWrapper:
    """The file as text; what does not decode is kept as surrogates, for its row to be refused."""
    buffered = io.BufferedReader(cast(io.RawIOBase, file))
    try:
        start = buffered.peek(2)[:2]
    except (OSError, EOFError, zlib.error):
        start = b""  # The first line says what is wrong.
    encoding = form.encoding or _BOMS.get(start, "utf-8")
    if encoding.lower().replace("_", "-") in ("utf-8", "utf8"):
        encoding = "utf-8-sig"
    try:
        return io.TextIOWrapper(buffered, encoding, "surrogateescape", newline="")
    except LookupError:
        raise Failure(f"encoding: there is none of this name: {encoding}") from None


def _csv_table(text: _Text, name: str, delimiter: str) -> Table:
    csv.field_size_limit(MAX_BYTES)
    cells = csv.reader(text, strict=True, delimiter=delimiter)
    try:
        header = next(cells)
    except (csv.Error, StopIteration) as error:
        raise Failure(f"{name}: not CSV: {error}") from None
    return Table(_csv_rows(cells, [plain_name(column) for column in header], text), header)


def _csv_rows(rows: Iterator[list[str]], columns: list[str], text: _Text) -> Iterator[Row]:
    """Blank rows count for nothing."""
    while True:
        line = text.number + 1
        try:
            cells = next(rows, None)
        except csv.Error as error:
            yield Row(line, {}, _csv_problem(error))
            continue
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield _csv_row(line, cells, columns)


def _csv_problem(error: csv.Error) -> str:
    return _TOO_LONG if "field limit" in str(error) else f"not CSV: {error}"


def _csv_row(line: int, cells: list[str], columns: list[str]) -> Row:
    if len(cells) != len(columns):
        return Row(line, {}, f"has {len(cells)} cells, the header has {len(columns)}")
    return _decoded(Row(line, dict(zip(reversed(columns), reversed(cells), strict=True))))


def _decoded(row: Row) -> Row:
    for column, cell in row.cells.items():
        try:
            cell.encode()
        except UnicodeEncodeError:
            return Row(
                row.line, {}, f"column {column}: not UTF-8, or not the encoding that was said"
            )
    return row


def _json_rows(text: _Text) -> Iterator[Row]:
    for line in text:
        if line.strip():
            yield _json_row(text.number, line)


def _json_row(number: int, line: str) -> Row:
    if line is _OVERLONG:
        return Row(number, {}, "longer than 256 KB")
    try:
        cells = dict(_flat(json.loads(line), ""))
    except json.JSONDecodeError as error:
        return Row(number, {}, f"not JSON: {error.msg} at character {error.pos + 1}")
    except (RecursionError, ValueError):
        return Row(number, {}, "not a JSON object that can be read")
    return _decoded(Row(number, cells))


def _flat(value: Any, name: str) -> Iterator[tuple[str, str]]:
    """Each member as text under its name, inside of others under `outer.inner`."""
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _flat(member, f"{name}.{key}" if name else key)
    elif not name:
        raise ValueError
    elif isinstance(value, list):
        if not any(isinstance(each, list | dict) for each in value):
            yield plain_name(name), LIST_SEPARATOR.join(map(_cell, value))
    else:
        yield plain_name(name), _cell(value)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)
