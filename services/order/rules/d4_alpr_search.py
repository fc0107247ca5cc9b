"""D.4: a search of licence plates states its purpose and the case or incident (GO 525.08)."""

from ..case import Case
from ..outcome import Outcome
from ..required_fields import judge_fields
from ..rule import Example, Rule
from ..scenario import after, department, face_search, plate_search, retracted
from ..shape import Shape, idle


def check(case: Case) -> Outcome:
    """Every field that the policy requires is there and not blank."""
    return judge_fields(case, "licence plates", case.policy.alpr.required_fields)


def _settled(shape: Shape) -> Outcome | None:
    return None if shape.capability == "alpr" else idle("no search of licence plates")


RULE = Rule(
    clause="D.4",
    id="alpr_search",
    title="A search of licence plates states its purpose and its case or incident",
    remedy="a purpose in words, and the number of the case or incident, stated with the search",
    settings=("alpr.required_fields",),
    severity="medium",
    kinds=("use",),
    check=check,
    settled=_settled,
)

_blank = plate_search(purpose_text="  ", case_number="26-1")

EXAMPLES = [
    Example(
        "with a case number",
        [*department(), plate_search(purpose_text="stolen vehicle", case_number="26-1")],
        "use/U-1",
        "compliant",
        after(1),
    ),
    Example(
        "with an incident number",
        [*department(), plate_search(purpose_text="stolen vehicle", incident_number="P-7")],
        "use/U-1",
        "compliant",
        after(1),
    ),
    Example(
        "no case and no incident",
        [*department(), plate_search(purpose_text="investigation")],
        "use/U-1",
        "violation",
        after(1),
        "case number or an incident number",
    ),
    Example(
        "blank purpose", [*department(), _blank], "use/U-1", "violation", after(1), "stated purpose"
    ),
    Example(
        "nothing stated",
        [*department(), plate_search()],
        "use/U-1",
        "violation",
        after(1),
        "and without",
    ),
    Example(
        "corrected",
        [
            *department(),
            _blank,
            retracted(after(1), _blank),
            plate_search(purpose_text="stolen vehicle", case_number="26-1"),
        ],
        "use/U-1",
        "compliant",
        after(2),
    ),
    Example(
        "another search", [*department(), face_search()], "use/U-1", "not_applicable", after(1)
    ),
    Example(
        "system not registered",
        [plate_search()],
        "use/U-1",
        "not_applicable",
        after(1),
        "not registered",
    ),
]
