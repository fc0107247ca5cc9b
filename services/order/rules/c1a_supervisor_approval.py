"""C.1.a: a supervisor approves a generative product before it is used."""

from datetime import date
from typing import Any

from ..approval import judge_approval, shows_employee
from ..case import Case
from ..outcome import Outcome
from ..reviews import SETTLED
from ..rule import Example, Rule
from ..scenario import (
    after,
    decided,
    department,
    employee,
    face_search,
    heartbeat,
    output_used,
    policy_change,
    retracted,
    source,
    supervisor,
    use,
    waiver,
)


def check(case: Case) -> Outcome:
    """As `judge_approval`, unless the product shows an employee."""
    if shows_employee(case):
        reason = "an image or video of an employee, which is judged apart"
        return Outcome("not_applicable", reason, (case.use,))
    return judge_approval(case)


RULE = Rule(
    clause="C.1.a",
    id="supervisor_approval",
    title="A supervisor approves a generative product before it is used",
    remedy="a supervisor's approval of this very output, recorded before it was used",
    settings=("approval.chain_of_command_required", "approval.exempt_purposes"),
    severity="medium",
    kinds=("use",),
    check=check,
    settled=SETTLED,
    also=("C.1.c",),
)

_used = [*department(), use(), output_used(after(1))]
_late = after(9)
_approval = decided(after(0.5))
_redaction: dict[str, Any] = {
    "capability": "redaction",
    "purpose": "public_release_redaction",
    "system_id": "writer",
}
_video: dict[str, Any] = {"output_kind": "video", "used_for": "public_release"}
_wrong_use = use()
_beat = heartbeat(after(2), complete_to=after(2))
_rms = source("/records/rms", system_of_record=True, holds=["approval"], cadence_seconds=3600)

EXAMPLES = [
    Example("approved before", [*_used, decided(after(0.5))], "use/U-1", "compliant", _late, "S-1"),
    Example("approved at that instant", [*_used, decided(after(1))], "use/U-1", "compliant", _late),
    Example(
        "approved just after",
        [*_used, decided(after(1, seconds=0.01))],
        "use/U-1",
        "violation",
        _late,
        "only afterwards",
    ),
    Example("never approved", _used, "use/U-1", "violation", _late, "without a supervisor"),
    Example("settling", _used, "use/U-1", "pending", after(1, minutes=5)),
    Example("just settled", _used, "use/U-1", "violation", after(1, minutes=5, seconds=0.01)),
    Example(
        "denied",
        [*_used, decided(after(0.5), decision="denied")],
        "use/U-1",
        "violation",
        _late,
        "denied",
    ),
    Example(
        "denied, then approved",
        [*_used, decided(after(0.2), decision="denied"), decided(after(0.5))],
        "use/U-1",
        "compliant",
        _late,
    ),
    Example(
        "approved, then denied",
        [*_used, decided(after(0.2)), decided(after(0.5), decision="denied")],
        "use/U-1",
        "violation",
        _late,
        "denied",
    ),
    Example(
        "approved, denied after use",
        [*_used, decided(after(0.2)), decided(after(2), decision="denied")],
        "use/U-1",
        "compliant",
        _late,
    ),
    Example(
        "approved by a colleague",
        [*_used, decided(after(0.5), approver_id="E-2")],
        "use/U-1",
        "violation",
        _late,
        "no supervisor",
    ),
    Example(
        "approved by a supervisor who was none yet",
        [*_used, supervisor("E-2", after(0.6)), decided(after(0.5), approver_id="E-2")],
        "use/U-1",
        "violation",
        _late,
        "no supervisor at that time",
    ),
    Example(
        "approved by oneself",
        [*_used, supervisor("E-1", after(-1)), decided(after(0.5), approver_id="E-1")],
        "use/U-1",
        "violation",
        _late,
        "of their own",
    ),
    Example(
        "approved by someone unknown",
        [*_used, decided(after(0.5), approver_id="S-404")],
        "use/U-1",
        "undetermined",
        _late,
        "S-404",
    ),
    Example(
        "approved, and an unknown person agreed",
        [*_used, decided(after(0.4)), decided(after(0.5), approver_id="S-404")],
        "use/U-1",
        "compliant",
        _late,
    ),
    Example(
        "another output approved",
        [*_used, decided(after(0.5), output_id="O-2")],
        "use/U-1",
        "violation",
        _late,
        "O-2",
    ),
    Example(
        "this output approved",
        [*_used, decided(after(0.5), output_id="O-1")],
        "use/U-1",
        "compliant",
        _late,
    ),
    Example(
        "a waiver that covers one of two outputs",
        [
            *_used,
            output_used(after(3), output_id="O-2"),
            waiver(after(0.5), "use/U-1", "C.1", after(2)),
        ],
        "use/U-1",
        "violation",
        _late,
    ),
    Example(
        "a waiver for all that C.1 asks",
        [*_used, waiver(after(0.5), "use/U-1", "C.1", after(2))],
        "use/U-1",
        "waived",
        _late,
    ),
    Example(
        "approved by a supervisor who had left",
        [
            *_used,
            supervisor("S-1", after(-1), status="separated"),
            decided(after(0.5)),
        ],
        "use/U-1",
        "violation",
        _late,
        "was separated",
    ),
    Example(
        "approval reported late by a source that is no system of record",
        [
            *department(),
            source("/records/rms"),
            use(data_classes=["pii"]),
            output_used(after(1)),
            decided(after(0.5), received=after(40)),
        ],
        "use/U-1",
        "undetermined",
        after(50),
        "reported late",
    ),
    Example(
        "a later edition leaves the first in force before its day",
        [*_used, policy_change(effective_on=date(2026, 6, 1), edition="390.02")],
        "use/U-1",
        "violation",
        _late,
    ),
    Example(
        "the record of the use was retracted",
        [*department(), _wrong_use, retracted(after(2), _wrong_use), output_used(after(1))],
        "use/U-1",
        "undetermined",
        _late,
        "its record was retracted",
    ),
    Example(
        "the system of record took back its report",
        [*_used, _rms, _beat, retracted(after(3), _beat)],
        "use/U-1",
        "pending",
        _late,
        "has not yet reported",
    ),
    Example(
        "one of two outputs approved",
        [*_used, output_used(after(2), output_id="O-2"), decided(after(0.5), output_id="O-1")],
        "use/U-1",
        "violation",
        _late,
        "O-2",
    ),
    Example(
        "approved, then edited",
        [
            *department(),
            use(),
            output_used(after(1), output_digest="d-2"),
            decided(after(0.5), output_digest="d-1"),
        ],
        "use/U-1",
        "violation",
        _late,
        "edited",
    ),
    Example(
        "one version approved, and which was used is not stated",
        [*_used, decided(after(0.5), output_digest="d-1")],
        "use/U-1",
        "undetermined",
        _late,
        "one version",
    ),
    Example(
        "approved, then one version denied, and which was used is not stated",
        [
            *_used,
            decided(after(0.4)),
            decided(after(0.5), output_digest="d-1", decision="denied"),
        ],
        "use/U-1",
        "undetermined",
        _late,
        "one version",
    ),
    Example(
        "approved as it was used",
        [
            *department(),
            use(),
            output_used(after(1), output_digest="d-1"),
            decided(after(0.5), output_digest="d-1"),
        ],
        "use/U-1",
        "compliant",
        _late,
    ),
    Example(
        "approval retracted",
        [*_used, _approval, retracted(after(2), _approval)],
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
        [*_used, _rms, heartbeat(after(2), complete_to=after(2))],
        "use/U-1",
        "violation",
        _late,
    ),
    Example(
        "outside the chain of command, where that is required",
        [
            *_used,
            supervisor("S-2"),
            decided(after(0.5), approver_id="S-2"),
            policy_change(approval={"chain_of_command_required": True}),
        ],
        "use/U-1",
        "violation",
        _late,
        "chain of command",
    ),
    Example(
        "a chain of command that the roster does not know",
        [
            *department(),
            policy_change(approval={"chain_of_command_required": True}),
            employee("E-5", supervisor_id="S-404"),
            use(employee_id="E-5"),
            output_used(after(1), employee_id="E-5"),
            decided(after(0.5)),
        ],
        "use/U-1",
        "undetermined",
        _late,
        "nobody is named above S-404",
    ),
    Example(
        "in the chain of command, two steps up",
        [
            *department()[1:],
            employee("E-1", supervisor_id="S-1"),
            supervisor("S-1", supervisor_id="L-1"),
            supervisor("L-1"),
            use(),
            output_used(after(1)),
            decided(after(0.5), approver_id="L-1"),
            policy_change(approval={"chain_of_command_required": True}),
        ],
        "use/U-1",
        "compliant",
        _late,
    ),
    Example(
        "redaction of body-worn video for release",
        [
            *department(),
            use(**_redaction, input_kind="body_worn_video"),
            output_used(after(1), **_video),
        ],
        "use/U-1",
        "not_applicable",
        _late,
        "redaction",
    ),
    Example(
        "redaction of something else",
        [*department(), use(**_redaction, input_kind="record"), output_used(after(1), **_video)],
        "use/U-1",
        "violation",
        _late,
    ),
    Example(
        "redaction of something not stated",
        [*department(), use(**_redaction), output_used(after(1), **_video)],
        "use/U-1",
        "undetermined",
        _late,
        "redaction",
    ),
    Example("not used", [*department(), use()], "use/U-1", "not_applicable", _late, "no output"),
    Example(
        "perceptive",
        [*department(), face_search(), output_used(after(1))],
        "use/U-1",
        "not_applicable",
        _late,
    ),
    Example(
        "personal is F.1.c's",
        [*department(), use(purpose="personal"), output_used(after(1))],
        "use/U-1",
        "not_applicable",
        _late,
        "no official use",
    ),
    Example(
        "before the order took effect",
        [use(after(-9000)), output_used(after(-8999))],
        "use/U-1",
        "not_applicable",
        _late,
        "took effect",
    ),
]
