"""Whether a file has the columns that its mapping reads."""

from collections.abc import Iterator
from typing import BinaryIO

from ..failures import Failure
from .cells import Reading, readings_of
from .mapping import Mapping, plain_name
from .rows import Table, read_table


def fitting_table(file: BinaryIO, name: str, mapping: Mapping) -> Table:
    """The rows of a file; raises Failure if a column is missing that every row needs."""
    table = read_table(file, name, mapping.file)
    if table.header is None:
        return table
    found = [plain_name(column) for column in table.header]
    readings = readings_of(mapping)
    needed = [*_needed(readings), *([column] for column in mapping.only)]
    missing = [" or ".join(names) for names in needed if not _places(names, found)]
    if missing:
        told = f"{', '.join(missing)}{_hint(table.header)}"
        raise Failure(f"{name}: does not fit the mapping: no column {told}")
    for names in _read(readings):
        for each in names:
            if found.count(plain_name(each)) > 1:
                raise Failure(f"{name}: the column {each} is there twice")
    return table


def unused(table: Table, mapping: Mapping) -> list[str]:
    """The columns that no field reads, as they are written."""
    read = {plain_name(name) for names in _read(readings_of(mapping)) for name in names}
    read |= {plain_name(column) for column in mapping.only}
    return [column for column in table.header or [] if plain_name(column) not in read]


def _needed(readings: dict[str, Reading]) -> Iterator[list[str]]:
    for key, reading in readings.items():
        if reading.needed:
            known = {"id", "system_id"} if key != "id" else set()
            yield from (names for names in reading.origin.columns() if not known & set(names))


def _read(readings: dict[str, Reading]) -> Iterator[list[str]]:
    for reading in readings.values():
        yield from reading.origin.columns()


def _places(names: list[str], found: list[str]) -> list[str]:
    return [name for name in names if plain_name(name) in found]


def _hint(header: list[str]) -> str:
    other = next((sign for sign in ";\t|" if len(header) == 1 and sign in header[0]), "")
    return f" (does {other!r} stand between its cells? see `delimiter`)" if other else ""
