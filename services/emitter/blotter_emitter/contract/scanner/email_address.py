"""E-mail addresses (RFC 5321: at most 64 characters before the @)."""

import re

from .recogniser import Recogniser, bare

EMAIL = Recogniser(
    "pii",
    "email",
    bare(
        re.compile(
            r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@"
            r"(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9])"
        ),
        str.lower,
    ),
)
