"""F.1.d: no use by people or for purposes that are not authorized, and no other unlawful use."""

from schemas import oversight

from ..case import Case
from ..complaints import judge_complaints
from ..outcome import Outcome, worst
from ..rule import Example, Rule, employee_group
from ..scenario import (
    after,
    complaint,
    department,
    employee,
    policy_change,
    retracted,
    source,
    use,
    waiver,
)
from ..sentences import listed, plain
from ..shape import Shape, idle, type_of
from ..spans import ALWAYS, Span

_NOTHING = "no complaint of unlawful use is on record"
_ALLEGATIONS = {"unlawful_access": "unlawful access", "other": "another unlawful use"}
_WITHOUT_ACCESS = {
    "suspended": "were suspended",
    "separated": "had left the department",
    "leave": "were on leave",
}


def check(case: Case) -> Outcome:
    """Who used the system and what for, and sustained complaints."""
    outcomes = [_user(case)] if case.recorded is not None else []
    outcomes += judge_complaints(case, _ALLEGATIONS)
    return worst(outcomes or [idle(_NOTHING)])


def _lasting(case: Case) -> Span | None:
    """A complaint is looked at in each case."""
    return None if case.of(oversight.ComplaintDecided) else ALWAYS


def _settled(shape: Shape) -> Outcome | None:
    """Of an employee only complaints are judged."""
    has_complaint = type_of(oversight.ComplaintDecided) in shape.types
    return idle(_NOTHING) if shape.kind == "employee" and not has_complaint else None


def _user(case: Case) -> Outcome:
    """Whether the person was on duty, and authorized for an official purpose."""
    use = case.use
    who = use.data.employee_id
    entry = case.employee(who, use.time)
    if entry is None:
        reason = f"{who} used {use.data.system_id}, and the roster does not know them"
        return Outcome("undetermined", reason, (use,), use.time)
    evidence = (use, entry)
    if (status := _WITHOUT_ACCESS.get(entry.data.status)) is not None:
        reason = f"{who} used {use.data.system_id} on {case.when(use.time)}, when they {status}"
        return Outcome("violation", reason, evidence, use.time)
    authorized = entry.data.authorized_purposes
    purposes = case.policy.purpose
    official = use.data.purpose not in (*purposes.unofficial, *purposes.unclear)
    if official and authorized is not None and use.data.purpose not in authorized:
        reason = f"{who} used {use.data.system_id} for another purpose "
        reason += f"({plain(use.data.purpose)}) than those they are authorized for "
        reason += f"({listed(map(plain, authorized)) or 'none'})"
        return Outcome("violation", reason, evidence, use.time)
    reason = f"{who} was active, and authorized for what the use says it was for"
    if not official:
        reason = f"{who} was active; a purpose like {plain(use.data.purpose)} is judged apart"
    return Outcome("compliant", reason, evidence, use.time)


RULE = Rule(
    clause="F.1.d",
    id="unlawful_use",
    title="No unauthorized access, and no other unlawful use",
    remedy="use by an active employee, for a purpose that they are authorized for",
    settings=("purpose.unofficial", "purpose.unclear"),
    severity="high",
    kinds=("use", "employee"),
    check=check,
    settled=_settled,
    lasting=_lasting,
    ground="employee",
    unregistered=True,
    unrecorded=True,
    group=employee_group,
)

_late = after(9)
_suspended = employee("E-1", after(0), status="suspended")
_analyst = employee("E-1", after(-1), authorized_purposes=["data_analysis", "investigation"])
_of_use = complaint(after(1), use_id="U-1", allegation="unlawful_access")

EXAMPLES = [
    Example("active", [*department(), use()], "use/U-1", "compliant", _late),
    Example(
        "suspended at that instant",
        [*department(), _suspended, use()],
        "use/U-1",
        "violation",
        _late,
        "were suspended",
    ),
    Example(
        "just before they were suspended",
        [*department(), _suspended, use(after(0, seconds=-0.01))],
        "use/U-1",
        "compliant",
        _late,
    ),
    Example(
        "separated",
        [*department(), use(employee_id="E-9")],
        "use/U-1",
        "violation",
        _late,
        "E-9 used writer",
    ),
    Example(
        "on leave",
        [*department(), employee("E-1", after(-1), status="leave"), use()],
        "use/U-1",
        "violation",
        _late,
        "on leave",
    ),
    Example(
        "back from leave",
        [
            *department(),
            employee("E-1", after(-2), status="leave"),
            employee("E-1", after(-1)),
            use(),
        ],
        "use/U-1",
        "compliant",
        _late,
    ),
    Example(
        "the suspension was retracted",
        [*department(), _suspended, retracted(after(1), _suspended), use()],
        "use/U-1",
        "compliant",
        _late,
    ),
    Example(
        "not on the roster",
        [*department(), use(employee_id="E-404")],
        "use/U-1",
        "undetermined",
        _late,
        "E-404",
    ),
    Example(
        "on the roster only later",
        [*department(), employee("E-5", after(0, seconds=0.01)), use(employee_id="E-5")],
        "use/U-1",
        "undetermined",
        _late,
    ),
    Example(
        "an authorized purpose",
        [*department(), _analyst, use(purpose="data_analysis")],
        "use/U-1",
        "compliant",
        _late,
    ),
    Example(
        "another purpose",
        [*department(), _analyst, use()],
        "use/U-1",
        "violation",
        _late,
        "(report writing) than those they are authorized for (data analysis and investigation)",
    ),
    Example(
        "authorized for nothing",
        [*department(), employee("E-1", after(-1), authorized_purposes=[]), use()],
        "use/U-1",
        "violation",
        _late,
        "authorized for (none)",
    ),
    Example(
        "a purpose not stated is judged apart",
        [*department(), _analyst, use(purpose="not_stated")],
        "use/U-1",
        "compliant",
        _late,
        "judged apart",
    ),
    Example(
        "a personal purpose is judged apart",
        [*department(), _analyst, use(purpose="personal")],
        "use/U-1",
        "compliant",
        _late,
        "judged apart",
    ),
    Example(
        "other purposes, where the policy takes them for official",
        [
            *department(),
            _analyst,
            use(purpose="other"),
            policy_change(purpose={"unclear": ["not_stated"]}),
        ],
        "use/U-1",
        "violation",
        _late,
    ),
    Example(
        "system not registered",
        [employee("E-1", status="suspended"), use(system_id="shadow")],
        "use/U-1",
        "violation",
        _late,
    ),
    Example(
        "complaint about the use sustained",
        [*department(), use(), _of_use],
        "use/U-1",
        "violation",
        _late,
        "against E-1 about unlawful access",
    ),
    Example(
        "complaint about the use not sustained",
        [
            *department(),
            use(),
            complaint(after(1), use_id="U-1", allegation="other", finding="not_sustained"),
        ],
        "use/U-1",
        "compliant",
        _late,
    ),
    Example(
        "complaint retracted",
        [*department(), use(), _of_use, retracted(after(2), _of_use)],
        "use/U-1",
        "compliant",
        _late,
    ),
    Example(
        "complaint about a use that nobody recorded",
        [*department(), _of_use],
        "use/U-1",
        "violation",
        _late,
    ),
    Example(
        "complaint that names no use",
        [*department(), complaint(after(1), allegation="other")],
        "employee/E-1",
        "violation",
        _late,
        "another unlawful use",
    ),
    Example(
        "complaint about something else",
        [*department(), complaint(after(1), allegation="harassment")],
        "employee/E-1",
        "not_applicable",
        _late,
    ),
    Example(
        "complaint reported late by a source that is no system of record",
        [
            *department(),
            source("/records/rms"),
            use(),
            complaint(after(1), use_id="U-1", allegation="other", received=after(40)),
        ],
        "use/U-1",
        "undetermined",
        after(41),
        "reported late",
    ),
    Example(
        "waived",
        [*department(), _suspended, use(), waiver(after(-1), "use/U-1", "F.1.d", after(1))],
        "use/U-1",
        "waived",
        _late,
    ),
]
