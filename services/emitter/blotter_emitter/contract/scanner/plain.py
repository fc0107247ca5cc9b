"""Text as a person reads it, whatever characters it is written in."""

import re
import unicodedata

_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-")
_QUOTES = dict.fromkeys(map(ord, "\u2018\u2019\u02bc"), "'")
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
_ALL = {**_DASHES, **_QUOTES, **_INVISIBLE}

_NO_DIGIT = re.compile(r"[^0-9]")
_NO_ALPHANUMERIC = re.compile(r"[^0-9A-Z]")


def plain(text: str) -> str:
    """The text with ordinary digits, dashes, quotes and spaces."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFKC", text).translate(_ALL)


def digits(text: str) -> str:
    """Its digits alone.

    >>> digits("536-22-1234")
    '536221234'
    """
    return _NO_DIGIT.sub("", text)


def compact(text: str) -> str:
    """Its digits and letters alone, in capitals.

    >>> compact("8abc 123")
    '8ABC123'
    """
    return _NO_ALPHANUMERIC.sub("", text.upper())
