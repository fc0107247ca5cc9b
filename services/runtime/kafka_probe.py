"""Whether Kafka answers: asked by processes that would otherwise only notice by silence."""

import asyncio

from aiokafka.client import AIOKafkaClient

from .health import Health


async def watch(bootstrap: str, health: Health, every_seconds: float = 5) -> None:
    """Ask for metadata again and again until cancelled, and tell `health` how it went."""
    while True:
        client = AIOKafkaClient(bootstrap_servers=bootstrap)
        try:
            await asyncio.wait_for(client.bootstrap(), timeout=every_seconds)
            health.progressed("kafka")
        except (OSError, TimeoutError):
            health.failing("Kafka does not answer", "kafka")
        except Exception as error:  # aiokafka's own errors have no common base worth naming here
            health.failing(f"Kafka does not answer: {type(error).__name__}", "kafka")
        finally:
            await client.close()
        await asyncio.sleep(every_seconds)
