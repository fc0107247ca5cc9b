"""What became of the events, in numbers."""

from dataclasses import dataclass
from typing import Mapping, Optional


@dataclass(frozen=True)
class Stats:
    """Counts of events since this process began; `failed` and `dropped` by reason.

    `queued`: accepted here and neither delivered nor failed; `spooled`: of these, on disk.
    `inherited`: waiting on disk for earlier processes; `recovered`: delivered for these.
    `unspooled`: why what waits is in memory only; None if it is on disk.
    """

    accepted: int
    delivered: int
    queued: int
    failed: Mapping[str, int]
    dropped: Mapping[str, int]
    spooled: int = 0
    inherited: int = 0
    recovered: int = 0
    unspooled: Optional[str] = None
