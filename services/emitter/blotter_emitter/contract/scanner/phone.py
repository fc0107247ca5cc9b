"""Telephone numbers of North America with their area code: neither it nor the exchange begins with
0 or 1 (NANPA). Ten digits without signs need a word that names them."""

import re

from .plain import digits
from .recogniser import Recogniser, bare, either, labelled


def _ten(text: str) -> str:
    return digits(text)[-10:]


_WRITTEN = re.compile(
    r"(?<![0-9A-Za-z./-])(?:\+?1[-. ]?)?"
    r"(?:\([2-9][0-9]{2}\)[ -]?|[2-9][0-9]{2}[-./ ])[2-9][0-9]{2}[-. ][0-9]{4}"
    r"(?![0-9A-Za-z]|[-.][0-9])"
)
_LABELS = r"(?:tele)?phones?|tel|cell(?:ular)?|mobile|call(?:ed|s)?|text(?:ed|s)?|fax|ph\.?"

PHONE = Recogniser(
    "pii",
    "phone",
    either(
        bare(_WRITTEN, _ten),
        labelled(_LABELS, r"(?:\+?1)?[2-9][0-9]{2}[2-9][0-9]{6}", _ten),
    ),
)
