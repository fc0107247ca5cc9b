"""Predictive AI: part E of the order."""

from typing import Tuple

from ...contract import ai
from ..evidence import Evidence
from ..requirement import MUST, SHOULD, Outcome, each, not_shown, passed, requirement

_FAMILY: Tuple[ai.Family, ...] = ("predictive",)


@requirement(
    SHOULD,
    "E.1.a",
    why="Somebody reviews the data that went in for bias. The review must be about that data.",
    mend="Send input_digest: of the data set that the forecast rests on.",
    families=_FAMILY,
)
def inputs_named(evidence: Evidence) -> Outcome:
    """A forecast names the data that it rests on"""

    def fault(use: ai.UseRecorded) -> str:
        return "" if use.data.input_digest else "input_digest is missing"

    uses = evidence.uses("predictive")
    return each(uses, "uses", fault, "inputs are named", not_shown("no forecast is shown"))


@requirement(
    MUST,
    "E.1.b",
    "H.2.b",
    why="A review for algorithmic bias is of a model in one version, and says nothing of the next.",
    mend="Tell use.model(provider=…, name=…, version=…) with the version that made the forecast.",
    families=_FAMILY,
)
def model_version(evidence: Evidence) -> Outcome:
    """A forecast names the version of its model"""

    def fault(use: ai.UseRecorded) -> str:
        return "" if use.data.model and use.data.model.version else "model.version is missing"

    uses = evidence.uses("predictive")
    return each(uses, "uses", fault, "versions are told", not_shown("no forecast is shown"))


@requirement(
    SHOULD,
    "E.1.b",
    "E.1.c",
    why="Whether a forecast errs more in one part of the city than in another can be seen in"
    " numbers by group only.",
    mend="Report emitter.output_evaluated(metric=…, value=…, sample_size=…, group=…) for two"
    " groups or more, as often as the model is tested.",
    families=_FAMILY,
)
def measured_by_group(evidence: Evidence) -> Outcome:
    """Its quality is measured by group"""
    groups = {e.data.group for e in evidence.of(ai.OutputEvaluated) if e.data.group}
    if len(groups) < 2:
        return not_shown("no measurement of two groups is shown")
    return passed(f"{len(groups)} groups")


REQUIREMENTS = (inputs_named, model_version, measured_by_group)
