"""Asks Elasticsearch; turns its being away into one error that the pages explain."""

from elasticsearch import ApiError, AsyncElasticsearch, NotFoundError, TransportError

from services.runtime.indices import Indices
from services.runtime.search import Body, search


class Unavailable(Exception):
    """The pages cannot be shown now; the text says why in plain words."""


class Store:
    """Read access to the indices. `patience_seconds`: how long an index is asked again that has no
    shard to answer yet."""

    def __init__(
        self, client: AsyncElasticsearch, indices: Indices, patience_seconds: float
    ) -> None:
        self._client = client
        self._patience_seconds = patience_seconds
        self.indices = indices

    async def search(self, index: str, body: Body, missing_ok: bool = False) -> Body:
        """The response as plain JSON. Raises Unavailable.

        `missing_ok`: an index that does not exist yet (no event so far) is an empty one.
        """
        try:
            return await search(
                self._client,
                index,
                body,
                missing_ok=missing_ok,
                patience_seconds=self._patience_seconds,
            )
        except NotFoundError:
            raise Unavailable("The system is not set up yet: its indices are missing.") from None
        except (TransportError, ApiError) as error:
            if isinstance(error, ApiError) and error.meta.status < 500 and error.meta.status != 429:
                raise  # our own mistake, which must not look like an outage
            raise Unavailable("The search server does not answer at the moment.") from None

    async def ask(self, index: str, body: Body) -> Body:
        """As `search`; of the indices only that of the events may be missing."""
        return await self.search(index, body, missing_ok=index == self.indices.events)

    async def is_there(self) -> bool:
        """Whether Elasticsearch answers at all."""
        try:
            await self._client.cluster.health(timeout="2s")
        except (TransportError, ApiError):
            return False
        return True


def sources(response: Body) -> list[Body]:
    """The documents that were found."""
    return [hit["_source"] for hit in response["hits"]["hits"]]


def total(response: Body) -> int:
    """How many there are in all; needs `track_total_hits`."""
    return int(response["hits"]["total"]["value"])
