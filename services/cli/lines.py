"""Reading files of events: lines of JSON, plain, packed (.gz) or from standard input (`-`)."""

import gzip
import json
import re
import sys
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from pydantic import ValidationError

from schemas.errors import field_errors, summary
from schemas.events import EVENT, Event

from .failures import Failure

MAX_BYTES = 256 * 1024
"""Longest line: as long as a record may be."""
MAX_EVENTS = 500
"""Most events of a batch."""

_SHOWN_ERRORS = 5
_BLOCK_BYTES = 1 << 20


class Entry(NamedTuple):
    """One event of a file with its JSON, or why there is none: `line` counts from 1."""

    line: int
    event: Event | None
    problem: str = ""
    text: bytes = b""


class Block(NamedTuple):
    """Some lines of a file, as they stand there; `first`: the number of the first."""

    path: str
    first: int
    lines: list[bytes]

    @property
    def bytes(self) -> int:
        """How many bytes these are."""
        return sum(map(len, self.lines))

    def entries(self, source: str | None = None) -> Iterator[Entry]:
        """Every event; see `entries`."""
        for number, line in enumerate(self.lines, self.first):
            yield from _entries_of_line(number, line.strip(), source)


def require_files(paths: tuple[str, ...]) -> None:
    """Raise Failure for a file that is not there, before anything is done with the others."""
    for path in paths:
        if path != "-" and not Path(path).exists():
            raise Failure(f"{path}: no such file")


def open_bytes(path: str) -> AbstractContextManager[BinaryIO]:
    """Open a file to read bytes; raises Failure. `-` is standard input, `.gz` is unpacked."""
    try:
        if path == "-":
            # Left open: `-` may be named twice, and its owner closes it.
            return nullcontext(sys.stdin.buffer)
        if path.endswith(".gz"):
            return cast(AbstractContextManager[BinaryIO], gzip.open(path, "rb"))
        return Path(path).open("rb")
    except OSError as error:
        raise Failure(f"{path}: {error.strerror or error}") from None


def entries(path: str, source: str | None = None) -> Iterator[Entry]:
    """Every event of a file. `source` is filled in where an event names none.

    A line may hold one event or a JSON array of up to 500. Raises Failure if the file cannot be
    read to its end.
    """
    for block in blocks(path, size=1):
        yield from block.entries(source)


def blocks(path: str, size: int = _BLOCK_BYTES) -> Iterator[Block]:
    """The lines of a file, about `size` bytes at a time. Raises Failure as `entries` does."""
    with open_bytes(path) as file:
        block = Block(path, 1, [])
        held = 0
        while line := _read_line(file, path):
            if block.first == 1 and not block.lines:
                line = line.removeprefix(b"\xef\xbb\xbf")
            block.lines.append(line)
            held += len(line)
            if held >= size:
                yield block
                block = Block(path, block.first + len(block.lines), [])
                held = 0
        if block.lines:
            yield block


def _read_line(file: BinaryIO, path: str) -> bytes:
    """The next line; of one that is too long only so much that it is seen to be."""
    try:
        line = file.readline(MAX_BYTES + 2)
        rest = line
        while len(rest) == MAX_BYTES + 2 and not rest.endswith(b"\n"):
            rest = file.readline(MAX_BYTES + 2)
    except (OSError, EOFError, zlib.error) as error:
        raise Failure(f"{path}: cannot be read: {error}") from None
    return line


def _entries_of_line(number: int, line: bytes, source: str | None) -> Iterator[Entry]:
    if not line:
        return
    if len(line) > MAX_BYTES:
        yield Entry(number, None, "longer than 256 KB")
        return
    try:
        if line.startswith(b"[") or source is not None:
            yield from _parsed(number, json.loads(line.decode()), source)
        else:
            line.decode()
            yield _entry(number, line)
    except UnicodeDecodeError:
        yield Entry(number, None, "not UTF-8")
    except json.JSONDecodeError as error:
        yield Entry(number, None, f"not JSON: {error.msg} at character {error.pos + 1}")
    except (RecursionError, ValueError):
        yield Entry(
            number, None, "not JSON that can be read: nested too deeply, or a number too long"
        )


def _parsed(number: int, parsed: object, source: str | None) -> Iterator[Entry]:
    if not isinstance(parsed, list):
        yield _entry(number, _with_source(parsed, source))
    elif not 1 <= len(parsed) <= MAX_EVENTS:
        yield Entry(number, None, f"a batch holds 1 to {MAX_EVENTS} events, not {len(parsed)}")
    else:
        for place, item in enumerate(parsed, 1):
            event = _entry(number, _with_source(item, source))
            yield (
                event
                if event.event
                else event._replace(problem=f"event {place} of the batch: {event.problem}")
            )


def _with_source(parsed: object, source: str | None) -> bytes:
    if source is not None and isinstance(parsed, dict):
        parsed.setdefault("source", source)
    return json.dumps(parsed, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _entry(number: int, text: bytes) -> Entry:
    try:
        return Entry(number, EVENT.validate_json(text), text=text)
    except ValidationError as error:
        return Entry(number, None, _problem(error))


def _problem(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        # It counts lines within this one.
        told = re.sub(r" at line 1 column (\d+)$", r" at character \1", first["ctx"]["error"])
        return f"not JSON: {told}"
    errors = field_errors(error)
    more = len(errors) - _SHOWN_ERRORS
    return summary(errors[:_SHOWN_ERRORS]) + (f"; and {more} more" if more > 0 else "")
