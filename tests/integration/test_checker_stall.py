"""A Faust that is a member of its group and delivers nothing is noticed."""

import asyncio
from collections import Counter
from collections.abc import Collection
from contextlib import suppress

import pytest
from aiokafka import AIOKafkaProducer

from services.checker import faust_app, stall
from services.checker.faust_app import Event
from services.checker.settings import CheckerSettings
from services.runtime import topics
from services.runtime.kafka import admin, create_topics

SECONDS = 2
PARTITIONS = 4


def test_a_faust_that_delivers_nothing(own_kafka: str) -> None:
    with admin(own_kafka) as client:
        create_topics(client, topics.fixed_topics(PARTITIONS))
    asyncio.run(asyncio.wait_for(stalls_once_its_flow_is_stopped(own_kafka), timeout=120))


async def stalls_once_its_flow_is_stopped(kafka: str) -> None:
    brought: Counter[int] = Counter()

    async def put(event: Event) -> None:
        brought[event.message.partition] += 1

    async def release() -> None:
        brought.clear()

    async def resume(partitions: Collection[int]) -> None:
        brought.update(dict.fromkeys(partitions, 0))

    app = faust_app.create(CheckerSettings(kafka=kafka))
    faust_app.connect(app, topics.DOSSIERS, put, release, resume)
    await app.start()
    sending = asyncio.create_task(send_without_end(kafka))
    watching = asyncio.create_task(stall.watch(kafka, lambda: brought, SECONDS))
    try:
        while len(brought) < PARTITIONS or not all(brought.values()):
            await asyncio.sleep(0.1)
        await asyncio.sleep(2 * SECONDS)
        assert not watching.done(), "all is well, and a stall was seen"
        app.consumer.stop_flow()
        with pytest.raises(stall.Stalled):
            await watching
    finally:
        sending.cancel()
        with suppress(asyncio.CancelledError):
            await sending
        await app.stop()


async def send_without_end(kafka: str) -> None:
    async with AIOKafkaProducer(bootstrap_servers=kafka) as producer:
        while True:
            for number in range(PARTITIONS):
                await producer.send_and_wait(topics.DOSSIERS, b"{}", partition=number)
            await asyncio.sleep(0.2)
