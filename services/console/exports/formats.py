"""How rows are written: CSV (RFC 4180) and JSON Lines."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import orjson

BOM = "\ufeff".encode()
"""Spreadsheet programs take CSV for UTF-8 where it begins with this."""
# The wide forms too: programs that are used for East Asian text take them for the narrow ones.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def cell(value: Any) -> str:
    """A value as text that no spreadsheet program takes for a formula."""
    text = _text(value)
    return "'" + text if text.startswith(_FORMULA) else text


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list):
        return "; ".join(map(_text, value))
    if isinstance(value, dict):
        return " ".join(map(_text, value.values()))
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def csv_lines(rows: Sequence[Sequence[Any]]) -> bytes:
    """Lines that end with CR and LF, as RFC 4180 has them."""
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerows([list(map(cell, row)) for row in rows])
    return written.getvalue().encode(errors="replace")


def json_lines(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """One object a line; nothing is altered."""
    return b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)
