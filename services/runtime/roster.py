"""Who works here and who is whose supervisor, from the registry's facts in the log."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from schemas.events import Event
from schemas.policy import Policy
from schemas.registry import EmployeeChanged
from services.order.registry import Registry

from .findings import events_of
from .indices import Indices
from .search import Body, Search

_PAGE = 5000
_KINDS = ["registry.employee.changed.v1", "oversight.event.retracted.v1"]


class Person(NamedTuple):
    """An employee, as the registry has them at a time."""

    employee_id: str
    name: str | None
    email: str | None
    unit: str
    is_supervisor: bool
    supervisor_id: str | None
    status: str


@dataclass(frozen=True)
class Roster:
    """Everybody by their id. What departments file is not always a tree: nothing here relies on
    it. `registry`: what they were at other times."""

    people: Mapping[str, Person]
    registry: Registry = field(default_factory=lambda: Registry(Policy()))

    def entry(self, employee_id: str, at: datetime) -> EmployeeChanged | None:
        """What the registry said of somebody at a time."""
        return self.registry.in_force(f"employee/{employee_id}", EmployeeChanged, at)

    def below(self, employee_id: str) -> frozenset[str]:
        """Everybody in their chain of command, however far down; never themselves."""
        found: set[str] = set()
        waiting = [employee_id]
        while waiting:
            new = self._led[waiting.pop()] - found
            found |= new
            waiting += new
        return frozenset(found - {employee_id})

    def supervisor_of(self, employee_id: str) -> Person | None:
        """The nearest active supervisor up their chain who is somebody else; None: nobody is."""
        seen = {employee_id}
        person = self.people.get(employee_id)
        while person is not None and person.supervisor_id not in (None, *seen):
            person = self.people.get(person.supervisor_id or "")
            if person is None:
                break
            if person.is_supervisor and person.status == "active":
                return person
            seen.add(person.employee_id)
        return None

    def looked_after_by(self, employee_id: str) -> frozenset[str]:
        """Everybody of whom they are the nearest active supervisor."""
        return self._looked_after_by.get(employee_id, frozenset())

    def named(self, words: str) -> frozenset[str]:
        """Everybody in whose name each of these words begins a part."""
        wanted = words.casefold().split()
        return frozenset(
            person.employee_id
            for person in self.people.values()
            if (parts := (person.name or "").casefold().split())
            and all(any(part.startswith(word) for part in parts) for word in wanted)
        )

    @cached_property
    def looked_after(self) -> frozenset[str]:
        """Everybody who has such a supervisor."""
        return frozenset().union(*self._looked_after_by.values())

    @cached_property
    def off_duty(self) -> frozenset[str]:
        """Everybody who is on leave, suspended or gone."""
        people = self.people.values()
        return frozenset(each.employee_id for each in people if each.status != "active")

    @cached_property
    def _looked_after_by(self) -> Mapping[str, frozenset[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for employee_id in self.people:
            supervisor = self.supervisor_of(employee_id)
            if supervisor is not None:
                found[supervisor.employee_id].add(employee_id)
        return {leader: frozenset(people) for leader, people in found.items()}

    @cached_property
    def _led(self) -> Mapping[str, set[str]]:
        led: dict[str, set[str]] = defaultdict(set)
        for person in self.people.values():
            if person.supervisor_id is not None:
                led[person.supervisor_id].add(person.employee_id)
        return led


async def read(search: Search, indices: Indices, at: datetime) -> Roster:
    """The roster as it was at a time, by what the log says of it now. Raises what `search` does."""
    events: list[Event] = []
    after: list[Any] | None = None
    while True:
        hits = (await search(indices.events, _body(after)))["hits"]["hits"]
        # Thousands of events: others' pages must not wait for them.
        events += await asyncio.to_thread(events_of, [hit["_source"] for hit in hits])
        if len(hits) < _PAGE:
            return await asyncio.to_thread(roster_of, events, at)
        after = hits[-1]["sort"]


def roster_of(events: Iterable[Event], at: datetime) -> Roster:
    """The roster that facts make at a time: of each employee the latest that counts."""
    registry = Registry(Policy())
    ids = set()
    for event in events:
        registry.add(event)
        if isinstance(event, EmployeeChanged):
            ids.add(event.data.employee_id)
    found = (registry.in_force(f"employee/{each}", EmployeeChanged, at) for each in sorted(ids))
    people = {fact.data.employee_id: _person(fact) for fact in found if fact is not None}
    return Roster(people, registry)


def _person(fact: EmployeeChanged) -> Person:
    return Person(*(getattr(fact.data, name) for name in Person._fields))


def _body(after: list[Any] | None) -> Body:
    keywords = [{name: {"order": "asc", "unmapped_type": "keyword"}} for name in _SORTED]
    wanted = [{"terms": {"type": _KINDS}}, {"prefix": {"subject": "employee/"}}]
    body: Body = {
        "query": {"bool": {"filter": wanted}},
        "_source": ["raw"],
        "size": _PAGE,
        "sort": keywords,
        "track_total_hits": False,
    }
    return body | {"search_after": after} if after else body


# The same event may be stored twice with other bytes: at a page's border one of them may then be
# left out, and those are a finding of their own.
_SORTED = ("subject", "source", "id")
