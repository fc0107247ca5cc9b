"""Which dossiers an event belongs to. `check`, intake and every replay use the same function."""

from schemas import ai, oversight, registry, review
from schemas.events import EVENT_MODELS, Event

_JUDGED_KINDS = ("use", "action", "share", "system", "employee", "procurement")
_SNAPSHOTS = frozenset(
    {
        registry.SystemChanged,
        registry.EmployeeChanged,
        registry.ProcurementChanged,
        registry.SourceChanged,
    }
)
# Looked up by the very type, which is fast: models have instance checks of their own.
_FACTS = frozenset(
    {
        oversight.EventRetracted,
        *(model for name, model in EVENT_MODELS.items() if name.startswith("registry.")),
    }
)


def is_fact(event: Event) -> bool:
    """Whether every partition must know the event: the registry's facts, retractions (which may
    concern copies of an event in several dossiers), how complete a source's reports are, and
    reviews of a system, which cover many uses."""
    if type(event) is ai.SourceHeartbeat:
        return event.data.complete_to is not None
    if type(event) is oversight.ReviewCompleted:
        data = event.data
        return None not in (data.system_id, data.covers_from, data.covers_to)
    return type(event) in _FACTS


def is_review(event: Event) -> bool:
    """Whether somebody acts on a finding. Every partition is told: which dossier it is of, only
    the partition knows that has it."""
    return type(event) is review.FindingActed


def routes(event: Event) -> list[str]:
    """The dossiers in which the event is evidence: its subject, the uses that it rests on, and the
    employee or system that it also concerns."""
    # First, and without asking further, what most events are.
    if type(event) is ai.UseRecorded:
        return [event.subject, f"employee/{event.data.employee_id}"]
    if type(event) in _SNAPSHOTS:
        return [event.subject]
    if type(event) is oversight.ReviewCompleted or type(event) is oversight.MitigationRecorded:
        named = {"use": event.data.use_id, "system": event.data.system_id}
        return [f"{kind}/{name}" for kind, name in named.items() if name is not None]
    if type(event) is oversight.ComplaintDecided and event.data.use_id is not None:
        return [f"use/{event.data.use_id}"]
    is_judged = event.subject.split("/", 1)[0] in _JUDGED_KINDS
    if is_fact(event) or not is_judged:
        return []
    relied_on = _uses_relied_on(event) if type(event) is oversight.ActionTaken else ()
    return list(dict.fromkeys([event.subject, *relied_on]))


def _uses_relied_on(event: oversight.ActionTaken) -> list[str]:
    named = [use for b in event.data.bases for use in (b.use_id, b.derived_from) if use]
    return [f"use/{use_id}" for use_id in named]
