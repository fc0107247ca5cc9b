"""What was accepted and not yet acknowledged, kept so that the death of the process loses nothing.

`<folder>/<slug of the source>/<slot>/` belongs to one living process: `state` is locked by it and
holds a few numbers, `*.segment` hold events in order. Both are memory that a file backs: storing
there is no system call, so it neither waits for the disk nor gives up Python's lock, and what is
stored is the kernel's and survives the process. The disk has it a tenth of a second later.
"""

from .adoption import Adoption
from .journal import Batch, Journal, Limits
from .place import default_folder
from .slot import Slot, Unavailable, host

__all__ = [
    "Adoption",
    "Batch",
    "Journal",
    "Limits",
    "Slot",
    "Unavailable",
    "default_folder",
    "host",
]
