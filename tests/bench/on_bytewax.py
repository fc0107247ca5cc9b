"""The rules on Bytewax: one worker, its own Kafka source and sink, recovery on.

A dossier stays in memory as objects; when an epoch ends, those that changed are written to the
recovery store as bytes. The flow ends with the load, and then everything is committed.
"""

import time
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from bytewax import operators as op
from bytewax._bytewax import cli_main
from bytewax.connectors.kafka import KafkaSink, KafkaSinkMessage, KafkaSource
from bytewax.dataflow import Dataflow
from bytewax.operators import StatefulBatchLogic
from bytewax.recovery import RecoveryConfig, init_db_dir

from services.runtime import topics

from .peer import Host, Kept, News

EPOCH = timedelta(seconds=2)
RECORDS_AT_ONCE = 20
READY = "ready"


class _Source(KafkaSource):  # type: ignore[misc]
    """Its own source, which ends where the load does; the file `ready` appears when an epoch has
    ended by which the facts are done."""

    def __init__(self, bootstrap: str, starts: list[int], ends: list[int], ready: Path) -> None:
        super().__init__(
            [bootstrap],
            [topics.DOSSIERS],
            batch_size=RECORDS_AT_ONCE,
            add_config={"isolation.level": "read_committed"},
        )
        self._starts, self._ends, self._ready = starts, ends, ready
        self._waiting = set(range(len(starts)))
        self.cpu_before = 0.0

    def _note_ready(self) -> None:
        if not self._ready.exists():
            self.cpu_before = time.process_time()
            self._ready.touch()

    def build_part(self, step_id: str, for_part: str, resume_state: int | None) -> Any:
        part = super().build_part(step_id, for_part, resume_state)
        number = int(for_part.split("-", 1)[0])
        next_batch, snapshot = part.next_batch, part.snapshot

        def until_end() -> Any:
            if snapshot() >= self._ends[number]:
                raise StopIteration
            return next_batch()

        def noted() -> Any:
            if snapshot() >= self._starts[number]:
                self._waiting.discard(number)
                if not self._waiting:
                    self._note_ready()
            return snapshot()

        part.next_batch, part.snapshot = until_end, noted
        return part


class _Dossier(StatefulBatchLogic):  # type: ignore[misc]
    def __init__(self, host: Host, stored: bytes | None) -> None:
        self._host = host
        self._stored = stored
        self._kept: Kept | None = None

    def on_batch(self, values: list[tuple[str, News]]) -> tuple[Iterable[Any], bool]:
        if self._kept is None:
            self._kept = Kept.of(values[0][0], self._stored)
        news = [each for _, each in values]
        return self._host.look_at(self._kept, news), StatefulBatchLogic.RETAIN

    def snapshot(self) -> bytes | None:
        return self._kept.as_bytes() if self._kept else self._stored


def measure(
    bootstrap: str, folder: Path, starts: list[int], ends: list[int]
) -> tuple[float, float]:
    """Run to the end of the load; when that was, by the monotonic clock, and the CPU seconds that
    it took."""
    host = Host()
    source = _Source(bootstrap, starts, ends, folder / READY)

    def by_dossier(message: Any) -> Iterator[tuple[str, tuple[str, News]]]:
        for subject, news in host.take(message.partition, message.value):
            yield subject, (subject, news)

    flow = Dataflow("rules")
    records = op.input("records", flow, source)
    dossiers = op.flat_map("by_dossier", records, by_dossier)
    said = op.stateful_batch("judge", dossiers, lambda stored: _Dossier(host, stored))
    messages = op.map(
        "messages", said, lambda pair: KafkaSinkMessage(pair[1].key, pair[1].value, pair[1].topic)
    )
    op.output("said", messages, KafkaSink([bootstrap], None))
    store = folder / "recovery"
    store.mkdir()
    init_db_dir(store, 1)
    cli_main(flow, epoch_interval=EPOCH, recovery_config=RecoveryConfig(store))
    return time.monotonic(), time.process_time() - source.cpu_before
