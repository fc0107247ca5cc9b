"""When the next recheck is due, and what is done with its report."""

import asyncio
import logging
import time
from collections.abc import Awaitable
from datetime import datetime, timedelta
from datetime import time as time_of_day
from zoneinfo import ZoneInfo

from kafka.errors import KafkaError

from services.runtime.health import Health
from services.runtime.recheck import CheckerBehind, Recheck, Report

from . import observed
from .settings import RecheckSettings

log = logging.getLogger(__name__)

_PULSE_SECONDS = 5.0


def seconds_until(due: time_of_day, zone: ZoneInfo, now: datetime) -> float:
    """Seconds from `now` to the next time that a clock in the zone shows `due`."""
    local = now.astimezone(zone)
    at = datetime.combine(local.date(), due, zone)
    if at <= local:
        at = datetime.combine(local.date() + timedelta(days=1), due, zone)
    return at.timestamp() - now.timestamp()


async def run(settings: RecheckSettings, health: Health, stop: asyncio.Event) -> None:
    """Recheck every night until told to stop; one that cannot be done is tried again."""
    zone = ZoneInfo(settings.recheck_zone)
    pause = seconds_until(settings.recheck_at, zone, datetime.now(zone))
    while not await _paused(pause, health, stop):
        done = await _alive(asyncio.to_thread(_recheck, settings), health)
        pause = settings.recheck_retry_seconds
        if done:
            pause = seconds_until(settings.recheck_at, zone, datetime.now(zone))


def _recheck(settings: RecheckSettings) -> bool:
    """One recheck; whether it could be done."""
    try:
        with Recheck(settings.kafka, settings, lambda *_: None) as recheck:
            report = recheck.run(settings.recheck_patience_seconds)
    except (CheckerBehind, KafkaError) as error:
        observed.FAILED.inc()
        log.exception("the recheck could not be done", extra={"why": str(error)})
        return False
    observed.compared(report, time.time())
    _name(report, settings.recheck_listed)
    return True


def _name(report: Report, at_most: int) -> None:
    told = {"subjects": report.subjects, "differences": len(report.differences)}
    (log.error if report.differences else log.info)("the log was judged again", extra=told)
    for difference in report.differences[:at_most]:
        what = {"kind": difference.kind, "clause": difference.clause}
        log.error("a finding differs", extra=what | {"subject": difference.subject})


async def _paused(seconds: float, health: Health, stop: asyncio.Event) -> bool:
    """Wait; whether it is time to stop."""
    waiting = asyncio.create_task(stop.wait())
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0 and not stop.is_set():
        health.progressed()
        await asyncio.wait([waiting], timeout=min(_PULSE_SECONDS, left))
    waiting.cancel()
    return stop.is_set()


async def _alive(work: Awaitable[bool], health: Health) -> bool:
    """Wait for work in a thread, and stay healthy meanwhile: it may take an hour."""
    task = asyncio.ensure_future(work)
    while not task.done():
        health.progressed()
        await asyncio.wait([task], timeout=_PULSE_SECONDS)
    return task.result()
