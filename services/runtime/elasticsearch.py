"""The connection to Elasticsearch, and the indices and the template that Blotter needs there."""

from collections.abc import Callable
from typing import Any

from elasticsearch import AsyncElasticsearch
from elasticsearch.serializer import OrjsonSerializer

from schemas.mappings import load as load_mapping

from .indices import Indices

Mapping = dict[str, Any]
"""`{"settings": …, "mappings": …}`, as `schemas.mappings.load` returns it."""

# Fields that no record has: the indexer computes them, for orders and groups that Elasticsearch
# can only make of one stored field.
_COMPUTED: dict[str, dict[str, Any]] = {
    "findings": {
        "entry": {"type": "keyword"},
        "severity_rank": {"type": "byte"},
        "status": {"type": "keyword"},
    },
}


def connect(url: str, timeout_seconds: float = 30.0, connections: int = 10) -> AsyncElasticsearch:
    """A client that does not retry by itself: its users know what may be repeated."""
    return AsyncElasticsearch(
        url,
        request_timeout=timeout_seconds,
        max_retries=0,
        retry_on_timeout=False,
        connections_per_node=connections,
        serializers={
            "application/json": OrjsonSerializer(),
            "application/vnd.elasticsearch+json": OrjsonSerializer(),
        },
    )


async def create_indices(
    client: AsyncElasticsearch, indices: Indices, load: Callable[[str], Mapping] = load_mapping
) -> None:
    """Create what is missing and add fields that are new; what is there keeps its documents.

    Raises elasticsearch.BadRequestError if an existing field would have to change its type.
    """
    await _create_events_template(client, indices, load("events"))
    for kind, index in _fixed(indices).items():
        await _create_index(client, index, _with_computed(kind, load(kind)))


def _fixed(indices: Indices) -> dict[str, str]:
    return {
        "findings": indices.findings,
        "finding-history": indices.finding_history,
        "rejected": indices.rejected,
        "metrics": indices.metrics,
        "progress": indices.progress,
    }


def _with_computed(kind: str, mapping: Mapping) -> Mapping:
    if kind not in _COMPUTED:
        return mapping
    body = mapping["mappings"]
    properties = {**body["properties"], **_COMPUTED[kind]}
    return {**mapping, "mappings": {**body, "properties": properties}}


async def _create_events_template(
    client: AsyncElasticsearch, indices: Indices, mapping: Mapping
) -> None:
    """A month's index makes itself when its first event comes."""
    pattern = indices.events + "-*"
    await client.indices.put_index_template(
        name=indices.events,
        index_patterns=[pattern],
        template={**mapping, "aliases": {indices.events: {}}},
    )
    if await client.indices.get(index=pattern, allow_no_indices=True):
        await client.indices.put_mapping(index=pattern, **mapping["mappings"])


async def _create_index(client: AsyncElasticsearch, index: str, mapping: Mapping) -> None:
    made = await client.options(ignore_status=400).indices.create(index=index, **mapping)
    error = made.get("error")
    if error is None:
        return
    if error["type"] != "resource_already_exists_exception":
        raise RuntimeError(f"index {index} cannot be created: {error['reason']}")
    await client.indices.put_mapping(index=index, **mapping["mappings"])
