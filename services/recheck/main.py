"""The recheck process: `python -m services.recheck.main`."""

import asyncio
import logging
import signal

from services.runtime import health, logs
from services.runtime.crash import crash
from services.runtime.settings import load

from . import nightly
from .settings import RecheckSettings

log = logging.getLogger(__name__)

_MAX_AGE_SECONDS = 60


async def run(settings: RecheckSettings) -> None:
    """Recheck nightly until SIGTERM or SIGINT."""
    state = health.Health(_MAX_AGE_SECONDS)
    pages = await health.serve(state, settings.host, settings.recheck_port)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await nightly.run(settings, state, stop)
    await pages.cleanup()


def main() -> None:
    """Read the settings and run."""
    settings = load(RecheckSettings)
    logs.configure("recheck", settings.log_level)
    try:
        asyncio.run(run(settings))
    except Exception:
        crash(log, "the recheck cannot go on")


if __name__ == "__main__":
    main()
