"""Where people stand with a finding; part of the finding, and kept by the checker."""

from typing import Annotated, Literal

from pydantic import Field

from .base import Id, Model, Prose, Text, Time

ReviewAction = Literal[
    "acknowledged",
    "assigned",
    "commented",
    "information_requested",
    "dismissal_requested",
    "dismissed",
    "confirmed",
    "closed",
    "reopened",
]

ReviewStatus = Literal[
    "new",
    "acknowledged",
    "information_requested",
    "dismissal_requested",
    "dismissed",
    "confirmed",
    "closed",
]
DECIDED: frozenset[str] = frozenset({"dismissed", "closed"})
"""Statuses in which a finding waits for nobody."""


class Act(Model):
    """One action as it was taken in. `event_id`: of its event. `refused`: why it changed nothing;
    absent where it was applied."""

    event_id: Id
    action: ReviewAction
    actor_id: Id
    at: Time
    reason: Text | None = None
    comment: Text | None = None
    assignee_id: Id | None = None
    refused: Prose | None = None


class FindingReview(Model):
    """What people made of a finding so far; absent while nobody has acted.

    `unchanged_since`: the revision from which on only refused actions came; whoever has seen an
    earlier one has not seen how it stands. `acts`: ids of the events of all actions, in order, the
    refused ones too. `last`: the latest of them; the others are in the finding's earlier revisions.
    """

    status: ReviewStatus = "new"
    assignee_id: Id | None = None
    acknowledged_at: Time | None = None
    dismissal_requested_by: Id | None = None
    unchanged_since: Annotated[int, Field(ge=1)]
    acts: list[Id]
    last: Act
