"""The shape of a dossier: what can be seen of it at a glance.

Most rules have nothing to judge in most dossiers, and can tell by the shape alone. There are few
shapes, so which rules a dossier is judged by is found out once for all that look alike.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from schemas.ai import AccountKind, Capability, DataClass, Family, Purpose, UseRecorded
from schemas.envelope import Envelope
from schemas.events import Event

from .outcome import Outcome


class Shape(NamedTuple):
    """`kind`: of the subject. `types`: of its events. The rest is of the recorded use, and as if
    nothing were declared where there is none: `classes` of protected data, declared or detected.
    """

    kind: str
    types: frozenset[str]
    is_recorded: bool = False
    family: Family | None = None
    capability: Capability | None = None
    purpose: Purpose | None = None
    account_kind: AccountKind | None = None
    classes: frozenset[DataClass] = frozenset()
    is_detected: bool = False
    is_scanned: bool = False
    alters_likeness: bool | None = None
    is_surveillance: bool = False


Settled = Callable[[Shape], Outcome | None]
"""What a rule says of every dossier of some shape; None where the shape does not settle it."""

NO_OUTPUT = "no output of this use has been used"

_NOTHING: frozenset[DataClass] = frozenset()


def shape_of(kind: str, events: Iterable[Event], recorded: UseRecorded | None) -> Shape:
    """The shape of what is known of a subject, or of one record of a use."""
    types = frozenset([event.type for event in events])
    if recorded is None:
        return Shape(kind, types)
    data = recorded.data
    classes = _NOTHING
    if data.data_classes or data.detected:
        detected = [found.data_class for found in data.detected or ()]
        classes = frozenset([*(data.data_classes or ()), *detected])
    return Shape(
        kind,
        types,
        True,
        data.family,
        data.capability,
        data.purpose,
        data.account_kind,
        classes,
        bool(data.detected),
        data.scanner is not None,
        data.alters_likeness,
        data.surveillance is not None,
    )


def idle(reason: str) -> Outcome:
    """There is nothing to judge."""
    return Outcome("not_applicable", reason)


def only(family: Family) -> Settled:
    """For rules on uses of one family."""

    def settled(shape: Shape) -> Outcome | None:
        is_other = shape.is_recorded and shape.family != family
        return idle(f"no {family} AI") if is_other else None

    return settled


def type_of(kind: type[Envelope]) -> str:
    """The name of the type of such events."""
    name: str = kind.model_fields["type"].default
    return name


def without(reason: str, *kinds: type[Envelope]) -> Settled:
    """For rules that have nothing to judge before there is an event of one of these types."""
    names = frozenset(map(type_of, kinds))

    def settled(shape: Shape) -> Outcome | None:
        return idle(reason) if names.isdisjoint(shape.types) else None

    return settled


def first(*conditions: Settled) -> Settled:
    """What the first of several says that says something."""

    def settled(shape: Shape) -> Outcome | None:
        return next((said for c in conditions if (said := c(shape)) is not None), None)

    return settled
