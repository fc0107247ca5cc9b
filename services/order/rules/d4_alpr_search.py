"""D.4: a search of licence plates states its purpose and the case or incident (GO 525.08)."""

from unicodedata import category

from ..case import Case
from ..outcome import Outcome
from ..rule import Example, Rule
from ..scenario import after, department, face_search, plate_search, retracted

_NAMES = {
    "purpose_text": "a stated purpose",
    "case_number": "a case number",
    "incident_number": "an incident number",
    "authorization_ref": "an authorization",
}


def check(case: Case) -> Outcome:
    """Every field that the policy requires is there and not blank."""
    use = case.use
    if use.data.capability != "alpr":
        return Outcome("not_applicable", "no search of licence plates", (use,))
    missing = [f for f in case.policy.alpr.required_fields if not _given(case, f)]
    if not missing:
        return Outcome("compliant", "the search states all that the policy asks", (use,), use.time)
    reason = f"{use.data.employee_id} searched licence plates without {_in_words(missing)}"
    return Outcome("violation", reason, (use,), use.time)


def _given(case: Case, alternatives: str) -> bool:
    """Whether one of the fields `a|b` has a value; white space and what nobody sees is none."""
    values = (getattr(case.use.data, name) for name in alternatives.split("|"))
    return any(_is_visible(value) if isinstance(value, str) else value for value in values)


def _is_visible(text: str) -> bool:
    return any(not c.isspace() and category(c) not in ("Cc", "Cf") for c in text)


def _in_words(missing: list[str]) -> str:
    either = (" or ".join(_NAMES.get(n, n) for n in item.split("|")) for item in missing)
    return ", and without ".join(either)


RULE = Rule(
    clause="D.4",
    id="alpr_search",
    title="A search of licence plates states its purpose and its case or incident",
    remedy="a purpose in words, and the number of the case or incident, stated with the search",
    settings=("alpr.required_fields",),
    severity="medium",
    kinds=("use",),
    check=check,
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
