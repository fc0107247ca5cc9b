"""One day of the demonstration: stories that each end in a known verdict, and a routine besides.

Everything is told relative to `base`, the end of the day, so that duties which are still open when
the demonstration runs are really open.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from schemas.events import Event

from . import telling as t
from .department import OFFICERS, UNITS
from .sections import a, b, c, completeness, d, e, f, g, h
from .story import Story

ROUTINE_USES = 48
WAITING = 2
"""Requests for an approval that are still open."""

_SECTIONS = (a, b, c, d, e, f, g, h, completeness)


@dataclass(frozen=True)
class Day:
    """The day's events. `on_file`: what the registry knows before anything happens, so that nothing
    is a finding only until it does. `once`: see `Story`, with what is `refused` after it.
    `reported`: what happened. `later`: what arrives after the findings on that are published.
    """

    on_file: tuple[Event, ...]
    once: tuple[Event, ...]
    refused: tuple[Event, ...]
    reported: tuple[Event, ...]
    later: tuple[Event, ...]

    @property
    def events(self) -> tuple[Event, ...]:
        """All of them."""
        return (*self.on_file, *self.once, *self.refused, *self.reported, *self.later)


def day(base: datetime) -> Day:
    """The whole day."""
    told = stories(base)
    events = [event for story in told for event in story.events]
    on_file = [event for event in events if is_on_file(event)]
    once = [event for story in told for event in story.once]
    return Day(
        on_file=tuple(on_file),
        once=(*_nightly_reports(base), *once),
        refused=tuple(event for story in told for event in story.refused),
        reported=(
            *(event for event in events if not is_on_file(event)),
            *routine(base),
            *waiting(base),
        ),
        later=tuple(event for story in told for event in story.later),
    )


def is_on_file(event: Event) -> bool:
    """Whether it is something that the registry knows."""
    return event.type.startswith("registry.")


def stories(base: datetime) -> list[Story]:
    """Every story, by section."""

    def ago(hours: float) -> datetime:
        return base - timedelta(hours=hours)

    return [story for section in _SECTIONS for story in section.stories(ago)]


def routine(base: datetime) -> Iterable[Event]:
    """Reports drafted, reviewed, approved by the sergeant and used in a document that says so, all
    day long, with nothing amiss."""
    for number in range(ROUTINE_USES):
        at = base - timedelta(hours=26, minutes=-30 * number)
        officer = OFFICERS[number % len(OFFICERS)]
        sergeant = list(UNITS.values())[number % len(UNITS)]
        drafted = t.draft(f"routine-{number + 1:02}", at, officer)
        yield drafted
        yield t.reviewed(drafted, at + timedelta(minutes=3), "accuracy", "errors_corrected")
        yield t.reviewed(drafted, at + timedelta(minutes=4), "content_bias")
        yield t.requested(drafted, at + timedelta(minutes=5), sergeant)
        yield t.decided(drafted, at + timedelta(minutes=8 + number % 7), sergeant)
        yield t.put_to_use(
            drafted,
            at + timedelta(minutes=20),
            "report",
            final_document=True,
            document_id=f"R-{number + 1:02}",
            disclosure=t.STATEMENT,
        )


def waiting(base: datetime) -> Iterable[Event]:
    """Drafts that wait for the sergeant's approval and are not used yet, so that nothing is
    amiss."""
    for number, officer in enumerate(OFFICERS[:WAITING], 1):
        at = base - timedelta(minutes=40 * number)
        drafted = t.draft(f"waiting-{number}", at, officer)
        yield drafted
        yield t.reviewed(drafted, at + timedelta(minutes=3), "accuracy")
        yield t.reviewed(drafted, at + timedelta(minutes=4), "content_bias")
        place = f"https://rms.example/drafts/waiting-{number}"
        yield t.requested(drafted, at + timedelta(minutes=5), UNITS["patrol"], locator=place)


def _nightly_reports(base: datetime) -> list[Event]:
    """Sources that report in intervals: what happened after their last report is still open."""
    return [
        t.heartbeat(t.CAD, base, base - timedelta(minutes=30)),
        t.heartbeat(t.PAPER, base, base - timedelta(hours=1)),
    ]
