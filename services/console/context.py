"""What every area of the console is given."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse

from services.runtime import roster
from services.runtime.roster import Roster

from .access.viewer import ROLES, Permission, Viewer
from .inbox import Looking
from .mine import mine as mine_of
from .recorder import Recorder
from .settings import ConsoleSettings
from .store import Store
from .templates import environment
from .times import Clock

NAVIGATION: tuple[tuple[str, str, str, Permission | None], ...] = (
    ("inbox", "/", "Findings", None),
    ("approvals", "/approvals", "Approvals", "approvals"),
    ("dashboard", "/dashboard", "Dashboard", "dashboards"),
    ("records", "/records", "Records", None),
    ("registry", "/registry", "Registry", "everything"),
    ("sources", "/sources", "Sources", "everything"),
    ("order", "/order", "The order", None),
    ("contract", "/contract", "The contract", "everything"),
    ("rejected", "/rejected", "Refused input", "everything"),
    ("accesses", "/accesses", "Who looked", "everything"),
    ("accounts", "/accounts", "Accounts", "accounts"),
)
"""Name (`active` in `render`), address, words, and the permission it takes."""


class _Cached:
    """The roster, read again when it is older than it may be."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.read_at = float("-inf")
        self.roster = Roster({})


@dataclass(frozen=True)
class Context:
    """Where things are read, written and rendered. `psit`: employee ids of Public Safety IT."""

    store: Store
    settings: ConsoleSettings
    recorder: Recorder
    psit: Callable[[], frozenset[str]] = frozenset
    _cached: _Cached = field(default_factory=_Cached)

    @cached_property
    def zone(self) -> ZoneInfo:
        """The department's."""
        return self.settings.zone

    @cached_property
    def clock(self) -> Clock:
        """Writes times in that zone."""
        return Clock(self.zone)

    @cached_property
    def templates(self) -> Environment:
        """Areas may add filters of their own to it."""
        return environment(self.clock)

    async def roster(self) -> Roster:
        """Everybody, as of a moment ago (`console_roster_seconds`). Raises Unavailable."""
        cached = self._cached
        async with cached.lock:
            if time.monotonic() - cached.read_at > self.settings.console_roster_seconds:
                now = datetime.now(UTC)
                cached.roster = await roster.read(self.store.ask, self.store.indices, now)
                cached.read_at = time.monotonic()
            return cached.roster

    async def looking(self, viewer: Viewer) -> Looking:
        """Who looks at findings now, and which are theirs by today's roster. Raises Unavailable."""
        roster, times = await self.roster(), self.settings.review_times
        now, mine = datetime.now(UTC), mine_of(viewer, roster)
        return Looking(viewer.actor_id, now, viewer.scope(), times, mine, roster.named)

    def render(
        self,
        request: Request,
        template: str,
        status: int = 200,
        *,
        active: str = "",
        **values: Any,
    ) -> HTMLResponse:
        """A page. `active`: its name in NAVIGATION. Templates also get `viewer` (None: nobody is
        signed in), `csrf` for the hidden field of every form, and `request_path`."""
        viewer: Viewer | None = getattr(request.state, "viewer", None)
        html = self.templates.get_template(template).render(
            zone=self.zone.key,
            viewer=viewer,
            role=ROLES[viewer.role] if viewer else "",
            csrf=getattr(request.state, "csrf", ""),
            navigation=[each for each in NAVIGATION if _shown(viewer, each[3])],
            active=active,
            request_path=request.url.path,
            **values,
        )
        return HTMLResponse(html, status_code=status)


def _shown(viewer: Viewer | None, permission: Permission | None) -> bool:
    return viewer is not None and (permission is None or viewer.may(permission))
