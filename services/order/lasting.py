"""Uses that are alike: judged once, for as long as nothing that they rest on changes.

What one rule says of a use rests on its system alone, what another says on its employee; and it
holds for every other use that rests on the same, between the times that the rule itself names: its
`lasting`.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple, Self

from schemas.registry import EmployeeChanged, SystemChanged

from .plan import Plan
from .registry import Known
from .rule import Rule
from .spans import ALWAYS, GROUNDS, Ground, Span
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

    @property
    def whole(self) -> _Key:
        """What is alike in all uses that rest on the same in everything."""
        known = self.completed.key, self.sources.key
        return self.plan, id(self.registration), id(self.entry), *known


class _Lasting(NamedTuple):
    """`told`: what is said of every such use from `start` until `end`. `sources_asked`: up to when
    sources were asked about."""

    circumstances: Circumstances
    sources_asked: datetime | None
    start: datetime
    end: datetime
    told: tuple[Told, ...]


class Recalled(NamedTuple):
    """What is known of a use before it is looked at: what is `told` of it, and the rules that are
    `left`, each with its clause. `unknown`: the grounds on which nothing is known yet.
    `sources_asked`: up to when sources were asked about for what is told. `wakes`: when time alone
    may change it.

    The same for every use that rests on the same, from `start` until `end`.
    """

    circumstances: Circumstances
    told: tuple[Told, ...]
    left: tuple[tuple[Rule, str], ...]
    unknown: tuple[Ground, ...]
    wakes: tuple[datetime, ...]
    sources_asked: datetime | None
    start: datetime
    end: datetime

    @classmethod
    def of(cls, on: Circumstances, known: Mapping[Ground, _Lasting | None]) -> Self:
        """What is known on each ground, together."""
        lasting = [each for each in known.values() if each is not None]
        told = tuple(told for each in lasting for told in each.told)
        names = {each.rule.id for each in told}
        asked = [each.sources_asked for each in lasting if each.sources_asked is not None]
        return cls(
            on,
            told,
            tuple(pair for pair in on.plan.judged if pair[0].id not in names),
            tuple(ground for ground, each in known.items() if each is None),
            tuple(each.outcome.wake for each in told if each.outcome.wake is not None),
            max(asked, default=None),
            max((each.start for each in lasting), default=ALWAYS[0]),
            min((each.end for each in lasting), default=ALWAYS[1]),
        )


class LastingUses:
    """What is known of uses, by what they rest on."""

    def __init__(self) -> None:
        self._known: dict[_Key, _Lasting] = {}
        self._recalled: dict[_Key, Recalled] = {}

    def recall(self, on: Circumstances, at: datetime) -> Recalled:
        """What is known of a use at a time by others that rest on the same."""
        key = on.whole
        recalled = self._recalled.get(key)
        if recalled is None or not recalled.start <= at < recalled.end:
            recalled = Recalled.of(on, {ground: self._of(on, ground, at) for ground in GROUNDS})
            if not recalled.unknown:
                if len(self._recalled) >= _KEPT:
                    self._recalled.clear()
                self._recalled[key] = recalled
        return recalled

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
        self._known[circumstances.key(ground)] = _Lasting(
            circumstances,
            sources_asked,
            max((span[0] for _, span in pairs), default=ALWAYS[0]),
            min((span[1] for _, span in pairs), default=ALWAYS[1]),
            tuple(each._replace(is_brief=True) for each, _ in pairs),
        )

    def _of(self, circumstances: Circumstances, ground: Ground, at: datetime) -> _Lasting | None:
        known = self._known.get(circumstances.key(ground))
        return known if known is not None and known.start <= at < known.end else None
