"""What a recogniser is, and the two ways in which most of them look."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from ..ai import DataClass


class Hit(NamedTuple):
    """A value found at `text[start:end]`; `value`: its normal form, under which it is digested."""

    start: int
    end: int
    value: str


class Recogniser(NamedTuple):
    """One kind of protected data; `find` yields hits in a text, in time linear in its length."""

    data_class: DataClass
    kind: str
    find: Callable[[str], Iterator[Hit]]


_SIGNS = r"[\s:#=/()-]{0,4}"
_FILLERS = r"nos?\b\.?|num(?:ber)?s?|nbr|records?|is|was|ca|calif(?:ornia)?"
NEXT = rf"{_SIGNS}(?:(?:{_FILLERS})(?![A-Za-z0-9]){_SIGNS}){{0,3}}"
"""What may stand between a label and its value: `CII no. A12345678`, `LIC/8ABC123`."""

_AND = r"(?:\s?[,/&+;]\s?(?:(?:and|or)\s)?|\s(?:and|or)\s)"

_OTHER_NUMBER = re.compile(
    r"\b(?:serial|part|model|sku|lot|invoice|tracking|imei|vin|asset|item|p/n|s/n|fcn)"
    r"(?:\s?(?:nos?|num|number|#))?[\s.:#=/]{0,3}\Z",
    re.IGNORECASE,
)
_OTHER_CHARACTERS = 25


def labelled(
    labels: str,
    value: str,
    normal: Callable[[str], str | None],
    *,
    between: str = NEXT,
    capitals: bool = False,
) -> Callable[[str], Iterator[Hit]]:
    """Find values that follow a label, and those that follow such a value in a list.

    `normal` gives a value's normal form, or None if it is none after all. `capitals`: labels and
    values count only as they are written here.
    """
    flags = 0 if capitals else re.IGNORECASE
    whole = rf"(?<![A-Za-z0-9])(?P<value>{value})(?![A-Za-z0-9])"
    first = re.compile(rf"(?<![A-Za-z0-9])(?:{labels})(?![A-Za-z0-9]){between}{whole}", flags)
    following = re.compile(_AND + whole, flags)

    def find(text: str) -> Iterator[Hit]:
        reached = 0
        for match in first.finditer(text):
            # A label within a list that was read already: reading on from it would take
            # quadratic time.
            item = match if match.start() >= reached else None
            while item is not None:
                found = normal(item["value"])
                if found is None or another_number(text, item.start("value")):
                    break
                yield Hit(*item.span("value"), found)
                reached = item.end()
                item = following.match(text, reached)

    return find


def bare(
    pattern: re.Pattern[str], normal: Callable[[str], str | None]
) -> Callable[[str], Iterator[Hit]]:
    """Find values whose form alone tells what they are."""

    def find(text: str) -> Iterator[Hit]:
        for match in pattern.finditer(text):
            found = normal(match[0])
            if found is not None and not another_number(text, match.start()):
                yield Hit(*match.span(), found)

    return find


def either(*finders: Callable[[str], Iterator[Hit]]) -> Callable[[str], Iterator[Hit]]:
    """Find what any of these does."""

    def find(text: str) -> Iterator[Hit]:
        for finder in finders:
            yield from finder(text)

    return find


def another_number(text: str, start: int) -> bool:
    """Whether the words before a value say that it is the number of a thing."""
    return _OTHER_NUMBER.search(text, max(0, start - _OTHER_CHARACTERS), start) is not None
