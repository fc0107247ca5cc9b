"""A month's index that has just made itself cannot be searched for an instant: setup asks again."""

import asyncio

import pytest
from elasticsearch import ApiError

from services.cli.setup import policies
from services.runtime.elasticsearch import connect, create_indices
from services.runtime.indices import Indices

SECONDS = 2
_NOWHERE = {"index.routing.allocation.require._name": "nobody"}


def test_an_index_without_its_shard_is_asked_again(elasticsearch: str) -> None:
    asyncio.run(policies_of_an_index_whose_shard_comes_later(elasticsearch))


async def policies_of_an_index_whose_shard_comes_later(url: str) -> None:
    indices = Indices("young")
    month = f"{indices.events}-2026.01"
    client = connect(url)
    try:
        await create_indices(client, indices)
        await client.indices.create(index=month, settings=_NOWHERE, wait_for_active_shards="0")
        with pytest.raises(ApiError, match="search_phase_execution_exception"):
            await client.search(index=month, allow_partial_search_results=False)
        asking = asyncio.create_task(policies(client, indices))
        await asyncio.sleep(SECONDS)
        assert not asking.done()
        anywhere = dict.fromkeys(_NOWHERE)
        await client.indices.put_settings(index=month, settings=anywhere)
        assert await asking == []
    finally:
        await client.indices.delete(index=month)
        await client.close()
