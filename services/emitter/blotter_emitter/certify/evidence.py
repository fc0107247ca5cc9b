"""What a certification rests on: the events, read once, and what was seen of the run."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Dict, Iterator, List, Mapping, NamedTuple, Optional, Tuple, Type, TypeVar

from ..contract import ai
from ..contract.envelope import Envelope
from ..encoding import OtherEvent

AnyEvent = TypeVar("AnyEvent", bound=Envelope)


class Item(NamedTuple):
    """One captured event. `place`: its number, from 1. `raw`: as it was written. `event`: None if
    it is not valid, and then `problem` says why. `received`: when it arrived, where that is known.
    """

    place: int
    raw: Mapping[str, Any]
    event: Optional[Envelope]
    problem: str = ""
    received: Optional[datetime] = None

    @property
    def name(self) -> str:
        """Its id, or where it stands if it has none."""
        given = self.raw.get("id")
        return given if isinstance(given, str) and given else f"event {self.place}"


class Run(NamedTuple):
    """How a callable ran. `seconds`: until it returned, None if it did not in time. `raised`: kind
    of exception and where, empty if it raised none. `lost`: what the emitter said of each event
    that it did not take. `reported`: how many events it sent."""

    seconds: Optional[float]
    raised: str = ""
    lost: Tuple[str, ...] = ()
    reported: int = 0


@dataclass(frozen=True)
class Evidence:
    """All that checks may look at. `now`: when they look.

    `families`, `systems`: as declared, else as shown. `cadence`: seconds between heartbeats, as
    agreed. `run`, `away`, `failing`: of a callable; with Kafka away; of one in which the model
    fails.
    """

    items: Tuple[Item, ...]
    now: datetime
    declared_families: Tuple[ai.Family, ...] = ()
    declared_systems: Tuple[str, ...] = ()
    cadence: Optional[float] = None
    run: Optional[Run] = None
    away: Optional[Run] = None
    failing: Optional[Run] = None
    slack: float = 1.0

    @property
    def events(self) -> List[Envelope]:
        """All that are valid."""
        return [item.event for item in self.items if item.event is not None]

    def of(self, model: Type[AnyEvent]) -> List[AnyEvent]:
        """All of one type."""
        return [event for event in self.events if isinstance(event, model)]

    @property
    def families(self) -> Tuple[ai.Family, ...]:
        """Of AI: those declared, else those shown."""
        return self.declared_families or tuple(
            dict.fromkeys(use.data.family for use in self.of(ai.UseRecorded))
        )

    @property
    def source(self) -> str:
        """That of the first valid event; empty if there is none."""
        return self.events[0].source if self.events else ""

    @property
    def uses_by_id(self) -> Dict[str, ai.UseRecorded]:
        """Of the same id the first."""
        uses: Dict[str, ai.UseRecorded] = {}
        for use in self.of(ai.UseRecorded):
            uses.setdefault(use.data.use_id, use)
        return uses

    def uses(self, family: ai.Family) -> List[ai.UseRecorded]:
        """Uses of one family."""
        return [use for use in self.of(ai.UseRecorded) if use.data.family == family]

    def searches(self) -> List[ai.UseRecorded]:
        """Uses that search for a face, a plate or an object."""
        return [use for use in self.of(ai.UseRecorded) if use.data.capability in SEARCHES]

    def outputs(self, family: Optional[ai.Family] = None) -> List[ai.OutputUsed]:
        """Outputs that were used, of uses of one family or of all."""
        uses = self.uses_by_id
        return [
            output
            for output in self.of(ai.OutputUsed)
            if family is None or _family(uses.get(output.data.use_id)) == family
        ]

    def oversight(self) -> List[OtherEvent]:
        """What the product tells of approvals, reviews and disclosures."""
        return [event for event in self.of(OtherEvent) if event.type.startswith("oversight.")]


SEARCHES = ("face_recognition", "alpr", "object_search")


def _family(use: Optional[ai.UseRecorded]) -> Optional[ai.Family]:
    return use.data.family if use is not None else None


def texts(value: Any, path: str = "") -> Iterator[Tuple[str, str]]:
    """Every text in some JSON, with the path to it; numbers as texts, names of fields too."""
    if isinstance(value, Mapping):
        for name, member in value.items():
            yield f"{path}.<name>", str(name)
            yield from texts(member, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        for member in value:
            yield from texts(member, path)
    elif isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        yield path, str(value)
