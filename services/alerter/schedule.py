"""Times of the day where the department is. Pure: no clock."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Schedule:
    """Quiet hours, and when the daily digest is due; None: there are none, or never."""

    zone: ZoneInfo
    quiet_from: time | None = None
    quiet_to: time | None = None
    digest_at: time | None = None

    def is_quiet(self, now: datetime) -> bool:
        """Whether a clock there shows a time within the quiet hours, which may span midnight."""
        if self.quiet_from is None or self.quiet_to is None:
            return False
        shown = now.astimezone(self.zone).time()
        if self.quiet_from <= self.quiet_to:
            return self.quiet_from <= shown < self.quiet_to
        return shown >= self.quiet_from or shown < self.quiet_to

    def quiet_since(self, now: datetime) -> datetime | None:
        """When the quiet hours began, in UTC; None: there are none now."""
        if self.quiet_from is None or not self.is_quiet(now):
            return None
        return self._last(self.quiet_from, now)

    def quiet_until(self, now: datetime) -> datetime | None:
        """When the quiet hours end, in UTC; None: there are none now."""
        if self.quiet_to is None or not self.is_quiet(now):
            return None
        today = now.astimezone(self.zone).date()
        at = self._at(today, self.quiet_to)
        return at if at > now else self._at(today + timedelta(days=1), self.quiet_to)

    def last_digest(self, now: datetime) -> datetime | None:
        """When the latest digest until now was due, in UTC."""
        return None if self.digest_at is None else self._last(self.digest_at, now)

    def _last(self, shown: time, now: datetime) -> datetime:
        """When a clock there showed a time last."""
        today = now.astimezone(self.zone).date()
        at = self._at(today, shown)
        return at if at <= now else self._at(today - timedelta(days=1), shown)

    def _at(self, day: date, shown: time) -> datetime:
        return datetime.combine(day, shown, self.zone).astimezone(UTC)
