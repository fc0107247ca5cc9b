"""The registry as the console knows it: people, their trainings, systems, audits and policies.

Facts are never changed or removed, so their number tells whether any have come. Then only the
latest are read, and all of them where that does not explain the number.
"""

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from schemas.events import Event
from schemas.policy import Policy
from schemas.registry import EmployeeChanged, SystemChanged
from services.order.registry import Registry
from services.runtime.findings import events_of
from services.runtime.search import Body

from . import times
from .kept import Kept
from .store import Store, total

_KINDS = (
    "registry.policy.changed.v1",
    "registry.employee.changed.v1",
    "registry.training.completed.v1",
    "registry.system.changed.v1",
    "registry.audit.completed.v1",
)
_RETRACTED = "oversight.event.retracted.v1"
_ABOUT = ("policy/", "employee/", "system/")
_PAGE = 5000
# What was received a little earlier may have been indexed a little later.
_OVERLAP = timedelta(hours=1)
_ORDER = [
    {field: {"order": "asc", "unmapped_type": kind}}
    for field, kind in (("log_partition", "integer"), ("log_leaf", "long"), ("id", "keyword"))
]


class Facts:
    """The registry, and who and what it knows."""

    def __init__(self) -> None:
        self.registry = Registry(Policy())
        self.ids: set[str] = set()
        self.newest = ""
        self._subjects: dict[str, set[str]] = {"employee": set(), "system": set()}

    def add(self, hits: list[Body], events: Iterable[Event]) -> None:
        """Facts that were found, and the events that they are."""
        self.ids.update(hit["_id"] for hit in hits)
        for event in events:
            self.registry.add(event)
            if isinstance(event, EmployeeChanged | SystemChanged):
                self._subjects[event.subject.split("/", 1)[0]].add(event.subject)
        self.newest = max([self.newest, *(hit["_source"].get("receivedtime", "") for hit in hits)])

    def employees(self, now: datetime) -> list[EmployeeChanged]:
        """The roster's entries in force, by employee."""
        found = (
            self.registry.in_force(subject, EmployeeChanged, now)
            for subject in sorted(self._subjects["employee"])
        )
        return [entry for entry in found if entry is not None]

    def systems(self, now: datetime) -> list[SystemChanged]:
        """The registrations in force, by system."""
        found = (
            self.registry.in_force(subject, SystemChanged, now)
            for subject in sorted(self._subjects["system"])
        )
        return [entry for entry in found if entry is not None]

    def policy(self, now: datetime) -> Policy:
        """The policy in force, else the first to come."""
        return self.registry.policy_at(now) or self.registry.editions()[0]


class FactsReader:
    """Reads the registry's facts, and keeps them."""

    def __init__(self, store: Store, seconds: float) -> None:
        """`seconds`: for how long nothing new is looked for."""
        self._store = store
        self._facts = Facts()
        self._kept: Kept[Facts] = Kept(seconds)

    async def read(self) -> Facts:
        """All facts, a few seconds old at most. Raises Unavailable."""
        return await self._kept.get("facts", self._read)

    async def _read(self) -> Facts:
        count = await self._count()
        if count != len(self._facts.ids):
            await self._add_since(self._facts.newest)
        if count > len(self._facts.ids):
            await self._add_since("")
        elif await self._count() < len(self._facts.ids):  # the index was made anew
            self._facts = Facts()
            await self._add_since("")
        return self._facts

    async def _count(self) -> int:
        body: Body = {"query": _wanted(""), "size": 0, "track_total_hits": True}
        return total(await self._store.ask(self._store.indices.events, body))

    async def _add_since(self, received: str) -> None:
        after: list[Any] | None = None
        while True:
            response = await self._store.ask(self._store.indices.events, _page(received, after))
            hits = response["hits"]["hits"]
            new = [hit for hit in hits if hit["_id"] not in self._facts.ids]
            # Making models of thousands of facts must not keep other pages waiting.
            events = await asyncio.to_thread(events_of, [hit["_source"] for hit in new])
            self._facts.add(new, events)
            if len(hits) < _PAGE:
                return
            after = hits[-1]["sort"]


def _page(received: str, after: list[Any] | None) -> Body:
    body: Body = {
        "query": _wanted(received),
        "size": _PAGE,
        "sort": _ORDER,
        "_source": ["raw", "receivedtime"],
    }
    return body if after is None else {**body, "search_after": after}


def _wanted(received: str) -> Body:
    subjects = [{"prefix": {"subject": prefix}} for prefix in _ABOUT]
    retracted = [{"term": {"type": _RETRACTED}}, {"bool": {"should": subjects}}]
    kinds: Body = {
        "bool": {"should": [{"terms": {"type": list(_KINDS)}}, {"bool": {"filter": retracted}}]}
    }
    wanted = [kinds]
    if received:
        since = (times.parse(received) - _OVERLAP).isoformat()
        wanted.append({"range": {"receivedtime": {"gte": since}}})
    return {"bool": {"filter": wanted}}
