"""F.1.b: an employee's likeness, voice or attributes are altered only with their consent."""

from schemas.registry import ConsentChanged

from ..case import Case
from ..outcome import Outcome, worst
from ..rule import Example, Rule
from ..scenario import (
    after,
    consent,
    department,
    face_search,
    retracted,
    source,
    use,
    waiver,
)
from ..sentences import listed
from ..shape import Shape, idle


def check(case: Case) -> Outcome:
    """The gravest outcome over all employees depicted, but for the person who altered them."""
    use = case.use
    if not use.data.depicted_employees:
        reason = f"{use.data.employee_id} altered a likeness or voice, and whose is not stated"
        return Outcome("undetermined", reason, (use,), use.time)
    others = dict.fromkeys(e for e in use.data.depicted_employees if e != use.data.employee_id)
    if not others:
        reason = f"{use.data.employee_id} altered nobody's likeness but their own"
        return Outcome("compliant", reason, (use,), use.time)
    return _all_named({who: _consented(case, who) for who in others})


def _settled(shape: Shape) -> Outcome | None:
    if shape.alters_likeness:
        return None
    if shape.alters_likeness is None:
        return idle("that anybody's likeness or voice was altered is not stated")
    return idle("nobody's likeness or voice was altered")


def _all_named(outcomes: dict[str, Outcome]) -> Outcome:
    """The gravest; whoever reads of one missing consent must not have to find the others."""
    gravest = worst(outcomes.values())
    lacking = {who: o for who, o in outcomes.items() if o.verdict == "violation"}
    if len(lacking) < 2:
        return gravest
    reason = f"{gravest.reason}; nor was one of {listed([*lacking][1:])} in force"
    named = [event for outcome in lacking.values() for event in outcome.evidence[1:]]
    return gravest._replace(reason=reason, evidence=(gravest.evidence[0], *named))


def _consented(case: Case, depicted: str) -> Outcome:
    """Whether a consent of one employee was in force when they were depicted."""
    use = case.use
    decisive = _decisive(case, depicted)
    evidence = (use,) if decisive is None else (use, decisive)
    if decisive is not None and decisive.data.granted:
        reason = f"{depicted} consented on {case.when(decisive.time)}"
        return Outcome("compliant", reason, evidence, use.time)
    duty = f"{depicted} is depicted, altered; a consent in force then is not on record"
    waiting = case.awaits(None, deadline=use.time, since=use, duty=duty)
    if waiting is not None:
        return waiting
    reason = f"{use.data.employee_id} altered the likeness or voice of {depicted} without a "
    reason += "consent in force"
    if decisive is not None:
        reason += f": {depicted} withdrew or refused it on {case.when(decisive.time)}"
    return Outcome("violation", reason, evidence, use.time)


def _decisive(case: Case, depicted: str) -> ConsentChanged | None:
    """Of what was in force, the narrowest; of equally narrow ones, the latest."""
    use = case.use
    in_force = [
        (scope, given)
        for given in case.registry.consents(depicted, use.time)
        if (scope := _scope(case, given)) is not None
        and (given.data.until is None or use.time < case.instant(given.data.until))
    ]
    if not in_force:
        return None
    # Of a consent and a refusal at the same instant, the refusal counts.
    return max(in_force, key=lambda f: (f[0], f[1].time, not f[1].data.granted))[1]


def _scope(case: Case, given: ConsentChanged) -> int | None:
    """How narrow a consent is: 2 for this use, 1 for its system, 0 for any; None for others."""
    use, data = case.use.data, given.data
    if data.use_id not in (None, use.use_id) or data.system_id not in (None, use.system_id):
        return None
    return 2 if data.use_id is not None else 1 if data.system_id is not None else 0


RULE = Rule(
    clause="F.1.b",
    id="likeness_consent",
    title="An employee's likeness, voice or attributes are altered only with their consent",
    remedy="the consent of each employee depicted, in force when their likeness was altered",
    severity="high",
    kinds=("use",),
    check=check,
    settled=_settled,
    unregistered=True,
)

_altered = use(capability="image", alters_likeness=True, depicted_employees=["E-2"])
_of_two = use(capability="image", alters_likeness=True, depicted_employees=["E-2", "S-1"])
_done = [*department(), _altered]
_late = after(9)
_given = consent("E-2", after(-5))

EXAMPLES = [
    Example("consented", [*_done, _given], "use/U-1", "compliant", after(0), "E-2 consented"),
    Example(
        "consented at that instant",
        [*_done, consent("E-2", after(0))],
        "use/U-1",
        "compliant",
        _late,
    ),
    Example(
        "consented just after",
        [*_done, consent("E-2", after(0, seconds=0.01))],
        "use/U-1",
        "violation",
        _late,
    ),
    Example("no consent", _done, "use/U-1", "violation", _late, "voice of E-2 without"),
    Example("settling", _done, "use/U-1", "pending", after(0, minutes=5)),
    Example("just settled", _done, "use/U-1", "violation", after(0, minutes=5, seconds=0.01)),
    Example(
        "one of two",
        [*department(), _of_two, _given],
        "use/U-1",
        "violation",
        _late,
        "voice of S-1",
    ),
    Example(
        "neither consented: both are named",
        [*department(), _of_two],
        "use/U-1",
        "violation",
        _late,
        "voice of E-2 without a consent in force; nor was one of S-1 in force",
    ),
    Example(
        "both",
        [*department(), _of_two, _given, consent("S-1", after(-5))],
        "use/U-1",
        "compliant",
        _late,
    ),
    Example(
        "withdrawn",
        [*_done, _given, consent("E-2", after(-1), granted=False)],
        "use/U-1",
        "violation",
        _late,
        "withdrew or refused",
    ),
    Example(
        "withdrawn at that instant",
        [*_done, _given, consent("E-2", after(0), granted=False)],
        "use/U-1",
        "violation",
        _late,
    ),
    Example(
        "withdrawn afterwards",
        [*_done, _given, consent("E-2", after(0, seconds=0.01), granted=False)],
        "use/U-1",
        "compliant",
        _late,
    ),
    Example(
        "withdrawn, then given again",
        [*_done, consent("E-2", after(-5), granted=False), consent("E-2", after(-1))],
        "use/U-1",
        "compliant",
        _late,
    ),
    Example(
        "ended at that instant",
        [*_done, consent("E-2", after(-5), until=after(0))],
        "use/U-1",
        "violation",
        _late,
    ),
    Example(
        "ended just after",
        [*_done, consent("E-2", after(-5), until=after(0, seconds=0.01))],
        "use/U-1",
        "compliant",
        _late,
    ),
    Example(
        "a refusal that has ended",
        [*_done, _given, consent("E-2", after(-1), granted=False, until=after(0))],
        "use/U-1",
        "compliant",
        _late,
    ),
    Example(
        "for this system",
        [*_done, consent("E-2", after(-5), system_id="writer")],
        "use/U-1",
        "compliant",
        _late,
    ),
    Example(
        "for another system",
        [*_done, consent("E-2", after(-5), system_id="faces")],
        "use/U-1",
        "violation",
        _late,
    ),
    Example(
        "for another use",
        [*_done, consent("E-2", after(-5), use_id="U-2")],
        "use/U-1",
        "violation",
        _late,
    ),
    Example(
        "for any, but not for this system",
        [
            *_done,
            consent("E-2", after(-5), system_id="writer", granted=False),
            consent("E-2", after(-1)),
        ],
        "use/U-1",
        "violation",
        _late,
    ),
    Example(
        "for this use, but not for its system",
        [
            *_done,
            consent("E-2", after(-5), use_id="U-1"),
            consent("E-2", after(-1), system_id="writer", granted=False),
        ],
        "use/U-1",
        "compliant",
        _late,
    ),
    Example(
        "one's own",
        [*department(), use(alters_likeness=True, depicted_employees=["E-1"])],
        "use/U-1",
        "compliant",
        _late,
        "their own",
    ),
    Example(
        "a former employee",
        [*department(), use(alters_likeness=True, depicted_employees=["E-9"])],
        "use/U-1",
        "violation",
        _late,
        "E-9",
    ),
    Example(
        "nobody named",
        [*department(), use(alters_likeness=True)],
        "use/U-1",
        "undetermined",
        _late,
        "whose is not stated",
    ),
    Example(
        "an empty list of names",
        [*department(), use(alters_likeness=True, depicted_employees=[])],
        "use/U-1",
        "undetermined",
        _late,
    ),
    Example(
        "shown as they are",
        [*department(), use(alters_likeness=False, depicted_employees=["E-2"])],
        "use/U-1",
        "not_applicable",
        _late,
    ),
    Example(
        "not stated whether altered",
        [*department(), use(depicted_employees=["E-2"])],
        "use/U-1",
        "not_applicable",
        _late,
    ),
    Example("another family", [*department(), face_search()], "use/U-1", "not_applicable", _late),
    Example(
        "system not registered",
        [use(alters_likeness=True, depicted_employees=["E-2"], system_id="shadow")],
        "use/U-1",
        "violation",
        _late,
    ),
    Example(
        "consent retracted",
        [*_done, _given, retracted(after(1), _given)],
        "use/U-1",
        "violation",
        _late,
    ),
    Example(
        "consent reported late by a source that is no system of record",
        [*_done, source("/records/rms"), consent("E-2", after(-5), received=after(40))],
        "use/U-1",
        "undetermined",
        after(50),
        "reported late",
    ),
    Example(
        "consent reported late by a system of record",
        [
            *_done,
            source("/records/rms", system_of_record=True),
            consent("E-2", after(-5), received=after(40)),
        ],
        "use/U-1",
        "compliant",
        after(50),
    ),
    Example(
        "consent reported late by a source that nobody registered",
        [*_done, consent("E-2", after(-5), received=after(40))],
        "use/U-1",
        "compliant",
        after(50),
    ),
    Example(
        "waived",
        [*_done, waiver(after(-1), "use/U-1", "F.1.b", after(1))],
        "use/U-1",
        "waived",
        _late,
    ),
]
