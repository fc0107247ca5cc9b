"""What of a row may be kept as a digest only, and how it is masked where else it stands."""

import re
from collections.abc import Callable, Iterable

from schemas.scanner import digest

REDACTED = "***"

Mask = Callable[[str], str]


def secret_digest(text: str, key: bytes) -> str:
    """The keyed digest of a licence plate, or of any name: however it was spaced and written."""
    return digest(_plain(text), key)


def mask_of(secrets: Iterable[str]) -> Mask:
    """Masks each of the secrets, and each of several in one cell, however it is spaced. One of a
    sign or two says nothing, and stays.

    >>> mask_of(["8ABC-123"])("Investigation of 8abc 123")
    'Investigation of ***'
    """
    apart = (_plain(each) for cell in secrets for each in re.split(r"[,;|\n]", cell))
    spelled = [r"[\s.\-]?".join(map(re.escape, each)) for each in apart if len(each) > 2]
    if not spelled:
        return lambda text: text
    pattern = re.compile(rf"(?<![^\W_])(?:{'|'.join(spelled)})(?![^\W_])", re.IGNORECASE)
    return lambda text: pattern.sub(REDACTED, text)


def _plain(text: str) -> str:
    return "".join(sign for sign in text.upper() if sign.isalnum())
