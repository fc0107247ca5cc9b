"""Which dossiers an event belongs to. `check`, intake and every replay use the same function."""

from schemas import ai, oversight
from schemas.events import Event

_JUDGED_KINDS = ("use", "action", "share", "system", "employee", "procurement")


def is_fact(event: Event) -> bool:
    """Whether every partition must know the event: the registry's facts, retractions (which may
    concern copies of an event in several dossiers), and how complete a source's reports are."""
    if isinstance(event, ai.SourceHeartbeat):
        return event.data.complete_to is not None
    return event.type.startswith("registry.") or isinstance(event, oversight.EventRetracted)


def routes(event: Event) -> list[str]:
    """The dossiers in which the event is evidence: its subject, and the uses that it rests on."""
    if is_fact(event) or event.type.startswith("review."):
        return []
    if isinstance(event, oversight.ActionTaken):
        return _unique([event.subject, *_uses_relied_on(event)])
    if isinstance(event, oversight.ComplaintDecided) and event.data.use_id is not None:
        return [f"use/{event.data.use_id}"]
    return [event.subject] if event.subject.split("/", 1)[0] in _JUDGED_KINDS else []


def _uses_relied_on(event: oversight.ActionTaken) -> list[str]:
    named = [use for b in event.data.bases for use in (b.use_id, b.derived_from) if use]
    return [f"use/{use_id}" for use_id in named]


def _unique(subjects: list[str]) -> list[str]:
    return list(dict.fromkeys(subjects))
