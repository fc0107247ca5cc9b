"""Closed dossiers: after the lateness horizon, only what was said and which events were seen stay.

An event that comes later still is never judged silently: every rule that had said something says
`undetermined`, and a recheck judges the subject from the archive.
"""

import hashlib
from collections.abc import Iterable

from schemas.events import Event
from schemas.verdicts import Verdict

from .eventset import EventKey

CLOSED = "an event arrived after the record was closed; judge it again from the archive"


def digests(events: Iterable[Event]) -> list[str]:
    """What a closed dossier remembers of its events."""
    return sorted(_digest(event) for event in events)


def is_known(closed: list[str] | None, event: Event) -> bool:
    """Whether a closed dossier has seen the event: then it is a repetition, and no news."""
    return closed is not None and _digest(event) in closed


def names_one_of(closed: list[str], keys: Iterable[EventKey]) -> bool:
    """Whether one of these was an event of the dossier before it closed."""
    return any(_digest_of(key) in closed for key in keys)


def late_verdicts(verdicts: list[Verdict]) -> list[Verdict]:
    """What is said of a closed dossier to which something was added."""
    return [
        verdict
        if verdict.verdict == "not_applicable"
        else verdict.model_copy(update={"verdict": "undetermined", "reason": CLOSED})
        for verdict in verdicts
    ]


def _digest(event: Event) -> str:
    return _digest_of((event.source, event.id))


def _digest_of(key: EventKey) -> str:
    return hashlib.sha256("\n".join(key).encode()).hexdigest()[:16]
