"""Where events are kept unless somebody says otherwise."""

import os
from pathlib import Path
from typing import Optional


def default_folder() -> Optional[Path]:
    """The user's folder for state that outlives a process, by the XDG base directory rules; None
    for a user without a home, as containers may have."""
    state = os.environ.get("XDG_STATE_HOME")
    if state and Path(state).is_absolute():
        return Path(state) / "blotter"
    try:
        return Path.home() / ".local" / "state" / "blotter"
    except RuntimeError:
        return None
