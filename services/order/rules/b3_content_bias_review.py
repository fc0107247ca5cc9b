"""B.3: generated content is reviewed for bias before it is used."""

from schemas import ai

from ..case import Case
from ..outcome import Outcome
from ..reviews import SETTLED, is_done, judge_outputs, reviewed_in_time, reviews_before, unreviewed
from ..rule import Example, Rule
from ..scenario import (
    RECORDS,
    after,
    department,
    face_search,
    heartbeat,
    output_used,
    retracted,
    reviewed,
    source,
    use,
    waiver,
)


def check(case: Case) -> Outcome:
    """Each output that was used had a review for bias by then that left no errors."""
    return judge_outputs(case, _judge)


def _judge(case: Case, output: ai.OutputUsed) -> Outcome:
    done = [r for r in reviews_before(case, output, "content_bias") if is_done(r)]
    if done:
        return reviewed_in_time(case, output, done[-1])
    return unreviewed(case, output, "content_bias")


RULE = Rule(
    clause="B.3",
    id="content_bias_review",
    title="Generated content is reviewed for bias before it is used",
    remedy="a review of this very output for bias, recorded before it was used",
    severity="medium",
    kinds=("use",),
    check=check,
    settled=SETTLED,
)

_used = [*department(), use(), output_used(after(1))]
_late = after(9)
_done = reviewed(after(0.5), "content_bias")
_rms = source(RECORDS, system_of_record=True, holds=["review"], cadence_seconds=3600)
_qa = source("/vendors/qa")

EXAMPLES = [
    Example("reviewed before", [*_used, _done], "use/U-1", "compliant", _late, "E-1 reviewed"),
    Example(
        "reviewed at that instant",
        [*_used, reviewed(after(1), "content_bias")],
        "use/U-1",
        "compliant",
        _late,
    ),
    Example(
        "reviewed just after",
        [*_used, reviewed(after(1, seconds=0.01), "content_bias")],
        "use/U-1",
        "violation",
        _late,
        "E-1 reviewed it only afterwards",
    ),
    Example("never reviewed", _used, "use/U-1", "violation", _late, "without a review for bias"),
    Example("settling", _used, "use/U-1", "pending", after(1, minutes=5)),
    Example("just settled", _used, "use/U-1", "violation", after(1, minutes=5, seconds=0.01)),
    Example(
        "bias found: reviewed; steps against it are judged apart",
        [*_used, reviewed(after(0.5), "content_bias", outcome="bias_found")],
        "use/U-1",
        "compliant",
        _late,
    ),
    Example(
        "errors corrected",
        [*_used, reviewed(after(0.5), "content_bias", outcome="errors_corrected")],
        "use/U-1",
        "compliant",
        _late,
    ),
    Example(
        "errors found and left",
        [*_used, reviewed(after(0.5), "content_bias", outcome="errors_found")],
        "use/U-1",
        "violation",
        _late,
        "was used on Mar 2, 2026, 10:00 PST with errors left; E-1 found them",
    ),
    Example(
        "reviewed for accuracy only",
        [*_used, reviewed(after(0.5), "accuracy")],
        "use/U-1",
        "violation",
        _late,
    ),
    Example(
        "another output reviewed",
        [*_used, reviewed(after(0.5), "content_bias", output_id="O-2")],
        "use/U-1",
        "violation",
        _late,
        "is of output O-2",
    ),
    Example(
        "this output reviewed",
        [*_used, reviewed(after(0.5), "content_bias", output_id="O-1")],
        "use/U-1",
        "compliant",
        _late,
    ),
    Example(
        "one of two outputs reviewed",
        [
            *_used,
            output_used(after(2), output_id="O-2"),
            reviewed(after(0.5), "content_bias", output_id="O-1"),
        ],
        "use/U-1",
        "violation",
        _late,
        "output O-2 was used",
    ),
    Example(
        "used twice, reviewed in between",
        [*_used, reviewed(after(2), "content_bias"), output_used(after(3), used_for="court")],
        "use/U-1",
        "violation",
        _late,
        "only afterwards",
    ),
    Example(
        "an image too",
        [*department(), use(capability="image"), output_used(after(1), output_kind="image")],
        "use/U-1",
        "violation",
        _late,
    ),
    Example(
        "review retracted",
        [*_used, _done, retracted(after(2), _done)],
        "use/U-1",
        "violation",
        _late,
    ),
    Example(
        "the system of record is silent",
        [*_used, _rms, heartbeat(after(0.9), complete_to=after(0.9))],
        "use/U-1",
        "pending",
        _late,
        "has not yet reported",
    ),
    Example(
        "the system of record has spoken",
        [*_used, _rms, heartbeat(after(2), complete_to=after(1))],
        "use/U-1",
        "violation",
        _late,
    ),
    Example(
        "back-dated by a source that is no system of record",
        [
            *_used,
            _qa,
            reviewed(after(0.5), "content_bias", sent_by="/vendors/qa", received=after(30)),
        ],
        "use/U-1",
        "undetermined",
        after(31),
        "reported late",
    ),
    Example(
        "back-dated by a system of record",
        [*_used, _rms, reviewed(after(0.5), "content_bias", received=after(30))],
        "use/U-1",
        "compliant",
        after(31),
    ),
    Example(
        "late, from a source that the registry does not name",
        [*_used, reviewed(after(0.5), "content_bias", received=after(30))],
        "use/U-1",
        "compliant",
        after(31),
    ),
    Example(
        "waived",
        [*_used, waiver(after(0.5), "use/U-1", "B.3", after(2))],
        "use/U-1",
        "waived",
        _late,
    ),
    Example("not used", [*department(), use()], "use/U-1", "not_applicable", _late, "no output"),
    Example(
        "perceptive",
        [*department(), face_search(), output_used(after(1), output_kind="match")],
        "use/U-1",
        "not_applicable",
        _late,
        "no generative",
    ),
    Example(
        "system not registered",
        [*department(), use(system_id="shadow"), output_used(after(1))],
        "use/U-1",
        "not_applicable",
        _late,
        "not registered",
    ),
]
