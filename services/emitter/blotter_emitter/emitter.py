"""The emitter: what a product holds one of, for as long as it runs."""

import contextlib
import os
import re
import secrets
import socket
import threading
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Mapping, Optional, Type, Union

from . import shutdown
from .buffer import Buffer, Stats
from .builders import Builders, build
from .contract import ai
from .contract.envelope import Envelope
from .delivery import KafkaSender, Sender, Worker
from .encoding import Encoded, as_mapping, encode
from .errors import InvalidEvent
from .fields import HeartbeatFields, UseBlockFields
from .reporting import OnError, Reporter
from .topics import intake_topic
from .use import Use

if TYPE_CHECKING:
    from typing_extensions import Unpack

_SOURCE = re.compile(r"/[A-Za-z0-9._~-]+(/[A-Za-z0-9._~-]+)*")
_ADDRESS = re.compile(r"\S+:[0-9]{1,5}")
_SHORTEST_KEY = 8
_TRUE = ("1", "true", "yes", "on")


class Emitter(Builders):
    """Sends the events of one source, in the background, in order.

    Reporting validates, stamps and enqueues; it neither waits for Kafka nor raises for it.
    Safe to share between threads. After a fork the child begins anew with its own instance.

    `source`: as registered, `/vendors/<vendor>/<system_id>`. `system_id`: filled in where missing.
    `bootstrap_servers`: `host:port`, or several. `kafka_options`: more settings of
    `kafka.KafkaProducer`, such as `security_protocol` and `sasl_*`.
    `on_error(reason, n)`: called for every loss of n events, from the thread that notices;
    reasons are those of `stats.dropped` and `stats.failed`.
    `raise_on_invalid`: raise `InvalidEvent` for a wrong field, as development and tests want;
    otherwise the event is dropped, counted, logged and passed to `on_error`.
    `queue_events`, `queue_bytes`: how much may wait in memory. `wait_when_full`: seconds that
    reporting may wait for room; 0 in a product, more in an importer.
    `gather_seconds`: how long an event waits for others to travel with it in one record; a full
    record, `flush` and `close` do not wait.
    `delivery_timeout`: seconds after which an event that could not be delivered is given up.
    `exit_timeout`: seconds that the end of the process may be delayed to send what is left.
    `digest_key`: the department's secret, at least 8 characters. With it, protected data is found
    here and `content` never leaves the process: only class, kind and keyed digest of what it held.
    Without it, content is sent and scanned on arrival. `scan`: False leaves scanning to the arrival
    all the same; True insists on it here.
    `sender`: takes the place of Kafka in tests, see `blotter_emitter.testing`.

    Raises ValueError for a source or setting that can never work.
    """

    def __init__(
        self,
        source: str,
        system_id: Optional[str] = None,
        bootstrap_servers: Union[str, List[str]] = "127.0.0.1:9092",
        on_error: Optional[OnError] = None,
        *,
        raise_on_invalid: bool = False,
        queue_events: int = 10_000,
        queue_bytes: int = 64 * 1024 * 1024,
        wait_when_full: float = 0.0,
        gather_seconds: float = 0.02,
        delivery_timeout: float = 3600.0,
        exit_timeout: float = 2.0,
        kafka_options: Optional[Mapping[str, Any]] = None,
        digest_key: Optional[str] = None,
        scan: Optional[bool] = None,
        sender: Optional[Sender] = None,
    ) -> None:
        if not _SOURCE.fullmatch(source):
            raise ValueError("source must look like /vendors/<vendor>/<system_id>")
        if not all(_ADDRESS.fullmatch(server) for server in _list(bootstrap_servers)):
            raise ValueError("bootstrap_servers must be host:port, or several")
        self._scan_key = _scan_key(digest_key, scan)
        self.source = source
        self.system_id = system_id
        self.topic = intake_topic(source)
        self._raise_on_invalid = raise_on_invalid
        self._queue = (queue_events, queue_bytes, gather_seconds)
        self._wait_when_full = wait_when_full
        self._delivery_timeout = delivery_timeout
        self._exit_timeout = exit_timeout
        self._sender = sender
        self._bootstrap_servers = _list(bootstrap_servers)
        self._kafka_options = kafka_options
        self._reporter = Reporter(on_error)
        self.after_fork()
        shutdown.track(self)

    @classmethod
    def from_environment(cls, **settings: Any) -> "Emitter":
        """An emitter of BLOTTER_SOURCE, BLOTTER_SYSTEM_ID, BLOTTER_KAFKA (host:port, …),
        BLOTTER_RAISE_ON_INVALID (true or false), BLOTTER_DIGEST_KEY and BLOTTER_EMITTER_SCAN (true
        or false); `settings` win. Raises ValueError without source.
        """
        read: Dict[str, Any] = {
            "source": os.environ.get("BLOTTER_SOURCE"),
            "system_id": os.environ.get("BLOTTER_SYSTEM_ID"),
            "bootstrap_servers": os.environ.get("BLOTTER_KAFKA"),
            "digest_key": os.environ.get("BLOTTER_DIGEST_KEY"),
        }
        given = {name: value for name, value in read.items() if value}
        given["raise_on_invalid"] = os.environ.get("BLOTTER_RAISE_ON_INVALID", "").lower() in _TRUE
        if os.environ.get("BLOTTER_EMITTER_SCAN"):
            given["scan"] = os.environ["BLOTTER_EMITTER_SCAN"].lower() in _TRUE
        given.update(settings)
        if "source" not in given:
            raise ValueError("BLOTTER_SOURCE is not set")
        return cls(**given)

    def use(self, **fields: "Unpack[UseBlockFields]") -> Use:
        """A `with` block around one use; it is reported when the block ends, also by an exception.

        The block makes `use_id` unless given, takes its beginning as `time` and measures
        `latency_ms`.
        """
        return Use(self._report, self._of_system(fields))

    def heartbeat(self, **fields: "Unpack[HeartbeatFields]") -> Optional[str]:
        """Tell that the source lives and what this process lost.

        `complete_to`: everything that happened before it has been reported. Only the product can
        know; with several processes, leave it out.
        """
        stats = self.stats
        counts = {
            "emitted": stats.accepted,
            "dropped": sum(stats.dropped.values()) + sum(stats.failed.values()),
            "spooled": stats.queued,
        }
        return self._report(ai.SourceHeartbeat, {**fields, **counts})

    def emit(self, event: Any) -> Optional[str]:
        """Report an event of the contract given as model, mapping or JSON; returns its id or None.

        An event of its own `id` and `time` is sent as it is, without a sequence of this process:
        sent twice, it counts once. A given `sequence` or `instance` is kept.
        """
        return self._guarded(lambda: as_mapping(event))

    def flush(self, timeout: float) -> bool:
        """Wait up to `timeout` seconds. True only if Kafka acknowledged everything accepted so far;
        once anything has failed, never again: see `stats`.
        """
        return self._buffer.flush(timeout)

    def close(self, timeout: float = 5.0) -> bool:
        """Flush for up to `timeout` seconds, then stop. What is left counts as failed: "closed".

        Returns what the flush did. What is reported later is dropped as "closed".
        """
        done = self.flush(timeout)
        left = self._buffer.close()
        if left:
            self._reporter.lost("closed", left)
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(0.5)
        shutdown.forget(self)
        return done

    @property
    def stats(self) -> Stats:
        """Counts: accepted = delivered + failed + queued; dropped was never accepted."""
        return self._buffer.stats()

    def __enter__(self) -> "Emitter":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def after_fork(self) -> None:
        """Begin anew: queue, counts and instance. What the parent queued, the parent sends."""
        self._buffer = Buffer(_instance(), *self._queue)
        self._thread: Optional[threading.Thread] = None
        self._starting = threading.Lock()

    def at_exit(self) -> None:
        """Close, at the end of the process."""
        self.close(self._exit_timeout)

    def _report(
        self, model: Type[Envelope], fields: Mapping[str, Any], quiet: bool = False
    ) -> Optional[str]:
        return self._guarded(lambda: build(model, fields, self.source), quiet)

    def _guarded(
        self, event: Callable[[], Mapping[str, Any]], quiet: bool = False
    ) -> Optional[str]:
        """Accept an event; whatever goes wrong is counted and told, and stays in here."""
        buffer = self._buffer
        try:
            return self._accept(encode(event(), self.source, self._scan_key))
        except InvalidEvent as error:
            if self._raise_on_invalid and not quiet:
                raise
            buffer.drop("invalid")
            self._reporter.lost("invalid", 1, str(error))
        except Exception as error:
            buffer.drop("internal_error")
            self._reporter.lost("internal_error", 1, type(error).__name__)
        return None

    def _accept(self, event: Encoded) -> Optional[str]:
        if self._thread is None:
            self._start()
        reason = self._buffer.put(event, self._wait_when_full)
        if reason is not None:
            self._reporter.lost(reason, 1)
            return None
        return event.id

    def _start(self) -> None:
        with self._starting:
            if self._thread is not None or self._buffer.stopping.is_set():
                return
            sender = self._sender or KafkaSender(
                self.topic, self._bootstrap_servers, self._kafka_options
            )
            worker = Worker(self._buffer, sender, self._reporter, self._delivery_timeout)
            thread = threading.Thread(target=worker.run, name="blotter-emitter", daemon=True)
            thread.start()
            self._thread = thread


def _scan_key(digest_key: Optional[str], scan: Optional[bool]) -> Optional[bytes]:
    """The key to scan with, or None if it is left to the arrival; raises ValueError."""
    if scan is False:
        return None
    if not digest_key:
        if scan:
            raise ValueError("scan needs a digest_key")
        return None
    if len(digest_key) < _SHORTEST_KEY:
        raise ValueError(f"digest_key must have at least {_SHORTEST_KEY} characters")
    return digest_key.encode()


def _list(servers: Union[str, List[str]]) -> List[str]:
    """Addresses, however they were given."""
    given = servers.split(",") if isinstance(servers, str) else servers
    return [server.strip() for server in given]


def _instance() -> str:
    """Which process this is: host, process and chance, for hosts and numbers come again."""
    host = "host"
    with contextlib.suppress(OSError):
        host = re.sub(r"[^A-Za-z0-9._-]", "_", socket.gethostname())[:60] or host
    return f"{host}-{os.getpid()}-{secrets.token_hex(3)}"
