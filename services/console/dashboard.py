"""Dashboards, the records behind their numbers, and the exports of both."""

from collections.abc import Iterable
from datetime import date, datetime
from functools import partial

from markupsafe import Markup
from starlette.routing import BaseRoute

from .context import Context
from .dashboards import pages as dashboards
from .desk import Desk
from .exports import pages as exports
from .records import pages as records
from .times import Clock


def routes(context: Context) -> Iterable[BaseRoute]:
    """All of these pages."""
    context.templates.filters["moment"] = partial(_moment, context.clock)
    context.templates.filters["day"] = partial(_day, context.clock)
    desk = Desk.of(context)
    return [*dashboards.routes(desk), *records.routes(desk), *exports.routes(desk)]


_DAY = "%b %-d, %Y"


def _moment(clock: Clock, value: datetime | date) -> Markup | str:
    """A time in the department's zone; a day as it is."""
    return clock.when(value) if isinstance(value, datetime) else f"{value:{_DAY}}"


def _day(clock: Clock, value: datetime | date) -> Markup | str:
    """As `_moment`, without the time of day."""
    return clock.when(value, _DAY) if isinstance(value, datetime) else f"{value:{_DAY}}"
