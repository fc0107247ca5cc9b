"""Payment cards: a known prefix, its length, and the Luhn check digit (ISO/IEC 7812)."""

import re
from collections.abc import Iterator

from .plain import digits
from .recogniser import Hit, Recogniser, another_number

_GROUPS = re.compile(
    # At every start of a group of digits, up to five groups; at least thirteen digits in all.
    # Not within hexadecimal, such as an UUID.
    r"(?<![0-9A-Za-z])(?<![A-Za-z]-)(?=[0-9](?:[ -]?[0-9]){12})"
    r"(?=([0-9]{1,19}(?![0-9A-Za-z])(?:[ -][0-9]{1,19}(?![0-9A-Za-z])){0,4}))"
)
_GROUP_END = re.compile(r"[0-9](?![0-9])")
_PREFIX = re.compile(
    r"4[0-9]{12}(?:[0-9]{3}){0,2}"
    r"|(?:5[1-5]|2[2-7]|35|65|60|64)[0-9]{14}"
    r"|3[47][0-9]{13}"
    r"|3(?:0[0-5]|[68][0-9])[0-9]{11}"
)


def _cards(text: str) -> Iterator[Hit]:
    """A card begins and ends where a group of digits does."""
    for run in _GROUPS.finditer(text):
        for end in _GROUP_END.finditer(run[1]):
            number = digits(run[1][: end.end()])
            if _PREFIX.fullmatch(number) and _luhn(number):
                if not another_number(text, run.start()):
                    yield Hit(run.start(), run.start() + end.end(), number)
                break


def _luhn(number: str) -> bool:
    doubled = (int(d) * (1 + i % 2) for i, d in enumerate(reversed(number)))
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


CARD = Recogniser("pii", "payment_card", _cards)
