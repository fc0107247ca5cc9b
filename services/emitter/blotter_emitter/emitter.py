"""The emitter: what a product holds one of, for as long as it runs."""

import re
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, List, Mapping, Optional, Type, Union

from . import shutdown
from .builders import Builders, build
from .contract import ai
from .contract.envelope import Envelope
from .delivery import Sender, Worker, keep_tidy
from .encoding import MAX_BYTES, as_mapping, encode
from .environment import settings_of_environment
from .errors import InvalidEvent
from .fields import HeartbeatFields, UseBlockFields
from .outbox import MAX_EVENTS, Keeping, Outbox
from .reporting import OnError, Reporter
from .security import Security
from .spool import Limits, default_folder
from .stats import Stats
from .topics import intake_topic
from .transport import transport
from .use import Use

if TYPE_CHECKING:
    from typing_extensions import Unpack

_SOURCE = re.compile(r"/[A-Za-z0-9._~-]+(/[A-Za-z0-9._~-]+)*")
_LONGEST_SOURCE = 200
_SHORTEST_KEY = 8
_JOIN_SECONDS = 0.5


class Emitter(Builders):
    """Sends the events of one source, in the background, in order.

    Reporting validates, stamps and enqueues; it neither waits for Kafka nor raises for it.
    Safe to share between threads. After a fork the child begins anew with its own instance.

    `source`: as registered, `/vendors/<vendor>/<system_id>`. `system_id`: filled in where missing.
    `bootstrap_servers`: `host:port` of Kafka, or several. `security`: password or certificates.
    `kafka_options`: more settings of `kafka.KafkaProducer`.
    `gateway` and `api_key`: send over HTTP instead. `file`: write lines of JSON instead.
    `on_error(reason, n)`: called for every loss of n events, from the thread that notices;
    reasons are those of `stats.dropped` and `stats.failed`.
    `raise_on_invalid`: raise `InvalidEvent` for a wrong field, as development and tests want;
    otherwise the event is dropped, counted, logged and passed to `on_error`.
    `spool`: folder in which events wait, so that they outlive the process; False for none.
    `spool_bytes`: how much may wait there. `queue_bytes`: how much may wait in memory, where the
    disk takes none. `spool_content`: whether `content` that was not scanned may lie there; if not,
    it is in memory only.
    `wait_when_full`: seconds that reporting may wait for room; 0 in a product, more in an importer.
    `gather_seconds`: how long an event waits for others to travel with it in one record; a full
    record, `flush` and `close` do not wait.
    `delivery_timeout`: seconds after which an event in memory is given up; on disk, never.
    `exit_timeout`: seconds that the end of the process may be delayed to send what is left.
    `digest_key`: the department's secret, at least 8 characters. With it, protected data is found
    here and `content` never leaves the process: only class, kind and keyed digest of what it held.
    Without it, content is sent and scanned on arrival. `scan`: False leaves scanning to the arrival
    all the same; True insists on it here.
    `sender`: takes the place of Kafka in tests, see `blotter_emitter.testing`; no spool then,
    unless there is a folder given.

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
        gateway: Optional[str] = None,
        api_key: Optional[str] = None,
        file: Union[str, Path, None] = None,
        security: Optional[Security] = None,
        kafka_options: Optional[Mapping[str, Any]] = None,
        spool: Union[bool, str, Path, None] = None,
        spool_bytes: int = 64 * 1024 * 1024,
        spool_content: bool = False,
        queue_bytes: int = 64 * 1024 * 1024,
        wait_when_full: float = 0.0,
        gather_seconds: float = 0.02,
        delivery_timeout: float = 3600.0,
        exit_timeout: float = 2.0,
        digest_key: Optional[str] = None,
        scan: Optional[bool] = None,
        sender: Optional[Sender] = None,
    ) -> None:
        if not _SOURCE.fullmatch(source) or len(source) > _LONGEST_SOURCE:
            raise ValueError("source must look like /vendors/<vendor>/<system_id>")
        self._scan_key = _scan_key(digest_key, scan)
        self.source = source
        self.system_id = system_id
        self.topic = intake_topic(source)
        self._transport = transport(
            self.topic, bootstrap_servers, kafka_options, gateway, api_key, file, security, sender
        )
        is_spooled = spool is not False and (spool is not None or sender is None)
        folder = _spool_folder(spool, self.topic) if is_spooled else None
        self._withhold = folder is not None and not spool_content
        limits = Limits(spool_bytes, queue_bytes, MAX_BYTES, MAX_EVENTS)
        self._keeping = Keeping(folder, limits, gather_seconds, is_spooled and folder is None)
        self._raise_on_invalid = raise_on_invalid
        self._wait_when_full = wait_when_full
        self._delivery_timeout = delivery_timeout
        self._exit_timeout = exit_timeout
        self._reporter = Reporter(on_error)
        self.after_fork()
        shutdown.track(self)
        if folder is not None and self._outbox.open():
            self._start()

    @classmethod
    def from_environment(cls, **settings: Any) -> "Emitter":
        """An emitter of the environment, see docs/integrating.md; `settings` win. Raises ValueError
        without BLOTTER_SOURCE, or for a value that cannot work.
        """
        given = {**settings_of_environment(), **settings}
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
            "spooled": stats.queued + stats.inherited,
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
        return self._outbox.flush(timeout)

    def close(self, timeout: float = 5.0) -> bool:
        """Flush for up to `timeout` seconds, then stop. What is left on disk is sent by the next
        process; what is left in memory counts as failed: "closed".

        Returns what the flush did. What is reported later is dropped as "closed".
        """
        done = self.flush(timeout)
        self._outbox.stop()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(_JOIN_SECONDS)
        left = self._outbox.close()
        if left:
            self._reporter.lost("closed", left)
        self._reporter.finish()
        shutdown.forget(self)
        return done

    @property
    def stats(self) -> Stats:
        """Counts: accepted = delivered + failed + queued; dropped was never accepted."""
        return self._outbox.stats()

    def __enter__(self) -> "Emitter":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def after_fork(self) -> None:
        """Begin anew: queue, counts and instance. What the parent queued, the parent sends."""
        self._outbox = Outbox(self._keeping, self._reporter)
        self._threads: List[threading.Thread] = []
        self._starting = threading.RLock()
        self._is_starting = False

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
        outbox = self._outbox
        try:
            encoded = encode(event(), self.source, self._scan_key, self._withhold)
            if not self._threads:
                self._start()
            reason = outbox.put(encoded, self._wait_when_full)
        except InvalidEvent as error:
            if self._raise_on_invalid and not quiet:
                raise
            outbox.drop("invalid")
            self._reporter.lost("invalid", 1, str(error))
        except Exception as error:
            outbox.drop("internal_error")
            self._reporter.lost("internal_error", 1, type(error).__name__)
        else:
            if reason is None:
                return encoded.id
            self._reporter.lost(reason, 1)
        return None

    def _start(self) -> None:
        with self._starting:
            outbox = self._outbox
            if self._is_starting or self._threads or outbox.stopping.is_set():
                return
            # A signal handler may come in between and report, too.
            self._is_starting = True
            outbox.open()
            worker = Worker(outbox, self._transport(), self._reporter, self._delivery_timeout)
            bodies = {"blotter-emitter": worker.run, "blotter-spool": lambda: keep_tidy(outbox)}
            for name, body in bodies.items():
                thread = threading.Thread(target=body, name=name, daemon=True)
                thread.start()
                self._threads.append(thread)
            self._is_starting = False
            shutdown.run_in_forked_process(self)


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


def _spool_folder(spool: Union[bool, str, Path, None], topic: str) -> Optional[Path]:
    """Where events of the source wait; None where the user has no place for it."""
    base = default_folder() if spool is None or isinstance(spool, bool) else Path(spool)
    return None if base is None else base / topic.split(".", 2)[2]
