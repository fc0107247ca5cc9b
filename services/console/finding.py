"""One finding: its story, the events in it as they stand in the log, and how it came to be so."""

import asyncio
from dataclasses import dataclass

from schemas.verdicts import EvidenceRef
from services.order.story import Story
from services.runtime import findings

from .inbox import FindingView
from .store import Body, Store, sources, total

_MOST_REVISIONS = 100


@dataclass(frozen=True)
class FindingPage:
    """`siblings`: other findings of the same entry."""

    finding: FindingView
    story: Story
    events: dict[tuple[str, str], Body]
    history: list[FindingView]
    siblings: int

    def event(self, ref: EvidenceRef | None) -> Body | None:
        """The document of an event, if it is in the index."""
        return self.events.get((ref.source, ref.id)) if ref else None


async def load(store: Store, finding_id: str, most_events: int) -> FindingPage | None:
    """Read a finding; None if there is no such finding. Raises Unavailable."""
    told = await findings.read(store.ask, store.indices, finding_id, most_events)
    if told is None:
        return None
    finding = FindingView.model_validate(told.document)
    history, siblings = await asyncio.gather(
        store.search(store.indices.finding_history, _history(finding_id)),
        store.search(store.indices.findings, _siblings(finding)),
    )
    return FindingPage(
        finding=finding,
        story=told.story,
        events=told.events,
        history=[FindingView.model_validate(each) for each in sources(history)],
        siblings=total(siblings) - 1,
    )


def _siblings(finding: FindingView) -> Body:
    same = [{"term": {"entry": finding.entry}}, {"term": {"state": finding.state}}]
    return {"query": {"bool": {"filter": same}}, "size": 0, "track_total_hits": True}


def _history(finding_id: str) -> Body:
    return {
        "query": {"term": {"finding_id": finding_id}},
        "sort": [{"revision": "desc"}],
        "size": _MOST_REVISIONS,
    }
