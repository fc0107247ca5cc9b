"""Into Kafka, and back only when every replica has it (librdkafka's idempotent producer)."""

import asyncio
import contextlib
import logging
from collections.abc import Iterable, Iterator, Sequence
from threading import Event, Thread

from confluent_kafka import KafkaError, KafkaException, Producer

from .limits import InFlight

log = logging.getLogger(__name__)

MOST_RECORD_BYTES = 1024 * 1024
_LARGEST_MESSAGE = 2 * 1024 * 1024
_GRACE_SECONDS = 1.0
_POLL_SECONDS = 0.1


class NotAcknowledged(Exception):
    """Kafka may have some of it, or nothing: the same must be sent again."""


class Outlet:
    """Used by one event loop; the client tells what became of records in a thread of its own."""

    def __init__(self, bootstrap: str, seconds: float, flight: InFlight) -> None:
        """`seconds`: how long Kafka may take to have a record."""
        self._bootstrap = bootstrap
        self._seconds = seconds
        self._flight = flight
        self._client = self._connected()
        self._closing = Event()
        self._polling = Thread(target=self._poll, name="outlet", daemon=True)
        self._polling.start()

    async def write(self, topic: str, events: Sequence[bytes]) -> None:
        """Write events in order, and return once Kafka has acknowledged all of them.

        Raises NotAcknowledged; Refused (503) if more would be in flight than may be.
        """
        sent = [self._send(topic, record) for record in records(events)]
        try:
            # The client gives up first; this is for the case that even it does not answer.
            async with asyncio.timeout(self._seconds + _GRACE_SECONDS):
                failed = [error for error in await asyncio.gather(*sent) if error is not None]
        except TimeoutError:
            raise NotAcknowledged("no answer") from None
        if failed:
            raise NotAcknowledged(failed[0].name())

    async def close(self) -> None:
        """Wait for what is under way, no longer than it may take."""
        await asyncio.to_thread(self._client.flush, self._seconds)
        self._closing.set()
        await asyncio.to_thread(self._polling.join)

    def _send(self, topic: str, record: bytes) -> "asyncio.Future[KafkaError | None]":
        loop = asyncio.get_running_loop()
        told: asyncio.Future[KafkaError | None] = loop.create_future()
        self._flight.take(len(record))

        def settle(error: KafkaError | None) -> None:
            self._flight.give(len(record))
            if not told.done():
                told.set_result(error)

        def delivered(error: KafkaError | None, _: object) -> None:
            # The loop may be over: then nobody waits any more.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(settle, error)

        try:
            self._client.produce(topic, record, partition=0, on_delivery=delivered)
        except (BufferError, KafkaException) as error:
            self._flight.give(len(record))
            self._replace_if_lost(error)
            raise NotAcknowledged(type(error).__name__) from error
        return told

    def _replace_if_lost(self, error: Exception) -> None:
        """After a fatal error a producer is of no more use."""
        if isinstance(error, KafkaException) and error.args[0].code() == KafkaError._FATAL:
            log.error("the producer has failed and is replaced: %s", error.args[0].str())
            self._client = self._connected()

    def _poll(self) -> None:
        while not self._closing.is_set():
            self._client.poll(_POLL_SECONDS)

    def _connected(self) -> Producer:
        return Producer(
            {
                "bootstrap.servers": self._bootstrap,
                "acks": "all",
                "enable.idempotence": True,
                "delivery.timeout.ms": int(self._seconds * 1000),
                "linger.ms": 1,
                "message.max.bytes": _LARGEST_MESSAGE,
                # Senders wait: Kafka's return must be noticed soon.
                "reconnect.backoff.max.ms": 1000,
            }
        )


def records(events: Iterable[bytes]) -> Iterator[bytes]:
    """JSON arrays of events, in order, each as large as a record should be and seldom larger."""
    lot: list[bytes] = []
    size = 0
    for event in events:
        if lot and size + len(event) > MOST_RECORD_BYTES:
            yield b"[%b]" % b",".join(lot)
            lot, size = [], 0
        lot.append(event)
        size += len(event) + 1
    if lot:
        yield b"[%b]" % b",".join(lot)
