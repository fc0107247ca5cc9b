"""Days, weeks, months or years of a chart over time, as the department's calendar has them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ..parameters import DashboardQuery

_FORMS = {
    "day": "%b %-d, %Y",
    "week": "Week of %b %-d, %Y",
    "month": "%B %Y",
    "year": "%Y",
}
_MOST = 400


@dataclass(frozen=True)
class Period:
    """`key`: its start in milliseconds since 1970, as Elasticsearch names it. `first`, `last`: the
    days that are counted; at the ends of a chart a period may be cut."""

    key: int
    first: date
    last: date
    label: str

    @property
    def bounds(self) -> dict[str, date]:
        """What a list is asked for to show this period."""
        return {"from": self.first, "to": self.last}


def interval_of(first: datetime, last: datetime) -> str:
    """So that there are a few dozen columns at most."""
    span = last - first
    if span <= timedelta(days=31):
        return "day"
    if span <= timedelta(days=7 * 32):
        return "week"
    return "month" if span <= timedelta(days=366 * 4) else "year"


def periods(
    keys: Iterable[int], interval: str, query: DashboardQuery, zone: ZoneInfo
) -> list[Period]:
    """Every period from the first to the last in which something happened."""
    starts = sorted({datetime.fromtimestamp(key / 1000, zone).date() for key in keys})
    found: list[Period] = []
    start = starts[0] if starts else None
    while start is not None and start <= starts[-1] and len(found) < _MOST:
        end = _last_day(start, interval)
        first, last = max(start, query.from_ or start), min(end, query.to or end)
        found.append(Period(_key(start, zone), first, last, f"{first:{_FORMS[interval]}}"))
        start = end + timedelta(days=1)
    return found


def _key(start: date, zone: ZoneInfo) -> int:
    return int(datetime.combine(start, time(), zone).timestamp() * 1000)


def _last_day(start: date, interval: str) -> date:
    """The last day of the period that starts on a day."""
    if interval == "day":
        return start
    if interval == "week":
        return start + timedelta(days=6)
    if interval == "month":
        return (start + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return date(start.year, 12, 31)
