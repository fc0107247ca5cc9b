"""Into a file, an event a line, as `blotter check` and `blotter emit` read it."""

import os
from pathlib import Path
from threading import Event as Flag
from typing import Sequence, Union

from .delivery import Answer


class FileSender:
    """Appends; several processes may share the file. What is acknowledged is on the disk."""

    def __init__(self, path: Union[str, Path]) -> None:
        self._path = Path(path)
        self._is_torn = False

    def send(self, events: Sequence[bytes], deadline: float, stopping: Flag) -> Answer:
        """Write them; see `Sender`. After a disk was full, the line that was cut short stays."""
        lines = b"\n".join([*([b""] if self._is_torn else []), *events, b""])
        try:
            opened = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        except OSError:
            return "file_unavailable"
        try:
            written = os.write(opened, lines)
            os.fsync(opened)
        except OSError:
            return "file_unavailable"
        finally:
            os.close(opened)
        self._is_torn = 0 < written < len(lines)
        return None if written == len(lines) else "disk_full"

    def close(self) -> None:
        """It is open only while it is written to."""
