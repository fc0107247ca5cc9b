"""The accounts of the demonstration: one of each role, with passwords of this machine alone."""

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from . import department


@dataclass(frozen=True)
class Login:
    """Somebody who may sign in. `sees`: what they find there, in words."""

    name: str
    role: str
    employee_id: str
    sees: str
    password: str


_PEOPLE = (
    ("supervisor", department.UNITS["patrol"], "reviews what is about the officers on patrol"),
    ("psit", "P-1", "reviews everything, changes the registry"),
    ("auditor", "A-1", "reads everything, changes nothing"),
    ("administrator", "M-1", "may do all"),
)
"""Name and role, who it is, and what they see."""


def logins(path: Path) -> list[Login]:
    """Everybody; passwords are made at the first need and kept in a file that its owner alone may
    read."""
    known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    kept = {name: known.get(name) or secrets.token_urlsafe(12) for name, _, _ in _PEOPLE}
    if kept != known:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(kept, file, indent=2)
    return [Login(name, name, who, sees, kept[name]) for name, who, sees in _PEOPLE]
