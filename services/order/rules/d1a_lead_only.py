"""D.1.a: a perceptive result is taken for a lead, and for nothing more."""

from schemas import ai

from ..case import Case
from ..outcome import Outcome, worst
from ..rule import Example, Rule
from ..scenario import (
    after,
    department,
    face_search,
    output_used,
    plate_search,
    retracted,
    supervisor,
    use,
    used_as_lead,
    waiver,
)
from ..shape import NO_OUTPUT, first, only, without


def check(case: Case) -> Outcome:
    """The gravest outcome over all outputs of a perceptive use that were put to use."""
    return worst(_treated(case, output) for output in case.of(ai.OutputUsed))


def _treated(case: Case, output: ai.OutputUsed) -> Outcome:
    data, evidence = output.data, (case.use, output)
    if data.treated_as in ("identification", "conclusion"):
        reason = (
            f"{data.employee_id} treated output {data.output_id} as "
            f"{'an' if data.treated_as == 'identification' else 'a'} {data.treated_as}"
        )
        return Outcome("violation", reason, evidence, output.time)
    if data.treated_as == "lead" or data.used_for == "lead":
        reason = f"output {data.output_id} was treated as a lead"
        return Outcome("compliant", reason, evidence, output.time)
    reason = f"what output {data.output_id} was treated as is not stated"
    # The order forbids what was done, not silence: a vendor that never says would flood the inbox.
    return Outcome("not_applicable", reason, evidence, output.time)


RULE = Rule(
    clause="D.1.a",
    id="lead_only",
    title="A perceptive result is only a lead",
    remedy="the result treated as a lead, to be confirmed by other means",
    severity="high",
    kinds=("use",),
    check=check,
    settled=first(only("perceptive"), without(NO_OUTPUT, ai.OutputUsed)),
)

_identified = output_used(after(1), output_kind="match", treated_as="identification")

EXAMPLES = [
    Example(
        "used as a lead",
        [*department(), face_search(), used_as_lead(after(1))],
        "use/U-1",
        "compliant",
        after(9),
    ),
    Example(
        "treated as a lead in a report",
        [*department(), face_search(), output_used(after(1), treated_as="lead")],
        "use/U-1",
        "compliant",
        after(9),
    ),
    Example(
        "treated as an identification",
        [*department(), face_search(), _identified],
        "use/U-1",
        "violation",
        after(9),
        "E-1 treated output O-1 as an identification",
    ),
    Example(
        "treated as a conclusion",
        [*department(), plate_search(), output_used(after(1), treated_as="conclusion")],
        "use/U-1",
        "violation",
        after(9),
        "as a conclusion",
    ),
    Example(
        "called a lead and treated as a conclusion",
        [*department(), face_search(), used_as_lead(after(1), treated_as="conclusion")],
        "use/U-1",
        "violation",
        after(9),
    ),
    Example(
        "one of two outputs",
        [
            *department(),
            face_search(),
            used_as_lead(after(1)),
            output_used(after(2), output_id="O-2", treated_as="identification"),
        ],
        "use/U-1",
        "violation",
        after(9),
        "O-2",
    ),
    Example(
        "retracted",
        [*department(), face_search(), _identified, retracted(after(2), _identified)],
        "use/U-1",
        "not_applicable",
        after(9),
        "no output",
    ),
    Example(
        "not stated what it was treated as",
        [*department(), face_search(), output_used(after(1), output_kind="match")],
        "use/U-1",
        "not_applicable",
        after(9),
        "not stated",
    ),
    Example(
        "not used",
        [*department(), face_search()],
        "use/U-1",
        "not_applicable",
        after(9),
        "no output",
    ),
    Example(
        "generative",
        [*department(), use(), output_used(after(1), treated_as="conclusion")],
        "use/U-1",
        "not_applicable",
        after(9),
        "no perceptive AI",
    ),
    Example(
        "waived when it was used",
        [
            *department(),
            face_search(),
            _identified,
            waiver(after(0.5), "use/U-1", "D.1", after(1, seconds=0.01)),
        ],
        "use/U-1",
        "waived",
        after(9),
    ),
    Example(
        "waived by a supervisor who was suspended",
        [
            *department(),
            supervisor("S-1", after(0.25), status="suspended"),
            face_search(),
            _identified,
            waiver(after(0.5), "use/U-1", "D.1", after(2)),
        ],
        "use/U-1",
        "violation",
        after(9),
    ),
    Example(
        "a waiver that ends at that instant",
        [
            *department(),
            face_search(),
            _identified,
            waiver(after(0.5), "use/U-1", "D.1", after(1)),
        ],
        "use/U-1",
        "violation",
        after(9),
    ),
    Example(
        "system not registered",
        [face_search(), _identified],
        "use/U-1",
        "not_applicable",
        after(9),
        "not registered",
    ),
]
