"""D.3: a search by face states its case and its authorization (GO 375.01)."""

from ..case import Case
from ..outcome import Outcome
from ..required_fields import judge_fields
from ..rule import Example, Rule
from ..scenario import (
    after,
    department,
    face_search,
    plate_search,
    policy_change,
    retracted,
    waiver,
)
from ..shape import Shape, idle


def check(case: Case) -> Outcome:
    """Every field that the policy requires is there and not blank."""
    return judge_fields(case, "for a face", case.policy.face_recognition.required_fields)


def _settled(shape: Shape) -> Outcome | None:
    return None if shape.capability == "face_recognition" else idle("no search by face")


RULE = Rule(
    clause="D.3",
    id="face_recognition_search",
    title="A search by face states its case and its authorization",
    remedy="the number of the case, and the authorization of the search, stated with it",
    settings=("face_recognition.required_fields",),
    severity="high",
    kinds=("use",),
    check=check,
    settled=_settled,
)

_either = policy_change(face_recognition={"required_fields": ["case_number|incident_number"]})
_unauthorized = face_search(case_number="26-1")

EXAMPLES = [
    Example(
        "with case and authorization",
        [*department(), face_search(case_number="26-1", authorization_ref="FR-9")],
        "use/U-1",
        "compliant",
        after(1),
    ),
    Example(
        "no authorization",
        [*department(), _unauthorized],
        "use/U-1",
        "violation",
        after(1),
        "E-1 searched for a face without an authorization",
    ),
    Example(
        "no case",
        [*department(), face_search(authorization_ref="FR-9", incident_number="P-7")],
        "use/U-1",
        "violation",
        after(1),
        "a case number",
    ),
    Example(
        "blank case",
        [*department(), face_search(case_number=" \u200b", authorization_ref="FR-9")],
        "use/U-1",
        "violation",
        after(1),
        "a case number",
    ),
    Example(
        "nothing stated",
        [*department(), face_search()],
        "use/U-1",
        "violation",
        after(1),
        "and without",
    ),
    Example(
        "an incident, where the policy takes either",
        [*department(), face_search(incident_number="P-7"), _either],
        "use/U-1",
        "compliant",
        after(1),
    ),
    Example(
        "neither, where the policy takes either",
        [*department(), face_search(), _either],
        "use/U-1",
        "violation",
        after(1),
        "a case number or an incident number",
    ),
    Example(
        "corrected",
        [
            *department(),
            _unauthorized,
            retracted(after(1), _unauthorized),
            face_search(case_number="26-1", authorization_ref="FR-9"),
        ],
        "use/U-1",
        "compliant",
        after(2),
    ),
    Example(
        "waived for the officer's uses",
        [*department(), face_search(), waiver(after(-1), "employee/E-1", "D.3", after(1))],
        "use/U-1",
        "waived",
        after(1),
    ),
    Example(
        "another search", [*department(), plate_search()], "use/U-1", "not_applicable", after(1)
    ),
    Example(
        "system not registered",
        [face_search()],
        "use/U-1",
        "not_applicable",
        after(1),
        "not registered",
    ),
]
