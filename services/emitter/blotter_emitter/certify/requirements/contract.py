"""Every event is one that the department can take in and tell apart."""

from collections import Counter
from typing import Dict

from ..evidence import Evidence
from ..requirement import MUST, Outcome, failed, not_shown, passed, requirement

_MOST_TOLD = 5


@requirement(
    MUST,
    "completeness",
    why="An event that the contract does not allow is refused on arrival, and what it told is lost"
    " to the department.",
    mend="Correct the fields that are named; docs/events.md says what each may hold. While"
    " developing, raise_on_invalid=True shows the line of the product that is at fault.",
)
def valid(evidence: Evidence) -> Outcome:
    """Every event is valid by the contract"""
    if not evidence.items:
        return not_shown("there are no events")
    wrong = [item for item in evidence.items if item.event is None]
    if not wrong:
        return passed(f"events: {len(evidence.items)}, all valid")
    problems = list(dict.fromkeys(item.problem for item in wrong))
    more = f"; and {len(problems) - _MOST_TOLD} more" if len(problems) > _MOST_TOLD else ""
    told = "; ".join(problems[:_MOST_TOLD])
    return failed(
        f"{len(wrong)} of {len(evidence.items)}: {told}{more}", (item.name for item in wrong)
    )


@requirement(
    MUST,
    "completeness",
    why="An event that the emitter itself does not take is counted and logged there, and never"
    " arrives: the use has happened and nobody can see it.",
    mend="Correct the fields that are named, or report less at once; emitter.stats counts losses"
    " by reason.",
    of_run=True,
)
def nothing_lost(evidence: Evidence) -> Outcome:
    """The emitter took every event that was reported to it"""
    assert evidence.run is not None
    lost = evidence.run.lost
    if not lost:
        return passed("the emitter refused and lost nothing")
    return failed("; ".join(list(dict.fromkeys(lost))[:_MOST_TOLD]))


@requirement(
    MUST,
    "completeness",
    why="The id is how a repetition is told from a second event. The same id with other words is"
    " a finding against the source, for one of the two was altered.",
    mend="Leave event_id out, so that the emitter makes one, or take one that never comes again.",
)
def unique_ids(evidence: Evidence) -> Outcome:
    """Every event has an id of its own"""
    first: Dict[str, object] = {}
    other = [
        item.name
        for item in evidence.items
        if item.raw.get("id") and first.setdefault(item.name, item.raw) != item.raw
    ]
    if other:
        return failed(f"{len(other)} events repeat an id with other words", dict.fromkeys(other))
    return passed(f"ids: {len(first)}") if first else not_shown("there are no events")


@requirement(
    MUST,
    "completeness",
    "H.2.c",
    why="A product has one topic, and its key opens no other; whatever names another source is"
    " refused.",
    mend="Make every emitter of the product with the one source that was registered.",
)
def one_source(evidence: Evidence) -> Outcome:
    """All events come from one source, named as a vendor's product"""
    counts = Counter(event.source for event in evidence.events)
    if not counts:
        return not_shown("there are no valid events")
    [(source, _), *others] = counts.most_common()
    if others:
        strays = (event.id for event in evidence.events if event.source != source)
        return failed(f"{len(counts)} sources: {', '.join(sorted(counts))}", strays)
    if not source.startswith("/vendors/") or source.count("/") != 3:
        return failed(f"{source} is not of the form /vendors/<vendor>/<system_id>")
    return passed(f"all from {source}")


@requirement(
    MUST,
    "H.1.a",
    "A.4",
    why="Approval, safeguards and audits belong to a system. A use under another name is a use of"
    " a system that nobody approved.",
    mend="Use the system_id under which the system is registered, the same everywhere. A product"
    " of several systems names each with --system.",
)
def own_systems(evidence: Evidence) -> Outcome:
    """Events name the registered system and no other"""
    known = evidence.declared_systems or (evidence.source.rsplit("/", 1)[-1],)
    named = [(event, getattr(event.data, "system_id", None)) for event in evidence.events]
    if not any(system for _, system in named):
        return not_shown("no event names a system")
    strays = [event.id for event, system in named if system not in (None, *known)]
    if strays:
        return failed(f"{len(strays)} events name a system other than {', '.join(known)}", strays)
    return passed(f"all name {', '.join(known)}")


@requirement(
    MUST,
    "completeness",
    why="Who works here, who is trained and what is approved is for the department to say; a"
    " product that could write that could excuse itself.",
    mend="Leave registry and review events to the department.",
)
def own_types(evidence: Evidence) -> Outcome:
    """Events are of types that a product may send"""
    strays = [e for e in evidence.events if e.type.startswith(("registry.", "review."))]
    if strays:
        kinds = ", ".join(sorted({event.type for event in strays}))
        return failed(f"not for a product to send: {kinds}", (event.id for event in strays))
    kinds = ", ".join(sorted({event.type for event in evidence.events}))
    return passed(kinds) if kinds else not_shown("there are no valid events")


REQUIREMENTS = (valid, nothing_lost, unique_ids, one_source, own_systems, own_types)
