"""California driver's licences and identification cards: a letter and seven digits (DMV)."""

from .plain import compact
from .recogniser import Recogniser, labelled

_LABELS = (
    r"(?:driver'?s?'?|operator'?s?'?) ?lic(?:en[cs]e)?s?|licen[cs]es?|c?d/?ls?|d\.l\.|oln?"
    r"|(?:ca|cal|california|state) id(?:entification)?(?: card)?|id card"
)

DRIVER_LICENCE = Recogniser(
    "pii",
    "ca_driver_licence",
    labelled(_LABELS, r"[A-Z][0-9]{7}", compact, between=r"[^0-9\n;]{0,30}?"),
)
