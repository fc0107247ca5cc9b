"""Uses that are alike: judged once, for as long as nothing that they rest on changes.

What one rule says of a use rests on its system alone, what another says on its employee; and it
holds for every other use that rests on the same, between the times that the rule itself names: its
`lasting`.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from schemas.registry import EmployeeChanged, SystemChanged

from .plan import Plan
from .registry import Known
from .rule import Rule
from .spans import ALWAYS, Ground, Span
from .told import Told

_KEPT = 50_000
_Key = tuple[object, ...]


class Circumstances(NamedTuple):
    """What a use rests on: by its plan the shape, the registration and the roster's entry in force,
    the courses that the employee had completed by then, and what is known of sources."""

    plan: Plan
    registration: SystemChanged
    entry: EmployeeChanged
    completed: Known
    sources: Known

    def key(self, ground: Ground) -> _Key:
        """What is alike in all uses of which rules say the same that look at one ground only."""
        plan = self.plan
        # Facts by identity: what is kept holds on to them, so that no other gets it.
        if ground == "system":
            return plan, id(self.registration)
        known = self.completed.key, self.sources.key
        return plan.shape.purpose, plan.has_complaint, id(self.entry), *known


class Lasting(NamedTuple):
    """`told`: what is said of every such use from `start` until `end`. `sources_asked`: up to when
    sources were asked about."""

    circumstances: Circumstances
    sources_asked: datetime | None
    start: datetime
    end: datetime
    told: tuple[Told, ...]


class LastingUses:
    """What is known of uses, by what they rest on."""

    def __init__(self) -> None:
        self._known: dict[_Key, Lasting] = {}

    def of(self, circumstances: Circumstances, ground: Ground, at: datetime) -> Lasting | None:
        """What is said of every use on the same ground, at a time."""
        known = self._known.get(circumstances.key(ground))
        return known if known is not None and known.start <= at < known.end else None

    def learn(
        self,
        circumstances: Circumstances,
        ground: Ground,
        sources_asked: datetime | None,
        told: Iterable[tuple[Told, Span]],
    ) -> None:
        """Keep what was said of one such use, each with the span within which it lasts."""
        pairs = list(told)
        if len(self._known) >= _KEPT:
            self._known.clear()
        self._known[circumstances.key(ground)] = Lasting(
            circumstances,
            sources_asked,
            max((span[0] for _, span in pairs), default=ALWAYS[0]),
            min((span[1] for _, span in pairs), default=ALWAYS[1]),
            tuple(each._replace(is_brief=True) for each, _ in pairs),
        )


def left(judged: Sequence[tuple[Rule, str]], told: Iterable[Told]) -> Sequence[tuple[Rule, str]]:
    """The rules that have not been told yet."""
    known = {each.rule.id for each in told}
    return [pair for pair in judged if pair[0].id not in known] if known else judged
