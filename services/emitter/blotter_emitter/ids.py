"""Names for events and uses: chance for the process, then a number.

Asking the system for chance each time would give up Python's lock in the product's thread.
"""

import itertools
import os
import secrets


class Ids:
    """Calling it gives another name, of 32 hexadecimal digits."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Choose anew, as a forked child must."""
        self._prefix = secrets.token_hex(11)
        self._numbers = itertools.count()

    def __call__(self) -> str:
        return f"{self._prefix}{next(self._numbers):010x}"


new_id = Ids()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=new_id.begin)
