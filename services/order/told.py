"""What a rule says of a dossier."""

from collections.abc import Iterable
from typing import NamedTuple, Self

from .outcome import Outcome
from .rule import Rule


class Told(NamedTuple):
    """`clause`: under which it is said. `is_shadow`: the rule is being tried out. `is_brief`: it
    was said of another use like this one: verdict and reason hold, evidence is not named."""

    rule: Rule
    clause: str
    outcome: Outcome
    is_shadow: bool = False
    is_brief: bool = False


class Idle(NamedTuple):
    """What rules say that have nothing to judge in any dossier of some shape: most of them, so it
    is put together once. `clauses`: theirs, in order."""

    told: tuple[Told, ...] = ()
    clauses: tuple[str, ...] = ()

    @classmethod
    def of(cls, told: Iterable[Told]) -> Self:
        """What they say, and under which clauses."""
        every = tuple(told)
        return cls(every, tuple(sorted({each.clause for each in every})))


NOTHING_IDLE = Idle()
