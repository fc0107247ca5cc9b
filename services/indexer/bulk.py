"""Bulk requests that end only when every single document is settled."""

import asyncio
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from elasticsearch import ApiError, AsyncElasticsearch, TransportError

from services.runtime.health import Health
from services.runtime.indices import Indices

from . import metrics
from .documents import Action, refusal

log = logging.getLogger(__name__)

# Not about the document but about the cluster: an index that is missing or closed, missing
# rights, a full disk. Somebody mends it, and then the same document is welcome.
_ENVIRONMENT = frozenset({401, 403, 404, 408, 429})


@dataclass(frozen=True)
class Limits:
    """Bounds of bulk requests: documents and bytes of one, requests in flight, pauses (s)."""

    documents: int
    bytes: int
    requests: int
    backoff_seconds: float
    backoff_max_seconds: float


class Away(Exception):
    """Elasticsearch took nothing of a request; the text says why, without contents."""


class Unsendable(Exception):
    """Elasticsearch refuses a request as a whole because of something in it."""


class Bulk:
    """Sends documents and sees each of them through: indexed, already there, or refused."""

    def __init__(
        self, client: AsyncElasticsearch, indices: Indices, limits: Limits, health: Health
    ) -> None:
        self._client = client
        self._indices = indices
        self._limits = limits
        self._health = health
        self._slots = asyncio.Semaphore(limits.requests)

    async def settle(self, actions: Sequence[Action]) -> None:
        """Return when Elasticsearch holds every document, or one that says why it is refused.

        While Elasticsearch is away this repeats for ever; cancel it to give up.
        """
        async with asyncio.TaskGroup() as group:
            for request in requests(actions, self._limits.documents, self._limits.bytes):
                group.create_task(self._settle(request))

    async def _settle(self, request: list[Action]) -> None:
        pause = self._limits.backoff_seconds
        while request:
            try:
                statuses = await self._send(request)
            except Away as away:
                self._put_off(request, str(away))
            except Unsendable as error:
                request = await self._divide(request, str(error))
                continue
            else:
                request = self._unsettled(request, statuses)
            if request:
                await asyncio.sleep(pause)
                pause = min(pause * 2, self._limits.backoff_max_seconds)

    async def _divide(self, request: list[Action], reason: str) -> list[Action]:
        """Find the document for which a whole request is refused; return what is left to send."""
        if len(request) == 1:
            return self._refuse(request[0], reason)
        middle = len(request) // 2
        await self._settle(request[:middle])
        return request[middle:]

    async def _send(self, request: list[Action]) -> list[dict[str, Any]]:
        """The outcome of each item, in order: `{"status": …, "error"?: …}`."""
        body = b"\n".join(
            [part for action in request for part in (action.header, action.document)] + [b""]
        )
        async with self._slots:
            try:
                response = await self._client.bulk(
                    # The client types this as a sequence; bytes are passed through as they are.
                    operations=body,  # type: ignore[arg-type]
                    filter_path="items.*.status,items.*.error.type,items.*.error.reason",
                )
            except TransportError as error:
                raise Away(f"elasticsearch away ({type(error).__name__})") from None
            except ApiError as error:
                status = error.meta.status
                if status in _ENVIRONMENT or status >= 500:
                    raise Away(f"elasticsearch takes no requests (HTTP {status})") from None
                raise Unsendable(f"HTTP {status}") from None
        return [next(iter(item.values())) for item in response["items"]]

    def _unsettled(self, request: list[Action], items: list[dict[str, Any]]) -> list[Action]:
        """Count what is settled; return what has to be sent again."""
        again: list[Action] = []
        held: Counter[str] = Counter()
        for action, item in zip(request, items, strict=True):
            status = item["status"]
            if status < 300 or status == 409:
                held[action.kind] += 1
            elif status in _ENVIRONMENT or status >= 500:
                why = item.get("error", {}).get("type", "unknown")
                self._put_off([action], f"elasticsearch puts documents off: {why}")
                again.append(action)
            else:
                again += self._refuse(action, _reason(item.get("error", {})))
        for kind, count in held.items():
            metrics.INDEXED.labels(kind).inc(count)
        return again

    def _put_off(self, request: list[Action], why: str) -> None:
        self._health.failing(why)
        metrics.RETRIED.labels(why).inc(len(request))
        log.warning("documents are sent again", extra={"why": why, "count": len(request)})

    def _refuse(self, action: Action, reason: str) -> list[Action]:
        """What to send instead of a refused document."""
        place = {"index": action.target, **action.origin._asdict(), "item": action.item}
        if action.about_refusal:
            # Nothing may be lost, so this stops here, visibly, until the index is mended.
            self._put_off([action], "the rejected index refuses documents")
            return [action]
        metrics.REFUSED.labels(action.kind).inc()
        log.error("document refused", extra={**place, "reason": reason.partition(":")[0]})
        return refusal(action, self._indices, reason)


def requests(
    actions: Sequence[Action], max_documents: int, max_bytes: int
) -> Iterator[list[Action]]:
    """Cut a batch into requests; a document over `max_bytes` gets a request of its own."""
    request: list[Action] = []
    size = 0
    for action in actions:
        length = len(action.header) + len(action.document) + 2
        if request and (len(request) >= max_documents or size + length > max_bytes):
            yield request
            request, size = [], 0
        request.append(action)
        size += length
    if request:
        yield request


def _reason(error: dict[str, Any]) -> str:
    # Elasticsearch quotes the value it could not read; it may be protected data.
    reason = str(error.get("reason", "")).partition(". Preview of field's value")[0]
    return f"{error.get('type', 'refused')}: {reason}"
