"""`python -m services.indexer.main`: wires the indexer and runs it until SIGTERM."""

import asyncio
import logging
import signal
from functools import partial

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from elasticsearch import ApiError, AsyncElasticsearch, TransportError

from services.runtime import collector, logs
from services.runtime.elasticsearch import connect, create_indices
from services.runtime.health import Health, serve
from services.runtime.indices import Indices
from services.runtime.offsets import committed
from services.runtime.pace import Pace
from services.runtime.settings import load

from .bulk import Bulk, Limits
from .leaves import Leaves
from .loop import Indexer
from .settings import IndexerSettings

log = logging.getLogger(__name__)

_MEGABYTE = 1_000_000


def consumer_of(settings: IndexerSettings) -> AIOKafkaConsumer:
    """Reads only what was committed, from the beginning, and commits only when told to."""
    return AIOKafkaConsumer(
        bootstrap_servers=settings.kafka,
        group_id=settings.indexer_group,
        client_id="blotter-indexer",
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        session_timeout_ms=int(settings.indexer_session_timeout_seconds * 1000),
        heartbeat_interval_ms=int(settings.indexer_session_timeout_seconds * 100),
        max_partition_fetch_bytes=int(settings.indexer_fetch_mb * _MEGABYTE),
        # A topic that is made later is found within this time.
        metadata_max_age_ms=10_000,
    )


def limits_of(settings: IndexerSettings) -> Limits:
    return Limits(
        documents=settings.indexer_request_documents,
        bytes=int(settings.indexer_request_mb * _MEGABYTE),
        requests=settings.indexer_requests,
        backoff_seconds=settings.indexer_backoff_seconds,
        backoff_max_seconds=settings.indexer_backoff_max_seconds,
    )


async def run(settings: IndexerSettings, stop: asyncio.Event) -> None:
    """Index until `stop` is set."""
    health = Health(settings.indexer_max_age_seconds)
    page = await serve(health, settings.host, settings.indexer_port)
    client = connect(
        settings.elasticsearch, settings.indexer_request_timeout_seconds, settings.indexer_requests
    )
    indices = Indices(settings.index_prefix)
    consumer = consumer_of(settings)
    try:
        if await _ready(client, indices, consumer, health, stop):
            leaves = Leaves(partial(committed, settings.kafka, settings.indexer_group))
            bulk = Bulk(client, indices, limits_of(settings), health)
            indexer = Indexer(
                consumer,
                leaves,
                bulk,
                indices,
                health,
                pace=Pace(settings.indexer_pace_seconds),
                poll_ms=settings.indexer_poll_ms,
                batch_records=settings.indexer_batch_records,
                batches=settings.indexer_batches,
            )
            await indexer.run(stop, settings.indexer_stop_seconds)
    finally:
        await consumer.stop()
        await client.close()
        await page.cleanup()


async def _ready(
    client: AsyncElasticsearch,
    indices: Indices,
    consumer: AIOKafkaConsumer,
    health: Health,
    stop: asyncio.Event,
) -> bool:
    """Wait for both servers, for ever; False if the process is to stop first.

    The indices are made here too: indexed into nowhere, a document would make an index that takes
    anything.
    """
    while not stop.is_set():
        try:
            await create_indices(client, indices)
            await consumer.start()
        except (TransportError, ApiError, KafkaError, OSError) as error:
            why = f"waiting for elasticsearch and kafka ({type(error).__name__})"
            health.failing(why)
            log.warning(why)
            await asyncio.sleep(1)
        else:
            return True
    return False


async def main() -> None:
    settings = load(IndexerSettings)
    logs.configure("indexer", settings.log_level)
    collector.rest()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    await run(settings, stop)


if __name__ == "__main__":
    asyncio.run(main())
