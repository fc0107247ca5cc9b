"""F.2.a-d: no protected data on a platform that the public uses too, unless it is safeguarded."""

from collections.abc import Callable
from typing import Any

from schemas.ai import DataClass
from schemas.events import Event

from ..case import Case
from ..outcome import Outcome
from ..rule import Example, Rule, system_group
from ..scenario import after, department, retracted, system, use, waiver
from ..sentences import plain
from ..shape import Settled, idle


def _judge(case: Case, data_class: DataClass) -> Outcome:
    """Data of a class, declared or detected, and where it went."""
    use = case.use
    given = _given(case, data_class)
    name = _NAMES[data_class]
    system_id = use.data.system_id
    entered = f"{use.data.employee_id} used {name} ({given}) on {system_id}"
    registered = case.registry.system(system_id, use.time)
    if registered is None:
        reason = f"{entered}; the system is not registered, so whether the public uses it too, and "
        reason += "whether data on it is safeguarded, is not known"
        return Outcome("undetermined", reason, (use,), use.time)
    evidence = (use, registered)
    if not registered.data.publicly_accessible:
        reason = f"{system_id} is no platform that the public uses"
        return Outcome("not_applicable", reason, evidence, use.time)
    if case.holds(registered.data.safeguards, use.time):
        reason = f"{entered}; safeguards were in force"
        return Outcome("compliant", reason, evidence, use.time)
    reason = f"{entered}, a platform that the public uses too, and no safeguards were in force"
    return Outcome("violation", reason, evidence, use.time)


def _given(case: Case, data_class: DataClass) -> str:
    """How data of a class came to notice."""
    use = case.use.data
    declared = data_class in (use.data_classes or [])
    kinds = [found.kind for found in use.detected or [] if found.data_class == data_class]
    told = [*(["declared"] if declared else []), *(f"detected: {plain(kind)}" for kind in kinds)]
    return ", ".join(dict.fromkeys(told))


_NAMES: dict[DataClass, str] = {
    "pii": "personally identifiable information",
    "cori": "criminal offender records",
    "cji": "criminal justice information",
    "phi": "health information",
}


def _settled(data_class: DataClass) -> Settled:
    nothing = idle(f"{_NAMES[data_class]}: none declared, and none detected")
    return lambda shape: None if data_class in shape.classes else nothing


def _check(data_class: DataClass) -> Callable[[Case], Outcome]:
    return lambda case: _judge(case, data_class)


def _rule(clause: str, data_class: DataClass) -> Rule:
    return Rule(
        clause=clause,
        id=f"public_platform_{data_class}",
        title=f"No {_NAMES[data_class]} on a public platform without safeguards",
        remedy="a platform that only the department uses, or safeguards in force on the public one",
        severity="high",
        kinds=("use",),
        check=_check(data_class),
        settled=_settled(data_class),
        unregistered=True,
        group=system_group,
    )


RULES = (
    _rule("F.2.a", "pii"),
    _rule("F.2.b", "cori"),
    _rule("F.2.c", "cji"),
    _rule("F.2.d", "phi"),
)

_late = after(9)


def _open(**data: Any) -> list[Event]:
    """`writer` is a platform that the public uses too, by default without safeguards."""
    changed = {"publicly_accessible": True, "safeguards": None} | data
    return [*department(), system("writer", after(-1), **changed)]


def _detected(data_class: str, kind: str) -> dict[str, Any]:
    return {"detected": [{"class": data_class, "kind": kind, "digest": "d-1"}], "scanner": "1"}


_declared = use(data_classes=["pii"])
_until_nine = {"safeguards": {"from": after(-9), "to": after(0)}}

EXAMPLES = [
    Example(
        "declared",
        [*_open(), _declared],
        "use/U-1",
        "violation",
        _late,
        "E-1 used personally identifiable information (declared) on writer, a platform",
    ),
    Example(
        "detected",
        [*_open(), use(**_detected("pii", "ssn"))],
        "use/U-1",
        "violation",
        _late,
        "detected: ssn",
    ),
    Example(
        "declared, and safeguarded",
        [*_open(safeguards={"from": after(-9)}), _declared],
        "use/U-1",
        "compliant",
        _late,
    ),
    Example(
        "safeguarded from that instant on",
        [*_open(safeguards={"from": after(0)}), _declared],
        "use/U-1",
        "compliant",
        _late,
    ),
    Example(
        "safeguarded only just afterwards",
        [*_open(safeguards={"from": after(0, seconds=0.01)}), _declared],
        "use/U-1",
        "violation",
        _late,
    ),
    Example(
        "safeguards that ended at that instant",
        [*_open(**_until_nine), _declared],
        "use/U-1",
        "violation",
        _late,
    ),
    Example(
        "just before safeguards ended",
        [*_open(**_until_nine), use(after(0, seconds=-0.01), data_classes=["pii"])],
        "use/U-1",
        "compliant",
        _late,
    ),
    Example(
        "not open to the public",
        [*_open(publicly_accessible=False), _declared],
        "use/U-1",
        "not_applicable",
        _late,
        "no platform that the public uses",
    ),
    Example(
        "opened to the public only afterwards",
        [
            *department(),
            _declared,
            system("writer", after(0, seconds=0.01), publicly_accessible=True, safeguards=None),
        ],
        "use/U-1",
        "not_applicable",
        _late,
    ),
    Example(
        "none declared and none found",
        [*_open(), use(data_classes=[])],
        "use/U-1",
        "not_applicable",
        _late,
        "none detected",
    ),
    Example(
        "of another class",
        [*_open(), use(data_classes=["cji"])],
        "use/U-1",
        "not_applicable",
        _late,
    ),
    Example(
        "system not registered",
        [_declared],
        "use/U-1",
        "undetermined",
        _late,
        "is not registered",
    ),
    Example(
        "system not registered, and no such data",
        [use()],
        "use/U-1",
        "not_applicable",
        _late,
    ),
    Example(
        "corrected",
        [*_open(), _declared, retracted(after(1), _declared), use(data_classes=[])],
        "use/U-1",
        "not_applicable",
        _late,
    ),
    Example(
        "waived for the officer's uses",
        [*_open(), _declared, waiver(after(-1), "employee/E-1", "F.2", after(1))],
        "use/U-1",
        "waived",
        _late,
    ),
    *(
        example
        for data_class, kind in (("cori", "cii_number"), ("cji", "ncic_number"), ("phi", "mrn"))
        for example in (
            Example(
                f"{data_class} declared",
                [*_open(), use(data_classes=[data_class])],
                "use/U-1",
                "violation",
                _late,
                rule=f"public_platform_{data_class}",
            ),
            Example(
                f"{data_class} detected",
                [*_open(), use(**_detected(data_class, kind))],
                "use/U-1",
                "violation",
                _late,
                kind.replace("_", " "),
                rule=f"public_platform_{data_class}",
            ),
            Example(
                f"{data_class} safeguarded",
                [*_open(safeguards={"from": after(-9)}), use(data_classes=[data_class])],
                "use/U-1",
                "compliant",
                _late,
                rule=f"public_platform_{data_class}",
            ),
            Example(
                f"{data_class} absent",
                [*_open(), _declared],
                "use/U-1",
                "not_applicable",
                _late,
                rule=f"public_platform_{data_class}",
            ),
        )
    ),
]
