"""The intake process: `python -m services.intake.main`."""

import asyncio
import gc
import logging
import signal

from aiokafka import AIOKafkaConsumer

from services.runtime import health, kafka_probe, logs, topics
from services.runtime.crash import crash
from services.runtime.settings import load
from services.runtime.sources import Sources

from .loop import Intake
from .settings import IntakeSettings

log = logging.getLogger(__name__)

_FETCH_WAIT_MS = 50
_FETCH_LEAST_BYTES = 64 * 1024
_FETCH_BYTES = 2 * 1024 * 1024
"""At most, of one input at once: what one transaction holds when there is much to do."""


async def run(settings: IntakeSettings) -> None:
    """Take in until SIGTERM or SIGINT; what is in hand then is finished first."""
    state = health.Health(settings.intake_max_age_seconds)
    pages = await health.serve(state, settings.host, settings.intake_port)
    probe = asyncio.create_task(kafka_probe.watch(settings.kafka, state))
    directory = _consumer(settings, group=None)
    consumer = _consumer(settings, group=settings.intake_group)
    await directory.start()
    sources = Sources(directory)
    await sources.start()
    intake = Intake(consumer, sources, settings, state)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, intake.stop)
    pattern = f"^{topics.INTAKE_PREFIX}.*".replace(".", r"\.", 2)
    await consumer.start()
    consumer.subscribe(pattern=pattern, listener=intake)
    await intake.run()
    probe.cancel()
    await consumer.stop()
    await directory.stop()
    await pages.cleanup()


def _consumer(settings: IntakeSettings, group: str | None) -> AIOKafkaConsumer:
    return AIOKafkaConsumer(
        bootstrap_servers=settings.kafka,
        group_id=group,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=_FETCH_BYTES,
        # An input with much to read waits while Kafka is being asked for the others. Until then
        # Kafka gathers what comes in: an answer for each event would cost it more than the event.
        fetch_max_wait_ms=_FETCH_WAIT_MS,
        fetch_min_bytes=_FETCH_LEAST_BYTES,
        metadata_max_age_ms=int(settings.intake_new_sources_seconds * 1000),
        session_timeout_ms=int(settings.intake_session_timeout_seconds * 1000),
        heartbeat_interval_ms=int(settings.intake_session_timeout_seconds * 100),
    )


def main() -> None:
    """Read the settings and run."""
    settings = load(IntakeSettings)
    logs.configure("intake", settings.log_level)
    # What has been loaded stays: the collector need not look at it again and again.
    gc.collect()
    gc.freeze()
    try:
        asyncio.run(run(settings))
    except Exception:
        crash(log, "intake cannot go on")


if __name__ == "__main__":
    main()
