"""What became of what the AI made."""

from typing import Dict, FrozenSet, Optional, Set

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

_PERCEPTIVE = frozenset({"face_recognition", "alpr", "object_search"})
_PREDICTIVE = frozenset({"crime_forecast"})
_ANY = frozenset({"analytics", "other"})
_GENERATIVE = words(
    "text transcription translation image graphics presentation audio video redaction"
)
_CAPABILITIES: Dict[str, FrozenSet[str]] = {
    "generative": _GENERATIVE | _ANY,
    "perceptive": _PERCEPTIVE | _ANY,
    "predictive": _PREDICTIVE | _ANY,
}
_MADE: Dict[str, FrozenSet[str]] = {
    "generative": words("text transcription translation image video audio other"),
    "perceptive": frozenset({"match", "other"}),
    "predictive": frozenset({"forecast", "other"}),
}


@requirement(
    MUST,
    "A.4",
    "A.6",
    "A.7",
    why="Each family of AI has duties of its own, so each that the product has must be seen.",
    mend="Let the demonstration use every kind of AI that the product has.",
)
def families_shown(evidence: Evidence) -> Outcome:
    """Every family of AI in the product is shown"""
    shown = {use.data.family for use in evidence.of(ai.UseRecorded)}
    missing = [family for family in evidence.families if family not in shown]
    if missing or not shown:
        return not_shown(f"no use of {', '.join(missing)} AI" if missing else "no use is shown")
    return passed(", ".join(sorted(shown)))


@requirement(
    MUST,
    "A.4",
    "A.6",
    "A.7",
    why="The family decides which part of the order applies: a plate search that is called"
    " generative would be asked for an approval, and not whether it was a lead only.",
    mend="Text, pictures and redaction are generative, searches perceptive, forecasts predictive.",
)
def family_fits(evidence: Evidence) -> Outcome:
    """Family and capability of a use fit together"""

    def fault(use: ai.UseRecorded) -> str:
        family, capability = use.data.family, use.data.capability
        fits = capability in _CAPABILITIES[family]
        return "" if fits else f"{capability} is not {family} AI"

    uses = evidence.of(ai.UseRecorded)
    return each(uses, "uses", fault, "family and capability fit", not_shown("no use is shown"))


@requirement(
    MUST,
    "B.3",
    "C.1",
    "C.2",
    "D.1",
    "E.1",
    why="Most duties begin when an output is used: in a report, as a lead, for a deployment. A"
    " product that tells of uses only keeps the order from being asked at all.",
    mend="Call use.output_used(…) where the person saves, files, exports or acts on the output.",
)
def outputs_told(evidence: Evidence) -> Outcome:
    """It is told where outputs were used"""
    missing = [family for family in evidence.families if not evidence.outputs(family)]
    if missing:
        return not_shown(f"no output of {' and '.join(missing)} AI was used")
    count = len(evidence.outputs())
    return passed(f"outputs used: {count}") if count else not_shown("no output was used")


@requirement(
    MUST,
    "C.1",
    "H.2.c",
    why="An output of which nobody knows how it was made cannot be judged, and the department is"
    " told of a use that was never recorded.",
    mend="Keep the use_id with the output, and pass the same on when it is used.",
)
def use_known(evidence: Evidence) -> Outcome:
    """Every output belongs to a use that was told"""
    known = evidence.uses_by_id

    def fault(output: ai.OutputUsed) -> str:
        return "" if output.data.use_id in known else "its use was never told"

    return each(evidence.outputs(), "outputs", fault, "their uses are known")


@requirement(
    MUST,
    "C.1",
    "C.2",
    "E.1",
    why="Approval and review must come between the two: so the order of making and using must be"
    " right.",
    mend="Give time as the moment of use, not of saving the record, and both by the same clock.",
)
def used_after_made(evidence: Evidence) -> Outcome:
    """An output is used after it was made"""
    known = evidence.uses_by_id

    def fault(output: ai.OutputUsed) -> str:
        use = known.get(output.data.use_id)
        return "used before its use began" if use and output.time < use.time else ""

    return each(evidence.outputs(), "outputs", fault, "used after they were made")


@requirement(
    MUST,
    "C.1.a",
    "D.2",
    why="Approvals, reviews and reports of leads name an output by its id. One id for several"
    " outputs would let one approval stand for all.",
    mend="Give each output an id of its own, and the same each time that output is used.",
)
def output_ids_own(evidence: Evidence) -> Outcome:
    """An output_id names one output"""
    uses: Dict[str, Set[str]] = {}
    for output in evidence.outputs():
        uses.setdefault(output.data.output_id, set()).add(output.data.use_id)

    def fault(output: ai.OutputUsed) -> str:
        return "the same id in another use" if len(uses[output.data.output_id]) > 1 else ""

    return each(evidence.outputs(), "outputs", fault, "each id names one")


@requirement(
    SHOULD,
    "C.2",
    "E.1",
    why="Whether an output is text, a match or a forecast decides which review it needs.",
    mend="State output_kind as what the output is.",
)
def output_kind_fits(evidence: Evidence) -> Outcome:
    """The kind of an output is one that its AI makes"""
    known = evidence.uses_by_id

    def fault(output: ai.OutputUsed) -> Optional[str]:
        use = known.get(output.data.use_id)
        if use is None or output.data.output_kind in _MADE[use.data.family]:
            return None
        return f"{output.data.output_kind} of {use.data.family} AI"

    return each(evidence.outputs(), "outputs", fault, "kinds fit")


@requirement(
    MUST,
    "C.1.a",
    "C.2",
    why="An approval or a review that names a use or an output nobody knows settles nothing.",
    mend="Name use_id and output_id in oversight events as they stand in the product's own.",
)
def oversight_known(evidence: Evidence) -> Outcome:
    """Approvals and reviews name uses and outputs that were told"""
    told = evidence.oversight()
    uses = evidence.uses_by_id
    outputs = {output.data.output_id for output in evidence.outputs()}
    if not told:
        return not_applicable("the product tells of no approval or review")
    strays = [
        event.id
        for event in told
        if event.data.get("use_id", next(iter(uses), None)) not in uses
        or (event.data.get("output_id") and event.data["output_id"] not in outputs)
    ]
    if strays:
        return failed(f"{len(strays)} of {len(told)} name an unknown use or output", strays)
    return passed(f"approvals and reviews: {len(told)}, all known")


REQUIREMENTS = (
    families_shown,
    family_fits,
    outputs_told,
    use_known,
    used_after_made,
    output_ids_own,
    output_kind_fits,
    oversight_known,
)
