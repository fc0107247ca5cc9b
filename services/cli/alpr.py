"""Search logs of ALPR systems, as vendors export them, to events. No IO but the file given.

Three layouts are read, told apart by the names of their columns, in any order and with columns
missing:

    id, userId, searchDate, cameraCount, reason
    id, userId, searchDate (ISO 8601, Z), networkCount, reason
    ID, Name, Org Name, Total Networks Searched, Time Frame, License Plate, Reason, Case #,
        Filters, Search Time, Search Type, Text Prompt, Moderation

What was redacted (`***`) stays unknown: a redacted user becomes the employee `unknown`, whom no
roster has; a redacted plate gives no digest; a redacted case number or reason stays `***`, for one
was stated. A licence plate never leaves this module: only its digest under the department's key,
and where it stands in other text of its row it is masked.
"""

import csv
import hashlib
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, BinaryIO

from pydantic import ValidationError

from schemas.ai import Purpose, UseRecorded
from schemas.errors import field_errors, summary
from schemas.events import EVENT, dump
from schemas.scanner import digest, scan_event

from .failures import Failure
from .lines import MAX_BYTES, Entry

REDACTED = "***"
UNKNOWN_EMPLOYEE = "unknown"

# Column: the names that vendors give it, in small letters and digits only.
_COLUMNS: dict[str, tuple[str, ...]] = {
    "id": ("id",),
    "user": ("userid", "name"),
    "time": ("searchdate", "searchtime"),
    "reason": ("reason",),
    "plate": ("licenseplate",),
    "case": ("case",),
    "prompt": ("textprompt",),
    "camera_count": ("cameracount",),
    "network_count": ("networkcount", "totalnetworkssearched"),
    "organization": ("orgname",),
    "time_frame": ("timeframe",),
    "filters": ("filters",),
    "search_type": ("searchtype",),
    "moderation": ("moderation",),
}
_REQUIRED = {"user": "userId or Name", "time": "searchDate or Search Time"}
_EXTENSIONS = tuple(_COLUMNS)[7:]
_MASKED = ("reason", "case", "prompt", *_EXTENSIONS)

Row = dict[str, str]


class BadRow(ValueError):
    """Why a row is no event; never with the row's values."""


@dataclass(frozen=True)
class Importer:
    """`key`: asked for the digest key only when a row needs it."""

    source: str
    system_id: str
    key: Callable[[], bytes]

    def entries(self, file: BinaryIO, name: str) -> Iterator[Entry]:
        """One entry a row, with the line on which the row begins; blank rows count for nothing.

        Raises Failure if the file is no such log.
        """
        csv.field_size_limit(MAX_BYTES)
        text = io.TextIOWrapper(file, "utf-8-sig", "surrogateescape", newline="")
        rows = csv.reader(text, strict=True)
        columns = _columns(rows, name)
        while True:
            line = rows.line_num + 1
            try:
                cells = next(rows, None)
                if cells is None:
                    return
                if any(cell.strip() for cell in cells):
                    event = self.event(_row(cells, columns))
                    yield Entry(line, event, text=dump(event))
            except csv.Error as error:
                yield Entry(line, None, f"not CSV: {error}")
            except BadRow as error:
                yield Entry(line, None, str(error))

    def event(self, row: Row) -> UseRecorded:
        """The search that a row tells of; raises BadRow."""
        protected = self._protected(row)
        row_id = _stated(row, "id")
        own_id = _digest_of(protected) if row_id in ("", REDACTED) else row_id
        use_id = f"{self.system_id}-{own_id}"
        raw = {
            "specversion": "1.0",
            "id": own_id,
            "source": self.source,
            "type": "ai.use.recorded.v1",
            "subject": f"use/{use_id}",
            "time": parse_time(_stated(row, "time")).isoformat(),
            "data": {"use_id": use_id, "system_id": self.system_id, **_data(protected)},
        }
        try:
            event = EVENT.validate_json(json.dumps(raw))
        except ValidationError as error:
            raise BadRow(summary(field_errors(error))) from None
        assert isinstance(event, UseRecorded)
        return event if event.data.content is None else scan_event(event, self.key())

    def _protected(self, row: Row) -> Row:
        """The row with its plate digested, and masked in all other text."""
        plate = _stated(row, "plate")
        if plate in ("", REDACTED):
            return {name: cell for name, cell in row.items() if name != "plate"}
        mask = _mask_of(plate)
        masked = {name: mask(row[name]) for name in _MASKED if name in row}
        return row | masked | {"plate": digest(_plain_plate(plate), self.key())}


def _columns(rows: Iterator[list[str]], name: str) -> dict[str, int]:
    """Column to place; raises Failure where the header is not of such a log."""
    try:
        header = next(rows, None)
    except csv.Error as error:
        raise Failure(f"{name}: not CSV: {error}") from None
    if header is None:
        raise Failure(f"{name}: is empty")
    found = [re.sub(r"[^a-z0-9]", "", column.lower()) for column in header]
    places = {}
    for column, names in _COLUMNS.items():
        place = next((found.index(each) for each in names if each in found), None)
        if place is not None:
            places[column] = place
    missing = [words for column, words in _REQUIRED.items() if column not in places]
    if missing:
        raise Failure(f"{name}: not a search log of an ALPR system: no column {', '.join(missing)}")
    return places | {"": len(header)}


def _row(cells: list[str], columns: dict[str, int]) -> Row:
    expected = columns[""]
    if len(cells) != expected:
        raise BadRow(f"has {len(cells)} cells, the header has {expected}")
    try:
        "".join(cells).encode()
    except UnicodeEncodeError:
        raise BadRow("not UTF-8") from None
    return {name: cells[place] for name, place in columns.items() if name}


def _stated(row: Row, column: str) -> str:
    return row.get(column, "").strip()


def _data(row: Row) -> dict[str, Any]:
    """The `data` of a protected row, without the ids."""
    user = _stated(row, "user")
    if not user:
        raise BadRow("names no user")
    reason, prompt = row.get("reason", ""), _stated(row, "prompt")
    fields = {
        "employee_id": UNKNOWN_EMPLOYEE if user == REDACTED else user,
        "family": "perceptive",
        "capability": "alpr",
        "purpose": purpose_of(reason),
        "purpose_text": reason if reason.strip() else None,
        "case_number": _stated(row, "case") or None,
        "target_digest": row.get("plate"),
        "content": None if prompt in ("", REDACTED) else prompt,
        "extensions": _extensions(row) or None,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _extensions(row: Row) -> dict[str, str | int]:
    stated = {name: _stated(row, name) for name in _EXTENSIONS}
    return {
        name: _number(text) if name.endswith("_count") else text
        for name, text in stated.items()
        if text not in ("", REDACTED)
    }


def _number(text: str) -> str | int:
    plain = text.replace(",", "")
    return int(plain) if re.fullmatch(r"[0-9]{1,15}", plain) else text


_TEST = re.compile(r"((admin(istrative)?|system|camera) )?test(ing|s)?\.?")
_ADMINISTRATIVE = re.compile(r"admin(istrative|istration)?\.?")


def purpose_of(reason: str) -> Purpose:
    """The purpose that a reason states. Who gives any other reason searched to investigate; what
    the reason is worth is judged by the policy's list, not here.

    >>> purpose_of("Administrative Test"), purpose_of("UUV"), purpose_of(" ")
    ('system_test', 'investigation', 'not_stated')
    """
    words = re.sub(r"[\s+]+", " ", reason).strip().lower()
    if not words:
        return "not_stated"
    if _TEST.fullmatch(words):
        return "system_test"
    if _ADMINISTRATIVE.fullmatch(words):
        return "administrative"
    return "investigation"


_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?")
_AMERICAN = re.compile(
    r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4}),? ([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?( [AP]M)?"
)
_ZONE = re.compile(r" ?(Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2})?$")


def parse_time(text: str) -> datetime:
    """A time in the form of one of the layouts; without a zone it is UTC. Raises BadRow.

    >>> parse_time("01/05/2025, 10:00:07 AM UTC").isoformat()
    '2025-01-05T10:00:07+00:00'
    """
    plain = re.sub(r"\s+", " ", text).strip().upper()
    zone = _ZONE.search(plain)
    assert zone is not None
    body = plain[: zone.start()]
    offset = zone[1] if zone[1] and zone[1][0] in "+-" else "+00:00"
    try:
        if _ISO.fullmatch(body):
            return datetime.fromisoformat(body + offset)
        if match := _AMERICAN.fullmatch(body):
            return _american(match, offset)
    except ValueError:
        raise BadRow("search time: there is no such time") from None
    raise BadRow("search time: not in a form that is known, or of a zone other than UTC")


def _american(match: re.Match[str], offset: str) -> datetime:
    month, day, year, hour, minute = (int(match[n]) for n in range(1, 6))
    if match[7]:
        if not 1 <= hour <= 12:
            raise ValueError
        hour = hour % 12 + (12 if match[7] == " PM" else 0)
    second = int(match[6] or 0)
    zone = datetime.fromisoformat("2000-01-01T00:00" + offset).tzinfo
    return datetime(year, month, day, hour, minute, second, tzinfo=zone or UTC)


def _plain_plate(plate: str) -> str:
    """A plate as it is compared: however it was spaced and written."""
    return re.sub(r"[^A-Z0-9]", "", plate.upper())


def _mask_of(plate: str) -> Callable[[str], str]:
    """Masks each plate of a cell, however it is spaced. Of one or two signs, it says nothing."""
    plates = [_plain_plate(each) for each in re.split(r"[,;|\n]", plate)]
    spelled = [r"[\s.\-]?".join(each) for each in plates if len(each) > 2]
    if not spelled:
        return lambda text: text
    pattern = rf"(?<![A-Za-z0-9])(?:{'|'.join(spelled)})(?![A-Za-z0-9])"
    return lambda text: re.sub(pattern, REDACTED, text, flags=re.IGNORECASE)


def _digest_of(row: Row) -> str:
    """An id for a row that has none: the same row has the same one."""
    stated = {name: _stated(row, name) for name in sorted(row)}
    return hashlib.sha256(json.dumps(stated).encode()).hexdigest()[:32]
