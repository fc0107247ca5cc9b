"""The changelog of a partition: a compacted topic that holds the latest value of each key.

Why not Faust's tables: their recovery waits for the topic's last offset, which a transactional
changelog never delivers (it is a control record), reads what transactions aborted, and only logs
what it cannot apply. See docs/decisions/0002-checker-state.md.
"""

import contextlib

from aiokafka import AIOKafkaConsumer, TopicPartition

from services.runtime.topics import CHECKER_CHANGELOG


async def read_state(bootstrap: str, partition: int) -> dict[str, bytes]:
    """All that committed transactions have written for a partition, by key.

    Complete once the partition's producer id has been taken: that waits until every earlier
    transaction has its markers, without which its records are not read yet.
    """
    place = TopicPartition(CHECKER_CHANGELOG, partition)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=8 * 1024 * 1024,
    )
    await consumer.start()
    try:
        consumer.assign([place])
        await consumer.seek_to_beginning(place)
        end = (await consumer.end_offsets([place]))[place]
        state: dict[str, bytes] = {}
        # The position also moves over aborted transactions and control records, which bring none.
        while await consumer.position(place) < end:
            batches = await consumer.getmany(place, timeout_ms=200)
            for record in batches.get(place, []):
                if record.value is None:
                    state.pop(record.key.decode(), None)
                else:
                    state[record.key.decode()] = record.value
        return state
    finally:
        with contextlib.suppress(ConnectionError):
            await consumer.stop()
