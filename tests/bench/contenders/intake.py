"""Intake as it runs: one process on topics that were filled before."""

import time
from contextlib import closing, suppress

from confluent_kafka import Consumer, KafkaException, TopicPartition

from services.runtime import topics
from tests.pipeline import Service

from ..child import cpu_seconds, peak_mib
from ..contender import Bench, Contender, Measure, Row
from ..load import CONSOLE
from ..sending import Sent, send

_LOOK_EVERY = 0.02


def run(bench: Bench) -> Measure:
    """Everything once, into an empty log."""
    sent = send(bench.kafka, bench.load, bench.sizes)
    group = f"{bench.folder.name}-{bench.round}"
    environment = {
        "BLOTTER_KAFKA": bench.kafka,
        "BLOTTER_PARTITIONS": str(bench.sizes.partitions),
        "BLOTTER_INTAKE_GROUP": group,
        "BLOTTER_DIGEST_KEY": "a key for the benchmark",
        "BLOTTER_LOG_LEVEL": "WARNING",
    }
    service = Service("intake", environment, bench.folder / "intake.log").start()
    try:
        measure = _watch(bench, service, group, sent)
        service.stop()
    except Exception as error:
        raise RuntimeError(f"{error}\n{service.log.read_text()[-3000:]}") from error
    finally:
        service.kill()
    sent.assert_taken_in(bench.sizes.partitions)
    return measure


def _watch(bench: Bench, service: Service, group: str, sent: Sent) -> Measure:
    """From the moment at which the load can be read, until all of it is committed."""
    assert service.process is not None
    pid = service.process.pid
    registry = topics.intake_topic(CONSOLE)
    deadline = time.monotonic() + bench.sizes.patience
    config = {"bootstrap.servers": bench.kafka, "group.id": group}
    with closing(Consumer(config)) as watched:

        def until_committed(ends: dict[str, int]) -> float:
            places = [TopicPartition(topic, 0) for topic in ends]
            while time.monotonic() < deadline:
                # A new Kafka has no coordinator at first.
                with suppress(KafkaException):
                    found = watched.committed(places, timeout=10)
                    if all(at.offset >= ends[at.topic] for at in found):
                        return time.monotonic()
                time.sleep(_LOOK_EVERY)
            raise TimeoutError(f"intake is not done after {bench.sizes.patience:.0f} s")

        until_committed({registry: sent.ends[registry]})
        began, worked = time.monotonic(), cpu_seconds(pid)
        sent.release()
        seconds = until_committed(sent.ends) - began
        cpu = 1e6 * (cpu_seconds(pid) - worked) / sent.events
    return Measure(sent.events, seconds, peak_mib(pid), {"cpu_us": cpu, "per_core": 1e6 / cpu})


CONTENDER = Contender("intake", "intake", run)

ROWS = [
    Row(
        "Intake, one process",
        "intake",
        "`python -m services.intake.main` on filled intake topics, batches of up to 500 events: "
        "validated, scanned, stamped and written in transactions to the log and to the dossiers; "
        "from the moment at which the load can be read until all of it is committed; Kafka wants "
        "processors too",
    ),
    Row(
        "Intake, by the processor's time",
        "intake:per_core",
        "events for each second for which the process has a processor",
        at_least=30_000,
    ),
    Row(
        "Intake against validating alone",
        "intake",
        "a loop that reads the same batches, validates them with `EVENTS.validate_json`, and "
        "writes their bytes on in transactions",
        against="intake-bare",
    ),
]
