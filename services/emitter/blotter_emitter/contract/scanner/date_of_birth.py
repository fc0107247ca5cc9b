"""Dates of birth: a date that words call one."""

import re
from collections.abc import Iterator
from datetime import date

from .recogniser import Hit, Recogniser

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"(?:{'|'.join(_MONTHS)})[a-z]{{0,6}}"
_NUMERIC = (
    r"(?P<y>(?:19|20)[0-9]{2})(?P<sign>[-/]?)(?P<m>[0-9]{1,2})(?P=sign)(?P<d>[0-9]{1,2})"
    r"|(?P<um>[0-9]{1,2})[/.-](?P<ud>[0-9]{1,2})[/.-](?P<uy>(?:19|20)[0-9]{2}|[0-9]{2})"
    r"|(?P<rm>[0-9]{2})(?P<rd>[0-9]{2})(?P<ry>(?:19|20)[0-9]{2})"
)
_NAMED = (
    rf"(?P<name>{_MONTH})\.?[ -]?(?P<nd>[0-9]{{1,2}})(?:st|nd|rd|th)?,?[ -](?P<ny>[0-9]{{4}})"
    rf"|(?P<fd>[0-9]{{1,2}})(?:st|nd|rd|th)?[ -](?P<fname>{_MONTH})\.?,?[ -](?P<fy>[0-9]{{4}})"
)
_BIRTH = re.compile(
    r"(?:\bd\.?o\.?b\b|date of birth|\bbirth ?(?:date|day)|\bborn\b)\.?[^0-9\n.;]{0,20}?"
    rf"(?<![0-9])(?P<date>{_NUMERIC}|{_NAMED})(?![0-9])",
    re.IGNORECASE,
)


def _births(text: str) -> Iterator[Hit]:
    for match in _BIRTH.finditer(text):
        name = match["name"] or match["fname"]
        month = match["m"] or match["um"] or match["rm"] or _number(name)
        day = match["d"] or match["ud"] or match["rd"] or match["nd"] or match["fd"]
        year = int(match["y"] or match["uy"] or match["ry"] or match["ny"] or match["fy"])
        # Two digits: nobody writes the birth of somebody who is not born yet.
        year += 0 if year > 99 else 2000 if year < 30 else 1900
        try:
            found = date(year, int(month), int(day)).isoformat()
        except ValueError:
            continue
        yield Hit(*match.span("date"), found)


def _number(name: str) -> int:
    return 1 + _MONTHS.index(name[:3].lower())


DATE_OF_BIRTH = Recogniser("pii", "date_of_birth", _births)
