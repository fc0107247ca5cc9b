"""Times of the day where the department is. Pure: no clock."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
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

    def last_digest(self, now: datetime) -> datetime | None:
        """When the latest digest until now was due, in UTC."""
        if self.digest_at is None:
            return None
        today = now.astimezone(self.zone).date()
        due = datetime.combine(today, self.digest_at, self.zone).astimezone(UTC)
        if due > now:
            yesterday = today - timedelta(days=1)
            due = datetime.combine(yesterday, self.digest_at, self.zone).astimezone(UTC)
        return due
