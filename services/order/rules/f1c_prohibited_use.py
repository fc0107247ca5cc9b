"""F.1.c: no personal use of AI systems; nothing passed to people who are not entitled to it."""

from schemas import ai, oversight

from ..case import Case
from ..complaints import judge_complaints
from ..outcome import Outcome, worst
from ..rule import Example, Rule
from ..scenario import (
    after,
    complaint,
    department,
    employee,
    retracted,
    shared,
    source,
    use,
    waiver,
)
from ..sentences import plain
from ..shape import Shape, idle, type_of

_NOTHING = "no use, share or complaint to judge"
_ALLEGATIONS = {
    "personal_use": "personal use",
    "unauthorized_sharing": "passing information to someone not entitled to it",
}


_NOT_BY_PURPOSE = frozenset({type_of(ai.OutputShared), type_of(oversight.ComplaintDecided)})


def _settled(shape: Shape) -> Outcome | None:
    """A use without a share or a complaint is judged by its purpose."""
    if shape.kind == "employee" and type_of(oversight.ComplaintDecided) not in shape.types:
        return idle(_NOTHING)
    if shape.purpose in (None, "personal") or not _NOT_BY_PURPOSE.isdisjoint(shape.types):
        return None
    return Outcome("compliant", _stated(shape.purpose))


def check(case: Case) -> Outcome:
    """A purpose declared personal, a share to somebody not active, or a sustained complaint."""
    outcomes = [_purpose(case)] if case.recorded is not None else []
    outcomes += [_share(case, share) for share in case.of(ai.OutputShared)]
    outcomes += judge_complaints(case, _ALLEGATIONS)
    return worst(outcomes or [idle(_NOTHING)])


def _purpose(case: Case) -> Outcome:
    use = case.use
    if use.data.purpose == "personal":
        reason = (
            f"{use.data.employee_id} used {use.data.system_id} for a purpose stated as personal"
        )
        return Outcome("violation", reason, (use,), use.time)
    return Outcome("compliant", _stated(use.data.purpose), (use,), use.time)


def _stated(purpose: str) -> str:
    return f"the stated purpose is {plain(purpose)}"


def _share(case: Case, share: ai.OutputShared) -> Outcome:
    recipient = share.data.recipient
    if recipient.kind != "employee":
        reason = f"shared outside the department ({recipient.kind}), which is judged apart"
        return Outcome("not_applicable", reason, (share,), share.time)
    what = f"data of {share.data.system_id} was {share.data.manner}"
    to = f"{'with' if share.data.manner == 'shared' else 'to'} {recipient.id}"
    entry = case.employee(recipient.id, share.time)
    if entry is None:
        reason = f"{what} {to}, whom the roster does not know"
        return Outcome("undetermined", reason, (share,), share.time)
    if entry.data.status != "active":
        reason = f"{what} {to}, whose status was {entry.data.status} at the time"
        return Outcome("violation", reason, (share, entry), share.time)
    reason = f"{what} {to}, active on the roster"
    return Outcome("compliant", reason, (share, entry), share.time)


RULE = Rule(
    clause="F.1.c",
    id="prohibited_use",
    title="No personal use, and nothing passed to people who are not entitled to it",
    remedy="use for official purposes only, and sharing only with active employees",
    severity="high",
    kinds=("use", "share", "employee"),
    check=check,
    settled=_settled,
    unregistered=True,
    unrecorded=True,
)

_personal = use(purpose="personal")

EXAMPLES = [
    Example("personal", [_personal], "use/U-1", "violation", after(1), "personal"),
    Example("official", [*department(), use()], "use/U-1", "compliant", after(1)),
    Example(
        "personal, system not registered",
        [use(purpose="personal", system_id="shadow")],
        "use/U-1",
        "violation",
        after(1),
    ),
    Example("unclear purpose is B.2.a's", [use(purpose="other")], "use/U-1", "compliant", after(1)),
    Example(
        "retracted",
        [_personal, retracted(after(1), _personal), use(after(0), known_as="again")],
        "use/U-1",
        "compliant",
        after(2),
    ),
    Example(
        "recorded twice, once as personal",
        [use(), use(purpose="personal")],
        "use/U-1",
        "violation",
        after(1),
    ),
    Example(
        "waived before",
        [
            *department(),
            use(purpose="personal"),
            waiver(after(-1), "employee/E-1", "F.1.c", after(1)),
        ],
        "use/U-1",
        "waived",
        after(2),
        "S-1",
    ),
    Example(
        "waived after",
        [*department(), use(purpose="personal"), waiver(after(1), "use/U-1", "F.1.c", after(9))],
        "use/U-1",
        "violation",
        after(2),
    ),
    Example(
        "waived by someone who is no supervisor",
        [
            *department(),
            use(purpose="personal"),
            waiver(after(-1), "use/U-1", "F.1.c", after(1), approver_id="E-2"),
        ],
        "use/U-1",
        "violation",
        after(2),
    ),
    Example(
        "shared with an active colleague",
        [*department(), shared(after(0), ("employee", "E-2"))],
        "share/SH-1",
        "compliant",
        after(1),
    ),
    Example(
        "shared with a former colleague",
        [*department(), shared(after(0), ("employee", "E-9"))],
        "share/SH-1",
        "violation",
        after(1),
        "separated",
    ),
    Example(
        "shared with a colleague who left at that instant",
        [
            *department(),
            employee("E-2", after(1), status="separated"),
            shared(after(1), ("employee", "E-2")),
        ],
        "share/SH-1",
        "violation",
        after(2),
    ),
    Example(
        "shared with a colleague just before they left",
        [
            *department(),
            employee("E-2", after(1), status="separated"),
            shared(after(0.99), ("employee", "E-2")),
        ],
        "share/SH-1",
        "compliant",
        after(2),
    ),
    Example(
        "shared with someone unknown",
        [*department(), shared(after(0), ("employee", "E-404"))],
        "share/SH-1",
        "undetermined",
        after(1),
    ),
    Example(
        "shared outside",
        [*department(), shared(after(0), ("agency", "Yolo County"))],
        "share/SH-1",
        "not_applicable",
        after(1),
        "judged apart",
    ),
    Example(
        "complaint about the use sustained",
        [*department(), use(), complaint(after(1), use_id="U-1", allegation="personal_use")],
        "use/U-1",
        "violation",
        after(2),
    ),
    Example(
        "complaint not sustained",
        [
            *department(),
            use(),
            complaint(after(1), use_id="U-1", allegation="personal_use", finding="not_sustained"),
        ],
        "use/U-1",
        "compliant",
        after(2),
    ),
    Example(
        "complaint that names no use",
        [*department(), complaint(after(1), allegation="unauthorized_sharing")],
        "employee/E-1",
        "violation",
        after(2),
    ),
    Example(
        "complaint about a use that nobody recorded",
        [*department(), complaint(after(1), use_id="U-1", allegation="personal_use")],
        "use/U-1",
        "violation",
        after(2),
    ),
    Example(
        "an old complaint does not hide a new one",
        [
            *department(),
            complaint(after(-9000), allegation="personal_use", complaint_id="C-0"),
            complaint(after(1), allegation="personal_use"),
        ],
        "employee/E-1",
        "violation",
        after(2),
    ),
    Example(
        "waived after the use, before the complaint",
        [
            *department(),
            use(),
            waiver(after(1), "use/U-1", "F.1.c", after(9)),
            complaint(after(2), use_id="U-1", allegation="personal_use"),
        ],
        "use/U-1",
        "violation",
        after(3),
    ),
    Example(
        "waived at the use, complaint decided later",
        [
            *department(),
            use(),
            waiver(after(-1), "use/U-1", "F.1.c", after(1)),
            complaint(after(2), use_id="U-1", allegation="personal_use"),
        ],
        "use/U-1",
        "waived",
        after(3),
    ),
    Example(
        "waiver reported late by a source that is no system of record",
        [
            *department(),
            source("/records/rms"),
            use(purpose="personal"),
            waiver(after(-1), "use/U-1", "F.1.c", after(1), received=after(100)),
        ],
        "use/U-1",
        "undetermined",
        after(101),
        "reported late",
    ),
    Example(
        "complaint about something else",
        [*department(), complaint(after(1), allegation="harassment")],
        "employee/E-1",
        "not_applicable",
        after(2),
    ),
]
