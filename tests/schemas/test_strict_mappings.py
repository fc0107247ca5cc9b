"""The mappings name every field that a document can have, with one type each."""

import json
from typing import Any

import pytest

from schemas import example_files, mappings
from schemas.events import EVENT_MODELS
from tests.schemas import support

EXAMPLES = [
    (index, name, what)
    for index, names in {
        "events": tuple(EVENT_MODELS),
        "findings": ("finding",),
        "finding-history": ("finding",),
        "rejected": ("rejected",),
        "metrics": ("dossier-metrics",),
        "progress": ("partition-progress",),
    }.items()
    for name in names
    for what in example_files.valid(name)
]


def unmapped(value: Any, properties: dict[str, Any], path: str = "") -> list[str]:
    """Paths of the fields that a strict mapping with these properties would refuse."""
    found = []
    for name, item in value.items():
        if name not in properties:
            found.append(path + name)
            continue
        mapping = properties[name]
        for inner in item if isinstance(item, list) else [item]:
            if isinstance(inner, dict) and mapping.get("enabled", True):
                found += unmapped(inner, mapping.get("properties", {}), f"{path}{name}.")
    return found


@pytest.mark.parametrize(("index", "name", "what"), EXAMPLES)
def test_every_field_of_an_example_is_mapped(index: str, name: str, what: str) -> None:
    document = json.loads(
        support.read(name, json.dumps(example_files.valid(name)[what])).model_dump_json(
            exclude_none=True
        )
    )
    properties = mappings.load(index)["mappings"]["properties"]
    content = ["data.content"] if "content" in document.get("data", {}) else []
    assert unmapped(document, properties) == content


def test_content_has_no_place_in_the_index() -> None:
    assert "content" not in mappings.load("events")["mappings"]["properties"]["data"]["properties"]


@pytest.mark.parametrize("name", mappings.INDICES)
def test_what_is_loaded_is_strict_and_complete(name: str) -> None:
    loaded = mappings.load(name)
    assert loaded == mappings.build(name)
    assert loaded["mappings"]["dynamic"] == "strict"
    assert loaded["settings"]["number_of_replicas"] == 0


@pytest.mark.parametrize(
    ("index", "field", "kind"),
    [
        ("events", "data.use_id", "keyword"),
        ("events", "data.purpose_text", "text"),
        ("events", "data.purpose_text.keyword", "keyword"),
        ("events", "time", "date"),
        ("events", "data.oldest_record_on", "date"),
        ("events", "data.until", "date"),
        ("events", "data.value", "double"),
        ("events", "data.input_tokens", "long"),
        ("events", "data.granted", "boolean"),
        ("events", "data.detected", "nested"),
        ("events", "data.detected.class", "keyword"),
        ("events", "data.safeguards.from", "date"),
        ("events", "data.extensions", "object"),
        ("events", "data.policy", "object"),
        ("events", "log_leaf", "long"),
        ("findings", "sentence", "text"),
        ("findings", "clause", "keyword"),
        ("findings", "evidence", "nested"),
        ("metrics", "measures.seconds", "double"),
        ("metrics", "violation", "keyword"),
        ("rejected", "excerpt", "text"),
        ("progress", "inputs", "object"),
    ],
)
def test_the_type_of_a_field_follows_its_kind(index: str, field: str, kind: str) -> None:
    place = mappings.load(index)["mappings"]
    for part in field.split("."):
        place = {**place.get("properties", {}), **place.get("fields", {})}[part]
    assert place["type"] == kind


def test_a_field_with_two_types_is_refused() -> None:
    text, number = {"type": "keyword"}, {"type": "long"}
    assert mappings.merge({"a": text}, {"b": number}, "") == {"a": text, "b": number}
    with pytest.raises(ValueError, match=r"^data\.a has two mappings"):
        mappings.merge(
            {"data": {"properties": {"a": text}}}, {"data": {"properties": {"a": number}}}, ""
        )
    with pytest.raises(ValueError, match="two mappings"):
        mappings.merge({"a": text}, {"a": {"properties": {"b": text}}}, "")
