"""B.4.a: protected data goes only into systems with safeguards in force."""

from datetime import date
from typing import Any

from schemas.registry import SystemChanged
from schemas.verdicts import VerdictKind

from ..case import Case
from ..outcome import Outcome
from ..protected_data import classes_in_words, declared, detected
from ..rule import Example, Rule, system_group
from ..scenario import NINE, after, department, retracted, system, use, waiver
from ..shape import Shape, idle


def check(case: Case) -> Outcome:
    """Nothing protected was declared or detected, or safeguards were in force at the use."""
    used, data = case.use, case.use.data
    classes = declared(data) | set(detected(data))
    registered = case.registry.system(data.system_id, used.time)
    if registered is None:
        reason = f"system {data.system_id} was not registered at the time"
        return Outcome("not_applicable", reason, (used,), used.time)
    evidence, what = (used, registered), classes_in_words(classes)
    if case.holds(registered.data.safeguards, used.time):
        reason = f"{data.system_id} had safeguards in force for {what}"
        return Outcome("compliant", reason, evidence, used.time)
    reason = (
        f"{data.employee_id} gave {what} to {data.system_id} on {case.when(used.time)}, which had "
        f"no safeguards in force{_nearest(case, registered)}"
    )
    return Outcome("violation", reason, evidence, used.time)


def _settled(shape: Shape) -> Outcome | None:
    return None if shape.classes else idle("no protected data declared or detected")


def _nearest(case: Case, registered: SystemChanged) -> str:
    safeguards = registered.data.safeguards
    if safeguards is None:
        return ""
    begin = case.instant(safeguards.from_)
    if case.use.time < begin or safeguards.to is None:
        return f": they began only on {case.when(begin)}"
    return f": they had ended on {case.when(case.instant(safeguards.to))}"


RULE = Rule(
    clause="B.4.a",
    id="protected_data",
    title="Protected data goes only into systems with safeguards in force",
    remedy="contractual safeguards in force for the system, or no protected data given to it",
    severity="high",
    kinds=("use",),
    check=check,
    settled=_settled,
    group=system_group,
)

_now = after(1)
_SSN = {"class": "pii", "kind": "ssn", "digest": "d-1"}
_bare = system("writer", after(-1), safeguards=None)


def _judged(
    name: str, expect: VerdictKind, safeguards: dict[str, Any] | None, reason: str = ""
) -> Example:
    """A use with PII, of a system with these safeguards."""
    changed = system("writer", after(-1), safeguards=safeguards)
    events = [*department(), changed, use(data_classes=["pii"])]
    return Example(name, events, "use/U-1", expect, _now, reason)


EXAMPLES = [
    Example(
        "under safeguards",
        [*department(), use(data_classes=["cji"])],
        "use/U-1",
        "compliant",
        _now,
        "criminal justice information",
    ),
    _judged("declared, no safeguards", "violation", None, "E-1 gave personally identifiable"),
    Example(
        "detected, no safeguards",
        [*department(), _bare, use(detected=[_SSN])],
        "use/U-1",
        "violation",
        _now,
        "personally identifiable",
    ),
    Example(
        "declared one class, detected another",
        [*department(), _bare, use(data_classes=["phi"], detected=[_SSN])],
        "use/U-1",
        "violation",
        _now,
        "personally identifiable information and health information",
    ),
    Example(
        "detected, under safeguards",
        [*department(), use(detected=[_SSN])],
        "use/U-1",
        "compliant",
        _now,
    ),
    _judged("safeguards from that instant", "compliant", {"from": NINE}),
    _judged(
        "safeguards from just after",
        "violation",
        {"from": after(seconds=0.01)},
        "they began only on Mar 2, 2026, 09:00:00.01 PST",
    ),
    _judged(
        "safeguards until just after",
        "compliant",
        {"from": after(-9), "to": after(seconds=0.01)},
    ),
    _judged(
        "safeguards until that instant",
        "violation",
        {"from": after(-9), "to": NINE},
        "they had ended on",
    ),
    _judged(
        "safeguards until the day before", "violation", {"from": after(-9), "to": date(2026, 3, 2)}
    ),
    _judged(
        "safeguards until the next day", "compliant", {"from": after(-9), "to": date(2026, 3, 3)}
    ),
    Example(
        "safeguards dropped only later",
        [*department(), system("writer", after(0.5), safeguards=None), use(data_classes=["pii"])],
        "use/U-1",
        "compliant",
        _now,
    ),
    Example(
        "safeguards registered only later",
        [*department(), _bare, system("writer", after(0.5)), use(data_classes=["pii"])],
        "use/U-1",
        "violation",
        _now,
    ),
    Example(
        "the registration without safeguards was wrong",
        [*department(), _bare, retracted(after(0.5), _bare), use(data_classes=["pii"])],
        "use/U-1",
        "compliant",
        _now,
    ),
    Example(
        "nothing protected",
        [*department(), _bare, use(data_classes=[], detected=[], scanner="1")],
        "use/U-1",
        "not_applicable",
        _now,
        "no protected data",
    ),
    Example("nothing said", [*department(), _bare, use()], "use/U-1", "not_applicable", _now),
    Example(
        "waived for the system",
        [
            *department(),
            _bare,
            use(data_classes=["pii"]),
            waiver(after(-1), "system/writer", "B.4.a", after(1)),
        ],
        "use/U-1",
        "waived",
        _now,
    ),
    Example(
        "system not registered",
        [*department(), use(system_id="shadow", data_classes=["pii"])],
        "use/U-1",
        "not_applicable",
        _now,
        "not registered",
    ),
]
