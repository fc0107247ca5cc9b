"""The leaf number that comes next in each partition of the log.

A leaf number is a running count, so it cannot be read off an offset (a record holds many events,
and transactions use offsets up). It is committed together with the offset it belongs to.
"""

from collections.abc import Awaitable, Callable

from aiokafka import TopicPartition
from aiokafka.structs import OffsetAndMetadata

Committed = Callable[[list[TopicPartition]], Awaitable[dict[TopicPartition, OffsetAndMetadata]]]
"""Asks for what the group has committed; offset -1 or no entry: nothing."""

_PREFIX = "leaf="


def to_metadata(leaf: int) -> str:
    """The metadata of a committed offset; the event at that offset has this leaf number."""
    return f"{_PREFIX}{leaf}"


def from_metadata(metadata: str) -> int | None:
    """The leaf number, or None if somebody else committed the offset."""
    number = metadata.removeprefix(_PREFIX)
    return int(number) if metadata.startswith(_PREFIX) and number.isdigit() else None


class Leaves:
    """Where each assigned partition of the log stands: an offset and its leaf number, together.

    Forgotten whenever the assignment changes, since another process may have counted on.
    """

    def __init__(self, committed: Committed) -> None:
        self._committed = committed
        self._stands: dict[TopicPartition, tuple[int, int]] = {}

    def forget(self) -> None:
        self._stands.clear()

    def knows(self, partition: TopicPartition, offset: int) -> bool:
        """Whether the leaf number of a record just read is known."""
        return partition in self._stands and offset >= self._stands[partition][0]

    def leaf(self, partition: TopicPartition) -> int:
        """Leaf number of the next event."""
        return self._stands[partition][1]

    def advance(self, partition: TopicPartition, next_offset: int, events: int) -> None:
        self._stands[partition] = (next_offset, self.leaf(partition) + events)

    async def learn(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        """Ask where these stand; return the offsets from which they have to be read.

        A committed offset that names no leaf (a tool has set it) is worth nothing: the partition
        is counted from its beginning again, which makes no doubles.
        """
        committed = await self._committed(partitions)
        for partition in partitions:
            offset, metadata = committed.get(partition, OffsetAndMetadata(-1, ""))
            leaf = from_metadata(metadata)
            self._stands[partition] = (0, 0) if leaf is None else (offset, leaf)
        return {partition: self._stands[partition][0] for partition in partitions}
