"""Straight to Kafka.

One record is on its way at a time. That keeps the order over any failure, and loses little: while a
record travels, the next one fills up to 500 events.
"""

import os
import socket
import time
from threading import Event as Flag
from typing import Any, List, Mapping, Optional, Sequence
from weakref import WeakSet

from kafka import KafkaProducer
from kafka.errors import (
    AuthorizationError,
    InvalidTopicError,
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
)

from .delivery import REFUSED, Answer, record_of
from .encoding import MAX_BYTES
from .reporting import log

_POLL_SECONDS = 0.2
_CLOSE_SECONDS = 1.0
_KNOCK_SECONDS = 2.0


class KafkaSender:
    """Sends to the one partition of a topic with an idempotent producer.

    `options`: further settings of `kafka.KafkaProducer`, such as `security_protocol` and `sasl_*`.
    """

    def __init__(
        self,
        topic: str,
        bootstrap_servers: List[str],
        options: Optional[Mapping[str, Any]] = None,
    ) -> None:
        self._topic = topic
        self._bootstrap_servers = bootstrap_servers
        self._options = dict(options or {})
        self._producer: Optional[KafkaProducer] = None
        _senders.add(self)

    def send(self, events: Sequence[bytes], deadline: float, stopping: Flag) -> Answer:
        """Deliver them as one record; see `Sender`."""
        if self._producer is None:
            if not self._listening():
                return "unreachable"
            if not self._connect():
                return "no_connection"
        failure = self._attempt(record_of(events), deadline, stopping)
        if failure is not None:
            # What became of the record is unknown, and a producer that failed may reorder.
            self.close()
        return failure

    def close(self) -> None:
        """Let go of the producer at once: nothing is under way that is still awaited."""
        producer, self._producer = self._producer, None
        if producer is None:
            return
        try:
            # Closing alone does not stop a producer that still has a record to repeat: it raises,
            # and its thread goes on sending what was given up here.
            producer._sender.force_close()
            producer._sender.join(_CLOSE_SECONDS)
            producer.close(timeout=0)
        except KafkaError as error:
            log.debug("closing the producer: %s", type(error).__name__)

    def forsake(self) -> None:
        """In a forked child: the producer is the parent's, and must not be waited for here."""
        if self._producer is not None:
            self._producer._unregister_cleanup()
            self._producer._closed = True

    def _attempt(self, record: bytes, deadline: float, stopping: Flag) -> Optional[str]:
        assert self._producer is not None
        try:
            future = self._producer.send(self._topic, value=record, key=None)
        except KafkaTimeoutError:
            # The topic is not there (yet): the source is not registered, or just was.
            return "topic_unavailable"
        except KafkaError as error:
            return _reason(error)
        while not (future.is_done or stopping.is_set() or time.monotonic() >= deadline):
            _wait(future)
        if not future.is_done:
            return "timeout"
        return None if future.succeeded() else _reason(future.exception)

    def _listening(self) -> bool:
        """Knock first: a producer that finds nobody fills the product's log and keeps sockets."""
        if "proxy_url" in self._options:
            return True
        for server in self._bootstrap_servers:
            host, _, port = server.rpartition(":")
            try:
                socket.create_connection((host.strip("[]"), int(port)), _KNOCK_SECONDS).close()
            except (OSError, ValueError):
                continue
            return True
        return False

    def _connect(self) -> bool:
        clients: List[Any] = []

        def client(**settings: Any) -> Any:
            clients.append(KafkaProducer.DEFAULT_CONFIG["kafka_client"](**settings))
            return clients[-1]

        try:
            self._producer = KafkaProducer(
                **{**_SETTINGS, **self._options},
                bootstrap_servers=self._bootstrap_servers,
                kafka_client=client,
            )
        except KafkaError as error:
            log.debug("cannot connect: %s", type(error).__name__)
            # A producer that could not start leaves its sockets open; an outage takes many tries.
            for opened in clients:
                opened.close()
            return False
        # Its own exit handler would close it before what is queued has been sent. Ours does so in
        # its place among others: what the product reports in handlers of its own is sent, too.
        self._producer._unregister_cleanup()
        return True


_SETTINGS: Mapping[str, Any] = {
    "acks": "all",
    # Set, although it is the default: only then do conflicting settings raise.
    "enable_idempotence": True,
    # Records are batched here already, and only one is on its way: there is nothing to linger for.
    "linger_ms": 0,
    "batch_size": 2 * MAX_BYTES,
    "max_request_size": 4 * MAX_BYTES,
    "allow_auto_create_topics": False,
    "bootstrap_timeout_ms": 5_000,
    "max_block_ms": 5_000,
    "request_timeout_ms": 10_000,
    # Longer than anybody waits: the deadline of a record is kept here, not by the producer.
    "delivery_timeout_ms": 24 * 3600 * 1000,
    "reconnect_backoff_max_ms": 5_000,
    "metrics_enabled": False,
    # The client's checksum is written in Python: that of the events as they are takes four times as
    # long, with Python's lock, as it takes to compress them, without it, and that of the rest.
    "compression_type": "gzip",
}


_REASONS = (
    (MessageSizeTooLargeError, REFUSED),
    (RecordListTooLargeError, REFUSED),
    (InvalidTopicError, REFUSED),
    (AuthorizationError, "not_authorized"),
    (KafkaTimeoutError, "timeout"),
)


def _reason(error: BaseException) -> str:
    log.debug("attempt failed: %s", type(error).__name__)
    return next((reason for kind, reason in _REASONS if isinstance(error, kind)), "kafka_error")


def _wait(future: Any) -> None:
    try:
        future.get(timeout=_POLL_SECONDS)
    except KafkaError:
        # Either still on its way or failed: `is_done` tells which.
        return


_senders: "WeakSet[KafkaSender]" = WeakSet()


def _after_fork() -> None:
    for sender in list(_senders):
        sender.forsake()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
