"""Where events are kept unless somebody says otherwise."""

import os
from pathlib import Path


def default_folder() -> Path:
    """The user's folder for state that outlives a process, by the XDG base directory rules."""
    state = os.environ.get("XDG_STATE_HOME")
    base = Path(state) if state and Path(state).is_absolute() else Path.home() / ".local" / "state"
    return base / "blotter"
