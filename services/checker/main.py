"""The checker process: `python -m services.checker.main`."""

import asyncio
import logging
import signal

from schemas.policy import Policy
from services.order.rulebook import rulebook
from services.runtime import health, kafka_probe, logs, topics
from services.runtime.settings import load

from . import faust_app
from .partition import Partition
from .settings import CheckerSettings
from .worker import Worker

log = logging.getLogger(__name__)


async def run(settings: CheckerSettings) -> None:
    """Check until SIGTERM or SIGINT; what is being applied then is finished first."""
    state = health.Health(settings.checker_max_age_seconds)
    pages = await health.serve(state, settings.host, settings.checker_port)
    policy, rules = Policy(), rulebook()

    async def open_partition(number: int) -> Partition:
        return await Partition.open(number, settings, rules, policy)

    app = faust_app.create(settings)
    worker = Worker(
        open_partition,
        lambda: app.consumer_generation_id,
        settings.checker_records_per_transaction,
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
    log.info("checker started", extra={"rules": len(rules)})
    await stopping.wait()
    await worker.release()
    for task in tasks:
        task.cancel()
    await app.stop()
    await pages.cleanup()


def main() -> None:
    """Read the settings and run."""
    settings = load(CheckerSettings)
    logs.configure("checker", settings.log_level)
    asyncio.run(run(settings))


if __name__ == "__main__":
    main()
