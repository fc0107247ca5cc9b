"""Transactions of the C client: visible when committed, all of it or nothing, by one producer."""

import asyncio
import contextlib
import re
import signal
import subprocess
import sys
from collections.abc import Coroutine
from typing import Any

import pytest
from aiokafka import TopicPartition
from kafka import TopicPartition as Place

from services.runtime.kafka import admin, create_topics, read_to_end, reader
from services.runtime.offsets import committed
from services.runtime.producer import Fenced, TransactionalProducer, TransactionFailed
from services.runtime.topics import Topic
from tests.pipeline import REPOSITORY, eventually

TIMEOUT_SECONDS = 20.0
MOST_BYTES = 4 * 1024 * 1024
LARGEST = 1024 * 1024
"""What a broker takes at once, in bytes."""
PARTITION = 1


@pytest.fixture
def topic(kafka: str, request: pytest.FixtureRequest) -> str:
    name = re.sub(r"[^a-z0-9_]", "-", request.node.name)
    with admin(kafka) as client:
        create_topics(client, [Topic(name, 2)])
    return name


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(story, 60))


async def opened(kafka: str, name: str, most_bytes: int = MOST_BYTES) -> TransactionalProducer:
    return await TransactionalProducer.open(kafka, name, TIMEOUT_SECONDS, most_bytes)


def seen(kafka: str, topic: str) -> list[bytes | None]:
    """The values that a reader of what was committed sees."""
    with reader(kafka) as consumer:
        return [value for _, value in read_to_end(consumer, [Place(topic, PARTITION)])]


def test_visible_only_when_committed(kafka: str, topic: str) -> None:
    async def story() -> None:
        producer = await opened(kafka, topic)
        for lot in (b"a", b"b"):
            producer.begin()
            for number in range(100):
                producer.write(topic, PARTITION, b"key", lot + str(number).encode())
            producer.write(topic, PARTITION, b"key", None)
            before = await asyncio.to_thread(seen, kafka, topic)
            assert not any(value and value.startswith(lot) for value in before)
            await producer.commit({}, topic)
        await producer.close()

    run(story())
    expected: list[bytes | None] = []
    for lot in (b"a", b"b"):
        expected += [*(lot + str(number).encode() for number in range(100)), None]
    eventually("all is seen, in order", lambda: seen(kafka, topic) == expected)


def test_what_is_aborted_is_never_seen(kafka: str, topic: str) -> None:
    async def story() -> None:
        producer = await opened(kafka, topic)
        # At once, with writes still on their way, and with none.
        for number in range(5):
            producer.begin()
            for _ in range(number):
                producer.write(topic, PARTITION, None, b"aborted")
            await producer.abort()
        with pytest.raises(ZeroDivisionError):
            async with producer.transaction():
                producer.write(topic, PARTITION, None, b"aborted")
                _ = 1 / 0
        async with producer.transaction():
            producer.write(topic, PARTITION, None, b"forgotten")
        async with producer.transaction():
            producer.write(topic, PARTITION, None, b"kept")
            await producer.commit({}, topic)
        await producer.close()

    run(story())
    eventually("the last one is seen", lambda: seen(kafka, topic) == [b"kept"])


def test_offsets_are_committed_with_what_was_written(kafka: str, topic: str) -> None:
    place = TopicPartition(topic, PARTITION)

    async def stands() -> tuple[int, str] | None:
        found = (await committed(kafka, topic, [place])).get(place)
        return None if found is None or found.offset < 0 else (found.offset, found.metadata)

    async def story() -> None:
        producer = await opened(kafka, topic)
        for offset, is_wanted in ((5, True), (7, False), (9, True)):
            async with producer.transaction():
                producer.write(topic, PARTITION, None, b"x")
                if is_wanted:
                    told = {(topic, PARTITION): (offset, f"tick={offset}")}
                    await producer.commit(told, topic)
            # Opening waits for the end of the transaction before; a reader of offsets does too.
            await producer.close()
            producer = await opened(kafka, topic)
            assert await stands() == (
                (offset if is_wanted else 5),
                f"tick={5 if offset < 9 else 9}",
            )
        await producer.close()

    run(story())
    eventually("two are seen", lambda: len(seen(kafka, topic)) == 2)


def test_offsets_alone_are_a_transaction(kafka: str, topic: str) -> None:
    place = TopicPartition(topic, PARTITION)

    async def story() -> None:
        producer = await opened(kafka, topic)
        producer.begin()
        await producer.commit({(topic, PARTITION): (3, "")}, topic)
        producer.begin()
        await producer.commit({}, topic)
        await producer.close()
        assert (await committed(kafka, topic, [place]))[place].offset == 3

    run(story())


@pytest.mark.filterwarnings("ignore:Producer abort_transaction failed during close")
def test_whoever_opens_later_fences(kafka: str, topic: str) -> None:
    async def story() -> None:
        old = await opened(kafka, topic)
        idle = await opened(kafka, f"{topic}-idle")
        for producer in (old, idle):
            producer.begin()
        old.write(topic, PARTITION, None, b"old")
        new = await opened(kafka, topic)
        other = await opened(kafka, f"{topic}-idle")
        new.begin()
        new.write(topic, PARTITION, None, b"new")
        await new.commit({(topic, PARTITION): (2, "new")}, topic)
        for producer in (old, idle):
            with pytest.raises(Fenced):
                producer.write(topic, PARTITION, None, b"old")
                await producer.commit({(topic, PARTITION): (1, "old")}, topic)
            with pytest.raises(Fenced):
                await producer.abort()
        for producer in (old, idle, new, other):
            await producer.close()
        place = TopicPartition(topic, PARTITION)
        assert (await committed(kafka, topic, [place]))[place].metadata == "new"

    run(story())
    eventually("the new one's is seen", lambda: seen(kafka, topic) == [b"new"])


@pytest.mark.parametrize("most_bytes", [MOST_BYTES, LARGEST])
def test_a_lost_write_fails_the_commit(kafka: str, topic: str, most_bytes: int) -> None:
    """One that the broker refuses, and one that the client does not take at all."""

    async def story() -> None:
        producer = await opened(kafka, topic, most_bytes)
        producer.begin()
        producer.write(topic, PARTITION, None, b"small")
        if most_bytes == LARGEST:
            with pytest.raises(TransactionFailed, match="MSG_SIZE_TOO_LARGE"):
                producer.write(topic, PARTITION, None, b"x" * 2 * LARGEST)
        else:
            producer.write(topic, PARTITION, None, b"x" * 2 * LARGEST)
        for _ in range(2):
            with pytest.raises(TransactionFailed):
                await producer.commit({(topic, PARTITION): (1, "")}, topic)
        await producer.abort()
        for _ in range(3):
            with contextlib.suppress(TransactionFailed):
                async with producer.transaction():
                    producer.write(topic, PARTITION, None, b"another")
                    await producer.commit({}, topic)
                    break
        await producer.close()
        place = TopicPartition(topic, PARTITION)
        assert (await committed(kafka, topic, [place]))[place].offset == -1

    run(story())
    eventually("the other one is seen", lambda: seen(kafka, topic) == [b"another"])


def test_a_full_queue_is_waited_for(kafka: str, topic: str) -> None:
    """More than the client holds: 100,000 records."""

    async def story() -> None:
        producer = await opened(kafka, topic)
        producer.begin()
        for number in range(120_000):
            producer.write(topic, PARTITION, None, str(number).encode())
        await producer.commit({}, topic)
        await producer.close()

    run(story())
    expected = [str(number).encode() for number in range(120_000)]
    eventually("all are seen", lambda: seen(kafka, topic) == expected)


VICTIM = """
import asyncio, sys
from services.runtime.producer import TransactionalProducer
async def main(kafka, topic):
    producer = await TransactionalProducer.open(kafka, topic, 20, 1000)
    producer.begin()
    for number in range(1000):
        producer.write(topic, 1, None, b"never")
    await asyncio.to_thread(producer._client.flush)
    print("written", flush=True)
    await asyncio.sleep(60)
asyncio.run(main(*sys.argv[1:]))
"""


def test_of_a_killed_producer_nothing_is_seen(kafka: str, topic: str) -> None:
    command = [sys.executable, "-c", VICTIM, kafka, topic]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE) as victim:
        assert victim.stdout is not None
        assert victim.stdout.readline() == b"written\n"
        victim.send_signal(signal.SIGKILL)

    async def story() -> None:
        # Its transaction is not waited out: opening the id ends it.
        producer = await asyncio.wait_for(opened(kafka, topic), TIMEOUT_SECONDS / 2)
        producer.begin()
        producer.write(topic, PARTITION, None, b"after")
        await producer.commit({}, topic)
        await producer.close()

    run(story())
    eventually("what comes after is seen", lambda: seen(kafka, topic) == [b"after"])
