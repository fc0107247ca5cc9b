"""Days and times as people read them."""

from datetime import date, datetime


def said(value: date | datetime) -> str:
    """A day, or a time in its own zone; to hundredths of a second where they are not zero."""
    day = f"{value:%b} {value.day}, {value.year}"
    if not isinstance(value, datetime):
        return day
    seconds = f":{value:%S}" if value.second or value.microsecond else ""
    hundredths = f".{value.microsecond // 10_000:02}" if value.microsecond else ""
    return f"{day}, {value:%H:%M}{seconds}{hundredths} {value:%Z}"
