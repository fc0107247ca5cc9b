"""Searching: all that is there, or an error; never what is left while a shard does not answer."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from elasticsearch import ApiError, AsyncElasticsearch

Body = dict[str, Any]
Search = Callable[[str, Body], Awaitable[Body]]
"""Asks an index, which need not exist yet, and returns the response as plain JSON."""

_PAUSE_SECONDS = 0.2


async def search(
    client: AsyncElasticsearch,
    index: str,
    body: Body,
    *,
    missing_ok: bool = False,
    patience_seconds: float,
) -> Body:
    """The response as plain JSON.

    A month's index makes itself with its first event, and for an instant no shard of it can be
    searched; it is asked again for as long as `patience_seconds`. `missing_ok`: an index that does
    not exist yet is an empty one.

    Raises elasticsearch.ApiError (503 where a shard does not answer, 404 where an index is missing)
    or elastic_transport.TransportError.
    """
    deadline = time.monotonic() + patience_seconds
    while True:
        try:
            response = await client.search(
                index=index,
                body=body,
                ignore_unavailable=missing_ok,
                allow_partial_search_results=False,
            )
        except ApiError as error:
            if error.meta.status != HTTPStatus.SERVICE_UNAVAILABLE or time.monotonic() > deadline:
                raise
            await asyncio.sleep(_PAUSE_SECONDS)
        else:
            found: Body = response.body
            return found
