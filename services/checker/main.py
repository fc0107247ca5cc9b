"""The checker process: `python -m services.checker.main`."""

import asyncio
import logging
import signal

from schemas.policy import Policy
from services.order.pool import Pool
from services.order.rulebook import rulebook
from services.runtime import collector, health, kafka_probe, logs, topics
from services.runtime.crash import crash
from services.runtime.settings import load

from . import faust_app, stall
from .partition import Partition
from .settings import CheckerSettings
from .worker import Worker

log = logging.getLogger(__name__)


async def run(settings: CheckerSettings) -> None:
    """Check until SIGTERM or SIGINT; what is being applied then is finished first."""
    state = health.Health(settings.checker_max_age_seconds)
    pages = await health.serve(state, settings.host, settings.checker_port)
    policy, rules, pool = Policy(), rulebook(), Pool()

    async def open_partition(number: int) -> Partition:
        return await Partition.open(number, settings, rules, policy, pool)

    app = faust_app.create(settings)
    worker = Worker(
        open_partition,
        lambda: app.consumer_generation_id,
        settings.checker_records_per_transaction,
        settings.checker_pace_seconds,
        state,
    )
    faust_app.connect(app, topics.DOSSIERS, worker.put, worker.release, worker.resume)
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    tasks = [
        asyncio.create_task(worker.run()),
        asyncio.create_task(kafka_probe.watch(settings.kafka, state)),
    ]
    await app.start()
    tasks += [
        asyncio.create_task(faust_app.watch(app)),
        asyncio.create_task(
            stall.watch(settings.kafka, worker.brought, settings.checker_stalled_seconds)
        ),
    ]
    log.info("checker started", extra={"rules": len(rules)})
    ending = asyncio.create_task(stopping.wait())
    await asyncio.wait([ending, *tasks], return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        if task.done():
            task.result()
    await worker.release()
    for task in tasks:
        task.cancel()
    await app.stop()
    await pages.cleanup()


def main() -> None:
    """Read the settings and run."""
    settings = load(CheckerSettings)
    logs.configure("checker", settings.log_level)
    collector.rest()
    try:
        asyncio.run(run(settings))
    except Exception:
        crash(log, "the checker cannot go on")


if __name__ == "__main__":
    main()
