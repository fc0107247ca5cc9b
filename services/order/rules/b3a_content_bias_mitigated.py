"""B.3.a: where a review found bias in generated content, steps against it are taken."""

from schemas.oversight import ReviewCompleted

from ..case import Case
from ..mitigation import judge_mitigation
from ..outcome import Outcome
from ..rule import Example, Rule
from ..scenario import (
    after,
    department,
    face_search,
    mitigated,
    policy_change,
    retracted,
    reviewed,
    source,
    use,
    waiver,
)
from ..shape import first, only, without


def check(case: Case) -> Outcome:
    """As `judge_mitigation`, for generated content."""
    return judge_mitigation(case, {"content_bias"})


RULE = Rule(
    clause="B.3.a",
    id="content_bias_mitigated",
    title="Bias that was found in generated content is mitigated",
    remedy="steps against the bias, recorded within the time that the policy gives",
    settings=("mitigation.within_days",),
    severity="medium",
    kinds=("use",),
    check=check,
    settled=first(only("generative"), without("no review for bias is on record", ReviewCompleted)),
)

_WEEK = 7 * 24
_review = reviewed(after(1), "content_bias", outcome="bias_found")
_biased = [*department(), use(), _review]
_late = after(1 + _WEEK, seconds=0.01)
_step = mitigated(after(2))

EXAMPLES = [
    Example("mitigated", [*_biased, _step], "use/U-1", "compliant", after(3)),
    Example(
        "mitigated as it was found", [*_biased, mitigated(after(1))], "use/U-1", "compliant", _late
    ),
    Example(
        "steps before the review",
        [*_biased, mitigated(after(1, seconds=-0.01))],
        "use/U-1",
        "violation",
        _late,
    ),
    Example("never mitigated", _biased, "use/U-1", "violation", _late, "E-1 found bias"),
    Example("until the deadline", _biased, "use/U-1", "pending", after(1 + _WEEK)),
    Example(
        "at the deadline",
        [*_biased, mitigated(after(1 + _WEEK))],
        "use/U-1",
        "compliant",
        after(2 + _WEEK),
    ),
    Example(
        "just after the deadline",
        [*_biased, mitigated(after(1 + _WEEK, seconds=0.01))],
        "use/U-1",
        "cured",
        after(2 + _WEEK),
        "came only on",
    ),
    Example(
        "a review that came late is settled first",
        [
            *department(),
            use(),
            reviewed(after(1), "content_bias", outcome="bias_found", received=after(900)),
        ],
        "use/U-1",
        "pending",
        after(900, minutes=5),
    ),
    Example(
        "a review that came late, settled",
        [
            *department(),
            use(),
            reviewed(after(1), "content_bias", outcome="bias_found", received=after(900)),
        ],
        "use/U-1",
        "violation",
        after(900, minutes=5.01),
    ),
    Example(
        "one of two reviews left without steps",
        [
            *_biased,
            _step,
            reviewed(after(3), "content_bias", outcome="bias_found", reviewer_id="E-2"),
        ],
        "use/U-1",
        "violation",
        after(4 + _WEEK),
        "E-2 found bias",
    ),
    Example(
        "within two days, where the policy asks that",
        [*_biased, mitigated(after(72)), policy_change(mitigation={"within_days": 2})],
        "use/U-1",
        "cured",
        after(100),
    ),
    Example(
        "the steps were retracted",
        [*_biased, _step, retracted(after(3), _step)],
        "use/U-1",
        "violation",
        _late,
    ),
    Example(
        "the review was retracted",
        [*_biased, retracted(after(3), _review)],
        "use/U-1",
        "not_applicable",
        _late,
        "no review",
    ),
    Example(
        "steps reported late by a source that is no system of record",
        [*_biased, source("/records/rms"), mitigated(after(2), received=after(40))],
        "use/U-1",
        "undetermined",
        _late,
        "reported late",
    ),
    Example(
        "steps reported late by a system of record",
        [
            *_biased,
            source("/records/rms", system_of_record=True),
            mitigated(after(2), received=after(40)),
        ],
        "use/U-1",
        "compliant",
        _late,
    ),
    Example(
        "steps reported late by a source that nobody registered",
        [*_biased, mitigated(after(2), received=after(40))],
        "use/U-1",
        "compliant",
        _late,
    ),
    Example(
        "waived at the use",
        [*_biased, waiver(after(-1), "use/U-1", "B.3", after(0.5))],
        "use/U-1",
        "waived",
        _late,
    ),
    Example(
        "waived after the use, before the review",
        [*_biased, waiver(after(0.5), "use/U-1", "B.3", after(9))],
        "use/U-1",
        "violation",
        _late,
    ),
    Example(
        "no bias found",
        [*department(), use(), reviewed(after(1), "content_bias")],
        "use/U-1",
        "not_applicable",
        _late,
        "no review found bias",
    ),
    Example(
        "another review",
        [*department(), use(), reviewed(after(1), "accuracy", outcome="bias_found")],
        "use/U-1",
        "not_applicable",
        _late,
        "no review for bias",
    ),
    Example("not reviewed", [*department(), use()], "use/U-1", "not_applicable", _late),
    Example(
        "perceptive",
        [*department(), face_search(), _review],
        "use/U-1",
        "not_applicable",
        _late,
        "no generative AI",
    ),
    Example(
        "system not registered",
        [use(), _review],
        "use/U-1",
        "not_applicable",
        _late,
        "not registered",
    ),
]
