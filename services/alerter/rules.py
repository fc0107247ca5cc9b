"""Every time and window of the plan."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from .schedule import Schedule


@dataclass(frozen=True)
class Rules:
    """As they are set; see AlerterSettings."""

    schedule: Schedule
    review_times: Mapping[str, timedelta]
    gather: timedelta = timedelta(seconds=2)
    window: timedelta = timedelta(minutes=15)
    window_high: timedelta = timedelta(minutes=1)
    oldest: timedelta | None = timedelta(days=14)
    reminder: timedelta = timedelta(hours=4)
    reminder_early: timedelta = timedelta(days=3)
    duty_least: timedelta = timedelta(minutes=15)
    escalation_steps: int = 2
    escalation_pause: timedelta = timedelta(hours=24)
    unknown: timedelta = timedelta(seconds=10)
