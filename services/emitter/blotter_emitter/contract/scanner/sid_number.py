"""State identification numbers: the state's two letters and what the state gives, in California the
CII number (NCIC: SID). In capitals only, for Sid is a name; without the state's letters a sign
must say number."""

from .plain import compact
from .recogniser import NEXT, Recogniser, either, labelled

_WORDS = r"(?i:state id(?:entification)?(?: (?:no|number|nbr)\.?| ?#))"
_SIGN = r"\s?(?:#|/|:|NO\b\.?|[Nn]o\b\.?|[Nn]umber\b|NUMBER\b)[\s:#]{0,3}(?:(?:is|was)\s)?"

SID = Recogniser(
    "cori",
    "sid_number",
    either(
        labelled(
            rf"SID|S\.I\.D\.|{_WORDS}",
            r"[A-Z]{2}[- ]?[A-Z]?[0-9]{6,10}|(?i:[A-Z]{2,3}[0-9]{6,10})",
            compact,
            between=f"(?i:{NEXT})",
            capitals=True,
        ),
        labelled("SID", r"[A-Z]?[0-9]{7,9}", compact, between=_SIGN, capitals=True),
        labelled(_WORDS, r"(?i:[A-Z]?[0-9]{7,9})", compact, between=f"(?i:{NEXT})", capitals=True),
    ),
)
