"""A key's text, `blotter_<key id>_<secret>`, which is shown once and never kept."""

import hashlib
import hmac
import secrets
from datetime import datetime
from typing import NamedTuple, Self

from schemas.keys import ApiKey

_PREFIX = "blotter"
_LONGEST = 200


class KeyText(NamedTuple):
    """What a sender holds."""

    key_id: str
    secret: str

    @classmethod
    def new(cls) -> Self:
        """A key that nobody has: 256 random bits."""
        return cls(secrets.token_hex(8), secrets.token_urlsafe(32))

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """None for what cannot be a key."""
        parts = text.split("_", 2)
        if len(text) > _LONGEST or len(parts) != 3 or parts[0] != _PREFIX or not text.isascii():
            return None
        return cls(*parts[1:])

    @property
    def digest(self) -> str:
        """What is kept of the secret."""
        return hashlib.sha256(self.secret.encode()).hexdigest()

    def __str__(self) -> str:
        return f"{_PREFIX}_{self.key_id}_{self.secret}"

    def opens(self, key: ApiKey, at: datetime) -> bool:
        """Whether this is the text of a key, and that is valid at a time."""
        return hmac.compare_digest(self.digest, key.digest) and key.is_valid(at)
