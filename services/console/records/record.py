"""One record: how a dossier was judged, and its events in order of time, as the log has them."""

import asyncio
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from schemas.events import Event
from services.order import sentences
from services.runtime.findings import events_of
from services.runtime.search import Body

from ..inbox import FindingView
from ..store import Store, sources, total
from .dossiers import DossierView

_MOST_FINDINGS = 200
_FIELDS = ["id", "source", "type", "time", "receivedtime", "log_partition", "log_leaf", "raw"]


@dataclass(frozen=True)
class Told:
    """An event: what it says, and its document."""

    event: Event | None
    text: str
    document: Body


@dataclass(frozen=True)
class Record:
    """`dossier`: None where it has not been judged yet. `left_out`: events that are not shown."""

    name: str
    dossier: DossierView | None
    findings: list[FindingView]
    events: list[Told]
    left_out: int


async def load(
    store: Store, name: str, most: int, zone: ZoneInfo, own: list[Body], scope: list[Body]
) -> Record | None:
    """Read a record; None if there is nothing of that name that somebody may see.

    `own`, `scope`: filters on dossiers and on findings that they may see. Raises Unavailable.
    """
    of_it = {"bool": {"filter": [{"term": {"dossier": name}}, *own]}}
    found, findings, events = await asyncio.gather(
        store.search(store.indices.metrics, {"query": of_it, "size": 1}),
        store.search(store.indices.findings, _findings(name, scope)),
        store.ask(store.indices.events, events_body(name, most)),
    )
    dossiers = [DossierView.model_validate(each) for each in sources(found)]
    # What was not judged yet concerns nobody that is known.
    if not dossiers and (own or not sources(events)):
        return None
    told = [_told(document, zone) for document in sources(events)]
    return Record(
        name,
        dossiers[0] if dossiers else None,
        [FindingView.model_validate(each) for each in sources(findings)],
        told,
        max(0, total(events) - len(told)),
    )


def events_about(name: str) -> Body:
    """Of a use, what names it too."""
    wanted = [{"term": {"subject": name}}]
    kind, _, use_id = name.partition("/")
    if kind == "use":
        wanted.append({"term": {"data.use_id": use_id}})
    return {"bool": {"should": wanted, "minimum_should_match": 1}}


def events_body(name: str, most: int) -> Body:
    """In order of time."""
    return {
        "query": events_about(name),
        "sort": [{"time": {"order": "asc", "unmapped_type": "date"}}],
        "size": most,
        "track_total_hits": True,
        "_source": _FIELDS,
    }


def _findings(name: str, scope: list[Body]) -> Body:
    wanted = [{"term": {"subject": name}}, *scope]
    return {
        "query": {"bool": {"filter": wanted}},
        "sort": [{"clause": "asc"}, {"finding_id": "asc"}],
        "size": _MOST_FINDINGS,
    }


def _told(document: Body, zone: ZoneInfo) -> Told:
    events = events_of([document])
    if not events:
        return Told(None, "An event that cannot be read", document)
    return Told(events[0], sentences.sentence(events[0], zone), document)
