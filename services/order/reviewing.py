"""What people do with a finding: what each may do, and what it changes.

Nobody acts on a finding about themselves, and a finding of high severity is dismissed by two
people. Who sees which finding is the console's matter; this holds whoever writes the event.
"""

from schemas.finding_review import Act, FindingReview, ReviewAction, ReviewStatus
from schemas.review import FindingActed, FindingActedData
from schemas.verdicts import Finding

_BECOMES: dict[ReviewAction, ReviewStatus] = {
    "acknowledged": "acknowledged",
    "information_requested": "information_requested",
    "dismissal_requested": "dismissal_requested",
    "dismissed": "dismissed",
    "confirmed": "confirmed",
    "closed": "closed",
    "reopened": "acknowledged",
}
"""The status after an action; the others leave it."""

_DECISIONS: tuple[ReviewAction, ...] = ("information_requested", "confirmed", "dismissed")
_NEXT: dict[ReviewStatus, tuple[ReviewAction, ...]] = {
    "new": ("acknowledged", *_DECISIONS),
    "acknowledged": _DECISIONS,
    "information_requested": _DECISIONS,
    "dismissal_requested": _DECISIONS,
    "confirmed": ("closed", "reopened"),
    "dismissed": ("reopened",),
    "closed": ("reopened",),
}
_ALWAYS: tuple[ReviewAction, ...] = ("commented", "assigned")
_NEEDS: dict[ReviewAction, tuple[str, str]] = {
    "dismissed": ("reason", "a dismissal needs a reason"),
    "dismissal_requested": ("reason", "asking for a dismissal needs a reason"),
    "reopened": ("reason", "reopening needs a reason"),
    "commented": ("comment", "a comment needs a text"),
    "information_requested": ("comment", "a request for information must say what is asked for"),
}


def status(finding: Finding) -> ReviewStatus:
    """Where people stand with a finding."""
    return finding.review.status if finding.review else "new"


def allowed(finding: Finding, actor_id: str) -> tuple[ReviewAction, ...]:
    """What a person may do with a finding as it stands."""
    if actor_id == finding.employee_id:
        return ()
    if finding.state == "withdrawn":
        return ("commented",)
    following = _NEXT[status(finding)]
    if finding.severity == "high" and "dismissed" in following:
        following = _with_two_people(finding, actor_id, following)
    return (*following, *_ALWAYS)


def refusal(finding: Finding, data: FindingActedData) -> str | None:
    """Why an action changes nothing, in plain words; None if it is applied."""
    if data.actor_id == finding.employee_id:
        return "nobody acts on a finding about themselves"
    since = finding.review.unchanged_since if finding.review else finding.revision
    if not since <= data.expected_revision <= finding.revision:
        return (
            f"the finding had changed meanwhile: revision {data.expected_revision} was seen, and"
            f" it was at revision {finding.revision}"
        )
    if data.action not in allowed(finding, data.actor_id):
        return _why_not(finding, data)
    field, why = _NEEDS.get(data.action, ("action", ""))
    if not (getattr(data, field) or "").strip():
        return why
    if data.assignee_id is not None and data.assignee_id == finding.employee_id:
        return "a finding cannot be assigned to the person whom it is about"
    return None


def acted(finding: Finding, event: FindingActed, log_offset: int) -> Finding | None:
    """The finding's next revision; None if this event is in it already.

    A refused action makes a revision too, so that everybody can see that it was refused, and why.
    """
    if finding.review and event.id in finding.review.acts:
        return None
    refused = refusal(finding, event.data)
    revision = finding.revision + 1
    before = finding.review
    act = Act(
        event_id=event.id,
        action=event.data.action,
        actor_id=event.data.actor_id,
        at=event.time,
        reason=event.data.reason,
        comment=event.data.comment,
        assignee_id=event.data.assignee_id,
        refused=refused,
    )
    acts = [*(before.acts if before else []), event.id]
    if refused is not None:
        stood = before or FindingReview(unchanged_since=finding.revision, acts=[], last=act)
        review = stood.model_copy(update={"acts": acts, "last": act})
    else:
        review = _applied(before, act, acts, revision)
    return finding.model_copy(
        update={"review": review, "revision": revision, "log_offset": log_offset}
    )


def carried(before: Finding, after: Finding) -> FindingReview | None:
    """The review in a revision that a judgement makes of a finding.

    If the verdict has changed, what people did was about another one: it is to be looked at anew.
    """
    review = before.review
    if review is None:
        return None
    update: dict[str, object] = {"unchanged_since": after.revision}
    is_other = after.state == "open" and (before.state, before.verdict) != ("open", after.verdict)
    if is_other:
        update |= {"status": "new", "acknowledged_at": None, "dismissal_requested_by": None}
    return review.model_copy(update=update)


def _applied(
    before: FindingReview | None, act: Act, acts: list[str], revision: int
) -> FindingReview:
    was = before.status if before else "new"
    now = _BECOMES.get(act.action, was)
    seen = before.acknowledged_at if before else None
    has_it = before.assignee_id if before else None
    asked = before.dismissal_requested_by if before else None
    if act.action == "dismissal_requested":
        asked = act.actor_id
    elif now not in {"dismissal_requested", "dismissed"}:
        asked = None
    return FindingReview(
        status=now,
        assignee_id=act.assignee_id if act.action == "assigned" else has_it,
        acknowledged_at=seen or (None if now == "new" else act.at),
        dismissal_requested_by=asked,
        unchanged_since=revision,
        acts=acts,
        last=act,
    )


def _with_two_people(
    finding: Finding, actor_id: str, following: tuple[ReviewAction, ...]
) -> tuple[ReviewAction, ...]:
    """One asks for the dismissal, and another dismisses."""
    asked = finding.review.dismissal_requested_by if finding.review else None
    others = tuple(action for action in following if action != "dismissed")
    if asked is None:
        return (*others, "dismissal_requested")
    return others if asked == actor_id else following


def _why_not(finding: Finding, data: FindingActedData) -> str:
    if finding.state == "withdrawn":
        return "the finding was withdrawn; it can only be commented"
    if data.action == "dismissed" and "dismissal_requested" in allowed(finding, data.actor_id):
        return "a finding of high severity is dismissed by two people: one asks, another dismisses"
    if data.action == "dismissed" and status(finding) == "dismissal_requested":
        return "the person who asked for a dismissal cannot be the one who dismisses"
    return f"this cannot be done with a finding that is {status(finding).replace('_', ' ')}"
