"""What was at hand lately, so that it need not be read again."""

from collections import OrderedDict
from typing import Generic, TypeVar

ItemT = TypeVar("ItemT")


class Recent(Generic[ItemT]):
    """The items that were put last, by name; those before them are forgotten."""

    def __init__(self, at_most: int) -> None:
        self._at_most = at_most
        self._items: OrderedDict[str, ItemT] = OrderedDict()

    def get(self, name: str) -> ItemT | None:
        """An item, if it has not been forgotten."""
        return self._items.get(name)

    def put(self, name: str, item: ItemT) -> None:
        """Remember an item."""
        self._items[name] = item
        self._items.move_to_end(name)
        if len(self._items) > self._at_most:
            self._items.popitem(last=False)

    def drop(self, name: str) -> None:
        """Forget an item."""
        self._items.pop(name, None)
