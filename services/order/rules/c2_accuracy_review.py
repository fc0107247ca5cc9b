"""C.2: generated text is reviewed for accuracy before it is used."""

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
    policy_change,
    retracted,
    reviewed,
    source,
    use,
    waiver,
)


def check(case: Case) -> Outcome:
    """The last review for accuracy of each text that was used, by then, left no errors."""
    return judge_outputs(case, _judge, textual=True)


def _judge(case: Case, output: ai.OutputUsed) -> Outcome:
    last = reviews_before(case, output, "accuracy")[-1:]
    if last and is_done(last[0]):
        return reviewed_in_time(case, output, last[0])
    # A review that found errors may have been followed by one that is still on its way.
    return unreviewed(case, output, "accuracy")


RULE = Rule(
    clause="C.2",
    id="accuracy_review",
    title="Generated text is reviewed for accuracy before it is used",
    remedy="a review of this very output for accuracy, with its errors corrected, recorded before "
    "it was used",
    settings=("generated_text.capabilities", "generated_text.output_kinds"),
    severity="medium",
    kinds=("use",),
    check=check,
    settled=SETTLED,
)

_used = [*department(), use(), output_used(after(1))]
_late = after(9)
_done = reviewed(after(0.5), "accuracy")
_errors = reviewed(after(0.4), "accuracy", outcome="errors_found")
_rms = source(RECORDS, system_of_record=True, holds=["review"], cadence_seconds=3600)
_qa = source("/vendors/qa")

EXAMPLES = [
    Example("reviewed before", [*_used, _done], "use/U-1", "compliant", _late, "E-1 reviewed"),
    Example(
        "reviewed at that instant",
        [*_used, reviewed(after(1), "accuracy")],
        "use/U-1",
        "compliant",
        _late,
    ),
    Example(
        "reviewed just after",
        [*_used, reviewed(after(1, seconds=0.01), "accuracy")],
        "use/U-1",
        "violation",
        _late,
        "E-1 reviewed it only afterwards",
    ),
    Example("never reviewed", _used, "use/U-1", "violation", _late, "without a review for acc"),
    Example("settling", _used, "use/U-1", "pending", after(1, minutes=5)),
    Example("just settled", _used, "use/U-1", "violation", after(1, minutes=5, seconds=0.01)),
    Example(
        "errors corrected",
        [*_used, reviewed(after(0.5), "accuracy", outcome="errors_corrected")],
        "use/U-1",
        "compliant",
        _late,
    ),
    Example("errors found", [*_used, _errors], "use/U-1", "violation", _late, "with errors left"),
    Example(
        "errors found: a correction may be on its way",
        [*_used, _errors],
        "use/U-1",
        "pending",
        after(1, minutes=5),
    ),
    Example(
        "errors found, then corrected", [*_used, _errors, _done], "use/U-1", "compliant", _late
    ),
    Example(
        "reviewed, then errors found",
        [*_used, reviewed(after(0.2), "accuracy"), _errors],
        "use/U-1",
        "violation",
        _late,
        "E-1 found them",
    ),
    Example(
        "errors found and called clear at one instant",
        [*_used, reviewed(after(0.4), "accuracy", reviewer_id="E-2"), _errors],
        "use/U-1",
        "violation",
        _late,
    ),
    Example(
        "errors found, corrected only after the use",
        [*_used, _errors, reviewed(after(2), "accuracy", outcome="errors_corrected")],
        "use/U-1",
        "violation",
        _late,
        "E-1 reviewed it only afterwards",
    ),
    Example(
        "errors found only after the use",
        [*_used, _done, reviewed(after(2), "accuracy", outcome="errors_found")],
        "use/U-1",
        "compliant",
        _late,
    ),
    Example(
        "reviewed for bias only",
        [*_used, reviewed(after(0.5), "content_bias")],
        "use/U-1",
        "violation",
        _late,
    ),
    Example(
        "another output reviewed",
        [*_used, reviewed(after(0.5), "accuracy", output_id="O-2")],
        "use/U-1",
        "violation",
        _late,
        "is of output O-2",
    ),
    Example(
        "this output reviewed, errors in another",
        [
            *_used,
            reviewed(after(0.5), "accuracy", output_id="O-1"),
            reviewed(after(0.6), "accuracy", output_id="O-2", outcome="errors_found"),
        ],
        "use/U-1",
        "compliant",
        _late,
    ),
    Example(
        "one of two outputs reviewed",
        [
            *_used,
            output_used(after(2), output_id="O-2"),
            reviewed(after(0.5), "accuracy", output_id="O-1"),
        ],
        "use/U-1",
        "violation",
        _late,
        "output O-2",
    ),
    Example(
        "a transcription of sound",
        [
            *department(),
            use(capability="audio"),
            output_used(after(1), output_kind="transcription"),
        ],
        "use/U-1",
        "violation",
        _late,
    ),
    Example(
        "a translation, whatever its output is called",
        [*department(), use(capability="translation"), output_used(after(1), output_kind="other")],
        "use/U-1",
        "violation",
        _late,
    ),
    Example(
        "an image",
        [*department(), use(capability="image"), output_used(after(1), output_kind="image")],
        "use/U-1",
        "not_applicable",
        _late,
        "no text",
    ),
    Example(
        "an image, where the department counts it",
        [
            *department(),
            policy_change(generated_text={"output_kinds": ["image"]}),
            use(capability="image"),
            output_used(after(1), output_kind="image"),
        ],
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
        "the finding of errors was wrong",
        [*_used, reviewed(after(0.2), "accuracy"), _errors, retracted(after(2), _errors)],
        "use/U-1",
        "compliant",
        _late,
    ),
    Example(
        "errors found, and the system of record is silent",
        [*_used, _errors, _rms, heartbeat(after(0.9), complete_to=after(0.9))],
        "use/U-1",
        "pending",
        _late,
        "has not yet reported",
    ),
    Example(
        "errors found, and the system of record has spoken",
        [*_used, _errors, _rms, heartbeat(after(2), complete_to=after(1))],
        "use/U-1",
        "violation",
        _late,
    ),
    Example(
        "back-dated by a source that is no system of record",
        [*_used, _qa, reviewed(after(0.5), "accuracy", sent_by="/vendors/qa", received=after(30))],
        "use/U-1",
        "undetermined",
        after(31),
        "reported late",
    ),
    Example(
        "back-dated by a system of record",
        [*_used, _rms, reviewed(after(0.5), "accuracy", received=after(30))],
        "use/U-1",
        "compliant",
        after(31),
    ),
    Example(
        "late, from a source that the registry does not name",
        [*_used, reviewed(after(0.5), "accuracy", received=after(30))],
        "use/U-1",
        "compliant",
        after(31),
    ),
    Example(
        "waived",
        [*_used, waiver(after(0.5), "system/writer", "C.2", after(2))],
        "use/U-1",
        "waived",
        _late,
    ),
    Example("not used", [*department(), use()], "use/U-1", "not_applicable", _late, "no output"),
    Example(
        "perceptive",
        [*department(), face_search(), output_used(after(1))],
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
