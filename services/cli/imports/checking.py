"""Whether a mapping fits the contract: what is wrong with it, by key."""

import difflib
from collections.abc import Iterable, Iterator

from .contract import EXTENSION, ID, TIME, Slot, importable, slots
from .mapping import Mapping, Origin, Value, plain_name

_OF_TIMES = ("format", "zone", "ambiguous")
_TIMES = ("time", "date", "time or date")


def problems(mapping: Mapping) -> Iterator[str]:
    """`key: what is wrong` for each that is; none if the mapping can be used."""
    if mapping.event not in importable():
        yield f"event: is none that can be imported{_meant(mapping.event, importable())}"
        return
    known = slots(mapping.event)
    for name in mapping.fields:
        if name not in known:
            yield f"fields.{name}: is no field of {mapping.event}{_meant(name, known)}"
    yield from _missing(mapping, known)
    for key, origin in mapping.origins().items():
        slot = slot_of(mapping, key)
        if slot is not None:
            yield from (f"{key}.{told}" for told in _of_origin(origin, slot))
            if origin.number and not key.startswith("extensions."):
                yield f"{key}.number: is for extensions; of fields, the contract knows"
    yield from _uncovered(mapping)


def slot_of(mapping: Mapping, key: str) -> Slot | None:
    """What the contract says of what a key of the mapping fills; None: there is no such field."""
    table, _, name = key.partition(".")
    if table == "fields":
        return slots(mapping.event).get(name)
    return {"id": ID, "time": TIME, "extensions": EXTENSION}[table]


def _missing(mapping: Mapping, known: dict[str, Slot]) -> Iterator[str]:
    given = set(mapping.fields)
    if mapping.system_id is not None:
        if "system_id" not in known:
            yield f"system_id: {mapping.event} is of no system"
        elif "system_id" in given:
            yield "fields.system_id: is said by system_id above"
        given.add("system_id")
    for name, slot in known.items():
        if slot.required and name not in given:
            yield f"fields.{name}: is missing; {mapping.event} requires it"


def _of_origin(origin: Origin, slot: Slot) -> Iterator[str]:
    for key, value in _constants(origin):
        if told := slot.problem(value):
            yield f"{key}: {told}"
    if origin.split is not None and not slot.many:
        yield "split: there can be only one value"
    if origin.digest and slot.kind not in ("text", "id"):
        yield f"digest: is no text but a {slot.kind}"
    for key in _OF_TIMES:
        if key in origin.model_fields_set and slot.kind not in _TIMES:
            yield f"{key}: is for times"


def _constants(origin: Origin) -> Iterator[tuple[str, Value]]:
    for key in ("value", "default", "otherwise"):
        value = getattr(origin, key)
        if value is not None:
            yield key, value
    yield from ((f'map."{word}"', value) for word, value in origin.map.items())


def _uncovered(mapping: Mapping) -> Iterator[str]:
    """What one field keeps as a digest only, no other may carry as it is."""
    origins = mapping.origins()
    secret = {plain_name(name) for o in origins.values() if o.digest for name in _names(o)}
    for key, origin in origins.items():
        if not origin.digest and secret & {plain_name(name) for name in _names(origin)}:
            yield f"{key}: reads a column of which another field keeps a digest only"


def _names(origin: Origin) -> list[str]:
    return [name for column in origin.columns() for name in column]


def _meant(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), 1, 0.5)
    return f"; did you mean {close[0]}?" if close else f"; there are {', '.join(known)}"
