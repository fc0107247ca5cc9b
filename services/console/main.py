"""`python -m services.console.main`: wires the console and serves it until SIGTERM."""

import asyncio
import logging
import signal

import uvicorn
from starlette.types import ASGIApp

from services.runtime import logs
from services.runtime.crash import crash
from services.runtime.elasticsearch import connect
from services.runtime.indices import Indices
from services.runtime.settings import load

from .access.accounts import Accounts
from .app import create_app
from .context import Context
from .recorder import Recorder
from .settings import ConsoleSettings
from .store import Store

log = logging.getLogger(__name__)


async def run(settings: ConsoleSettings) -> None:
    """Serve; Kafka and Elasticsearch may be away all the while, which the pages say."""
    client = connect(settings.elasticsearch, settings.console_timeout_seconds)
    store = Store(client, Indices(settings.index_prefix), settings.console_timeout_seconds)
    recorder = Recorder(settings.kafka, settings.console_record_seconds)
    accounts = Accounts(settings)
    app = create_app(Context(store, settings, recorder, accounts.psit), accounts)
    following = asyncio.create_task(accounts.follow())
    for number in (signal.SIGTERM, signal.SIGINT):
        # uvicorn takes them while it serves, and raises them again at its end: not to end us then.
        signal.signal(number, lambda *_: None)
    server = asyncio.create_task(_server(app, settings).serve())
    # What ends before the server has failed: nobody disabled would be noticed any more.
    done, _ = await asyncio.wait({server, following}, return_when=asyncio.FIRST_COMPLETED)
    following.cancel()
    await recorder.close()
    await client.close()
    for task in done:
        task.result()


def _server(app: ASGIApp, settings: ConsoleSettings) -> uvicorn.Server:
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.console_port,
        log_config=None,
        # Addresses of pages hold names and what people searched for.
        access_log=False,
        server_header=False,
        # Who may vouch for such headers is a setting, and only where tries to sign in are counted.
        proxy_headers=False,
        timeout_graceful_shutdown=5,
    )
    return uvicorn.Server(config)


def main() -> None:
    """Read the settings and run."""
    settings = load(ConsoleSettings)
    logs.configure("console", settings.log_level)
    try:
        asyncio.run(run(settings))
    except Exception:
        crash(log, "the console cannot go on")


if __name__ == "__main__":
    main()
