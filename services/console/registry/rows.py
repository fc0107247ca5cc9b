"""The registry's facts as an export hands them out: each with its state and who has told it."""

from collections.abc import AsyncIterator
from typing import Any

from .boxes import SUBJECT, TIME
from .history import Fact, History
from .kinds import Kind
from .making import values_of

_ABOUT = ("subject", "state", "time")
_EVENT = ("event_source", "event_id", "receivedtime", "recorded_by", "retracted_by",
          "retraction_reason")  # fmt: skip


def columns(kind: Kind) -> list[str]:
    """In order; those between are fields of the contract."""
    return [*_ABOUT, *_paths(kind), *_EVENT]


async def rows(kind: Kind, known: AsyncIterator[list[History]]) -> AsyncIterator[list[Any]]:
    """A row for every fact, the latest of each subject first."""
    async for histories in known:
        yield [_row(kind, fact) for history in histories for fact in history.facts]


def _paths(kind: Kind) -> list[str]:
    apart = (SUBJECT, TIME)
    return [box.path for box in kind.boxes if not box.is_group and box.path not in apart]


def _row(kind: Kind, fact: Fact) -> dict[str, Any]:
    event, retraction, values = fact.event, fact.retraction, values_of(kind, fact.event)
    return {
        "subject": event.subject,
        "state": fact.state,
        "time": event.time,
        **{path: values.get(path) for path in _paths(kind)},
        "event_source": event.source,
        "event_id": event.id,
        "receivedtime": event.receivedtime,
        "recorded_by": fact.recorded_by,
        "retracted_by": retraction.data.actor_id if retraction else None,
        "retraction_reason": retraction.data.reason if retraction else None,
    }
