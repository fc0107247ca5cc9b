"""B.4.a: protected data that the scanner finds was declared."""

from ..case import Case
from ..outcome import Outcome
from ..protected_data import classes_in_words, declared, detected, found_in_words
from ..rule import Example, Rule, system_group
from ..scenario import after, department, retracted, system, use, waiver
from ..shape import Shape, idle


def check(case: Case) -> Outcome:
    """Every class that the scanner found was declared; else a person looks, safeguards or not."""
    used, data = case.use, case.use.data
    found = detected(data)
    undeclared = {name: kinds for name, kinds in found.items() if name not in declared(data)}
    if not undeclared:
        reason = f"what was detected was declared: {classes_in_words(found)}"
        return Outcome("compliant", reason, (used,), used.time)
    reason = (
        f"the scanner found {found_in_words(undeclared)} in what {data.employee_id} gave to "
        f"{data.system_id}, and nobody had declared it"
    )
    return Outcome("undetermined", reason, (used,), used.time)


def _settled(shape: Shape) -> Outcome | None:
    if shape.is_detected:
        return None
    scanned = shape.is_scanned
    return idle("no protected data was detected" if scanned else "nothing of it was scanned")


RULE = Rule(
    clause="B.4.a",
    id="undeclared_data",
    title="Protected data that is found was declared",
    remedy="every class of protected data declared with the use, or none given to the system",
    severity="medium",
    kinds=("use",),
    check=check,
    settled=_settled,
    group=system_group,
)

_now = after(1)
_SSN = {"class": "pii", "kind": "ssn", "digest": "d-1"}
_BIRTH = {"class": "pii", "kind": "date_of_birth", "digest": "d-2"}
_RAP = {"class": "cori", "kind": "rap_sheet", "digest": "d-3"}
_found = use(detected=[_SSN])

EXAMPLES = [
    Example(
        "detected and declared",
        [*department(), use(data_classes=["pii"], detected=[_SSN, _BIRTH])],
        "use/U-1",
        "compliant",
        _now,
        "personally identifiable",
    ),
    Example(
        "detected and not declared, though under safeguards",
        [*department(), _found],
        "use/U-1",
        "undetermined",
        _now,
        "found personally identifiable information (ssn) in what E-1 gave to writer",
    ),
    Example(
        "detected and not declared, without safeguards",
        [*department(), system("writer", after(-1), safeguards=None), _found],
        "use/U-1",
        "undetermined",
        _now,
    ),
    Example(
        "each kind is named once",
        [*department(), use(data_classes=[], detected=[_SSN, _BIRTH, _SSN])],
        "use/U-1",
        "undetermined",
        _now,
        "(date of birth, ssn)",
    ),
    Example(
        "one class declared, another found too",
        [*department(), use(data_classes=["pii"], detected=[_SSN, _RAP])],
        "use/U-1",
        "undetermined",
        _now,
        "found criminal offender records (rap sheet)",
    ),
    Example(
        "declared, nothing detected",
        [*department(), use(data_classes=["pii"], detected=[], scanner="1")],
        "use/U-1",
        "not_applicable",
        _now,
        "no protected data was detected",
    ),
    Example(
        "not scanned",
        [*department(), use(data_classes=["pii"])],
        "use/U-1",
        "not_applicable",
        _now,
        "nothing of it was scanned",
    ),
    Example("nothing", [*department(), use()], "use/U-1", "not_applicable", _now),
    Example(
        "corrected: declared",
        [
            *department(),
            _found,
            retracted(after(0.5), _found),
            use(data_classes=["pii"], detected=[_SSN], known_as="again"),
        ],
        "use/U-1",
        "compliant",
        _now,
    ),
    Example(
        "waived",
        [*department(), _found, waiver(after(-1), "use/U-1", "B.4.a", after(1))],
        "use/U-1",
        "waived",
        _now,
    ),
    Example(
        "system not registered",
        [*department(), use(system_id="shadow", detected=[_SSN])],
        "use/U-1",
        "not_applicable",
        _now,
        "not registered",
    ),
]
