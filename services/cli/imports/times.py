"""Times and dates as people and programs write them, placed in a time zone."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from schemas.base import EARLIEST, LATEST

Ambiguous = Literal["refuse", "earlier", "later"]
"""What is done with a time that came twice, on the night when the clocks were put back."""

_DATES = {
    "iso": r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})",
    "us": r"(?P<month>[0-9]{1,2})[/-](?P<day>[0-9]{1,2})[/-](?P<year>[0-9]{4})",
    "eu": r"(?P<day>[0-9]{1,2})[./-](?P<month>[0-9]{1,2})[./-](?P<year>[0-9]{4})",
}
_CLOCK = (
    r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})"
    r"(?::(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]{1,9}))?)?(?: ?(?P<half>[AP])\.?M\.?)?"
)
_SUFFIX = r"(?: ?(?P<suffix>Z|[A-Z]{2,5}|[+-][0-9]{2}:?[0-9]{2}))?"
_NAMED = {name: re.compile(rf"{form}(?:T|,? ){_CLOCK}{_SUFFIX}") for name, form in _DATES.items()}
_NAMED |= {f"{name}-date": re.compile(form) for name, form in _DATES.items()}
_UNIX = {"unix": 1_000_000, "unix-ms": 1_000}
_COUNT = re.compile(r"[0-9]{1,16}(?:\.[0-9]{1,6})?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

NAMES = (*_NAMED, *_UNIX)
"""The forms that have a name; any other is a pattern of strptime, with its percent signs."""


class BadTime(ValueError):
    """Why a text is no time; never with the text."""


def read_time(
    text: str, forms: Sequence[str], zone: ZoneInfo, ambiguous: Ambiguous = "refuse"
) -> datetime:
    """The time that a text states in the first of the forms that fits; raises BadTime.

    `zone`: of a time that names none; of a date alone, the start of that day there.

    >>> read_time("01/05/2025, 10:00:07 AM UTC", ["us"], ZoneInfo("America/Chicago")).isoformat()
    '2025-01-05T10:00:07+00:00'
    """
    plain = " ".join(text.split()).upper()
    reason = f"not in a form that is known ({', '.join(forms)})"
    for form in forms:
        try:
            found = _read(plain, form)
            if found is not None:
                return _placed(*found, zone, ambiguous)
        except BadTime as error:
            reason = str(error)
        except (ValueError, OverflowError):
            reason = "there is no such time"
    raise BadTime(reason)


def read_day(text: str, forms: Sequence[str], zone: ZoneInfo) -> date:
    """The day that a text states, or on which its time falls in the zone; raises BadTime."""
    return read_time(text, forms, zone, "earlier").astimezone(zone).date()


def _read(plain: str, form: str) -> tuple[datetime, str] | None:
    """The time as it stands there, and the zone that it names; None if the form is another."""
    if form in _UNIX:
        return _unix(plain, _UNIX[form])
    if form in _NAMED:
        match = _NAMED[form].fullmatch(plain)
        return None if match is None else _assembled(match.groupdict())
    try:
        return datetime.strptime(plain, form), ""
    except ValueError:
        return None


def _unix(plain: str, microseconds: int) -> tuple[datetime, str] | None:
    if not _COUNT.fullmatch(plain):
        return None
    whole, _, rest = plain.partition(".")
    part = int((rest or "0").ljust(6, "0")) * microseconds // 1_000_000
    return _EPOCH + timedelta(microseconds=int(whole) * microseconds + part), ""


def _assembled(parts: dict[str, str | None]) -> tuple[datetime, str]:
    """A time from its named parts; raises ValueError where there is none."""
    names = ("year", "month", "day", "hour", "minute", "second")
    year, month, day, hour, minute, second = (int(parts.get(name) or 0) for name in names)
    if half := parts.get("half"):
        if not 1 <= hour <= 12:
            raise ValueError
        hour = hour % 12 + (12 if half == "P" else 0)
    microsecond = int((parts.get("fraction") or "0").ljust(6, "0")[:6])
    at = datetime(year, month, day, hour, minute, second, microsecond)
    return at, parts.get("suffix") or ""


def _placed(at: datetime, suffix: str, zone: ZoneInfo, ambiguous: Ambiguous) -> datetime:
    # Long ago offsets had seconds, which no contract time has.
    if not EARLIEST.year <= at.year <= LATEST.year:
        raise BadTime(f"must lie between the years {EARLIEST.year} and {LATEST.year}")
    if at.tzinfo is not None:
        return at
    if suffix in ("Z", "UTC", "GMT"):
        return at.replace(tzinfo=UTC)
    if suffix and suffix[0] in "+-":
        return at.replace(tzinfo=datetime.fromisoformat(f"2000-01-01T00:00{suffix}").tzinfo)
    readings = [each for each in _readings(at, zone) if suffix in ("", each.tzname())]
    if not readings and suffix:
        raise BadTime(f"of a zone other than {zone.key}")
    if not readings:
        raise BadTime(f"there is no such time in {zone.key}: the clocks were put forward")
    if len(readings) > 1 and ambiguous == "refuse":
        raise BadTime(f"came twice in {zone.key}, when the clocks were put back: see `ambiguous`")
    return readings[-1 if ambiguous == "later" else 0]


def _readings(at: datetime, zone: ZoneInfo) -> list[datetime]:
    """What a local time may mean: once a year two things, once nothing."""
    both = (at.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    real = [
        each for each in both if each.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == at
    ]
    return list({each.utcoffset(): each for each in real}.values())
