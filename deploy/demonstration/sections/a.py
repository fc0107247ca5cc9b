"""A: the kinds of AI. A use that is declared as another kind than its system is registered for."""

from .. import telling as t
from ..story import Ago, Story


def stories(ago: Ago) -> list[Story]:
    """One mismatch and one match for each kind."""
    drawn = t.face_search("face-made-up", ago(9), "E-101", family="generative", capability="image")
    compared = t.draft(
        "signatures-compared", ago(9.2), "E-102", family="perceptive", capability="other"
    )
    guessed = t.draft(
        "burglaries-guessed", ago(9.4), "E-103", family="predictive", capability="analytics"
    )
    draft = t.draft("declared-as-generative", ago(9.6), "E-104")
    search = t.face_search("declared-as-perceptive", ago(9.8), "E-105")
    forecast = t.forecast("declared-as-predictive", ago(9.9), "E-106")
    ends = {
        "A.4": {drawn: "undetermined", draft: "compliant"},
        "A.6": {compared: "undetermined", search: "compliant"},
        "A.7": {guessed: "undetermined", forecast: "compliant"},
    }
    return [
        Story(clause, of.subject, verdict, (of,))
        for clause, told in ends.items()
        for of, verdict in told.items()
    ]
