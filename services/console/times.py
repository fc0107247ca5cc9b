"""Times as people read them: in the department's zone, with UTC at hand."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup
from pydantic import AwareDatetime, TypeAdapter

_TIME: TypeAdapter[datetime] = TypeAdapter(AwareDatetime)


def parse(text: str) -> datetime:
    """A time as it stands in a document; always in UTC."""
    return _TIME.validate_python(text).astimezone(UTC)


def day_starts(day: date, zone: ZoneInfo) -> str:
    """The instant at which a day starts where the department is, as Elasticsearch reads it."""
    return datetime.combine(day, time(), zone).astimezone(UTC).isoformat()


def bounds(first: date | None, last: date | None, zone: ZoneInfo) -> dict[str, str]:
    """A range query over whole days, the last one included; empty if there are none."""
    found = {}
    if first:
        found["gte"] = day_starts(first, zone)
    if last:
        found["lt"] = day_starts(last + timedelta(days=1), zone)
    return found


class Clock:
    """Writes times for the templates."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone

    def when(self, value: datetime | None, form: str = "%b %-d, %Y, %H:%M") -> Markup:
        """A `<time>`; nothing at all for no time."""
        if value is None:
            return Markup("")
        return timed(value.astimezone(self.zone).strftime(form), value)


def timed(text: str, value: datetime) -> Markup:
    """A text that stands for a time, with UTC at hand."""
    utc = value.astimezone(UTC)
    return Markup('<time datetime="{}" title="{} UTC">{}</time>').format(
        utc.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        f"{utc:%Y-%m-%d %H:%M:%S}.{utc.microsecond // 10_000:02}",
        text,
    )
