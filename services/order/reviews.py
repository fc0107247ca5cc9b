"""Generated outputs that were put to use, and the reviews of them. Shared by B.3, C.2 and C.2.a."""

from collections.abc import Callable, Iterator
from typing import Literal

from schemas import ai, oversight

from .case import Case
from .outcome import Outcome, worst
from .shape import NO_OUTPUT, first, only, without

Review = oversight.ReviewCompleted
Kind = Literal["accuracy", "content_bias"]

SETTLED = first(only("generative"), without(NO_OUTPUT, ai.OutputUsed))
"""For rules on generated outputs that were put to use."""

_FOR = {"accuracy": "accuracy", "content_bias": "bias"}


def judge_outputs(
    case: Case, judge: Callable[[Case, ai.OutputUsed], Outcome], *, textual: bool = False
) -> Outcome:
    """The gravest outcome over all outputs of a generative use that were put to use; with
    `textual` over those that are text, transcription or translation."""
    outputs = case.of(ai.OutputUsed)
    wanted = [output for output in outputs if not textual or _is_textual(case, output)]
    if not wanted:
        reason = "no text, transcription or translation of this use has been used"
        return Outcome("not_applicable", reason, (case.use,))
    return worst(judge(case, output) for output in wanted)


def _is_textual(case: Case, output: ai.OutputUsed) -> bool:
    policy = case.policy.generated_text
    by_kind = output.data.output_kind in policy.output_kinds
    return by_kind or case.use.data.capability in policy.capabilities


def reviews_before(case: Case, output: ai.OutputUsed, kind: Kind) -> list[Review]:
    """The reviews of an output at or before its use, the last one last.

    Of several at the same instant, the one that found errors counts as the later.
    """
    found = [r for r in _reviews(case, output, kind) if r.time <= output.time]
    return sorted(found, key=lambda r: (r.time, not is_done(r)))


def is_done(review: Review) -> bool:
    """Whether a review left no errors behind; bias that it found is to be mitigated."""
    return review.data.outcome != "errors_found"


def reviewed_in_time(case: Case, output: ai.OutputUsed, review: Review) -> Outcome:
    """The output was reviewed in time."""
    what = f"{review.data.reviewer_id} reviewed output {output.data.output_id}"
    reason = f"{what} for {_FOR[review.data.kind]} in time"
    return Outcome("compliant", reason, (case.use, output, review), output.time)


def unreviewed(case: Case, output: ai.OutputUsed, kind: Kind) -> Outcome:
    """No review that counts is on record: wait for one, then say what comes nearest to it."""
    named, what = f"output {output.data.output_id}", f"review for {_FOR[kind]}"
    duty = f"{named} was used; a {what} before that, with no errors left, is not on record"
    waiting = case.awaits("review", deadline=output.time, since=output, duty=duty)
    if waiting is not None:
        return waiting
    near = list(_nearest(case, output, kind))
    told = "".join(f"; {text}" for text, _ in near)
    lack = "with errors left" if reviews_before(case, output, kind) else f"without a {what}"
    reason = f"{named} was used on {case.when(output.time)} {lack}{told}"
    evidence = (case.use, output, *(review for _, review in near))
    return Outcome("violation", reason, evidence, output.time)


def _nearest(case: Case, output: ai.OutputUsed, kind: Kind) -> Iterator[tuple[str, Review]]:
    """What comes near to a review that counts, in words; each with its evidence."""
    for review in reviews_before(case, output, kind)[-1:]:
        yield f"{review.data.reviewer_id} found them on {case.when(review.time)}", review
    own = _reviews(case, output, kind)
    for review in [r for r in own if r.time > output.time and is_done(r)][:1]:
        when = case.when(review.time)
        yield f"{review.data.reviewer_id} reviewed it only afterwards, on {when}", review
    others = [r for r in case.of(Review) if r.data.kind == kind and r not in own]
    for review in others[-1:] if not own else []:
        yield f"the review on record is of output {review.data.output_id}", review


def _reviews(case: Case, output: ai.OutputUsed, kind: Kind) -> list[Review]:
    """Without an output, a review is of every output of the use."""
    about = (None, output.data.output_id)
    return [r for r in case.of(Review) if r.data.kind == kind and r.data.output_id in about]
