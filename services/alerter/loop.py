"""The main loop: learns, plans, notes, and has sent."""

import asyncio
import logging
from datetime import UTC, datetime

from schemas.alerts import Alert, AlertsBegun
from services.runtime.health import Health

from . import metrics
from .courier import Courier, channel, count
from .following import Following
from .journal import Journal
from .plan import Plan
from .recipients import WEBHOOK, Directory
from .rostering import Rostering
from .settings import AlerterSettings
from .webhook import Webhooks

log = logging.getLogger(__name__)

_POLL_MS = 250


class Alerter:
    """One process's work. What is planned is in the journal before it is sent."""

    def __init__(
        self,
        settings: AlerterSettings,
        plan: Plan,
        journal: Journal,
        rostering: Rostering,
        courier: Courier,
        webhooks: Webhooks,
        health: Health,
    ) -> None:
        self._settings = settings
        self._plan = plan
        self._journal = journal
        self._rostering = rostering
        self._courier = courier
        self._webhooks = webhooks
        self._health = health
        self._under_way: dict[str, asyncio.Task[None]] = {}

    async def run(self, following: Following, stop: asyncio.Event) -> None:
        """Until `stop`; attempts that are under way then are waited for. Raises ProducerError."""
        while not stop.is_set():
            await following.take(datetime.now(UTC), _POLL_MS)
            if self._rostering.roster is not None:
                await self._plan_and_send(self._directory())
            self._reap()
            self._measure()
            self._health.progressed()
        await asyncio.gather(*self._under_way.values())

    def _directory(self) -> Directory:
        assert self._rostering.roster is not None
        return Directory(
            self._rostering.roster,
            tuple(self._settings.alerter_psit),
            tuple(WEBHOOK + name for name in self._webhooks.names),
            bool(self._settings.alerter_smtp_host),
        )

    async def _plan_and_send(self, directory: Directory) -> None:
        if directory.mails or directory.webhooks:
            await self._begin()
        planned = self._plan.next(datetime.now(UTC), directory)
        if planned:
            await self._journal.write(planned)
            for alert in planned:
                metrics.ESCALATIONS.inc(
                    sum(len(line.findings) for line in alert.lines if line.what == "escalated")
                )
                log.info("alert planned", extra=_told(alert))
        for alert in [a for n, a in self._plan.waiting.items() if n not in self._under_way]:
            self._under_way[alert.alert_id] = asyncio.create_task(self._see_through(alert))

    async def _begin(self) -> None:
        if self._plan.begun_at is None:
            begun = AlertsBegun(begun_at=datetime.now(UTC))
            await self._journal.begin(begun)
            self._plan.begun_at = begun.begun_at

    async def _see_through(self, alert: Alert) -> None:
        settled = await self._courier.deliver(
            alert,
            self._directory,
            lambda each: self._plan.may_be_sent(each, self._directory()),
        )
        if settled is not None:
            await self._journal.write([settled])
            self._plan.recall(settled)
            count(settled)

    def _reap(self) -> None:
        """Forget what is done; raises what a task raised."""
        for name in [name for name, task in self._under_way.items() if task.done()]:
            self._under_way.pop(name).result()

    def _measure(self) -> None:
        waiting = self._plan.waiting.values()
        now = datetime.now(UTC)
        oldest = min((alert.planned_at for alert in waiting), default=now)
        metrics.WAITING.set(len(waiting))
        metrics.OLDEST.set(max(0.0, (now - oldest).total_seconds()))
        metrics.UNREACHABLE.set(len(self._plan.unreachable))
        metrics.UNREACHABLE_DUTIES.set(self._plan.duties.unreachable)


def _told(alert: Alert) -> dict[str, object]:
    found = sum(len(line.findings) for line in alert.lines)
    duties = sum(len(line.duties) for line in alert.duties)
    about = {"findings": found, "duties": duties}
    return {"alert": alert.alert_id, "channel": channel(alert), **about}
