"""One finding: its story, the events in it as they stand in the log, and how it came to be so."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

from schemas.verdicts import EvidenceRef, Finding
from services.order.story import Story
from services.runtime import findings
from services.runtime.search import Body

from .inbox import ActView, FindingView
from .store import Store, sources, total

_MOST_REVISIONS = 100
_MOST_ACTS = 500
_TWICE = timedelta(seconds=30)


@dataclass(frozen=True)
class FindingPage:
    """`model`: the finding as the checker published it. `siblings`: other findings of the same
    entry. `acts`: what people did, the latest first, refused actions too."""

    finding: FindingView
    model: Finding
    story: Story
    events: dict[tuple[str, str], Body]
    history: list[FindingView]
    siblings: int
    acts: list[ActView] = field(default_factory=list)

    def event(self, ref: EvidenceRef | None) -> Body | None:
        """The document of an event, if it is in the index."""
        return self.events.get((ref.source, ref.id)) if ref else None

    def act(self, event_id: str) -> ActView | None:
        """What became of an action; None: it has not been applied, or only the history has it."""
        review = self.model.review
        if review is None or event_id not in review.acts:
            return None
        return next((act for act in self.acts if act.event_id == event_id), None)

    def is_twin(self, act: ActView) -> bool:
        """Whether the same person has just done the same with success: a button pressed twice."""
        return any(
            other.refused is None
            and (other.action, other.actor_id) == (act.action, act.actor_id)
            and (other.comment, other.reason) == (act.comment, act.reason)
            and other.at is not None
            and act.at is not None
            and abs(other.at - act.at) < _TWICE
            for other in self.acts
            if other.event_id != act.event_id
        )


async def load(
    store: Store, finding_id: str, most_events: int, scope: list[Body]
) -> FindingPage | None:
    """Read a finding; None if there is no such finding within `scope`. Raises Unavailable."""
    wanted = [{"term": {"finding_id": finding_id}}, *scope]
    seen = await store.search(
        store.indices.findings, {"query": {"bool": {"filter": wanted}}, "size": 1, "_source": False}
    )
    told = None
    if seen["hits"]["hits"]:
        told = await findings.read(store.ask, store.indices, finding_id, most_events)
    if told is None:
        return None
    finding = FindingView.model_validate(told.document)
    history, acts, siblings = await asyncio.gather(
        store.search(store.indices.finding_history, _history(finding_id)),
        store.search(store.indices.finding_history, _acts(finding_id)),
        store.search(store.indices.findings, _siblings(finding, scope)),
    )
    return FindingPage(
        finding=finding,
        model=told.finding,
        story=told.story,
        events=told.events,
        history=[FindingView.model_validate(each) for each in sources(history)],
        siblings=total(siblings) - 1,
        acts=_all_acts(finding, [FindingView.model_validate(each) for each in sources(acts)]),
    )


def _all_acts(finding: FindingView, revisions: list[FindingView]) -> list[ActView]:
    """The finding may be in the index before its history is: then its last action is added."""
    told = [each.review.last for each in revisions]
    last = finding.review.last
    is_missing = last.event_id and all(act.event_id != last.event_id for act in told)
    return [last, *told] if is_missing else told


def _siblings(finding: FindingView, scope: list[Body]) -> Body:
    same = [{"term": {"entry": finding.entry}}, {"term": {"state": finding.state}}]
    return {
        "query": {"bool": {"filter": [*same, *scope]}},
        "size": 0,
        "track_total_hits": True,
    }


def _history(finding_id: str) -> Body:
    return {
        "query": {"term": {"finding_id": finding_id}},
        "sort": [{"revision": "desc"}],
        "size": _MOST_REVISIONS,
    }


def _acts(finding_id: str) -> Body:
    """One revision for each action: a judgement's revision repeats the action before it."""
    wanted = [{"term": {"finding_id": finding_id}}, {"exists": {"field": "review.last.event_id"}}]
    return {
        "query": {"bool": {"filter": wanted}},
        "collapse": {"field": "review.last.event_id"},
        "sort": [{"revision": "desc"}],
        "_source": ["finding_id", "review"],
        "size": _MOST_ACTS,
    }
