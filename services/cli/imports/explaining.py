"""A mapping in words."""

from collections.abc import Iterator

from .checking import slot_of
from .mapping import Mapping, Origin


def explanation(mapping: Mapping) -> Iterator[str]:
    """One line for each thing that is read from a row."""
    yield mapping.title or "A log"
    yield f"  each row becomes {mapping.event} from {mapping.source}"
    for column, words in mapping.only.items():
        yield f"  only rows that say in {column}: {' or '.join(words)}"
    if mapping.system_id:
        yield f"  system_id: always {mapping.system_id}"
    if mapping.id is None:
        yield "  id: made from all that the row says"
    for key, origin in mapping.origins().items():
        yield f"  {key.removeprefix('fields.')}: {'; '.join(_words(mapping, key, origin))}"
    yield f"  times that name no zone are of {mapping.zone}"
    if mapping.blank:
        yield f"  blank is also: {', '.join(mapping.blank)}"


def _words(mapping: Mapping, key: str, origin: Origin) -> Iterator[str]:
    if origin.value is not None:
        yield f"always {_told(origin.value)}"
        return
    columns = " or ".join(origin.column)
    yield f"the text {origin.text}" if origin.text is not None else f"column {columns}"
    if origin.format:
        yield f"written as {' or '.join(origin.format)}"
    if origin.split:
        yield f"several, with {origin.split} between them"
    if origin.pattern:
        yield f"must look like {origin.pattern}"
    if origin.map:
        yield from _map_words(origin)
    if origin.digest:
        yield "only as a keyed digest, and masked in the row's other texts"
    yield from _blank_words(mapping, key, origin)


def _map_words(origin: Origin) -> Iterator[str]:
    yield ", ".join(f"{word} → {_told(value)}" for word, value in origin.map.items())
    if origin.otherwise is not None:
        yield f"anything else → {_told(origin.otherwise)}"
    elif origin.keep_others:
        yield "anything else as it is"
    else:
        yield "anything else refuses the row"


def _blank_words(mapping: Mapping, key: str, origin: Origin) -> Iterator[str]:
    slot = slot_of(mapping, key)
    if origin.default is not None:
        yield f"blank → {_told(origin.default)}"
    elif key == "id":
        yield "blank: made from all that the row says"
    elif origin.required or (slot is not None and slot.required):
        yield "blank refuses the row"


def _told(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
