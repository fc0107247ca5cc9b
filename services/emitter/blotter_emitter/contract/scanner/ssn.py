"""Social Security numbers: 3-2-4 digits; area 000, 666 and 900-999, group 00 and serial 0000 are
never given out (Social Security Administration, randomisation of 2011)."""

import re

from .plain import digits
from .recogniser import Recogniser, bare, either, labelled

_VALID = r"(?!000|666|9)[0-9]{3}([- ])(?!00)[0-9]{2}\1(?!0000)[0-9]{4}"
_RUN = r"(?!000|666|9)[0-9]{3}(?!00)[0-9]{2}(?!0000)[0-9]{4}"

SSN = Recogniser(
    "pii",
    "us_ssn",
    either(
        bare(re.compile(rf"(?<![0-9A-Za-z-]){_VALID}(?![0-9A-Za-z]|-[0-9])"), digits),
        labelled(r"ssns?|ss|soc(?:ial)?(?: ?sec(?:urity)?)?\.?", rf"{_RUN}(?!-[0-9])", digits),
    ),
)
