"""Passwords of local accounts: how they are kept, and how one is checked.

Both take tens of milliseconds of a processor and 64 MiB, on purpose: from an event loop, call them
in a thread.
"""

import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 12
"""Characters that a password has at least."""
LONGEST = 200
"""Characters that a password has at most: hashing takes time that a stranger may not choose."""

# argon2id with the parameters of RFC 9106 for where memory is short, the library's default.
_HASHER = PasswordHasher()


def objection(password: str) -> str | None:
    """Why a password cannot be used, in plain words; None: it can."""
    if not SHORTEST <= len(_plain(password)) <= LONGEST:
        return f"a password has {SHORTEST} to {LONGEST} characters"
    if len(set(password)) < 5:
        return "a password has at least 5 different characters"
    return None


def hashed(password: str) -> str:
    """What is kept of a password: argon2id, with its parameters and a salt of its own."""
    return _HASHER.hash(_plain(password))


def matches(password: str, kept: str | None) -> bool:
    """Whether a password is the one that was kept. None, as for a name that nobody has, takes as
    long as a wrong password, so that time does not tell who has an account."""
    try:
        return _HASHER.verify(kept or _nobodys(), _plain(password)) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys() -> str:
    return _HASHER.hash("nobody has this password")


def _plain(password: str) -> str:
    """Keyboards write the same letter in several ways."""
    return unicodedata.normalize("NFC", password)
