"""A real Elasticsearch takes every valid example, and refuses what the contract does not name."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from elasticsearch import BadRequestError, Elasticsearch

from schemas import example_files, mappings
from schemas.events import EVENT_MODELS

NAMES = {
    "findings": "finding",
    "finding-history": "finding",
    "rejected": "rejected",
    "metrics": "dossier-metrics",
    "progress": "partition-progress",
}


@pytest.fixture(scope="module")
def client(elasticsearch: str) -> Iterator[Elasticsearch]:
    """A client, with an index `mapping-test-<name>` for each mapping."""
    with Elasticsearch(elasticsearch) as found:
        for name in mappings.INDICES:
            found.indices.create(index=f"mapping-test-{name}", body=mappings.load(name))
        yield found
        for name in mappings.INDICES:
            found.indices.delete(index=f"mapping-test-{name}")


def _put(client: Elasticsearch, index: str, document: dict[str, Any]) -> str:
    return str(client.index(index=f"mapping-test-{index}", document=document, refresh=True)["_id"])


def _logged(event: dict[str, Any], raw: str = "{}") -> dict[str, Any]:
    """An event as the indexer writes it: without content, with its place in the log."""
    data = {name: value for name, value in event["data"].items() if name != "content"}
    return {**event, "data": data, "log_partition": 3, "log_leaf": 2**40, "raw": raw}


@pytest.mark.parametrize("event_type", EVENT_MODELS)
def test_every_valid_event_is_taken(client: Elasticsearch, event_type: str) -> None:
    for example in example_files.valid(event_type).values():
        _put(client, "events", _logged(example))


@pytest.mark.parametrize(("index", "record"), NAMES.items())
def test_every_valid_record_is_taken(client: Elasticsearch, index: str, record: str) -> None:
    for example in example_files.valid(record).values():
        _put(client, index, example)


def test_unknown_fields_and_content_are_refused(client: Elasticsearch) -> None:
    full = example_files.valid("ai.use.recorded.v1")["full"]
    with pytest.raises(BadRequestError, match="strict_dynamic_mapping_exception"):
        _put(client, "events", {**_logged(full), "data": full["data"]})
    with pytest.raises(BadRequestError, match="strict_dynamic_mapping_exception"):
        _put(client, "events", {**_logged(full), "priority": "high"})


def test_the_largest_that_the_contract_allows_is_taken(client: Elasticsearch) -> None:
    event = example_files.valid("ai.use.recorded.v1")["minimal"]
    event["data"] |= {
        "purpose_text": "\U0001f693" * 20_000,
        "output_tokens": 2**53 - 1,
        "extensions": {"": {"a.b": ["x" * 100_000, 1, {"deep": {"er": None}}]}, "n": 2**70},
    }
    event |= {"id": "\U0001f693" * 200, "time": "2026-03-02T08:14:05.123456+18:00"}
    raw = json.dumps(event, ensure_ascii=False) + "\U0001f693" * 20_000
    assert len(raw.encode()) > 250_000
    _put(client, "events", _logged(event, raw))
    action = example_files.valid("oversight.action.taken.v1")["full"]
    action["data"]["bases"] = [{"kind": "other"}] * 15_000
    _put(client, "events", _logged(action))


def test_raw_bytes_come_back_unchanged(client: Elasticsearch) -> None:
    event = example_files.valid("ai.use.recorded.v1")["other_scripts"]
    raw = json.dumps(event, ensure_ascii=False)
    found = client.get(index="mapping-test-events", id=_put(client, "events", _logged(event, raw)))
    assert found["_source"]["raw"] == raw


def test_a_refusal_of_ten_thousand_characters_is_taken(client: Elasticsearch) -> None:
    rejected = example_files.valid("rejected")["full"]
    rejected |= {"event_id": "\U0001f693" * 10_000, "excerpt": "x" * 65_536}
    _put(client, "rejected", rejected)


def test_nested_objects_do_not_mix(client: Elasticsearch) -> None:
    event = example_files.valid("ai.use.recorded.v1")["full"] | {"id": "nested"}
    _put(client, "events", _logged(event))

    def hits(data_class: str, kind: str) -> int:
        both = [
            {"term": {"data.detected.class": data_class}},
            {"term": {"data.detected.kind": kind}},
        ]
        inner = {"nested": {"path": "data.detected", "query": {"bool": {"filter": both}}}}
        query = {"bool": {"filter": [{"term": {"id": "nested"}}, inner]}}
        return int(client.count(index="mapping-test-events", query=query)["count"])

    assert hits("pii", "phone_number") == 1
    assert hits("cji", "phone_number") == 0
