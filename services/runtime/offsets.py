"""What a consumer group has committed, with the metadata that aiokafka's consumer does not tell."""

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.structs import OffsetAndMetadata


async def committed(
    bootstrap: str, group: str, partitions: list[TopicPartition]
) -> dict[TopicPartition, OffsetAndMetadata]:
    """Offset and metadata by partition; offset -1 or no entry: nothing was committed."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        found: dict[TopicPartition, OffsetAndMetadata] = await admin.list_consumer_group_offsets(
            group, partitions=partitions
        )
        # The C client sends the end of its string along.
        return {
            place: stands._replace(metadata=stands.metadata.rstrip("\0"))
            for place, stands in found.items()
        }
    finally:
        await admin.close()
