"""What people typed, as it is compared: without what nobody sees, and without decoration."""

from functools import lru_cache
from unicodedata import category, normalize

# Fillers of the Hangul script: letters by their category, and yet nothing to see.
_FILLERS = "\u115f\u1160"
_UNSEEN = frozenset({"Cc", "Cf", "Mn", "Me"})


_LONGEST_KEPT = 200


def bare(text: str | None) -> str:
    """Words of a text, lower case, separated by single spaces; empty if it has no letters or
    digits. Punctuation separates words; characters that nobody sees are left out."""
    # People type the same few reasons again and again.
    return _kept(text) if text is not None and len(text) <= _LONGEST_KEPT else _bare(text)


def _bare(text: str | None) -> str:
    written = normalize("NFKC", text or "").casefold()
    return " ".join("".join(map(_as_compared, written)).split())


_kept = lru_cache(maxsize=4096)(_bare)


def _as_compared(character: str) -> str:
    if character.isspace():
        return " "
    if character in _FILLERS or category(character) in _UNSEEN:
        return ""
    return character if character.isalnum() else " "
