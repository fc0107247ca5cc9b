"""What an integration has to prove, by chapter: one requirement, one function."""

from typing import NamedTuple, Tuple

from ..requirement import Requirement
from . import (
    contract,
    generative,
    host,
    outputs,
    people,
    perceptive,
    predictive,
    protected,
    times,
    upkeep,
)


class Chapter(NamedTuple):
    """Requirements that belong together."""

    title: str
    requirements: Tuple[Requirement, ...]


CHAPTERS = (
    Chapter("The contract", contract.REQUIREMENTS),
    Chapter("Time and order", times.REQUIREMENTS),
    Chapter("People and purposes", people.REQUIREMENTS),
    Chapter("What became of it", outputs.REQUIREMENTS),
    Chapter("Generative AI", generative.REQUIREMENTS),
    Chapter("Perceptive AI", perceptive.REQUIREMENTS),
    Chapter("Predictive AI", predictive.REQUIREMENTS),
    Chapter("Protected data", protected.REQUIREMENTS),
    Chapter("As long as it runs", upkeep.REQUIREMENTS),
    Chapter("The product itself", host.REQUIREMENTS),
)
