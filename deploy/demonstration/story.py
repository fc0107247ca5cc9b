"""What the demonstration is made of: stories, each about one subject and one clause."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from schemas.events import Event
from schemas.verdicts import FINDING_KINDS

WITHDRAWN = "withdrawn"

Ago = Callable[[float], datetime]
"""A time so many hours before the end of the day."""

DAY = 24
"""Hours."""


@dataclass(frozen=True)
class Story:
    """What happened to one subject. `ends`: the verdict under `clause`, or `withdrawn`: evidence
    that was true in time arrived after the finding had been published.

    `events`: what is on file of the registry is known first. `later`: what reaches the department
    only after the findings on the rest are published. `once`: what would count against its source
    again if it were sent again. `refused`: the same, and intake takes none of it.
    """

    clause: str
    subject: str
    ends: str
    events: tuple[Event, ...] = ()
    later: tuple[Event, ...] = ()
    once: tuple[Event, ...] = ()
    refused: tuple[Event, ...] = ()

    @property
    def publishes(self) -> bool:
        """Whether it leads to a finding, open or withdrawn."""
        return self.ends in FINDING_KINDS or self.ends == WITHDRAWN
