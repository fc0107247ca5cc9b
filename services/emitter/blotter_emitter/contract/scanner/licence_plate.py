"""Licence plates. California's passenger series (1ABC234; no I, O or Q first and third among the
letters) tells itself apart; of the others (5 to 7 characters, of which at least one is a digit) a
word must say that they are plates."""

from __future__ import annotations

import re

from .plain import compact
from .recogniser import Recogniser, bare, either, labelled

_LABELS = (
    r"(?:vehicle |veh )?(?:licen[cs]e|lic|registration|reg)\.? plates?|plates?|lic|lp"
    r"|(?:vehicle|veh) lic(?:en[cs]e)?"
)
_GROUPS = (
    r"[0-9]{1,3}[ -]?[A-Z]{1,3}[ -]?[0-9]{1,5}|[A-Z]{1,3}[ -]?[0-9]{3,5}|[0-9]{3}[ -]?[A-Z]{3}"
)
_ANY = r"(?=[A-Z]{0,6}[0-9])[A-Z0-9]{5,7}"
_PASSENGER = re.compile(
    r"(?<![A-Za-z0-9-])[1-9][A-HJ-NPR-Z][A-Z][A-HJ-NPR-Z][ -]?[0-9]{3}(?![A-Za-z0-9]|-[0-9])"
)


def _plate(text: str) -> str | None:
    plate = compact(text)
    return plate if 5 <= len(plate) <= 7 else None


PLATE = Recogniser(
    "pii",
    "licence_plate",
    either(bare(_PASSENGER, _plate), labelled(_LABELS, f"{_GROUPS}|{_ANY}", _plate)),
)
