"""Transactions of Kafka's C client, from asyncio: all that is written becomes visible, or nothing.

The client's rules for errors: what may be tried again is tried again here, a transaction that
failed is aborted, and after anything else the producer is of no more use (librdkafka,
INTRODUCTION.md, "Transactional Producer").
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import cache
from typing import Any, Self

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition

log = logging.getLogger(__name__)

_PAUSE_SECONDS = 0.05
_QUEUE_KIB = 64 * 1024
_FENCED = {KafkaError._FENCED, KafkaError.PRODUCER_FENCED}


class ProducerError(Exception):
    """Kafka did not do what was asked. Unless it is a TransactionFailed, the producer is of no more
    use, and opening its id again settles whether a transaction in hand was committed."""


class Fenced(ProducerError):
    """Another has opened the transactional id: nothing may be written in its name any more."""


class TransactionFailed(ProducerError):
    """Nothing of this transaction will be seen. After `abort` another may be begun; the first after
    a lost write fails as well, for the client does not give its number to another."""


class TransactionalProducer:
    """The only producer of a transactional id, until another opens it. Used by one task."""

    def __init__(self, client: Producer, bootstrap: str, patience_seconds: float) -> None:
        """Use `open`."""
        self._client = client
        self._bootstrap = bootstrap
        self._patience = patience_seconds
        # One thread, so that what was begun is over before anything else is asked for, even if
        # the task that waited for it was cancelled.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="producer")
        self._lost: ProducerError | None = None
        self._is_open = False
        self._is_stuck = False

    @classmethod
    async def open(
        cls,
        bootstrap: str,
        transactional_id: str,
        transaction_timeout_seconds: float,
        max_request_bytes: int,
    ) -> Self:
        """Fence whoever had the id, and wait until its last transaction is over.

        `max_request_bytes`: of one record. Raises ProducerError.
        """
        # Without callbacks, of its logger too: they are called after a fatal error has been raised,
        # and hide it. The client tells on stderr what it met.
        client = Producer(
            {
                "bootstrap.servers": bootstrap,
                "transactional.id": transactional_id,
                "transaction.timeout.ms": int(transaction_timeout_seconds * 1000),
                "message.max.bytes": max_request_bytes,
                "acks": "all",
                "enable.idempotence": True,
                # The broker asks for patience while it finishes the transaction before.
                "retry.backoff.ms": 10,
                "queue.buffering.max.kbytes": max(_QUEUE_KIB, 2 * max_request_bytes // 1024),
            }
        )
        opened = cls(client, bootstrap, 2 * transaction_timeout_seconds)
        try:
            await opened._in_thread(opened._patiently, client.init_transactions)
        except BaseException:
            await opened.close()
            raise
        return opened

    def begin(self) -> None:
        """Begin a transaction. Raises ProducerError."""
        self._lost = None
        self._patiently(self._client.begin_transaction)
        self._is_open = True

    def write(self, topic: str, partition: int, key: bytes | None, value: bytes | None) -> None:
        """Hand over one record; a failure to deliver it is told by `commit`.

        While the client's queue is full this waits, and nothing else runs meanwhile. Raises
        ProducerError, and so does every commit of this transaction, if the record is not taken.
        """
        while True:
            try:
                self._client.produce(topic, value, key, partition)
            except BufferError:
                self._client.poll(_PAUSE_SECONDS)
            except KafkaException as error:
                self._lost = self._lost or _of_write(error.args[0])
                raise self._lost from error
            else:
                return

    async def commit(self, offsets: Mapping[tuple[str, int], tuple[int, str]], group: str) -> None:
        """Commit what was written, and with it where `group` reads on.

        `offsets`: by (topic, partition), the next offset and its metadata. Raises TransactionFailed
        if any write was lost; Fenced; ProducerError if it cannot be known what happened.
        """
        places = [TopicPartition(*place, *stands) for place, stands in offsets.items()]
        await self._in_thread(self._commit, places, group)
        self._is_open = False

    async def abort(self) -> None:
        """Undo what was written since `begin`. Raises ProducerError."""
        await self._in_thread(self._abort)
        self._is_open = False

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """Begin; at the end of the block abort, unless `commit` was called and succeeded."""
        self.begin()
        try:
            yield
        except TransactionFailed:
            await self.abort()
            raise
        except ProducerError:
            raise
        except BaseException:
            await self._abandon()
            raise
        if self._is_open:
            await self.abort()

    async def close(self) -> None:
        """Abort a transaction in hand, and give the connection back; the id may be opened again."""
        try:
            if not self._is_stuck:
                await self._in_thread(self._client.close)
        except KafkaException as error:
            # One that was fenced, say, has nothing left to abort, and has said so before.
            if not error.args[0].fatal():
                raise _told(error.args[0]) from error
        finally:
            self._thread.shutdown(wait=False)

    async def _abandon(self) -> None:
        """Abort because of something else, which must not be hidden by what that leads to."""
        try:
            await self.abort()
        except ProducerError:
            log.exception("a transaction could not be aborted; its timeout does")

    def _commit(self, places: list[TopicPartition], group: str) -> None:
        if self._lost is not None:
            raise self._lost
        if places:
            known = _group(self._bootstrap, group, self._patience)
            self._patiently(self._client.send_offsets_to_transaction, places, known)
        self._patiently(self._client.commit_transaction)

    def _abort(self) -> None:
        # An abort that overtakes the first write breaks the client (librdkafka, number 4849).
        self._patiently(self._client.flush, self._patience)
        self._patiently(self._client.abort_transaction)

    async def _in_thread(self, call: Callable[..., Any], *arguments: Any) -> None:
        """Call what may block. Raises ProducerError after some time: the client may wait for ever,
        as for the coordinator of a group (librdkafka, number 5456)."""
        called = asyncio.get_running_loop().run_in_executor(self._thread, call, *arguments)
        try:
            await asyncio.wait_for(called, self._patience)
        except TimeoutError:
            self._is_stuck = True
            raise ProducerError(f"Kafka did not answer within {self._patience:.0f} s") from None

    def _patiently(self, call: Callable[..., Any], *arguments: Any) -> None:
        """Ask again as long as the client says that this helps. Raises ProducerError."""
        deadline = time.monotonic() + self._patience
        while True:
            try:
                call(*arguments)
            except KafkaException as error:
                kind = error.args[0]
                if not kind.retriable() or time.monotonic() > deadline:
                    raise _told(kind) from error
                time.sleep(_PAUSE_SECONDS)
            else:
                return


def _told(error: KafkaError) -> ProducerError:
    text = f"{error.name()}: {error.str()}"
    if error.code() in _FENCED:
        return Fenced(text)
    return TransactionFailed(text) if error.txn_requires_abort() else ProducerError(text)


def _of_write(error: KafkaError) -> ProducerError:
    """No error of a write is marked as one of its transaction; `abort` tells what is worse."""
    told = _told(error)
    is_worse = isinstance(told, Fenced) or error.fatal()
    return told if is_worse else TransactionFailed(str(told))


@cache
def _group(bootstrap: str, name: str, patience_seconds: float) -> Any:
    """How the client speaks of a group of which it is no member (generation -1): the producer's id
    does the fencing. Returns once the group has a coordinator, for a producer would not wait."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": name})
    deadline = time.monotonic() + patience_seconds
    try:
        while True:
            try:
                consumer.committed([TopicPartition(name, 0)], patience_seconds)
                return consumer.consumer_group_metadata()
            except KafkaException as error:
                # A new Kafka first makes a topic for what groups have read.
                if time.monotonic() > deadline:
                    raise _told(error.args[0]) from error
                time.sleep(_PAUSE_SECONDS)
    finally:
        consumer.close()
