"""Days and times as people read them."""

from datetime import date, datetime

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def said(value: date | datetime) -> str:
    """A day, or a time in its own zone; to hundredths of a second where they are not zero."""
    # Not by strftime, which takes ten times as long, and its months from the machine's language.
    day = f"{_MONTHS[value.month - 1]} {value.day}, {value.year}"
    if not isinstance(value, datetime):
        return day
    seconds = f":{value.second:02}" if value.second or value.microsecond else ""
    hundredths = f".{value.microsecond // 10_000:02}" if value.microsecond else ""
    zone = value.tzname() or ""
    return f"{day}, {value.hour:02}:{value.minute:02}{seconds}{hundredths} {zone}"
