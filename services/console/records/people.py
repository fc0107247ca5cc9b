"""Employees of the roster and their training, as the order's own functions see it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from schemas.registry import EmployeeChangedData, TrainingCompleted
from services.order.trainings import TOPICS, Coverage, coverage, required_topics

from ..facts import Facts
from ..parameters import Page, Query, Words

Training = Literal["current", "lacking", "expiring_30", "expiring_90"]
TRAININGS: dict[Training, str] = {
    "current": "All required topics are current",
    "lacking": "Something is missing or has lapsed",
    "expiring_30": "Current, but something ends within 30 days",
    "expiring_90": "Current, but something ends within 90 days",
}
_DAYS: dict[Training, int] = {"expiring_30": 30, "expiring_90": 90}
Status = Literal["active", "leave", "suspended", "separated", "all"]


class EmployeesQuery(Query):
    """`status`: on the roster; those who are active unless it is given."""

    unit: Words | None = None
    training: Training | None = None
    status: Status = "active"
    page: Page = 1


@dataclass(frozen=True)
class Person:
    """An employee, and each topic that is required of them."""

    data: EmployeeChangedData
    topics: list[Coverage]
    at: datetime

    @property
    def is_current(self) -> bool:
        """Whether every required topic is covered."""
        return all(topic.is_current for topic in self.topics)

    @property
    def lacking(self) -> list[str]:
        """Topics that are not covered, in words."""
        return [TOPICS[topic.topic] for topic in self.topics if not topic.is_current]

    @property
    def until(self) -> datetime | None:
        """When the first of the topics that are covered ends."""
        ends = [t.until for t in self.topics if t.is_current and t.until is not None]
        return min(ends, default=None)

    def has(self, training: Training) -> bool:
        """Whether they are one of those that a list is asked for."""
        if training == "lacking":
            return not self.is_current
        if training == "current":
            return self.is_current
        soon = self.at + timedelta(days=_DAYS[training])
        return self.is_current and self.until is not None and self.until <= soon


def people(facts: Facts, now: datetime) -> list[Person]:
    """Everybody on the roster, by id."""
    policy = facts.policy(now)
    found = []
    for entry in facts.employees(now):
        done = facts.registry.timeline(entry.subject, TrainingCompleted).facts
        topics = coverage(sorted(required_topics(entry, policy)), done, now, policy)
        found.append(Person(entry.data, topics, now))
    return found


def matching(everybody: Iterable[Person], query: EmployeesQuery) -> list[Person]:
    """Those that are asked for."""
    return [
        person
        for person in everybody
        if query.status in ("all", person.data.status)
        and query.unit in (None, person.data.unit)
        and (query.training is None or person.has(query.training))
    ]
