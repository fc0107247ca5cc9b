"""The keys that were made, read from the compacted topic `ai.keys`."""

import logging

from aiokafka import AIOKafkaConsumer
from pydantic import ValidationError

from schemas.keys import API_KEY, ApiKey
from services.runtime.compacted import Compacted
from services.runtime.topics import KEYS

log = logging.getLogger(__name__)


class Keys:
    """Each key as it stands, by its id."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        """`consumer` has no group; it is started and stopped by its owner."""
        self._topic = Compacted(consumer, KEYS, self._learn)
        self._keys: dict[str, ApiKey] = {}

    async def start(self) -> None:
        """Read all that were made so far."""
        await self._topic.start()

    async def refresh(self) -> None:
        """Read what was changed since."""
        await self._topic.refresh()

    def get(self, key_id: str) -> ApiKey | None:
        """The key with an id."""
        return self._keys.get(key_id)

    def _learn(self, name: bytes | None, value: bytes | None) -> None:
        key_id = (name or b"").decode(errors="replace")
        # Whatever cannot be read must not leave an older state valid.
        self._keys.pop(key_id, None)
        if value is None:
            return
        try:
            self._keys[key_id] = API_KEY.validate_json(value)
        except ValidationError:
            log.exception("a record of %s cannot be read; this key opens nothing", KEYS)
