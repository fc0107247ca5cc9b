"""Numbers of cases, incidents and court files: at least five digits after a word that says so, and
neither a date nor a telephone number."""

from __future__ import annotations

import re

from .plain import compact, digits
from .recogniser import NEXT, Recogniser, either, labelled

_VALUE = r"[A-Z]{0,4}-?[0-9]{2,12}(?:-[0-9]{2,8}){0,2}"
_NUMBER = r" ?(?:nos?\b\.?|num(?:ber)?s?\b|nbr|#)"
_LABELS = (
    rf"(?:court )?cases?|incidents?|dockets?|(?:file|cad|event|citation|booking){_NUMBER}"
    rf"|police file|crime report{_NUMBER}"
)
_ELSE = re.compile(
    # A date, in either order, or a telephone number.
    r"[0-9]{1,2}-[0-9]{1,2}-(?:19|20)?[0-9]{2}|(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}"
    r"|(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
    r"|[2-9][0-9]{2}-[2-9][0-9]{2}-[0-9]{4}"
)


def _case(text: str) -> str | None:
    number = len(digits(text))
    enough = number >= 6 or (number == 5 and not text.isdigit())
    return compact(text) if enough and not _ELSE.fullmatch(text) else None


CASE_NUMBER = Recogniser(
    "cji",
    "case_number",
    either(
        labelled(_LABELS, _VALUE, _case),
        # In capitals only: a doctor is no report.
        labelled("DR|RD", _VALUE, _case, between=f"(?i:{NEXT})", capitals=True),
    ),
)
