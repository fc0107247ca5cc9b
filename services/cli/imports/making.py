"""From a row to its event, or to the reason why it makes none."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic import ValidationError

from schemas.ai import UseRecorded
from schemas.errors import field_errors, summary
from schemas.events import EVENT, EVENT_MODELS, Event, dump
from schemas.scanner import digest, scan_event

from ..lines import MAX_BYTES, Entry
from .cells import BadCell, Reading, readings_of
from .mapping import Mapping, Origin, Value, plain_name
from .masking import Mask, mask_of, secret_digest
from .rows import Row

# What is stamped on the way must fit into the record too.
_LARGEST = MAX_BYTES - 256

Cells = dict[str, str]


class BadRow(ValueError):
    """The field that cannot be filled, and why; never with the row's values."""


@dataclass(frozen=True)
class Maker:
    """Makes the events of one mapping. `key`: asked for the digest key only when a row needs it."""

    mapping: Mapping
    key: Callable[[], bytes]

    def entries(self, rows: Iterable[Row]) -> Iterator[Entry]:
        """One entry a row, with the line on which the row begins."""
        for row in rows:
            yield self._entry(row)

    def event(self, cells: Cells) -> Event:
        """The event that a row's cells tell of; raises BadRow."""
        mask = self._mask(cells)
        own_id = self._own_id(cells, mask)
        ids = {"id": own_id, "system_id": self.mapping.system_id or ""}
        data: dict[str, Any] = {}
        if self.mapping.system_id is not None:
            data["system_id"] = self.mapping.system_id
        for key in self._readings:
            table, _, name = key.partition(".")
            value = None if key in ("id", "time") else self._value(key, cells, mask, ids)
            if value is not None:
                path = ["extensions", name] if table == "extensions" else name.split(".")
                _put(data, path, value)
        time = self._value("time", cells, mask, ids)
        return self._validated({"id": own_id, "time": time, "data": data})

    def _entry(self, row: Row) -> Entry:
        if row.problem:
            return Entry(row.line, None, row.problem)
        try:
            event = self.event(row.cells)
        except BadRow as error:
            return Entry(row.line, None, str(error))
        text = dump(event)
        if len(text) > _LARGEST:
            return Entry(row.line, None, "too long to be sent: at most 256 KB")
        return Entry(row.line, event, text=text)

    def _validated(self, raw: dict[str, Any]) -> Event:
        subjects = EVENT_MODELS[self.mapping.event].subject_fields.items()
        named = [f"{kind}/{raw['data'][field]}" for kind, field in subjects if field in raw["data"]]
        if not named:
            wanted = " or ".join(field for _, field in subjects)
            raise BadRow(f"{wanted}: nothing is stated")
        envelope = {"specversion": "1.0", "source": self.mapping.source, "type": self.mapping.event}
        try:
            event = EVENT.validate_json(json.dumps(envelope | {"subject": named[0]} | raw))
        except ValidationError as error:
            raise BadRow(summary(field_errors(error)).replace("data.", "")) from None
        # Content must not leave this machine; all else is scanned by intake.
        scanned = isinstance(event, UseRecorded) and event.data.content is not None
        return scan_event(event, self.key()) if scanned else event

    def _own_id(self, cells: Cells, mask: Mask) -> str:
        """The row's id; without one, the same row gets the same, wherever its columns stand."""
        own = self._value("id", cells, mask, {}) if self.mapping.id is not None else None
        if own is not None:
            return str(own)
        stated = sorted((name, cell.strip()) for name, cell in cells.items() if cell.strip())
        # With the key, for nobody shall find out by trying what the row says.
        return digest(json.dumps(stated), self.key())[:32]

    def _value(self, key: str, cells: Cells, mask: Mask, ids: dict[str, str]) -> Value | None:
        """What a row says of one key of the mapping; raises BadRow."""
        reading = self._readings[key]
        origin = reading.origin
        if origin.value is not None:
            return _shaped(origin.value, reading)
        text = self._masked(reading, cells, mask, ids)
        if text is None:
            if origin.default is not None:
                return _shaped(origin.default, reading)
            if reading.needed:
                raise BadRow(f"{_told(key, origin)}: nothing is stated")
            return None
        if origin.digest:
            return secret_digest(text, self.key())
        try:
            return reading.value(text)
        except BadCell as error:
            raise BadRow(f"{_told(key, origin)}: {error}") from None

    def _masked(
        self, reading: Reading, cells: Cells, mask: Mask, ids: dict[str, str]
    ) -> str | None:
        """What is stated; free text without what another field keeps as a digest only."""
        text = self._stated(reading.origin, cells, ids)
        if text is None or reading.origin.digest or reading.slot.kind != "text":
            return text
        masked = mask(text)
        return None if self._blank(masked, reading.origin) else masked

    def _stated(self, origin: Origin, cells: Cells, ids: dict[str, str]) -> str | None:
        """The text of a cell, or the one made of several; None: blank."""
        if origin.text is not None:
            return self._filled(origin, cells, ids)
        cell = _first(cells, origin.column)
        return None if self._blank(cell, origin) else cell if origin.as_typed else cell.strip()

    def _filled(self, origin: Origin, cells: Cells, ids: dict[str, str]) -> str | None:
        assert origin.text is not None
        parts = re.split(r"\{([^{}]+)\}", origin.text)
        for place in range(1, len(parts), 2):
            cell = ids.get(parts[place]) or _first(cells, [parts[place]])
            if self._blank(cell, origin):
                return None
            parts[place] = cell.strip()
        return "".join(parts)

    def _blank(self, cell: str, origin: Origin) -> bool:
        blank = self.mapping.blank if origin.blank is None else origin.blank
        return cell.strip() in ("", *blank)

    def _mask(self, cells: Cells) -> Mask:
        secrets = (self._stated(origin, cells, {}) for origin in self._secrets)
        return mask_of(text for text in secrets if text)

    @cached_property
    def _readings(self) -> dict[str, Reading]:
        return readings_of(self.mapping)

    @cached_property
    def _secrets(self) -> list[Origin]:
        return [reading.origin for reading in self._readings.values() if reading.origin.digest]


def _shaped(value: Value, reading: Reading) -> Value:
    return [str(value)] if reading.slot.many and not isinstance(value, list) else value


def _first(cells: Cells, names: list[str]) -> str:
    return next((cells[plain] for name in names if (plain := plain_name(name)) in cells), "")


def _put(data: dict[str, Any], path: list[str], value: Value) -> None:
    for name in path[:-1]:
        data = data.setdefault(name, {})
    data[path[-1]] = value


def _told(key: str, origin: Origin) -> str:
    """A field by its name and the column that it comes from."""
    name = key.removeprefix("fields.")
    return f"{name} (column {' or '.join(origin.column)})" if origin.column else name
