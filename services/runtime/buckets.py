"""Lines on disk, in buckets: those of one name are in one bucket."""

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self
from zlib import crc32

COUNT = 128
_BUFFER = 16 * 1024


def bucket_of(name: str) -> int:
    """The bucket of a name."""
    return crc32(name.encode()) % COUNT


class Buckets:
    """The buckets of a folder. Several processes may write at once, each to files of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def lines(self, kind: str, bucket: int) -> Iterator[bytes]:
        """All lines of a bucket, without their ends."""
        for path in sorted(self._folder.glob(f"{kind}-{bucket}.*")):
            with path.open("rb", buffering=1 << 20) as file:
                for line in file:
                    yield line[:-1]


class Writer:
    """Appends to buckets; what it wrote can be read once it is closed."""

    def __init__(self, folder: Path, name: str) -> None:
        """`name`: of the writer; no other has it at the same time."""
        self._folder = folder
        self._name = name
        self._files: dict[tuple[str, int], BinaryIO] = {}

    def put(self, kind: str, bucket: int, line: bytes) -> None:
        """One line more; must not hold a line's end."""
        file = self._files.get((kind, bucket))
        if file is None:
            path = self._folder / f"{kind}-{bucket}.{self._name}"
            file = self._files[kind, bucket] = path.open("ab", buffering=_BUFFER)
        file.write(line + b"\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        for file in self._files.values():
            file.close()
