"""Perceptive AI: part D of the order."""

import re
from collections import Counter
from typing import Tuple, get_args

from ...contract import ai
from ..evidence import Evidence
from ..requirement import (
    MUST,
    SHOULD,
    Outcome,
    each,
    not_applicable,
    not_shown,
    passed,
    requirement,
    words,
)

_FAMILY: Tuple[ai.Family, ...] = ("perceptive",)
_SAYS_NOTHING = words(
    "test testing search searching lookup check checking demo demonstration none other unknown na"
    " tbd misc asdf noreason notstated testsearch systemtest admintest daytimesearchforbestresult"
    " reason purpose police work"
)
_BASES: Tuple[str, ...] = get_args(ai.SurveillanceBasis)
_PROTECTED = frozenset(_BASES[_BASES.index("religion") :])


@requirement(
    MUST,
    "B.2.a",
    "D.4",
    why="A search must have a reason that a person gave. “Test” and the like state none.",
    mend="Ask for the reason before the search, and send it as typed in purpose_text.",
    families=_FAMILY,
)
def reason_in_words(evidence: Evidence) -> Outcome:
    """Every search has a reason in words"""

    def fault(use: ai.UseRecorded) -> str:
        typed = re.sub(r"[\W_]", "", (use.data.purpose_text or "").lower())
        if not typed:
            return "purpose_text is missing"
        return "purpose_text says nothing" if typed in _SAYS_NOTHING else ""

    nothing = not_applicable("no search is shown")
    return each(evidence.searches(), "searches", fault, "each has its reason", nothing)


@requirement(
    MUST,
    "D.3",
    "D.4",
    "F.1.a",
    why="Searches without a case are how people are followed for private ends; so the orders on"
    " faces and plates ask for its number.",
    mend="Ask for the case number; for plates and objects an incident number will do as well.",
    families=_FAMILY,
)
def case_of_search(evidence: Evidence) -> Outcome:
    """Every search names its case"""

    def fault(use: ai.UseRecorded) -> str:
        if (use.data.case_number or "").strip():
            return ""
        if use.data.capability == "face_recognition":
            return "case_number is missing"
        incident = (use.data.incident_number or "").strip()
        return "" if incident else "case_number and incident_number are missing"

    nothing = not_applicable("no search is shown")
    return each(evidence.searches(), "searches", fault, "each names its case", nothing)


@requirement(
    MUST,
    "D.3",
    why="A search by face is made under a request or an approval, which must be found again.",
    mend="Send authorization_ref: the number of the request.",
    families=_FAMILY,
)
def face_authorised(evidence: Evidence) -> Outcome:
    """A search by face names its authorisation"""
    faces = [u for u in evidence.searches() if u.data.capability == "face_recognition"]

    def fault(use: ai.UseRecorded) -> str:
        named = (use.data.authorization_ref or "").strip()
        return "" if named else "authorization_ref is missing"

    return each(faces, "searches by face", fault, "each is authorised")


@requirement(
    MUST,
    "F.1.a",
    "F.1.c",
    why="That somebody searches for one person again and again shows only if equal targets look"
    " equal, and nobody may learn from the log who they are.",
    mend="Send target_digest: HMAC-SHA256 of the plate, or of the person's or object's id, in"
    " hexadecimal, under a key that stays in the product. Never the plate itself.",
    families=_FAMILY,
)
def target_digested(evidence: Evidence) -> Outcome:
    """Every search has a digest of its target"""

    def fault(use: ai.UseRecorded) -> str:
        digest = use.data.target_digest
        if not digest:
            return "target_digest is missing"
        return "target_digest looks like the target in clear" if len(digest) < 20 else ""

    nothing = not_applicable("no search is shown")
    return each(evidence.searches(), "searches", fault, "each has a digest", nothing)


@requirement(
    SHOULD,
    "F.1.a",
    why="A digest that is salted anew each time, or the same for all, hides every pattern.",
    mend="Search for one target twice and for another once: two digests must be equal and one"
    " must differ.",
    families=_FAMILY,
)
def same_target_same_digest(evidence: Evidence) -> Outcome:
    """Equal targets have equal digests, others have others"""
    digests = [use.data.target_digest for use in evidence.searches() if use.data.target_digest]
    counts = Counter(digests)
    if len(counts) > 1 and max(counts.values()) > 1:
        return passed(f"{len(digests)} searches for {len(counts)} targets")
    if len(digests) < 3:
        return not_shown("it takes three searches, two of them for the same target")
    return not_shown("all digests are equal" if len(counts) == 1 else "no digest comes twice")


@requirement(
    MUST,
    "D.1.a",
    why="What a search finds is a lead, never by itself an identification.",
    mend="Send treated_as='lead' where a person acts on a result; show it to them as a lead.",
    families=_FAMILY,
)
def lead_only(evidence: Evidence) -> Outcome:
    """A result is treated as a lead"""

    def fault(output: ai.OutputUsed) -> str:
        treated = output.data.treated_as
        if treated == "lead":
            return ""
        return f"treated as {treated}" if treated else "treated_as is missing"

    outputs = evidence.outputs("perceptive")
    return each(outputs, "results used", fault, "leads", not_shown("no result was used"))


@requirement(
    SHOULD,
    "F.1.e",
    why="Nobody is watched solely for what they believe or who they are; so a search tells its"
    " grounds.",
    mend="Send surveillance={'bases': […]} with a ground that the law does not protect, such as"
    " suspected_crime.",
    families=_FAMILY,
)
def grounds_told(evidence: Evidence) -> Outcome:
    """A search tells its grounds"""

    def fault(use: ai.UseRecorded) -> str:
        if use.data.surveillance is None or not use.data.surveillance.bases:
            return "surveillance is missing"
        allowed = set(use.data.surveillance.bases) - _PROTECTED
        return "" if allowed else "all grounds are protected"

    nothing = not_applicable("no search is shown")
    return each(evidence.searches(), "searches", fault, "each has grounds", nothing)


REQUIREMENTS = (
    reason_in_words,
    case_of_search,
    face_authorised,
    target_digested,
    same_target_same_digest,
    lead_only,
    grounds_told,
)
