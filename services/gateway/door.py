"""Who may come in: a valid key, and a source that is registered and not suspended."""

from datetime import datetime
from typing import NamedTuple

from schemas.registry import SourceChangedData
from services.runtime.api_keys import KeyText

from .directory import Directory
from .refused import Refused, come_back

_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="blotter"'}


class Visitor(NamedTuple):
    """Whose key it was, and what they may send."""

    source: str
    key_id: str
    registered: SourceChangedData


class Door:
    """Lets in whoever has a key."""

    def __init__(self, directory: Directory, retry_seconds: int) -> None:
        self._directory = directory
        self._retry = retry_seconds

    def let_in(self, authorization: str | None, now: datetime) -> Visitor:
        """Who has sent this header.

        Raises Refused: 401 if that cannot be said, and never why; 403 if they may not send at all;
        503 while keys cannot be looked up.
        """
        known = self._directory.known()
        if known is None:
            raise come_back(503, "kafka", "keys cannot be looked up just now", self._retry)
        scheme, _, told = (authorization or "").partition(" ")
        text = KeyText.parse(told.strip()) if scheme.lower() == "bearer" else None
        key = known.keys.get(text.key_id) if text is not None else None
        if text is None or key is None or not text.opens(key, now):
            message = "authorization: must be Bearer and a valid key"
            raise Refused(401, "key", message, _CHALLENGE)
        registered = known.sources.registered(key.source, now)
        if registered is None or registered.status != "active":
            word = "not registered" if registered is None else "suspended"
            raise Refused(403, "source", f"the source of this key, {key.source}, is {word}")
        return Visitor(key.source, key.key_id, registered)
