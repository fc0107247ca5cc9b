"""The shelf: what the dossiers of a partition hold, stored as bytes by key."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from schemas.events import Event
from schemas.observed import Mark

from .dossier import CLOSING_KINDS, Dossier, kind_of
from .entry import line_of, read_line
from .eventset import received
from .recent import Recent

_RECENT = 5_000
"""Dossiers at hand: what is said of one act mostly comes within minutes."""

Writes = dict[str, bytes | None]
"""State by key; None: deleted."""


class Shelf:
    """Each key holds what one record brought for one dossier: a line for each event or mark."""

    def __init__(self) -> None:
        self._stored: dict[str, dict[str, bytes]] = defaultdict(dict)
        # Of those whose duties stand for ever: few, and looked at again and again.
        self._standing: dict[str, Dossier] = {}
        self._recent: Recent[Dossier] = Recent(_RECENT)

    def restore(self, subject: str, key: str, value: bytes) -> None:
        """Put back what was stored under a key."""
        if kind_of(subject) in CLOSING_KINDS:
            self._stored[subject][key] = value
            return
        _fill(self.open(subject), value)
        self._stored[subject][key] = b""

    def open(self, subject: str) -> Dossier:
        """The dossier of a subject, empty if there is nothing on the shelf."""
        known = self._standing.get(subject) or self._recent.get(subject)
        if known is not None:
            return known
        dossier = Dossier(subject)
        for value in self._stored.get(subject, {}).values():
            _fill(dossier, value)
        if dossier.kind in CLOSING_KINDS:
            self._recent.put(subject, dossier)
        else:
            self._standing[subject] = dossier
        return dossier

    def file(
        self, dossier: Dossier, arrived: Iterable[Event | Mark], key: str, writes: Writes
    ) -> bool:
        """Add to a dossier, and store under a key what is news to it; whether anything is."""
        news = [line_of(each) for each in arrived if dossier.add(each)]
        if not news:
            return False
        before = writes.get(key)
        value = b"\n".join([before, *news] if before else news)
        writes[key] = value
        is_standing = dossier.kind not in CLOSING_KINDS
        self._stored[dossier.subject][key] = b"" if is_standing else value
        return True

    def clear(self, subject: str, writes: Writes) -> None:
        """Take a dossier off the shelf."""
        writes |= dict.fromkeys(self._stored.pop(subject, ()))
        self._standing.pop(subject, None)
        self._recent.drop(subject)

    def keep_since(self, subject: str, time: datetime, key: str, writes: Writes) -> None:
        """Leave in a dossier only what was received after a time."""
        before = self.open(subject)
        kept = [each for each in (*before.events, *before.uses) if received(each) > time]
        self.clear(subject, writes)
        self.file(self.open(subject), kept, key, writes)

    def with_mark(self, source: str, event_id: str) -> list[str]:
        """The employees of whose uses one is such an event."""
        key = source, event_id
        return [subject for subject, dossier in self._standing.items() if key in dossier.uses]


def _fill(dossier: Dossier, value: bytes) -> None:
    for line in value.split(b"\n"):
        dossier.add(read_line(line))
