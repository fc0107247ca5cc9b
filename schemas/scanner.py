"""Finds protected data in `content`, so that the log can say what was there without holding it.

Every pattern has bounded repetition, so a scan takes time linear in the text, whatever the text.
Patterns that alone would hit ordinary numbers need a word of context close by.
"""

import hmac
import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import date
from itertools import islice
from typing import NamedTuple

from .ai import DataClass, Detected, UseRecorded

SCANNER = "blotter-scanner/1"
"""Stamped into `scanner`: which recognisers looked at the content."""

_CONTEXT_CHARACTERS = 40


MOST_OF_A_KIND = 100


class Recogniser(NamedTuple):
    """One kind of protected data; `find` yields the values in normal form."""

    data_class: DataClass
    kind: str
    find: Callable[[str], Iterator[str]]


def scan(text: str, key: bytes) -> list[Detected]:
    """What protected data the text holds, each value once, with its HMAC-SHA256 under `key`.

    At most `MOST_OF_A_KIND` of each kind: a list of addresses must not outgrow an event.
    """
    plain = _plain(text)
    found = [
        (recogniser, value)
        for recogniser in RECOGNISERS
        for value in islice(dict.fromkeys(recogniser.find(plain)), MOST_OF_A_KIND)
    ]
    return [
        Detected.model_validate(
            {"class": r.data_class, "kind": r.kind, "digest": digest(value, key)}
        )
        for r, value in found
    ]


def scan_event(event: UseRecorded, key: bytes) -> UseRecorded:
    """The event without its content, stamped with what the scan found in it.

    What was detected before stays. An event without content comes back as it is.
    """
    data = event.data
    if data.content is None:
        return event
    known = data.detected or []
    detected = [*known, *(hit for hit in scan(data.content, key) if hit not in known)]
    stamped = {"content": None, "detected": detected or None, "scanner": SCANNER}
    return event.model_copy(update={"data": data.model_copy(update=stamped)})


def digest(value: str, key: bytes) -> str:
    """HMAC-SHA256 in hexadecimal: equal for equal values, of no use without the key."""
    return hmac.digest(key, value.encode("utf-8", "surrogatepass"), "sha256").hex()


_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-")
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))


def _plain(text: str) -> str:
    """The text with ordinary digits, dashes and spaces: as a person reads it."""
    return unicodedata.normalize("NFKC", text).translate(_DASHES | _INVISIBLE)


def _digits(text: str) -> str:
    return re.sub(r"[^0-9]", "", text)


def _has_context(text: str, start: int, words: re.Pattern[str]) -> bool:
    return words.search(text, max(0, start - _CONTEXT_CHARACTERS), start) is not None


_SSN = re.compile(
    r"(?<![0-9-])(?!000|666|9)[0-9]{3}([- ]?)(?!00)[0-9]{2}\1(?!0000)[0-9]{4}(?![0-9]|-[0-9])"
)
_SSN_WORDS = re.compile(r"\bssn\b|social security|\bsoc\b", re.IGNORECASE)


def _ssns(text: str) -> Iterator[str]:
    for match in _SSN.finditer(text):
        if match[1] or _has_context(text, match.start(), _SSN_WORDS):
            yield _digits(match[0])


_CARD_RUN = re.compile(r"(?<![0-9])[0-9](?:[ -]?[0-9]){12,}")
_CARD_GROUPS = 5
_CARD_PREFIX = re.compile(
    r"4[0-9]{12}(?:[0-9]{3}){0,2}"
    r"|(?:5[1-5]|2[2-7]|35|65|60|64)[0-9]{14}"
    r"|3[47][0-9]{13}"
    r"|3(?:0[0-5]|[68][0-9])[0-9]{11}"
)


def _cards(text: str) -> Iterator[str]:
    """Card numbers in runs of digits; a card begins and ends where a group of digits does."""
    for run in _CARD_RUN.finditer(text):
        groups = re.split(r"[ -]", run[0])
        for first in range(len(groups)):
            number = ""
            for group in groups[first : first + _CARD_GROUPS]:
                number += group
                if _CARD_PREFIX.fullmatch(number) and _luhn(number):
                    yield number


def _luhn(number: str) -> bool:
    doubled = (int(d) * (1 + i % 2) for i, d in enumerate(reversed(number)))
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@"
    r"(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9])"
)


def _emails(text: str) -> Iterator[str]:
    return (match[0].lower() for match in _EMAIL.finditer(text))


_PHONE = re.compile(
    r"(?<![0-9A-Za-z.-])(?:\+?1[-. ]?)?"
    r"(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[-. ])[2-9][0-9]{2}[-. ][0-9]{4}(?![0-9]|-[0-9])"
)


def _phones(text: str) -> Iterator[str]:
    return (_digits(match[0])[-10:] for match in _PHONE.finditer(text))


_LICENCE = re.compile(r"(?<![A-Za-z0-9])[A-Za-z][0-9]{7}(?![A-Za-z0-9])")
_LICENCE_WORDS = re.compile(
    r"driver'?s?'? ?licen[cs]e|\blicen[cs]e\b|\bc?dl\b|\boln\b", re.IGNORECASE
)


def _licences(text: str) -> Iterator[str]:
    for match in _LICENCE.finditer(text):
        if _has_context(text, match.start(), _LICENCE_WORDS):
            yield match[0].upper()


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_BIRTH = re.compile(
    r"(?:\bd\.?o\.?b\b|date of birth|\bbirth ?date|\bborn\b)[^0-9\n]{0,20}?(?:"
    r"(?P<y>(?:19|20)[0-9]{2})-(?P<m>[0-9]{1,2})-(?P<d>[0-9]{1,2})"
    r"|(?P<um>[0-9]{1,2})[/.-](?P<ud>[0-9]{1,2})[/.-](?P<uy>(?:19|20)[0-9]{2}|[0-9]{2})"
    rf"|(?P<name>{'|'.join(_MONTHS)})[a-z]{{0,6}}\.? (?P<nd>[0-9]{{1,2}}),? (?P<ny>[0-9]{{4}})"
    r")(?![0-9])",
    re.IGNORECASE,
)


def _births(text: str) -> Iterator[str]:
    for match in _BIRTH.finditer(text):
        month = match["m"] or match["um"] or 1 + _MONTHS.index(match["name"].lower())
        day = match["d"] or match["ud"] or match["nd"]
        year = int(match["y"] or match["uy"] or match["ny"])
        # Two digits: nobody writes the birth of somebody who is not born yet.
        year += 0 if year > 99 else 2000 if year < 30 else 1900
        try:
            yield date(year, int(month), int(day)).isoformat()
        except ValueError:
            continue


RECOGNISERS = (
    Recogniser("pii", "us_ssn", _ssns),
    Recogniser("pii", "payment_card", _cards),
    Recogniser("pii", "email", _emails),
    Recogniser("pii", "phone", _phones),
    Recogniser("pii", "ca_driver_licence", _licences),
    Recogniser("pii", "date_of_birth", _births),
)
"""In the order in which their hits are listed."""
