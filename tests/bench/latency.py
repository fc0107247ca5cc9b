"""How long it takes from `emit()` until an event, and what is wrong with it, can be found.

The whole pipeline runs as real processes with default settings; one process emits the load at a
steady rate, for all sources. Now and then a use breaks the order by its stated purpose alone: it is
searched for, again and again, in the index of events and in that of findings.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from threading import Event as Flag
from typing import Any

import orjson
from blotter_emitter import Emitter
from elasticsearch import Elasticsearch

from schemas.events import dump
from services.order import scenario as s
from tests.pipeline import Pipeline, eventually

from .child import cpu_seconds, in_child, peak_mib
from .contender import Bench, Measure
from .dossiers import empty
from .indexing import remove, warm
from .load import CONSOLE, SOURCES, WRITER, Load, lines, read

PROBES_PER_SECOND = 40
SERVICES = ("intake", "checker", "indexer")
_PAUSE_SECONDS = 0.05


def run(bench: Bench, rate: int) -> Measure:
    """Emit so many events a second; figures in milliseconds."""
    warm(bench)
    with running(bench) as pipeline:
        before_seconds, seconds = bench.sizes.warm_seconds, bench.sizes.latency_seconds
        together = before_seconds + seconds
        first, last = (n * PROBES_PER_SECOND for n in (before_seconds, together))
        arguments = (bench.kafka, bench.load, rate, together)
        before = _cpu(pipeline)
        with watching(pipeline, last, bench.sizes.patience) as found:
            done = in_child(bench.folder, emit, bench.folder / "spool", *arguments)
            events, findings = found()
        worked = _cpu(pipeline) - before
        peaks = sum(peak_mib(each.process.pid) for each in pipeline.services if each.process)
    emitted = done.value[first:]
    details = {"cpu": worked / together}
    for name, times in (("event", events[first:]), ("finding", findings[first:])):
        took = sorted(1000 * (b - a) for a, b in zip(emitted, times, strict=True))
        details |= {f"{name}_p{n}": took[len(took) * n // 100] for n in (50, 99)}
    return Measure(rate * seconds, seconds, peaks, details)


@contextmanager
def running(bench: Bench) -> Iterator[Pipeline]:
    """All processes, with the registry's facts in them."""
    empty(bench.kafka, bench.sizes.partitions)
    pipeline = Pipeline(bench.kafka, bench.elasticsearch, bench.folder, settings={})
    try:
        pipeline.set_up(SOURCES[1:])
        pipeline.send(CONSOLE, batched(_facts(bench.load)))
        for name in SERVICES:
            pipeline.service(name).until_healthy()
        eventually("intake has read the registry", lambda: pipeline.intake_lag() == 0)
        eventually("the checker knows the registry", pipeline.is_checked)
        events = pipeline.indices.events
        eventually(
            "the indexer holds the registry",
            lambda: pipeline.elasticsearch.count(index=events)["count"] >= bench.load.facts_count,
        )
        yield pipeline
        for service in pipeline.services:
            service.stop()
        remove(pipeline.elasticsearch, pipeline.indices)
    finally:
        pipeline.stop()


def batched(events: Iterable[bytes], size: int = 500) -> Iterator[bytes]:
    """Events as CloudEvents batches."""
    rest = iter(events)
    while lot := list(islice(rest, size)):
        yield b"[" + b",".join(lot) + b"]"


def _facts(load: Load) -> Iterator[bytes]:
    """The registry's facts as the console sends them."""
    return (dump(fact.model_copy(update={"receivedtime": None})) for fact in read(load.facts))


def emit(spool: Path, kafka: str, load: Load, rate: int, seconds: int) -> list[float]:
    """Emit the load at this rate, and probes among it; when each probe was emitted."""
    emitters = {
        source: Emitter(source, None, kafka, raise_on_invalid=True, spool=spool)
        for source in SOURCES
    }
    events = lines(load.events)
    every = rate // PROBES_PER_SECOND
    probes: list[float] = []
    began = time.monotonic()
    for number in range(rate * seconds):
        time.sleep(max(0.0, began + number / rate - time.monotonic()))
        if number % every:
            event = orjson.loads(next(events))
            del event["receivedtime"]
        else:
            event = orjson.loads(probe(len(probes)))
            probes.append(time.monotonic())
        emitters[event["source"]].emit(event)
    lost = [source for source, each in emitters.items() if not each.close(30)]
    if lost:
        raise RuntimeError(f"not all was delivered of {lost}")
    return probes


def probe(number: int) -> bytes:
    """A use for a purpose that the order forbids, whatever else is known."""
    made = s.use(datetime.now(UTC), use_id=f"P-{number}", employee_id="E-1", purpose="personal")
    return dump(made.model_copy(update={"id": f"probe-{number}", "source": WRITER}))


@contextmanager
def watching(
    pipeline: Pipeline, count: int, patience: float
) -> Iterator[Callable[[], tuple[list[float], list[float]]]]:
    """Yields what waits for, and returns, when each probe and its finding was found."""
    given_up = Flag()
    with ThreadPoolExecutor(2) as pool:
        events = pool.submit(
            _find, pipeline, pipeline.indices.events, "id", "probe-{}", {}, count, given_up
        )
        violation = {"term": {"verdict": "violation"}}
        findings = pool.submit(
            _find,
            pipeline,
            pipeline.indices.findings,
            "subject",
            "use/P-{}",
            violation,
            count,
            given_up,
        )
        try:
            yield lambda: (events.result(patience), findings.result(patience))
        finally:
            given_up.set()


def _find(
    pipeline: Pipeline,
    index: str,
    field: str,
    name: str,
    only: Mapping[str, Any],
    count: int,
    given_up: Flag,
) -> list[float]:
    """When each of so many documents was found first."""
    found: dict[int, float] = {}
    names = {name.format(number): number for number in range(count)}
    client = Elasticsearch(pipeline.environment["BLOTTER_ELASTICSEARCH"])
    while len(found) < count and not given_up.is_set():
        wanted = list(islice((n for n, number in names.items() if number not in found), 200))
        filters = [{"terms": {field: wanted}}, *([only] if only else [])]
        hits = client.search(
            index=index, size=1000, source_includes=[field], query={"bool": {"filter": filters}}
        )["hits"]["hits"]
        now = time.monotonic()
        for hit in hits:
            found.setdefault(names[hit["_source"][field]], now)
        time.sleep(_PAUSE_SECONDS)
    client.close()
    return [found[number] for number in range(count)]


def _cpu(pipeline: Pipeline) -> float:
    return sum(cpu_seconds(each.process.pid) for each in pipeline.services if each.process)
