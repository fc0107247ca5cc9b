"""What an e-mail address is: one pattern for whoever takes one in, and for whoever writes to it."""

import re
from typing import Annotated

from pydantic import Field

_FORM = r"[^\s@<>,;:\"\\\x00-\x1f\x7f]{1,100}@[A-Za-z0-9.-]{1,150}"
_ADDRESS = re.compile(_FORM)

Address = Annotated[str, Field(pattern=f"^{_FORM}$")]


def usable(text: str | None) -> str | None:
    """The address that a text is; None: there is none, or what is there must not get into a
    header."""
    address = (text or "").strip()
    return address if _ADDRESS.fullmatch(address) else None
