"""Lone uses that are alike: judged once, for as long as nothing that they rest on changes.

Most uses are never spoken of again, and most of those differ from the employee's last one on the
same system by their time only. What a rule says of one holds for the others too, between the times
that the rule itself names: its `lasting`.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from schemas.registry import EmployeeChanged, SystemChanged

from .registry import Timeline
from .rule import Rule
from .shape import Shape
from .spans import ALWAYS, Span
from .told import Told

_KEPT = 50_000
_Key = tuple[Shape, int, int, int, int, int]


class Circumstances(NamedTuple):
    """What a lone use rests on: the registration and the roster's entry in force, how many of the
    employee's courses were completed by then, and of which version what is known of sources is."""

    shape: Shape
    registration: SystemChanged
    entry: EmployeeChanged
    trainings: Timeline
    completed: int
    sources_version: int


class Lasting(NamedTuple):
    """`told`: what is said of every such use from `start` until `end`; `others`: rules that must
    look at each, with their clauses. `sources_asked`: up to when sources were asked about."""

    circumstances: Circumstances
    sources_asked: datetime | None
    start: datetime
    end: datetime
    told: tuple[Told, ...]
    others: tuple[tuple[Rule, str], ...]


class LastingUses:
    """What is known of lone uses, by their circumstances."""

    def __init__(self) -> None:
        self._known: dict[_Key, Lasting] = {}

    def of(self, circumstances: Circumstances, at: datetime) -> Lasting | None:
        """What is said of every use in these circumstances, at a time."""
        known = self._known.get(_key(circumstances))
        return known if known is not None and known.start <= at < known.end else None

    def learn(
        self,
        circumstances: Circumstances,
        sources_asked: datetime | None,
        told: Iterable[tuple[Told, Span | None]],
    ) -> None:
        """Keep what was said of one such use; with each the span within which it lasts, if any."""
        pairs = list(told)
        spans = [span for _, span in pairs if span is not None]
        if len(self._known) >= _KEPT:
            self._known.clear()
        self._known[_key(circumstances)] = Lasting(
            circumstances,
            sources_asked,
            max((start for start, _ in spans), default=ALWAYS[0]),
            min((end for _, end in spans), default=ALWAYS[1]),
            tuple(each._replace(is_brief=True) for each, span in pairs if span is not None),
            tuple((each.rule, each.clause) for each, span in pairs if span is None),
        )


def _key(on: Circumstances) -> _Key:
    # Facts by identity: what is kept holds on to them, so that no other gets it.
    facts = id(on.registration), id(on.entry), id(on.trainings)
    return on.shape, *facts, on.completed, on.sources_version
