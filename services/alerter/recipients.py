"""Who is told of a finding, or of an open duty. Pure: no clock, no IO."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.runtime import addresses
from services.runtime.roster import Person, Roster

PERSON, PSIT, WEBHOOK = "person/", "psit/", "webhook/"

Levels = tuple[tuple[str, ...], ...]
"""Recipients by how far up the chain they stand; the first are told first."""


class About(Protocol):
    """Whom something is about, and who was given it."""

    @property
    def employee_id(self) -> str | None: ...
    @property
    def assignee_id(self) -> str | None: ...


@dataclass(frozen=True)
class Directory:
    """Who there is to be told. `mails`: whether there is a mail server."""

    roster: Roster
    psit: Sequence[str] = ()
    webhooks: Sequence[str] = ()
    mails: bool = True

    def levels(self, about: About) -> Levels:
        """Whoever it is assigned to, then the supervisors up the chain of the person whom it is
        about, then PSIT; never that person, and nobody without an e-mail address."""
        if not self.mails:
            return ()
        names = [PERSON + each.employee_id for each in self._people(about)]
        psit = tuple(PSIT + each for each in self.psit if self.may_tell(PSIT + each, about))
        found = [(name,) for name in dict.fromkeys(names) if self.may_tell(name, about)]
        return (*found, psit) if psit else tuple(found)

    def may_tell(self, recipient: str, about: About) -> bool:
        """Whether it is not about them, and an address is known that is not theirs either."""
        if recipient.startswith(WEBHOOK):
            return True
        address = self.address(recipient)
        return (
            address is not None
            and recipient != PERSON + (about.employee_id or "")
            and address.casefold() != self._own_address(about)
        )

    def address(self, recipient: str) -> str | None:
        """Where a person or a member of PSIT gets e-mail; None: nowhere."""
        if recipient.startswith(PSIT):
            return recipient.removeprefix(PSIT)
        person = self.roster.people.get(recipient.removeprefix(PERSON))
        return addresses.usable(person.email) if person else None

    def knows(self, about: About) -> bool:
        """Whether the person whom it is about is on the roster, if it is about one."""
        return about.employee_id is None or about.employee_id in self.roster.people

    def _own_address(self, about: About) -> str | None:
        person = self.roster.people.get(about.employee_id or "")
        return (person.email or "").strip().casefold() if person else None

    def _people(self, about: About) -> Iterator[Person]:
        assignee = self.roster.people.get(about.assignee_id or "")
        if assignee is not None and assignee.status == "active":
            yield assignee
        seen = {about.employee_id}
        person = self.roster.supervisor_of(about.employee_id or "")
        while person is not None and person.employee_id not in seen:
            seen.add(person.employee_id)
            yield person
            person = self.roster.supervisor_of(person.employee_id)
