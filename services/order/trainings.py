"""Training: which topics an employee's completed courses cover. Shared by B.2.b and G.1."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from schemas.policy import Policy, Topic
from schemas.registry import EmployeeChanged, TrainingCompleted

TOPICS: dict[Topic, str] = {
    "a": "the city's AI policy",
    "b": "this order",
    "c": "human oversight",
    "d": "reading and verifying results",
    "e": "bias and protected data",
    "f": "ethics",
    "g": "data security and privacy",
}


class Coverage(NamedTuple):
    """How far one topic is covered at a time. `last`: the latest completion by then, if any.

    `until`: the last instant at which that completion still counts.
    """

    topic: Topic
    last: TrainingCompleted | None
    until: datetime | None
    at: datetime

    @property
    def is_current(self) -> bool:
        """Whether the topic was completed, and not longer ago than the refresher interval."""
        return self.until is not None and self.at <= self.until


def required_topics(employee: EmployeeChanged, policy: Policy) -> set[Topic]:
    """The topics that an employee needs: those of their entry on the roster, else the policy's."""
    own = employee.data.required_topics
    return set(policy.training.topics if own is None else own)


def counting(
    trainings: Iterable[TrainingCompleted], at: datetime, policy: Policy
) -> dict[Topic, TrainingCompleted]:
    """The last completion of each topic that counts at a time. `trainings`: by time."""
    held: dict[Topic, TrainingCompleted] = {}
    interval = timedelta(days=policy.training.refresh_after_days)
    for training in trainings:
        if training.time <= at <= training.time + interval:
            held.update(dict.fromkeys(training.data.topics, training))
    return held


def coverage(
    topics: Iterable[Topic],
    trainings: Iterable[TrainingCompleted],
    at: datetime,
    policy: Policy,
) -> list[Coverage]:
    """How far each topic is covered at a time; completions add up. `trainings`: by time, as the
    registry gives them; those after `at` count for nothing."""
    last: dict[Topic, TrainingCompleted] = {}
    for training in trainings:
        if training.time <= at:
            last.update(dict.fromkeys(training.data.topics, training))
    return [_covered(topic, last.get(topic), at, policy) for topic in topics]


def _covered(
    topic: Topic, last: TrainingCompleted | None, at: datetime, policy: Policy
) -> Coverage:
    return Coverage(topic, last, None if last is None else counts_until(last, policy), at)


def counts_until(training: TrainingCompleted, policy: Policy) -> datetime:
    """The last instant at which a completion still counts: exactly the interval after it."""
    return training.time + timedelta(days=policy.training.refresh_after_days)


def in_words(topics: Iterable[Topic]) -> str:
    """Topics as a person names them."""
    return ", ".join(TOPICS[topic] for topic in topics)
