"""Reads from Elasticsearch what the story of a finding is told of."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from pydantic import ValidationError

from schemas.events import EVENT, Event
from schemas.verdicts import EvidenceRef, FactRef, Finding
from services.order.dossier import CLOSING_KINDS, kind_of
from services.order.story import Story, edition_policy, story

from .indices import Indices
from .search import Body, Search

# All that is shown of an event stands in its bytes or beside them.
_SHOWN = ["id", "source", "type", "receivedtime", "log_partition", "log_leaf", "raw"]
_MOST_FACTS = 2000
_MOST_POLICIES = 500
_RETRACTED = "oversight.event.retracted.v1"
_POLICY = "registry.policy.changed.v1"


@dataclass(frozen=True)
class Told:
    """A finding, the document that it is stored as, its story, and the documents of the events in
    it, by source and id."""

    finding: Finding
    document: Body
    story: Story
    events: dict[tuple[str, str], Body]


async def read(search: Search, indices: Indices, finding_id: str, most: int) -> Told | None:
    """Tell a finding; None if there is none of that id. `most`: events of its subject to read."""
    found = await search(
        indices.findings, {"query": {"term": {"finding_id": finding_id}}, "size": 1}
    )
    documents = _documents(found)
    if not documents:
        return None
    finding = Finding.model_validate(
        {name: value for name, value in documents[0].items() if name in Finding.model_fields}
    )
    response, facts, changes = await asyncio.gather(
        search(indices.events, _evidence(finding, most)),
        search(indices.events, _facts(finding)),
        policies(search, indices),
    )
    about = _documents(response)
    told = story(
        finding,
        events_of(about),
        events_of(_documents(facts)),
        edition_policy(finding.edition, changes),
        response["hits"]["total"]["value"] - len(about),
    )
    by_key = {(each["source"], each["id"]): each for each in (*_documents(facts), *about)}
    return Told(finding, documents[0], told, by_key)


async def policies(search: Search, indices: Indices) -> list[Event]:
    """Every policy in the log and every retraction of one."""
    wanted = [{"terms": {"type": [_POLICY, _RETRACTED]}}, {"prefix": {"subject": "policy/"}}]
    body: Body = {
        "query": {"bool": {"filter": wanted}},
        "size": _MOST_POLICIES,
        "sort": _LATEST,
        "_source": ["raw"],
    }
    return events_of(_documents(await search(indices.events, body)))


async def registrations(search: Search, indices: Indices) -> list[Event]:
    """Every registration of a source and every retraction of one."""
    kinds = ["registry.source.changed.v1", _RETRACTED]
    wanted = [{"terms": {"type": kinds}}, {"prefix": {"subject": "source/"}}]
    body: Body = {"query": {"bool": {"filter": wanted}}, "size": 10_000, "sort": _LATEST}
    return events_of(_documents(await search(indices.events, body)))


def events_of(documents: Iterable[Body]) -> list[Event]:
    """The events as they were accepted; what cannot be read is left out."""
    events = []
    for document in documents:
        try:
            events.append(_event(document["raw"]))
        except (KeyError, ValidationError):
            continue
    return events


@lru_cache(maxsize=5000)
def _event(raw: str) -> Event:
    """An event never changes, and every finding asks for the same policies and systems."""
    return EVENT.validate_json(raw)


# No month of events is there before the first event.
_LATEST = [{"time": {"order": "desc", "unmapped_type": "date"}}]
_EARLIEST = [{"time": {"order": "asc", "unmapped_type": "date"}}]


def _documents(response: Body) -> list[Body]:
    return [hit["_source"] for hit in response["hits"]["hits"]]


def _evidence(finding: Finding, most: int) -> Body:
    """What it rests on. Of an act, all else about it too: what came too late, or counted for
    nothing; of those whose duties stand for ever that would be far too much."""
    wanted = [*_named(finding.evidence), {"term": {"subject": f"finding/{finding.finding_id}"}}]
    if kind_of(finding.subject) in CLOSING_KINDS:
        wanted.append({"term": {"subject": finding.subject}})
    return {
        "query": {"bool": {"should": wanted, "minimum_should_match": 1}},
        "sort": _EARLIEST,
        "size": most,
        "track_total_hits": True,
        "_source": _SHOWN,
    }


def _facts(finding: Finding) -> Body:
    """The facts that it names, and what may have replaced or retracted them."""
    refs: list[FactRef] = finding.basis.facts if finding.basis else []
    about = [
        {"terms": {"subject": sorted({ref.subject for ref in refs})}},
        {"terms": {"type": sorted({ref.type for ref in refs} | {_RETRACTED})}},
    ]
    wanted = [*_named(refs), {"bool": {"filter": about}}]
    return {
        "query": {"bool": {"should": wanted, "minimum_should_match": 1}},
        "sort": _LATEST,
        "size": _MOST_FACTS,
        "_source": _SHOWN,
    }


def _named(refs: Iterable[EvidenceRef | FactRef]) -> list[Body]:
    return [
        {"bool": {"filter": [{"term": {"source": ref.source}}, {"term": {"id": ref.id}}]}}
        for ref in refs
    ]
