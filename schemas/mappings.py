"""Strict Elasticsearch mappings, made from the models.

An index refuses a document with a field that its mapping does not name. Nothing in a document
that the contract allows can make Elasticsearch refuse it: what is too long for a term stays in
the document and is only not found by that term, and a vendor's own JSON is kept, not indexed.
"""

import json
from importlib.resources import files
from typing import Any

from .events import EVENT_MODELS
from .json_schema import Schema, alternatives, schema_of

Mapping = dict[str, Any]

LONGEST_TERM = 8191
"""Characters: Lucene refuses a term of more than 32,766 bytes, and one character can be four."""

LONGEST_KEYWORD = 1000
"""Strings that may have more characters than this are text, searched by their words."""

REFRESH = "250ms"
"""The longest that an indexed document cannot be found yet. Against Elasticsearch's 1s it
takes about a twentieth more of its CPU time under full load, and nothing while nothing comes."""

REFRESH_OF_METRICS = "1s"
"""The same for metrics, of which there are most: they are counted, and nobody waits for one."""

_KEPT_ONLY: Mapping = {"type": "object", "enabled": False}
_SHOWN_ONLY = {"basis"}
"""Fields that are shown, and never searched."""
_SCALARS = {"boolean": "boolean", "integer": "long", "number": "double"}
_LOG_FIELDS: Mapping = {
    "log_partition": {"type": "integer"},
    "log_leaf": {"type": "long"},
    # The event's exact bytes: fetched, never searched, hence without the limit of a term.
    "raw": {"type": "keyword", "index": False, "doc_values": False},
}
_RECORDS = {
    "findings": "finding",
    "finding-history": "finding",
    "rejected": "rejected",
    "metrics": "dossier-metrics",
    "progress": "partition-progress",
}
INDICES = ("events", *_RECORDS)
"""Names of the mappings."""


def load(name: str) -> dict[str, Any]:
    """Settings and mappings of one of INDICES, as the body of a request that creates it."""
    packaged = files("schemas") / "elasticsearch" / f"{name}.json"
    loaded: dict[str, Any] = json.loads(packaged.read_text("utf-8"))
    return loaded


def build(name: str) -> dict[str, Any]:
    """What `load` returns, made anew from the models. Raises ValueError on a conflict of types."""
    return {
        "settings": {
            "number_of_shards": 1,
            "number_of_replicas": 0,
            "refresh_interval": REFRESH_OF_METRICS if name == "metrics" else REFRESH,
            # An event of 256 KB can list more than the 10,000 objects that are the default.
            "index.mapping.nested_objects.limit": 50_000,
        },
        "mappings": {"dynamic": "strict", "properties": _properties(name)},
    }


def _properties(name: str) -> Mapping:
    if name != "events":
        schema = schema_of(_RECORDS[name])
        return _object(schema, schema)
    union: Mapping = {}
    for event_type in EVENT_MODELS:
        schema = schema_of(event_type)
        union = merge(union, _object(schema, schema), "")
    # Content is scanned and dropped before the log: an event that still has it is refused here.
    del union["data"]["properties"]["content"]
    return {**union, **_LOG_FIELDS}


def merge(one: Mapping, other: Mapping, path: str) -> Mapping:
    """The fields of both. Raises ValueError where one field would have two types."""
    merged = dict(one)
    for field, mapping in other.items():
        known: Any = merged.get(field, mapping)
        where = f"{path}{field}"
        inner = merge(known.get("properties", {}), mapping.get("properties", {}), where + ".")
        bare, known_bare = ({**m, "properties": {}} for m in (mapping, known))
        if bare != known_bare:
            raise ValueError(f"{where} has two mappings: {known} and {mapping}")
        merged[field] = {**mapping, "properties": inner} if inner else mapping
    return merged


def _object(schema: Schema, root: Schema) -> Mapping:
    return {
        name: dict(_KEPT_ONLY) if name in _SHOWN_ONLY else _field(field, root)
        for name, field in schema["properties"].items()
    }


def _field(schema: Schema, root: Schema) -> Mapping:
    members = alternatives(schema, root)
    if len(members) > 1:
        return _several(members)
    (member,) = members
    kind = member.get("type")
    if kind == "array":
        items = _field(member["items"], root)
        # Nested, so that a query for one object's fields does not mix them with another's.
        return {"type": "nested", **items} if "properties" in items else items
    if kind == "object" and "properties" in member:
        return {"properties": _object(member, root)}
    if kind == "string":
        return _string(member)
    return {"type": _SCALARS[kind]} if kind in _SCALARS else dict(_KEPT_ONLY)


def _several(members: list[Schema]) -> Mapping:
    if {member.get("format") for member in members} == {"date-time", "date"}:
        return {"type": "date", "format": "strict_date_optional_time"}
    raise ValueError(f"no mapping for a field of several types: {members}")


def _string(schema: Schema) -> Mapping:
    if schema.get("format") == "date-time":
        return {"type": "date", "format": "strict_date_optional_time"}
    if schema.get("format") == "date":
        return {"type": "date", "format": "strict_date"}
    keyword = {"type": "keyword", "ignore_above": LONGEST_TERM}
    if schema.get("maxLength", 0) > LONGEST_KEYWORD:
        return {"type": "text", "fields": {"keyword": keyword}}
    return keyword if _unlimited(schema) else {"type": "keyword"}


def _unlimited(schema: Schema) -> bool:
    return not {"maxLength", "enum", "const", "pattern"} & schema.keys()
