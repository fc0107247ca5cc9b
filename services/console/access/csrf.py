"""Whether a form was sent from a page of ours, by the person to whom it was shown."""

import hashlib
import hmac
import secrets
from urllib.parse import urlsplit

from starlette.datastructures import Headers

FIELD = "csrf"
"""Name of the hidden field."""


class Tokens:
    """Tokens that only this process can make, each bound to one cookie's value."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def token(self, cookie: str) -> str:
        """The token for forms that are shown to whoever holds a cookie."""
        return hmac.new(self._key, cookie.encode(), hashlib.sha256).hexdigest()


def is_own(headers: Headers) -> bool:
    """Whether a browser says that a page of this console sent the request, or does not say.

    Browsers send `Origin` with every form that is posted. What is no browser carries nobody's
    cookies along unasked, and needs the token like everybody.
    """
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site not in (None, "same-origin", "none"):
        return False
    return origin is None or urlsplit(origin).netloc == headers.get("host", "")
