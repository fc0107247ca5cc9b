"""`python -m services.console.main`: wires the console and serves it until SIGTERM."""

import asyncio
import logging

import uvicorn

from services.runtime import logs
from services.runtime.elasticsearch import connect
from services.runtime.indices import Indices
from services.runtime.settings import load

from .app import create_app
from .settings import ConsoleSettings
from .store import Store

log = logging.getLogger(__name__)


async def main() -> None:
    settings = load(ConsoleSettings)
    logs.configure("console", settings.log_level)
    client = connect(settings.elasticsearch, settings.console_timeout_seconds)
    app = create_app(Store(client, Indices(settings.index_prefix)), settings)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.console_port,
        log_config=None,
        # Addresses of pages hold names and what people searched for.
        access_log=False,
        server_header=False,
        # Nobody stands before the console who could vouch for such headers.
        proxy_headers=False,
        timeout_graceful_shutdown=5,
    )
    try:
        await uvicorn.Server(config).serve()
    finally:
        await client.close()


if __name__ == "__main__":
    asyncio.run(main())
