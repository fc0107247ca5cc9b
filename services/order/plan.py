"""A plan: which rules must look at a dossier of some shape, and what the others say of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from schemas.oversight import ComplaintDecided

from .rule import Rule
from .shape import Shape, type_of
from .told import Idle, Told

_COMPLAINT = type_of(ComplaintDecided)


@dataclass(frozen=True, eq=False)
class Plan:
    """`judged`: rules that must look at the dossier, each with its clause. `settled`: what the
    others say, who can tell by its shape; `idle`: those of them who say that there is nothing to
    judge. `name`: the same for the same rules and clauses. `has_complaint`: whether one is in the
    dossier. One shape has one plan: plans are told apart by identity, which takes no time."""

    judged: tuple[tuple[Rule, str], ...]
    settled: tuple[Told, ...]
    idle: Idle
    name: str
    shape: Shape
    has_complaint: bool

    @classmethod
    def of(
        cls, judged: Iterable[tuple[Rule, str]], settled: Iterable[Told], name: str, shape: Shape
    ) -> Self:
        """A plan, by what is settled."""
        told = tuple(settled)
        idle = Idle.of(each for each in told if _is_idle(each))
        others = tuple(each for each in told if not _is_idle(each))
        return cls(tuple(judged), others, idle, name, shape, _COMPLAINT in shape.types)


def _is_idle(told: Told) -> bool:
    is_plain = not told.is_shadow and not told.outcome.measures and told.outcome.wake is None
    return is_plain and told.outcome.verdict == "not_applicable"
