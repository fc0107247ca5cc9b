"""Who did it, and what for."""

import re
from typing import List, Optional, Union

from ...contract import ai
from ..evidence import Evidence
from ..requirement import (
    MUST,
    SHOULD,
    Outcome,
    each,
    failed,
    not_applicable,
    not_shown,
    passed,
    requirement,
    words,
)

_NOBODY = words(
    "system service serviceaccount svc admin administrator root user username test tester testuser"
    " unknown anonymous anon none null nil undefined nobody bot robot api app default employee"
    " employeeid officer na guest shared demo dummy vendor client someone placeholder"
)
_INVESTIGATIONS = ("investigation", "missing_person")
_Act = Union[ai.UseRecorded, ai.OutputUsed]


@requirement(
    MUST,
    "B.2",
    "F.1.c",
    "F.1.d",
    why="The order binds people. Whether somebody was trained and allowed can be judged of a"
    " person on the roster only, never of a service account.",
    mend="Pass on the signed-in person's id as the department's roster has it. Work that a"
    " service does for somebody is reported in the name of that person.",
)
def person(evidence: Evidence) -> Outcome:
    """Every act is a person's"""
    acts: List[_Act] = [*evidence.of(ai.UseRecorded), *evidence.of(ai.OutputUsed)]
    names = {_bare(part) for part in evidence.source.split("/")} - {""}

    def fault(act: _Act) -> Optional[str]:
        name = act.data.employee_id
        if _bare(name) in _NOBODY | names or any(sign in name for sign in "{}<>$%"):
            return "employee_id names no person"
        kind = act.data.account_kind if isinstance(act, ai.UseRecorded) else "named"
        is_test = kind == "administrative" and getattr(act.data, "purpose", "") == "system_test"
        return None if kind == "named" or is_test else f"from a {kind} account"

    return each(acts, "uses and outputs", fault, "each by a person", not_shown("no use is shown"))


def _bare(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower()) or name.lower()


@requirement(
    MUST,
    "B.2.b",
    "G.1",
    why="A constant in the program looks like a person as well. Only two people show that the"
    " product tells who is signed in.",
    mend="Let two different people use the product in the demonstration.",
)
def several_people(evidence: Evidence) -> Outcome:
    """Different people are told apart"""
    people = {use.data.employee_id for use in evidence.of(ai.UseRecorded)}
    if len(people) > 1:
        return passed(f"{len(people)} people")
    return not_shown("all uses are by one person" if people else "no use is shown")


@requirement(
    MUST,
    "B.2.a",
    why="AI is for official purposes only. A product that never states one leaves the question to"
    " a person, for every single use.",
    mend="Ask for the purpose, or take it from where in the product the person is; tell"
    " not_stated only where the person gave none.",
)
def purpose_stated(evidence: Evidence) -> Outcome:
    """Uses state their purpose"""
    uses = evidence.of(ai.UseRecorded)
    silent = [use.id for use in uses if use.data.purpose == "not_stated"]
    if not uses:
        return not_shown("no use is shown")
    if len(silent) == len(uses):
        return failed(f"all {len(uses)} uses say not_stated", silent)
    remark = f", {len(silent)} say that none was given" if silent else ""
    return passed(f"{len(uses) - len(silent)} of {len(uses)} uses state one{remark}")


@requirement(
    SHOULD,
    "B.2.a",
    why="“Other” says nothing of whether a purpose was official; the person’s own words may.",
    mend="Where none of the purposes fits, have the person type one and send it as purpose_text.",
)
def other_in_words(evidence: Evidence) -> Outcome:
    """A purpose called other is told in words"""
    others = [use for use in evidence.of(ai.UseRecorded) if use.data.purpose == "other"]

    def fault(use: ai.UseRecorded) -> str:
        return "" if (use.data.purpose_text or "").strip() else "purpose_text is missing"

    return each(others, "uses for another purpose", fault, "told in words")


@requirement(
    MUST,
    "B.2.a",
    "H.2.c",
    why="The number of the case is what an auditor can look up: it ties the use to work that is"
    " on record elsewhere.",
    mend="Ask for the case or incident number, and send it as case_number or incident_number.",
)
def case_of_investigation(evidence: Evidence) -> Outcome:
    """A use for an investigation names its case or incident"""
    uses = [u for u in evidence.of(ai.UseRecorded) if u.data.purpose in _INVESTIGATIONS]

    def fault(use: ai.UseRecorded) -> str:
        named = (use.data.case_number or "").strip() or (use.data.incident_number or "").strip()
        return "" if named else "case_number and incident_number are missing"

    nothing = not_applicable("no use is for an investigation")
    return each(uses, "uses for an investigation", fault, "each names its case", nothing)


REQUIREMENTS = (person, several_people, purpose_stated, other_in_words, case_of_investigation)
