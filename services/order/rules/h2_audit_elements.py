"""H.2.a-d: what a yearly audit looks at."""

from collections.abc import Callable

from schemas.events import Event
from schemas.policy import AuditElement
from schemas.registry import AuditCompleted
from schemas.verdicts import VerdictKind

from ..audits import judge_audits
from ..case import Case
from ..outcome import Outcome
from ..rule import Example, Rule
from ..scenario import after, audited, department, policy_change, retracted, source, system

_ELEMENTS: dict[AuditElement, tuple[str, str, str]] = {
    "effectiveness": ("H.2.a", "effectiveness", "how effective the system is"),
    "accuracy": ("H.2.b", "accuracy", "how accurate its results are"),
    "access_and_use": ("H.2.c", "access and use", "who has access, and for what it is used"),
    "no_transfer": ("H.2.d", "transfers", "whether its data was sold, shared or passed on"),
}


def _check(element: AuditElement) -> Callable[[Case], Outcome]:
    def check(case: Case) -> Outcome:
        """The latest audit looked at it, whatever it found."""
        if element not in case.policy.audit.elements:
            reason = f"the department's audits need not look at {_ELEMENTS[element][1]}"
            return Outcome("not_applicable", reason)
        return judge_audits(case, lambda _, __, audits: _judge(case, element, audits))

    return check


def _judge(case: Case, element: AuditElement, audits: list[AuditCompleted]) -> Outcome:
    if not audits:
        return Outcome("not_applicable", f"{case.name} was not audited yet, which is judged apart")
    audit = audits[-1]
    of = f"the audit of {case.name} of {case.when(audit.time)} by {audit.data.auditor_id}"
    what = _ELEMENTS[element][2]
    if getattr(audit.data.elements, element) is None:
        return Outcome("violation", f"{of} did not look at {what}", (audit,), audit.time)
    return Outcome("compliant", f"{of} looked at {what}", (audit,), audit.time)


RULES = tuple(
    Rule(
        clause=clause,
        id=f"audit_{element}",
        title=f"The yearly audit looks at {what}",
        remedy=f"an audit that looks at {what}, and says what it found",
        settings=("audit.elements",),
        severity="medium",
        kinds=("system",),
        check=_check(element),
    )
    for element, (clause, _, what) in _ELEMENTS.items()
)


def _audit_with(element: AuditElement, result: str | None, hours: float = 1) -> Event:
    results = dict.fromkeys(_ELEMENTS, "satisfied")
    return audited(after(hours), elements=results | {element: result})


def _examples(element: AuditElement) -> list[Example]:
    """The same for each element."""
    missing = _audit_with(element, None)
    told: list[tuple[str, list[Event], VerdictKind, str]] = [
        ("satisfied", [audited(after(1))], "compliant", _ELEMENTS[element][2]),
        ("findings", [_audit_with(element, "findings")], "compliant", ""),
        ("missing", [missing], "violation", "did not look at"),
        ("missing once", [missing, audited(after(2))], "compliant", ""),
        ("missing from the latest", [_audit_with(element, None, 3), audited(after(2))], *_FIRES),
        ("retracted", [missing, retracted(after(2), missing)], "not_applicable", "not audited"),
        ("not audited yet", [], "not_applicable", "not audited yet"),
        ("audited at that instant", [_audit_with(element, None, 9)], *_FIRES),
        (
            "approval ended",
            [missing, system("writer", after(2), approved_to=after(9))],
            "not_applicable",
            "not approved",
        ),
        (
            "approval ends just after",
            [missing, system("writer", after(2), approved_to=after(9, seconds=0.01))],
            *_FIRES,
        ),
        (
            "back-dated by a source that is no system of record",
            [source("/records/rms"), audited(after(-100), received=after(8)), _BEFORE[element]],
            "undetermined",
            "reported late",
        ),
        (
            "not asked for by the department",
            [missing, policy_change(audit={"elements": [e for e in _ELEMENTS if e != element]})],
            "not_applicable",
            "need not",
        ),
    ]
    return [
        Example(name, [*department(), *events], "system/writer", verdict, after(9), reason, rule_id)
        for name, events, verdict, reason in told
        for rule_id in [f"audit_{element}"]
    ]


_FIRES: tuple[VerdictKind, str] = ("violation", "did not look at")
_BEFORE = {element: _audit_with(element, None, -200) for element in _ELEMENTS}
EXAMPLES = [example for element in _ELEMENTS for example in _examples(element)]
