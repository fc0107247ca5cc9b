"""The rows of a log that count: a course that is completed, not one that is planned."""

from collections.abc import Iterator

from .mapping import plain_name
from .rows import Row


class Selected:
    """Iterates over the rows that have in each column one of the words said; counts the others."""

    def __init__(self, rows: Iterator[Row], only: dict[str, list[str]]) -> None:
        self.left_out = 0
        self._rows = rows
        self._only = {plain_name(name): {_plain(word) for word in only[name]} for name in only}

    def __iter__(self) -> Iterator[Row]:
        for row in self._rows:
            if row.problem or self._counts(row):
                yield row
            else:
                self.left_out += 1

    def _counts(self, row: Row) -> bool:
        cells = ((row.cells.get(name, ""), words) for name, words in self._only.items())
        return all(_plain(cell) in words for cell, words in cells)


def _plain(text: str) -> str:
    return " ".join(text.split()).lower()
