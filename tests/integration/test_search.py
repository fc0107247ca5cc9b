"""A search finds all that is there, or fails: a month's index that has just made itself has no
shard for an instant, and is asked again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from elasticsearch import ApiError, AsyncElasticsearch

from services.cli.setup import policies
from services.runtime.elasticsearch import connect, create_indices
from services.runtime.indices import Indices
from services.runtime.search import Body, search

SECONDS = 2
INDICES = Indices("young")
MONTH = f"{INDICES.events}-2026.01"
BEFORE = f"{INDICES.events}-2025.12"
_NOWHERE = {"index.routing.allocation.require._name": "nobody"}


@asynccontextmanager
async def month_without_shard(url: str) -> AsyncIterator[AsyncElasticsearch]:
    client = connect(url)
    try:
        await create_indices(client, INDICES)
        await client.indices.create(index=MONTH, settings=_NOWHERE, wait_for_active_shards="0")
        yield client
    finally:
        await client.indices.delete(index=[MONTH, BEFORE], ignore_unavailable=True)
        await client.close()


def test_an_index_without_its_shard_is_asked_again(elasticsearch: str) -> None:
    async def run() -> None:
        async with month_without_shard(elasticsearch) as client:
            asking = asyncio.create_task(policies(client, INDICES, 30))
            await asyncio.sleep(SECONDS)
            assert not asking.done()
            await client.indices.put_settings(index=MONTH, settings=dict.fromkeys(_NOWHERE))
            assert await asking == []

    asyncio.run(run())


def test_what_other_months_hold_is_not_taken_for_all(elasticsearch: str) -> None:
    async def run() -> None:
        async with month_without_shard(elasticsearch) as client:
            await client.index(index=BEFORE, document={"id": "ev-1"}, refresh=True)
            body: Body = {"query": {"match_all": {}}}
            # Elasticsearch itself is content with the months that answer.
            partial = await client.search(index=INDICES.events, body=body)
            assert partial["hits"]["total"]["value"] == 1
            with pytest.raises(ApiError, match="search_phase_execution_exception"):
                await search(client, INDICES.events, body, patience_seconds=0.5)

    asyncio.run(run())


def test_no_index_is_an_empty_one_where_that_may_be(elasticsearch: str) -> None:
    async def run() -> None:
        client = connect(elasticsearch)
        try:
            none = await search(client, "nowhere", {}, missing_ok=True, patience_seconds=0)
            assert none["hits"]["hits"] == []
            with pytest.raises(ApiError, match="index_not_found_exception"):
                await search(client, "nowhere", {}, patience_seconds=0)
        finally:
            await client.close()

    asyncio.run(run())
