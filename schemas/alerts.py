"""Who was alerted, when, and about which findings and open duties: records of `ai.alerts`, internal
to the department."""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from .base import Count, Id, Model, Time
from .verdicts import Severity

Standing = Literal["violation", "undetermined", "cured", "withdrawn"]
"""How a finding stands: its verdict while it is open."""

What = Literal["opened", "changed", "reminder", "deadline", "escalated"]
"""Why somebody is told: of a finding that is new to them; that it stands otherwise than they were
told; that it is soon to be acknowledged; that its own deadline is near; that those below them have
not acknowledged it in time."""

AlertState = Literal["waiting", "sent", "failed", "withheld"]
"""`failed`: given up after the time that is set. `withheld`: meanwhile nobody was there whom it may
be sent to, or the duties that it reminds of are open no more."""


Recipient = Annotated[str, Field(min_length=1, max_length=300)]


class AlertedFinding(Model):
    """A finding as it was when somebody was told of it."""

    finding_id: Id
    revision: Annotated[int, Field(ge=1)]


class AlertLine(Model):
    """Findings of one cause and one clause that one message tells of alike.

    `entry`: what they share in the inbox. `step`: how far up the chain it has been taken; 0: not.
    """

    what: What
    clause: str
    rule: str
    standing: Standing
    severity: Severity
    entry: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    step: Count = 0
    findings: Annotated[list[AlertedFinding], Field(min_length=1)]


class RemindedDuty(Model):
    """A duty that was open when somebody was reminded of it; `duty_id` is another for another
    deadline."""

    duty_id: Id
    dossier: str
    deadline: Time


class DutyLine(Model):
    """Duties under one clause that one message reminds of, the first to lapse first."""

    clause: str
    rule: str
    duties: Annotated[list[RemindedDuty], Field(min_length=1)]


class DigestNumbers(Model):
    """Open findings that somebody answers for, by severity, and how many of them are overdue."""

    high: Count
    medium: Count
    low: Count
    overdue: Count


class Alert(Model):
    """One message to one recipient; the record's key is `alert_id`.

    `recipient`: `person/<employee id>`, `psit/<address>` or `webhook/<digest of its URL>`. It is
    written before the message is sent, as `waiting`, and again when that is settled. `sent_to`: the
    e-mail address that the server took it for. `error`: what it answered last, by its code.
    """

    alert_id: Id
    recipient: Recipient
    planned_at: Time
    lines: list[AlertLine] = []
    duties: list[DutyLine] = []
    digest: DigestNumbers | None = None
    state: AlertState = "waiting"
    settled_at: Time | None = None
    sent_to: Recipient | None = None
    error: Id | None = None


class AlertsBegun(Model):
    """When alerting began; what was found before is told in digests only. Its key is `begun`."""

    begun_at: Time


BEGUN_KEY = b"begun"

ALERT: TypeAdapter[Alert] = TypeAdapter(Alert)
"""Reads a record of `ai.alerts` with any other key; raises pydantic.ValidationError."""
