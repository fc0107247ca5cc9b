"""What somebody has just done with several findings, until the lists show it."""

import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from services.runtime.search import Body

from ..store import Store, sources

APPLYING_SECONDS = 60
"""For so long it is looked whether an action has been applied."""
_MOST = 10_000


class _Recorded(NamedTuple):
    finding_id: str
    event_id: str
    at: float


@dataclass(frozen=True)
class Waiting:
    """Findings and entries on which something was recorded that is not applied yet."""

    findings: frozenset[str] = frozenset()
    entries: frozenset[str] = frozenset()


class Applying:
    """The latest actions of every account."""

    def __init__(self) -> None:
        self._recorded: defaultdict[str, list[_Recorded]] = defaultdict(list)

    def note(self, account: str, recorded: Mapping[str, str]) -> None:
        """That an account acted; `recorded`: the event of each finding."""
        now = time.monotonic()
        made = [_Recorded(*each, now) for each in recorded.items()]
        self._recorded[account] = [*self._recorded[account], *made][-_MOST:]

    async def waiting(self, store: Store, account: str) -> Waiting:
        """What is still to be applied of it. Raises Unavailable."""
        since = time.monotonic() - APPLYING_SECONDS
        recent = [each for each in self._recorded.pop(account, []) if each.at >= since]
        if not recent:
            return Waiting()
        self._recorded[account] = recent
        latest = {each.finding_id: each.event_id for each in recent}
        found = await store.search(store.indices.findings, _body(latest))
        left = [each for each in sources(found) if latest[each["finding_id"]] not in _acts(each)]
        waiting = {each["finding_id"] for each in left}
        return Waiting(frozenset(waiting), frozenset(each["entry"] for each in left))


def _acts(document: Body) -> list[str]:
    acts: list[str] = (document.get("review") or {}).get("acts", [])
    return acts


def _body(wanted: Mapping[str, str]) -> Body:
    return {
        "query": {"terms": {"finding_id": sorted(wanted)}},
        "_source": ["finding_id", "entry", "review.acts"],
        "size": len(wanted),
    }
