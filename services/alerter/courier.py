"""Sees each message through: taken, given up, or withheld."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from schemas.alerts import Alert, AlertState

from . import metrics
from .mail import Mail
from .recipients import WEBHOOK, Directory
from .settings import AlerterSettings
from .undelivered import Undelivered
from .webhook import Webhooks

log = logging.getLogger(__name__)

_WITHHELD = "nobody to send it to, or nothing open any more"


class Courier:
    """Sends messages, each by itself: one that nobody takes holds up no other."""

    def __init__(
        self,
        settings: AlerterSettings,
        mail: Mail | None,
        webhooks: Webhooks,
        stop: asyncio.Event,
    ) -> None:
        """`stop`: when set, no new attempt is begun."""
        self._settings = settings
        self._mail = mail
        self._webhooks = webhooks
        self._stop = stop
        self._slots = asyncio.Semaphore(settings.alerter_connections)

    async def deliver(
        self, alert: Alert, directory: Callable[[], Directory], may: Callable[[Alert], bool]
    ) -> Alert | None:
        """The alert as it was settled; None if the process is to stop first.

        `directory`: as it is by now. `may`: whether it is still about nobody who would get it,
        and about something.
        """
        pause = self._settings.alerter_backoff_seconds
        while not self._stop.is_set():
            sender = self._sender(alert, directory())
            if sender is None or not may(alert):
                return self._settled(alert, "withheld", error=_WITHHELD)
            try:
                async with self._slots:
                    address = await sender()
            except Undelivered as error:
                if error.for_good or self._is_over(alert):
                    return self._settled(alert, "failed", error=str(error))
                self._put_off(alert, str(error))
                await self._rest(max(error.pause_seconds, pause * random.uniform(0.5, 1)))
                pause = min(2 * pause, self._settings.alerter_backoff_max_seconds)
            else:
                return self._settled(alert, "sent", address)
        return None

    def _sender(
        self, alert: Alert, directory: Directory
    ) -> Callable[[], Awaitable[str | None]] | None:
        """What makes one attempt, and returns the e-mail address; None: there is no way."""
        if alert.recipient.startswith(WEBHOOK):
            name = alert.recipient.removeprefix(WEBHOOK)
            if name not in self._webhooks.names:
                return None

            async def post() -> None:
                await self._webhooks.send(alert, name)

            return post
        mail, address = self._mail, directory.address(alert.recipient)
        if mail is None or address is None:
            return None

        async def write() -> str:
            await mail.send(alert, address)
            return address

        return write

    def _is_over(self, alert: Alert) -> bool:
        return datetime.now(UTC) - alert.planned_at >= self._settings.give_up

    def _put_off(self, alert: Alert, why: str) -> None:
        metrics.RETRIES.labels(channel(alert), why).inc()
        log.warning("an alert is tried again", extra={"alert": alert.alert_id, "why": why})

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stop.wait()
        except TimeoutError:
            return

    def _settled(
        self, alert: Alert, state: AlertState, sent_to: str | None = None, error: str | None = None
    ) -> Alert:
        update = {
            "state": state,
            "settled_at": datetime.now(UTC),
            "sent_to": sent_to,
            "error": error,
        }
        return alert.model_copy(update=update)


def channel(alert: Alert) -> str:
    """By which way it goes."""
    return "webhook" if alert.recipient.startswith(WEBHOOK) else "email"


def count(alert: Alert) -> None:
    """Count and log how an alert was settled."""
    by = {"sent": metrics.SENT, "failed": metrics.FAILED, "withheld": metrics.WITHHELD}
    by[alert.state].labels(channel(alert)).inc()
    if alert.state != "sent":
        log.error(
            "an alert was given up" if alert.state == "failed" else "an alert was withheld",
            extra={"alert": alert.alert_id, "why": alert.error},
        )
