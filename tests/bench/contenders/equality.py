"""Everything at once, as fast as it is taken, while each process in turn is killed: then what is in
Elasticsearch must be what a judgement of the log says, and a recheck must find nothing."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

from schemas.events import Event, dump
from services.order import scenario as s
from tests.equality import assert_equal_at, settle
from tests.pipeline import PARTITIONS, Pipeline, eventually

from ..contender import Bench, Contender, Measure, Row
from ..dossiers import empty
from ..indexing import remove
from ..latency import SERVICES, batched
from ..load import CONSOLE, SOURCES, Load, lines

ROUNDS = 2
"""How often each process is killed."""


def run(bench: Bench) -> Measure:
    """Raises AssertionError where live and log differ."""
    empty(bench.kafka, PARTITIONS)
    pipeline = Pipeline(bench.kafka, bench.elasticsearch, bench.folder)
    try:
        pipeline.set_up(SOURCES[1:])
        pipeline.service("intake").until_healthy()
        pipeline.send(CONSOLE, batched([*lines(bench.load.sent[CONSOLE]), dump(_impatience())]))
        eventually("intake has read the registry", lambda: pipeline.intake_lag() == 0)
        for name in SERVICES[1:]:
            pipeline.service(name)
        measure = _under_load(bench, pipeline)
        remove(pipeline.elasticsearch, pipeline.indices)
        return measure
    finally:
        pipeline.stop()


def _under_load(bench: Bench, pipeline: Pipeline) -> Measure:
    victims = SERVICES * ROUNDS
    parts = list(_parts(bench.load, bench.sizes.equality_events, len(victims)))
    began = time.monotonic()
    for part, victim in zip(parts, victims, strict=True):
        for source, events in part.items():
            pipeline.send(source, batched(events, 50))
        _kill(pipeline, victim)
    (*_, intake) = (service for service in pipeline.services if service.name == "intake")
    at = settle(pipeline, intake.until_healthy(), bench.sizes.patience)
    seconds = time.monotonic() - began
    assert_equal_at(pipeline, at)
    sent = sum(len(events) for part in parts for events in part.values())
    return Measure(sent, seconds, 0, {"killed": len(victims)})


def _kill(pipeline: Pipeline, name: str) -> None:
    """Kill what runs of a service, and start another at once."""
    for service in pipeline.services:
        if service.name == name:
            service.kill()
    pipeline.service(name)


def _parts(load: Load, events: int, count: int) -> Iterator[dict[str, list[bytes]]]:
    """The load, in its order, in so many parts; each by source."""
    share = min(1.0, events / load.sent_events)
    sent = {source: list(lines(load.sent[source])) for source in SOURCES[1:]}
    for n in range(count):
        yield {
            source: own[int(share * len(own) * n / count) : int(share * len(own) * (n + 1) / count)]
            for source, own in sent.items()
        }


def _impatience() -> Event:
    """A policy by which verdicts settle within the run."""
    soon = {"settling_seconds": 2}
    policy = s.policy_change(datetime.now(UTC), time=soon, lead={"document_within_hours": 1})
    return policy.model_copy(update={"source": CONSOLE, "id": "policy-impatience"})


CONTENDER = Contender("equality", "equality", run)

ROWS = [
    Row(
        "Live findings equal the log's, under kill -9 at full load",
        "equality",
        "events a second from the first sent to the last finding indexed, with each of intake, "
        "checker and indexer killed twice and started again; then findings and verdicts in "
        "Elasticsearch are held against `blotter check` of the exported log and against "
        "`blotter recheck`: a single difference fails the whole run",
    ),
]
