"""What a requirement is, and what a check can say."""

from typing import (
    TYPE_CHECKING,
    Callable,
    Dict,
    FrozenSet,
    Iterable,
    List,
    Literal,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
    TypeVar,
)

from ..contract.ai import Family
from ..contract.envelope import Envelope

if TYPE_CHECKING:
    from .evidence import Evidence

Severity = Literal["must", "should", "advice"]
Status = Literal["passed", "failed", "not_shown", "not_applicable"]

MUST: Severity = "must"
SHOULD: Severity = "should"
ADVICE: Severity = "advice"

AnyEvent = TypeVar("AnyEvent", bound=Envelope)
Value = TypeVar("Value")


class Outcome(NamedTuple):
    """What a check says. `events`: ids of those that are at fault."""

    status: Status
    text: str
    events: Tuple[str, ...] = ()


Check = Callable[["Evidence"], Outcome]


class Requirement(NamedTuple):
    """One thing that an integration has to prove.

    `why`: in our own words what rests on it; `clauses` of the order, or `completeness` of the log.
    `mend`: what to do where it failed or was not shown. `families`: of AI that it is asked of; none
    named: of all. `of_run`: whether it can be asked of a product that runs here only.
    """

    id: str
    title: str
    why: str
    clauses: Tuple[str, ...]
    severity: Severity
    mend: str
    check: Check
    families: Tuple[Family, ...] = ()
    of_run: bool = False


def requirement(
    severity: Severity,
    *clauses: str,
    why: str,
    mend: str,
    families: Tuple[Family, ...] = (),
    of_run: bool = False,
) -> Callable[[Check], Requirement]:
    """Make a check a requirement: its name is the id, the line below it the title."""

    def made(check: Check) -> Requirement:
        name = check.__name__.replace("_", "-")
        title = (check.__doc__ or name).strip()
        return Requirement(name, title, why, clauses, severity, mend, check, families, of_run)

    return made


def passed(text: str) -> Outcome:
    """As required."""
    return Outcome("passed", text)


def failed(text: str, events: Iterable[str] = ()) -> Outcome:
    """Not as required, in these events."""
    return Outcome("failed", text, tuple(events))


def not_shown(text: str) -> Outcome:
    """Nothing speaks against it, and nothing for it either."""
    return Outcome("not_shown", text)


def not_applicable(text: str) -> Outcome:
    """There is nothing of which it could be asked."""
    return Outcome("not_applicable", text)


def words(text: str) -> FrozenSet[str]:
    """The words of a text, to look others up in."""
    return frozenset(text.split())


def successive(values: Sequence[Value]) -> List[Tuple[Value, Value]]:
    """Each value with the next."""
    return [(values[n - 1], values[n]) for n in range(1, len(values))]


def each(
    events: Sequence[AnyEvent],
    what: str,
    fault: Callable[[AnyEvent], Optional[str]],
    well: str,
    otherwise: Optional[Outcome] = None,
) -> Outcome:
    """Every one of some events is without fault. `what` they are, plural; `fault`: in words, or
    nothing; `well`: what is true then; `otherwise`: what to say where there are none."""
    if not events:
        return otherwise or not_applicable(f"there are no {what}")
    faults: Dict[str, int] = {}
    ids = []
    for event in events:
        wrong = fault(event)
        if wrong:
            faults[wrong] = faults.get(wrong, 0) + 1
            ids.append(event.id)
    if not faults:
        return passed(f"{what}: {len(events)}, {well}")
    told = "; ".join(f"{wrong} ({count})" for wrong, count in faults.items())
    return failed(f"{len(ids)} of {len(events)} {what}: {told}", ids)
