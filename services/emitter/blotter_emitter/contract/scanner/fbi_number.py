"""FBI numbers (Universal Control Numbers): up to nine characters, digits followed by letters and
check digits, or nine mixed (FBI, EBTS, appendix C). Digits alone need a sign that says number."""

from __future__ import annotations

from .plain import compact
from .recogniser import Recogniser, either, labelled

_LABELS = r"fbi|f\.b\.i\.|ucn|fbi/ucn|fbi ucn"
_MIXED = r"[0-9]{3,7}[A-Z]{1,2}[0-9]{1,2}|(?=[A-Z0-9]{0,7}[0-9][A-Z]{0,7}[0-9])[A-Z0-9]{9}"
_SIGN = r"\s?(?:#|/|:|nos?\b\.?|numbers?\b|nbr\b)[\s:#]{0,3}(?:(?:is|was)\s)?"


def _mixed(text: str) -> str | None:
    number = compact(text)
    return number if len(number) <= 9 and not number.isdigit() else None


FBI = Recogniser(
    "cori",
    "fbi_number",
    either(
        labelled(_LABELS, _MIXED, _mixed),
        labelled(_LABELS, r"[0-9]{6,9}", compact, between=_SIGN),
    ),
)
