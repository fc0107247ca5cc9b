"""The kinds of fact that the registry's pages know. All else about them the contract says."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from schemas.events import EVENT_MODELS, Event
from services.order.sentences import plain

from .boxes import SUBJECT, TIME, Box, boxes


@dataclass(frozen=True)
class Kind:
    """`name`: in addresses, and as a heading. `one`: what each is called. `about`: in a sentence.

    `key`: what tells apart several facts about one subject that hold side by side, as paths; a
    later fact with the same key replaces an earlier one. `since`: what `time` means. `note`: what
    whoever fills in the form should know. `called`: fields by which people search, besides the id.
    """

    name: str
    one: str
    event_type: str
    about: str
    key: tuple[str, ...] = ()
    since: str = "Valid from"
    note: str = ""
    called: tuple[str, ...] = ()

    @cached_property
    def subjects(self) -> dict[str, str]:
        """The kinds of subject, with the field that names each; empty: any id."""
        model: Any = EVENT_MODELS[self.event_type]
        found: dict[str, str] = model.subject_fields
        return found

    @cached_property
    def boxes(self) -> tuple[Box, ...]:
        """All that is to be filled in: of the event what is no matter of course, and its data."""
        about = Box(SUBJECT, SUBJECT, required=True, choices=tuple(self.subjects))
        own = () if all(self.subjects.values()) else (about,)
        return (*own, *boxes(self.event_type), Box(TIME, TIME, required=False))

    @cached_property
    def names(self) -> frozenset[str]:
        """The fields of `data` that name the subject."""
        return frozenset(self.subjects.values()) - {""}

    @property
    def is_corrected(self) -> bool:
        """Whether each is about one moment for good: changing it is to retract it, too."""
        return TIME in self.key

    @property
    def a_one(self) -> str:
        """With its article."""
        return f"{'an' if self.one[0] in 'aeiou' else 'a'} {self.one}"

    @property
    def heading(self) -> str:
        words = plain(self.name)
        return words[:1].upper() + words[1:]

    def subject(self, data: dict[str, Any]) -> str | None:
        """The subject that `data` names, where it names one."""
        for kind, field in self.subjects.items():
            if field and data.get(field):
                return f"source{data[field]}" if kind == "source" else f"{kind}/{data[field]}"
        return None

    def key_of(self, event: Event) -> tuple[Any, ...]:
        """What it shares with those that it replaces, or that replace it."""
        parts = (event.time if name == TIME else getattr(event.data, name) for name in self.key)
        return event.subject, *parts


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "systems", "system", "registry.system.changed.v1",
            "AI systems: what they are for, since when they are approved, how they are safeguarded",
            note="What is stated here is the whole registration: what is left out no longer holds.",
            called=("name", "vendor"),
        ),
        Kind(
            "employees", "employee", "registry.employee.changed.v1",
            "The roster: who works where, under whom, and who supervises",
            called=("name",),
        ),
        Kind(
            "training", "completed course", "registry.training.completed.v1",
            "Courses that employees have completed, with the topics of G.1 that they cover",
            key=("course", TIME), since="Completed",
        ),
        Kind(
            "consents", "consent", "registry.consent.changed.v1",
            "Consents of employees to having their likeness altered, given or withdrawn",
            key=("system_id", "use_id"), since="Given or withdrawn",
        ),
        Kind(
            "procurements", "procurement", "registry.procurement.changed.v1",
            "Procurements of AI systems, and when the AI Officer was engaged",
            called=("system_name",),
        ),
        Kind(
            "waivers", "waiver", "registry.waiver.granted.v1",
            "Clauses that a supervisor has waived for a use, an employee or a system",
            key=("waiver_id",), since="Granted",
            note="A waiver runs to its end. To end it sooner, retract it and grant a shorter one.",
        ),
        Kind(
            "audits", "audit", "registry.audit.completed.v1",
            "Yearly audits of systems that were completed (H.2)",
            key=("period_from", "period_to"), since="Completed",
        ),
        Kind(
            "sources", "source", "registry.source.changed.v1",
            "Who may send events, of which types, and whether its word is a record",
            note="A source can send as soon as it is registered. A suspended one is refused.",
        ),
    )
}  # fmt: skip
"""By name, in the order in which they are shown."""
