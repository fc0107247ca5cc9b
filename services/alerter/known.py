"""What is kept of a finding in order to alert: none of its texts. Pure."""

import hashlib
from datetime import datetime
from typing import NamedTuple, Self

from schemas.alerts import Standing
from schemas.finding_review import DECIDED
from schemas.verdicts import Finding, Severity


def entry_key(group: str, clause: str) -> str:
    """What findings of one cause and one clause share; where a rule names that cause, the console's
    inbox has the same."""
    return hashlib.sha256(f"{group}\0{clause}".encode()).hexdigest()[:32]


class Known(NamedTuple):
    """A finding, as far as it matters whom to tell of it and when."""

    finding_id: str
    revision: int
    standing: Standing
    clause: str
    rule: str
    severity: Severity
    entry: str
    employee_id: str | None
    assignee_id: str | None
    status: str
    deadline: datetime | None
    first_found_at: datetime
    shadow: bool

    @classmethod
    def of(cls, finding: Finding) -> Self:
        """Raises ValueError if it is open with a verdict that needs nobody."""
        standing = "withdrawn" if finding.state == "withdrawn" else finding.verdict
        if standing not in ("violation", "undetermined", "cured", "withdrawn"):
            raise ValueError("an open finding has a verdict that needs nobody")
        review = finding.review
        return cls(
            finding_id=finding.finding_id,
            revision=finding.revision,
            standing=standing,
            clause=finding.clause,
            rule=finding.rule,
            severity=finding.severity,
            entry=entry_key(finding.group, finding.clause),
            employee_id=finding.employee_id,
            assignee_id=review.assignee_id if review else None,
            status=review.status if review else "new",
            deadline=finding.deadline,
            first_found_at=finding.first_found_at,
            shadow=finding.shadow,
        )

    @property
    def is_open(self) -> bool:
        """Whether somebody has still to do something about it."""
        return self.standing != "withdrawn" and not self.shadow and self.status not in DECIDED
