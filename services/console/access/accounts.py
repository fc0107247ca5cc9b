"""The accounts, read from the compacted topic `ai.users` and kept up with."""

import asyncio
import logging
import time

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from pydantic import ValidationError

from schemas.accounts import ACCOUNT, Account
from services.runtime.compacted import Compacted
from services.runtime.topics import USERS

from ..settings import ConsoleSettings
from ..store import Unavailable

log = logging.getLogger(__name__)

_PATIENCE_SECONDS = 10
_PAUSE_SECONDS = 0.5
_UNREAD = "Who may sign in cannot be read at the moment."


class NotSetUp(Exception):
    """The topic is missing."""


class Accounts:
    """Each account as it stands. What could not be refreshed for long opens nothing: an account
    may have been disabled since."""

    def __init__(self, settings: ConsoleSettings) -> None:
        self._settings = settings
        self._accounts: dict[str, Account] = {}
        self._read_at: float | None = None

    @property
    def is_fresh(self) -> bool:
        """Whether they were read, and not too long ago."""
        most = self._settings.console_accounts_max_age_seconds
        return self._read_at is not None and time.monotonic() - self._read_at <= most

    def get(self, name: str) -> Account | None:
        """The account of a name, disabled or not. Raises Unavailable."""
        if not self.is_fresh:
            raise Unavailable(_UNREAD)
        return self._accounts.get(name)

    def all(self) -> list[Account]:
        """Every account, by name. Raises Unavailable."""
        if not self.is_fresh:
            raise Unavailable(_UNREAD)
        return sorted(self._accounts.values(), key=lambda each: each.name)

    def psit(self) -> frozenset[str]:
        """Employee ids of those who work for Public Safety IT. Raises Unavailable."""
        people = (each for each in self.all() if each.role == "psit" and each.disabled is None)
        return frozenset(each.employee_id for each in people)

    async def follow(self) -> None:
        """Until cancelled. When Kafka fails, all is read again from the beginning."""
        while True:
            try:
                await self._keep_up()
            except (KafkaError, OSError, TimeoutError, NotSetUp) as error:
                why = str(error) if isinstance(error, NotSetUp) else type(error).__name__
                log.warning("accounts cannot be read: %s", why)
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _keep_up(self) -> None:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._settings.kafka,
            group_id=None,
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
        )
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await consumer.start()
                if USERS not in await consumer.topics():
                    raise NotSetUp(f"topic {USERS} is missing: run `blotter setup`")
                topic = Compacted(consumer, USERS, self._learn)
                await topic.start()
            while True:
                self._read_at = time.monotonic()
                await asyncio.sleep(_PAUSE_SECONDS)
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    await topic.refresh()
        finally:
            await consumer.stop()

    def _learn(self, name: bytes | None, value: bytes | None) -> None:
        key = (name or b"").decode(errors="replace")
        # Whatever cannot be read must not leave an older state valid.
        self._accounts.pop(key, None)
        if value is None:
            return
        try:
            self._accounts[key] = ACCOUNT.validate_json(value)
        except ValidationError:
            log.exception("a record of %s cannot be read; this account opens nothing", USERS)
