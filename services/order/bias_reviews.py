"""E.1.a, E.1.b: a forecast is reviewed for bias by the time it is used. Shared by both."""

from schemas import ai, oversight

from .case import Case
from .eventset import chronological
from .outcome import Outcome, worst
from .shape import NO_OUTPUT, first, only, without

Review = oversight.ReviewCompleted
SETTLED = first(only("predictive"), without(NO_OUTPUT, ai.OutputUsed))


def judge_bias_review(case: Case, kind: str, what: str) -> Outcome:
    """The gravest outcome over all outputs of a predictive use that were put to use.

    `kind`: of review, `input_bias` or `output_bias`. `what`: it looks at, for the reason.
    """
    return worst(_reviewed(case, output, kind, what) for output in case.of(ai.OutputUsed))


def _reviewed(case: Case, output: ai.OutputUsed, kind: str, what: str) -> Outcome:
    """A review of this forecast, or of its system for a period that covers it; in time."""
    own = [r for r in case.of(Review) if r.data.kind == kind and _is_about(r, output)]
    in_time = [r for r in own if r.time <= output.time]
    of_system = _reviews_of_system(case, output, kind)
    found = sorted([*in_time, *(r for r in of_system if _covers(case, r))], key=chronological)
    output_id = output.data.output_id
    if found:
        reason = f"{found[-1].data.reviewer_id} reviewed {what} for bias in time"
        return Outcome("compliant", reason, (case.use, output, found[-1]), output.time)
    duty = f"output {output_id} was used; a review of {what} for bias before is not on record"
    waiting = case.awaits("review", deadline=output.time, since=output, duty=duty)
    if waiting is not None:
        return waiting
    used_at = case.when(output.time)
    reason = f"output {output_id} was used on {used_at} without a review of {what} for bias"
    near = [*own, *of_system][:1]
    if own:
        reason += f": one was done only afterwards, on {case.when(own[0].time)}"
    elif of_system:
        reason += f": no review of {case.use.data.system_id} covers {case.when(case.use.time)}"
    return Outcome("violation", reason, (case.use, output, *near), output.time)


def _is_about(review: Review, output: ai.OutputUsed) -> bool:
    """Without an output, a review of a use is about every output of it."""
    return review.data.output_id in (None, output.data.output_id)


def _reviews_of_system(case: Case, output: ai.OutputUsed, kind: str) -> list[Review]:
    """Of the system for a period, done by the time of use; later ones are not asked for, or every
    review of a system would judge all its old forecasts again."""
    use = case.use.data
    return [
        review
        for review in case.registry.system_reviews(use.system_id, output.time)
        if review.data.kind == kind
        and review.data.use_id in (None, use.use_id)
        and _is_about(review, output)
    ]


def _covers(case: Case, review: Review) -> bool:
    """Whether the period reviewed holds the forecast: from its start on, its end is not part."""
    begin, end = review.data.covers_from, review.data.covers_to
    if begin is None or end is None:
        return False
    return case.instant(begin) <= case.use.time < case.instant(end)
