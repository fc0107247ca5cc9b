"""What intake saw of a source's reports: enough to say whether they are complete."""

from typing import Annotated, NamedTuple

from pydantic import Field

from .base import Count, Id, Model, Time

Number = Annotated[int, Field(ge=0)]
"""A `sequence`: of up to 19 digits, as the envelope allows; more than a `Count` holds."""


class Run(Model):
    """Consecutive numbers of one process. `received`: when the first of them to arrive did."""

    first: Number
    last: Number
    first_id: Id
    last_id: Id
    received: Time


class DayObserved(Model):
    """One day (UTC) by receipt. `ahead_seconds`: how far an event's time lay after its receipt, at
    most. `behind_seconds`: how far a heartbeat's lay before its receipt, at least."""

    accepted: Count = 0
    refused: Count = 0
    ahead_seconds: float = 0
    behind_seconds: float | None = None


class Conflict(Model):
    """One id that came with other bytes again, and when that was noticed."""

    id: Id
    received: Time


class Observed(Model):
    """`runs`: of each instance, by its name (empty: it gives none), in ascending order, apart.

    `days`: by day of receipt. `last_received`: of the events that were accepted.
    """

    source: str
    runs: dict[str, list[Run]] = {}
    days: dict[Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")], DayObserved] = {}
    conflicts: list[Conflict] = []
    last_received: Time | None = None


class Mark(NamedTuple):
    """What an employee's dossier keeps of one use. `subject`: of the use. `target`: keyed digest of
    what was searched for; `has_case`: whether the search names a case or incident."""

    time: Time
    receivedtime: Time | None
    source: str
    id: str
    subject: str
    target: str | None
    has_case: bool

    @property
    def key(self) -> tuple[str, str]:
        """Source and id of the event."""
        return self.source, self.id
