"""B.3.a, E.1.c: bias that a review found is mitigated in time. Shared by both."""

from collections.abc import Collection, Sequence
from datetime import timedelta

from schemas import oversight
from schemas.verdicts import VerdictKind

from .case import Case
from .outcome import Outcome, worst

Review = oversight.ReviewCompleted

_NAMES = {
    "content_bias": "bias in generated content",
    "input_bias": "bias in the data that went in",
    "output_bias": "bias in the forecasts",
}


def judge_mitigation(case: Case, kinds: Collection[str]) -> Outcome:
    """The gravest outcome over all reviews of these kinds that found bias."""
    found = [r for r in _own_reviews(case) if r.data.kind in kinds]
    biased = [r for r in found if r.data.outcome == "bias_found"]
    if not biased:
        reason = "no review found bias" if found else "no review for bias is on record"
        return Outcome("not_applicable", reason, tuple(found))
    judged = worst(_mitigated(case, review) for review in biased)
    # A waiver is for the use: when the use was reviewed does not matter.
    return judged._replace(acts=(case.at,)) if case.recorded is not None else judged


def _own_reviews(case: Case) -> Sequence[Review]:
    """Reviews of this subject: one of a use that names its system is none of the system's."""
    reviews = case.of(Review)
    if case.recorded is not None:
        return reviews
    return [r for r in reviews if r.data.covers_from is not None and r.data.covers_to is not None]


def _mitigated(case: Case, review: Review) -> Outcome:
    """Mitigated within the time that the policy gives; later cures."""
    deadline = review.time + timedelta(days=case.policy.mitigation.within_days)
    steps = [m for m in case.of(oversight.MitigationRecorded) if m.time >= review.time][:1]
    what = f"{review.data.reviewer_id} found {_NAMES[review.data.kind]} on "
    what += case.when(review.time)

    def told(verdict: VerdictKind, reason: str) -> Outcome:
        return Outcome(verdict, f"{what}; {reason}", (review, *steps), review.time, deadline)

    if steps and steps[0].time <= deadline:
        return told("compliant", f"steps against it were taken by {steps[0].data.employee_id}")
    duty = f"{what}; steps against it are due by {case.when(deadline)}"
    waiting = case.awaits(None, deadline=deadline, since=review, duty=duty)
    if waiting is not None:
        return waiting
    if steps:
        return told("cured", f"steps against it came only on {case.when(steps[0].time)}")
    return told("violation", f"no steps against it were recorded by {case.when(deadline)}")
