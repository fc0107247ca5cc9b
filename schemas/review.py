"""What people do with findings and with the log itself; written by the console."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from .base import Count, Data, Id, Text
from .envelope import Envelope
from .finding_review import ReviewAction


class FindingActedData(Data):
    finding_id: Id
    """The finding."""
    expected_revision: Count
    """The revision that the person saw; an action on an older one is refused."""
    actor_id: Id
    """Who acted."""
    action: ReviewAction
    """What they did."""
    assignee_id: Id | None = None
    """Whom it is assigned to."""
    reason: Text | None = None
    """Why it is dismissed, or asked to be."""
    comment: Text | None = None
    """What they say about it."""


class FindingActed(Envelope):
    """A person acted on a finding, having seen the revision they name."""

    subject_fields: ClassVar[dict[str, str]] = {"finding": "finding_id"}
    type: Literal["review.finding.acted.v1"] = "review.finding.acted.v1"
    data: FindingActedData


class WeekSignedData(Data):
    actor_id: Id
    """Who signed."""
    week: Annotated[str, Field(pattern=r"^[0-9]{4}-W[0-9]{2}$")]
    """The ISO week that was reviewed, as in `2026-W07`."""


class WeekSigned(Envelope):
    """The weekly review of the log was signed (CJIS AU-6); `week` is an ISO week."""

    subject_fields: ClassVar[dict[str, str]] = {"source": ""}
    type: Literal["review.week.signed.v1"] = "review.week.signed.v1"
    data: WeekSignedData


class LogAccessedData(Data):
    actor_id: Id
    """Who looked; of a failed sign-in, the name that was typed, or none that is known."""
    what: Literal["viewed", "searched", "exported", "signed_in", "sign_in_failed", "verified"]
    """What they did."""
    target: Text | None = None
    """What they looked at: a page, a list, a finding."""
    query: Text | None = None
    """What they searched for."""


class LogAccessed(Envelope):
    """Somebody looked at the log (CJIS AU-2)."""

    subject_fields: ClassVar[dict[str, str]] = {"source": ""}
    type: Literal["review.log.accessed.v1"] = "review.log.accessed.v1"
    data: LogAccessedData
