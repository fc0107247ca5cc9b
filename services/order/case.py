"""A case: all that a rule may look at to judge one subject."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from schemas import ai
from schemas.events import Event
from schemas.observed import Observed
from schemas.policy import Policy
from schemas.registry import EmployeeChanged, EvidenceKind, Validity

from .eventset import Occurrence, received
from .marks import NO_MARKS, Marks
from .outcome import Outcome
from .registry import RegistryView, instant
from .times import said

EventT = TypeVar("EventT")


@dataclass(slots=True)
class Case:
    """`events`: what counts, by time. `at`: when the judged act happened, or now where a duty
    stands for ever; `policy`: of the edition in force then, or of the first where the act precedes
    the order.

    `recorded`: the recorded use, in the dossier of a use; `record_retracted`: there was one, which
    was retracted. `uses`: of an employee. `observed`: of a source. `now`: the tick at which the
    case is judged. `shared`: what one rule has worked out for others like it, by name.
    """

    subject: str
    events: tuple[Event, ...]
    registry: RegistryView
    now: datetime
    at: datetime
    policy: Policy
    recorded: ai.UseRecorded | None
    record_retracted: bool = False
    precedes_order: bool = False
    uses: Marks = NO_MARKS
    observed: Observed | None = None
    shared: dict[str, Any] = field(default_factory=dict)
    _by_type: dict[type, list[Any]] | None = field(init=False, default=None)

    @property
    def use(self) -> ai.UseRecorded:
        """The recorded use. The engine calls no rule on a use's dossier before it is there."""
        if self.recorded is None:
            raise LookupError(f"{self.subject} has no recorded use")
        return self.recorded

    def of(self, kind: type[EventT]) -> Sequence[EventT]:
        """The events of one type, by time."""
        if self._by_type is None:
            self._by_type = {}
            for event in self.events:
                self._by_type.setdefault(type(event), []).append(event)
        return self._by_type.get(kind, ())

    def awaits(
        self, evidence: EvidenceKind | None, *, deadline: datetime, since: Occurrence, duty: str
    ) -> Outcome | None:
        """`pending` while absence of evidence may not yet be asserted, then None.

        It may once the deadline has passed, the settling window since the receipt of `since` too,
        and every system of record for that evidence, if it is of a kind that one holds, has
        reported up to the deadline.
        """
        settling = timedelta(seconds=self.policy.time.settling_seconds)
        until = max(deadline, received(since) + settling)
        if self.now <= until:
            reason = f"{duty}; evidence can still arrive until {self.when(until)}"
            return Outcome("pending", reason, (since,), since.time, until, wake=until)
        for source in self.registry.sources(deadline) if evidence is not None else []:
            data = source.data
            if not data.system_of_record or not data.cadence_seconds:
                continue
            if evidence not in (data.holds or []):
                continue
            reported = self.registry.complete_to(data.source)
            if reported is None or reported < deadline:
                reason = f"{duty}; {data.source} has not yet reported up to {self.when(deadline)}"
                return Outcome("pending", reason, (since, source), since.time, until)
        return None

    @property
    def name(self) -> str:
        """The subject without its kind: `E-1` of `employee/E-1`."""
        return self.subject.split("/", 1)[1]

    def instant(self, value: datetime | date) -> datetime:
        """A time as it is; a bare date as the start of that day where the department is."""
        return instant(value, self.policy.tzinfo)

    def day(self, time: datetime) -> date:
        """The day of a time where the department is."""
        return time.astimezone(self.policy.tzinfo).date()

    def holds(self, validity: Validity | None, at: datetime) -> bool:
        """Whether something was in force: from its start on, until its end, which is not part."""
        if validity is None or at < self.instant(validity.from_):
            return False
        return validity.to is None or at < self.instant(validity.to)

    def employee(self, employee_id: str, at: datetime) -> EmployeeChanged | None:
        """The roster's entry for an employee in force at a time."""
        return self.registry.employee(employee_id, at)

    def when(self, time: datetime) -> str:
        """A time in words, where the department is."""
        return said(time.astimezone(self.policy.tzinfo))
