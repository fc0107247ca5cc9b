"""From the text of a cell to the value of a field."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from schemas.errors import kind_of

from .checking import slot_of
from .contract import Slot
from .mapping import Mapping, Origin, Value, pattern_of
from .times import BadTime, read_day, read_time

_YES = {"true", "yes", "y", "1", "t", "x"}
_NO = {"false", "no", "n", "0", "f"}
_WHOLE = re.compile(r"[+-]?([0-9]{1,15}|[0-9]{1,3}(,[0-9]{3}){1,4})")
_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?([eE][+-]?[0-9]{1,2})?")
_FORMS = {"date": ["iso-date"]}
_ANY_FORMS = ["iso", "iso-date"]


class BadCell(ValueError):
    """Why a cell is no value; never with the cell."""


@dataclass(frozen=True)
class Reading:
    """How the cells of one column are read, once they are known not to be blank."""

    origin: Origin
    slot: Slot
    mapping: Mapping

    @property
    def needed(self) -> bool:
        """Whether a row that says nothing of it is refused."""
        without = self.origin.default is None and self.origin.value is None
        return without and (self.origin.required or self.slot.required)

    def value(self, text: str) -> Value:
        """The value that a cell states; raises BadCell."""
        text = self._extracted(text)
        if not self.slot.many:
            return self._one(text)
        split = self.origin.split
        items = [each.strip() for each in text.split(split)] if split else [text]
        values = [self._one(item) for item in items if item]
        flat = [
            each for value in values for each in (value if isinstance(value, list) else [value])
        ]
        return list(dict.fromkeys(map(str, flat)))

    def _extracted(self, text: str) -> str:
        if self.origin.pattern is None:
            return text
        match = re.fullmatch(self.origin.pattern, text)
        if match is None:
            raise BadCell("does not look as `pattern` says")
        return str(match[match.re.groups] or "")

    def _one(self, text: str) -> Value:
        if not self.origin.map:
            return self._converted(text)
        word = _plain(text)
        if word in self._known:
            return self._known[word]
        for pattern, value in self._patterns:
            if pattern.fullmatch(word):
                return value
        if self.origin.otherwise is not None:
            return self.origin.otherwise
        if self.origin.keep_others:
            return self._converted(text)
        raise BadCell(f"is not in its map (got {kind_of(text)})")

    @cached_property
    def _known(self) -> dict[str, Value]:
        return {_plain(word): value for word, value in self.origin.map.items()}

    @cached_property
    def _patterns(self) -> list[tuple[re.Pattern[str], Value]]:
        found = ((pattern_of(word), value) for word, value in self.origin.map.items())
        return [(re.compile(regex, re.I), value) for regex, value in found if regex]

    def _converted(self, text: str) -> Value:
        if self.slot.kind in ("time", "date", "time or date"):
            return self._time(text)
        if self.slot.kind == "word":
            return self._word(text)
        if self.origin.number:
            return int(text.replace(",", "")) if _WHOLE.fullmatch(text) else text
        return _CONVERSIONS.get(self.slot.kind, str)(text)

    def _word(self, text: str) -> str:
        word = _plain(text).replace(" ", "_")
        if word not in self.slot.words:
            raise BadCell(f"must be one of {', '.join(self.slot.words)} (got {kind_of(text)})")
        return word

    def _time(self, text: str) -> str:
        forms = self.origin.format or _FORMS.get(self.slot.kind, _ANY_FORMS)
        zone = self.mapping.zone_of(self.origin)
        try:
            if self.slot.kind == "date":
                return read_day(text, forms, zone).isoformat()
            found: datetime = read_time(text, forms, zone, self.origin.ambiguous)
        except BadTime as error:
            raise BadCell(str(error)) from None
        return found.isoformat()


def readings_of(mapping: Mapping) -> dict[str, Reading]:
    """How each key of a mapping is read."""
    found = {}
    for key, origin in mapping.origins().items():
        slot = slot_of(mapping, key)
        assert slot is not None, "read_mapping has looked"
        found[key] = Reading(origin, slot, mapping)
    return found


def _plain(text: str) -> str:
    return " ".join(text.split()).lower()


def _whole(text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise BadCell(f"must be a whole number (got {kind_of(text)})")
    return int(text.replace(",", ""))


def _number(text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise BadCell(f"must be a number (got {kind_of(text)})")
    return float(text)


def _yes_or_no(text: str) -> bool:
    word = _plain(text)
    if word not in _YES | _NO:
        raise BadCell(f"must be yes or no (got {kind_of(text)})")
    return word in _YES


_CONVERSIONS: dict[str, Callable[[str], Value]] = {
    "whole number": _whole,
    "number": _number,
    "yes or no": _yes_or_no,
}
