"""Which events count for nothing, as far as the registry knows."""

from collections import defaultdict
from collections.abc import Iterable

from schemas.oversight import EventRetracted

from .eventset import EventKey

_NONE: frozenset[EventKey] = frozenset()


class Retractions:
    """Grows only: `log` holds subject and event in the order in which they became known, so that
    whoever has looked at some of it need not look again."""

    def __init__(self, retractions: Iterable[EventRetracted] = ()) -> None:
        self.log: list[tuple[str, EventKey]] = []
        self._of: dict[str, set[EventKey]] = defaultdict(set)
        for retraction in retractions:
            self.add(retraction)

    def add(self, retraction: EventRetracted) -> None:
        """One more event counts for nothing."""
        key = retraction.data.event_source, retraction.data.event_id
        self._of[retraction.subject].add(key)
        self.log.append((retraction.subject, key))

    def under(self, subject: str) -> set[EventKey] | frozenset[EventKey]:
        """Source and id of every event that was retracted under a subject."""
        return self._of.get(subject, _NONE)
