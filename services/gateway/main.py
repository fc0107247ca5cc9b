"""`python -m services.gateway.main`: wires the gateway and serves it until SIGTERM."""

import asyncio
import logging
import signal

import uvicorn
from starlette.types import ASGIApp

from services.runtime import kafka_probe, logs
from services.runtime.crash import crash
from services.runtime.health import Health
from services.runtime.settings import load

from .acceptance import Gateway
from .app import create_app
from .directory import Directory
from .limits import InFlight
from .outlet import Outlet
from .settings import GatewaySettings

log = logging.getLogger(__name__)


async def run(settings: GatewaySettings) -> None:
    """Serve; requests in hand at the end are answered first. Kafka may be away all the while."""
    health = Health(settings.gateway_max_age_seconds)
    directory = Directory(settings, health)
    flight = InFlight(settings.gateway_max_inflight_bytes, settings.gateway_retry_seconds)
    outlet = Outlet(settings.kafka, settings.gateway_kafka_seconds, flight)
    app = create_app(Gateway(settings, directory, flight, outlet), health)
    background = [
        asyncio.create_task(directory.follow()),
        asyncio.create_task(kafka_probe.watch(settings.kafka, health)),
    ]
    for number in (signal.SIGTERM, signal.SIGINT):
        # uvicorn takes them while it serves, and raises them again at its end: not to end us then.
        signal.signal(number, lambda *_: None)
    server = asyncio.create_task(_server(app, settings).serve())
    # What ends before the server has failed, and nothing would be noticed any more.
    done, _ = await asyncio.wait({server, *background}, return_when=asyncio.FIRST_COMPLETED)
    for task in background:
        task.cancel()
    await outlet.close()
    for task in done:
        task.result()


def _server(app: ASGIApp, settings: GatewaySettings) -> uvicorn.Server:
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.gateway_port,
        log_config=None,
        access_log=False,
        server_header=False,
        # Nobody is trusted to say who somebody else is: keys do.
        proxy_headers=False,
        timeout_graceful_shutdown=int(settings.gateway_kafka_seconds) + 2,
    )
    return uvicorn.Server(config)


def main() -> None:
    """Read the settings and run."""
    settings = load(GatewaySettings)
    logs.configure("gateway", settings.log_level)
    try:
        asyncio.run(run(settings))
    except Exception:
        crash(log, "the gateway cannot go on")


if __name__ == "__main__":
    main()
