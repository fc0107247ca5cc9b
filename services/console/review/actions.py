"""What a person may do with a finding, in words, and the event that comes of a form."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from schemas.base import LARGEST_COUNT
from schemas.finding_review import ReviewAction
from schemas.review import FindingActedData
from schemas.verdicts import Finding
from services.order import reviewing
from services.order.authority import RELIEVED
from services.runtime.roster import Person, Roster

FreeText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20_000)]


@dataclass(frozen=True)
class Words:
    """`label`: on the button. `did`: in the history, after a name. `hint`: what comes of it.
    `asks`: what is to be typed, of which `needed` says whether it must be."""

    label: str
    did: str
    hint: str
    asks: str = "Comment"
    needed: bool = False
    takes_reason: bool = False


ACTIONS: dict[ReviewAction, Words] = {
    "acknowledged": Words(
        "Acknowledge", "acknowledged it", "Says that you have seen it. It decides nothing."
    ),
    "commented": Words(
        "Comment", "commented", "Everybody who may see this finding can read it.", "Comment", True
    ),
    "assigned": Words("Give to somebody", "gave it to", "It appears in their list."),
    "information_requested": Words(
        "Ask for information", "asked for information",
        "The finding stays open until somebody decides.", "What is asked for, and of whom", True,
    ),
    "confirmed": Words(
        "Confirm", "confirmed it", "It was as the finding says. Close it when all is done."
    ),
    "dismissal_requested": Words(
        "Ask a second person to dismiss", "asked a second person to dismiss it",
        "A finding of high severity is dismissed by two people: you ask, somebody else dismisses.",
        "Reason", True, True,
    ),
    "dismissed": Words(
        "Dismiss", "dismissed it", "Nothing more is to be done. It leaves the list and stays in"
        " the log.", "Reason", True, True,
    ),
    "closed": Words("Close", "closed it", "All that was to be done is done."),
    "reopened": Words(
        "Reopen", "reopened it", "It returns to the list.", "Reason", True, True
    ),
}  # fmt: skip
"""In the order in which they are offered."""

BULK: tuple[ReviewAction, ...] = ("acknowledged", "assigned", "commented", "dismissed")
"""What can be done with several findings at once."""

NOBODY = "-"
"""Given back: the supervisor by the roster has it."""
_PSIT = "Public Safety IT"

STATUSES = {
    "new": "New",
    "acknowledged": "Acknowledged",
    "information_requested": "Information asked for",
    "dismissal_requested": "Waits for a second person",
    "dismissed": "Dismissed",
    "confirmed": "Confirmed",
    "closed": "Closed",
}


class Typed(BaseModel):
    """Fields that every form of an action has. `text`: the reason or the comment."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    action: ReviewAction
    text: FreeText = ""
    assignee: Annotated[str, Field(max_length=200)] = ""


class ActForm(Typed):
    """An action on one finding, of which `revision` was shown."""

    revision: Annotated[int, Field(ge=0, le=LARGEST_COUNT)]


def acted(finding_id: str, revision: int, actor_id: str, typed: Typed) -> FindingActedData:
    """What an event says of an action. Raises pydantic.ValidationError."""
    text = typed.text or None
    is_reason = ACTIONS[typed.action].takes_reason
    return FindingActedData(
        finding_id=finding_id,
        expected_revision=revision,
        actor_id=actor_id,
        action=typed.action,
        assignee_id=_assignee(typed),
        reason=text if is_reason else None,
        comment=None if is_reason else text,
    )


def _assignee(typed: Typed) -> str | None:
    is_given = typed.action == "assigned" and typed.assignee not in ("", NOBODY)
    return typed.assignee if is_given else None


def refusal(
    finding: Finding, data: FindingActedData, typed: Typed, roster: Roster, psit: Collection[str]
) -> str | None:
    """Why an action cannot be taken, in plain words; None if it can. `psit`: employee ids."""
    refused = reviewing.refusal(finding, data)
    if refused is None and typed.action == "assigned" and not typed.assignee:
        return "an assignment must name somebody, or say that it is given back"
    if refused is None and data.assignee_id is not None and data.assignee_id not in psit:
        person = roster.people.get(data.assignee_id)
        if person is None or not _can_have_it(person):
            return f"{data.assignee_id} is not a supervisor on duty, by the roster"
    return refused


def assignees(roster: Roster, psit: Collection[str], about: Collection[str | None]) -> list[Person]:
    """Supervisors, and people of PSIT, to whom a finding may be given, by name; never whom it is
    about."""
    people = {each.employee_id: each for each in roster.people.values() if _can_have_it(each)}
    for employee_id in psit:
        known = roster.people.get(employee_id)
        name = known.name if known else None
        people[employee_id] = Person(employee_id, name, None, _PSIT, False, None, "active")
    wanted = (person for person in people.values() if person.employee_id not in about)
    return sorted(wanted, key=lambda person: (person.name or person.employee_id).lower())


def _can_have_it(person: Person) -> bool:
    return person.is_supervisor and person.status not in RELIEVED


def name_of(roster: Roster, employee_id: str | None) -> str:
    """A person as people know them: by their name, if the roster has it, and their number."""
    person = roster.people.get(employee_id or "")
    if person is None or not person.name:
        return employee_id or ""
    return f"{person.name} ({person.employee_id})"


def age(since: datetime, now: datetime) -> str:
    """`3 days ago`."""
    seconds = (now - since).total_seconds()
    for length, word in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        count = int(seconds // length)
        if count >= 1:
            return f"{count:,} {word}{'' if count == 1 else 's'} ago"
    return "just now"
