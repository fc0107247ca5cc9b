"""`python -m services.alerter.main`: wires the alerter and runs it until SIGTERM."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from aiokafka.errors import KafkaError

from services.runtime import health, kafka_probe, logs
from services.runtime.crash import crash
from services.runtime.elasticsearch import connect
from services.runtime.indices import Indices
from services.runtime.producer import ProducerError
from services.runtime.settings import load

from . import metrics
from .courier import Courier
from .following import Following
from .journal import Journal
from .loop import Alerter
from .mail import Mail
from .plan import Plan
from .rostering import Rostering
from .rules import Rules
from .schedule import Schedule
from .settings import AlerterSettings
from .webhook import Webhooks

log = logging.getLogger(__name__)

Opened = TypeVar("Opened")


class AlerterHealth(health.Health):
    """Says also when nothing is set by which anybody could be told: that is no failure."""

    def __init__(self, settings: AlerterSettings) -> None:
        super().__init__(settings.alerter_max_age_seconds)
        self._is_mute = not (settings.alerter_smtp_host or settings.alerter_webhooks)

    def state(self) -> tuple[bool, str]:
        healthy, why = super().state()
        if healthy and self._is_mute:
            return True, "ok, but neither a mail server nor a webhook is set: nobody is alerted"
        return healthy, why


def rules_of(settings: AlerterSettings) -> Rules:
    """The plan's times, as they are set."""
    return Rules(
        schedule=Schedule(
            settings.zone,
            settings.alerter_quiet_from,
            settings.alerter_quiet_to,
            settings.alerter_digest_at,
        ),
        review_times=settings.review_times,
        gather=timedelta(seconds=settings.alerter_gather_seconds),
        window=timedelta(seconds=settings.alerter_window_seconds),
        window_high=timedelta(seconds=settings.alerter_window_high_seconds),
        oldest=timedelta(days=settings.alerter_oldest_days) or None,
        reminder=timedelta(hours=settings.alerter_reminder_hours),
        reminder_early=timedelta(days=settings.alerter_reminder_days),
        duty_least=timedelta(minutes=settings.alerter_duty_least_minutes),
        escalation_steps=settings.alerter_escalation_steps,
        escalation_pause=timedelta(hours=settings.alerter_escalation_hours),
        unknown=timedelta(seconds=settings.alerter_unknown_seconds),
    )


async def run(settings: AlerterSettings, stop: asyncio.Event) -> None:
    """Alert until `stop` is set."""
    state = AlerterHealth(settings)
    metrics.CHANNELS.labels("email").set(int(bool(settings.alerter_smtp_host)))
    metrics.CHANNELS.labels("webhook").set(len(settings.alerter_webhooks))
    async with AsyncExitStack() as stack:
        page = await health.serve(state, settings.host, settings.alerter_port)
        stack.push_async_callback(page.cleanup)
        journal = await _opened(lambda: Journal.open(settings.kafka), state, stop)
        if journal is None:
            return
        stack.push_async_callback(journal.close)
        plan = Plan(rules_of(settings), journal.begun.begun_at if journal.begun else None)
        for alert in journal.alerts:
            plan.recall(alert)
        following = await _opened(
            lambda: Following.open(settings.kafka, plan, datetime.now(UTC)), state, stop
        )
        if following is None:
            return
        stack.push_async_callback(following.close)
        webhooks = Webhooks(settings)
        stack.push_async_callback(webhooks.close)
        client = connect(settings.elasticsearch, settings.elasticsearch_seconds)
        stack.push_async_callback(client.close)
        rostering = Rostering(
            client, Indices(settings.index_prefix), state, settings.alerter_roster_seconds
        )
        mail = Mail(settings) if settings.alerter_smtp_host else None
        alerter = Alerter(
            settings,
            plan,
            journal,
            rostering,
            Courier(settings, mail, webhooks, stop),
            webhooks,
            state,
        )
        async with _beside(
            rostering.keep(lambda: bool(plan.unknown)), kafka_probe.watch(settings.kafka, state)
        ) as others:
            await _first(alerter.run(following, stop), others)


async def _opened(
    opening: Callable[[], Awaitable[Opened]], state: health.Health, stop: asyncio.Event
) -> Opened | None:
    """What is opened as soon as Kafka is there and set up; None if the process is to stop first."""
    while not stop.is_set():
        try:
            return await opening()
        except (ProducerError, KafkaError, OSError) as error:
            why = f"waiting for Kafka, and for `blotter setup` ({type(error).__name__})"
            state.failing(why)
            log.warning(why)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), 1)
    return None


@asynccontextmanager
async def _beside(*works: Coroutine[Any, Any, None]) -> AsyncIterator[list[asyncio.Task[None]]]:
    tasks = [asyncio.create_task(work) for work in works]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()


async def _first(work: Coroutine[Any, Any, None], others: list[asyncio.Task[None]]) -> None:
    """Until the work is done; what ends before has failed, and nothing would notice any more."""
    main = asyncio.create_task(work)
    done, _ = await asyncio.wait({main, *others}, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()


async def _main(settings: AlerterSettings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await run(settings, stop)


def main() -> None:
    """Read the settings and run."""
    settings = load(AlerterSettings)
    logs.configure("alerter", settings.log_level)
    try:
        asyncio.run(_main(settings))
    except Exception:
        crash(log, "the alerter cannot go on")


if __name__ == "__main__":
    main()
