"""What dashboards, records and exports share: who asks and when, the registry, what is kept."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from starlette.requests import Request

from services.runtime.search import Body

from .access.viewer import Viewer, viewer_of
from .context import Context
from .dashboards import duties, overview, pipeline, services, systems, training
from .dashboards.query import Asked
from .dashboards.view import View
from .facts import FactsReader
from .inbox import Looking
from .kept import Kept
from .parameters import DashboardQuery
from .records import machines
from .records.machines import Machine
from .records.query import Reckoning

TABS = {
    "overview": "Overview",
    "duties": "Duties and delays",
    "training": "Training",
    "systems": "Systems",
    "pipeline": "Pipeline",
}
"""The dashboards, by name."""


@dataclass(frozen=True)
class Desk:
    """Made once; every request asks it. `views`: the dashboards as they were counted last."""

    context: Context
    facts: FactsReader
    views: Kept[View]

    @classmethod
    def of(cls, context: Context) -> "Desk":
        """The desk of a console."""
        settings = context.settings
        reader = FactsReader(context.store, settings.console_registry_seconds)
        return cls(context, reader, Kept(settings.console_dashboard_seconds))

    def asked(self, request: Request, query: DashboardQuery) -> Asked:
        """What somebody wants counted."""
        on = self.reckoning()
        viewer, times = viewer_of(request), self.context.settings.review_times
        return Asked(query, on, Looking(viewer.actor_id, on.now, viewer.scope(), times))

    def reckoning(self) -> Reckoning:
        """The time, and what depends on it."""
        due = timedelta(days=self.context.settings.console_due_days)
        return Reckoning(self.context.zone, datetime.now(UTC), due)

    async def view(self, tab: str, asked: Asked) -> View:
        """A dashboard, a few seconds old at most. Raises Unavailable."""
        key = tab, asked.query, str(asked.looking.scope)
        return await self.views.get(key, partial(self._count, tab, asked))

    async def _count(self, tab: str, asked: Asked) -> View:
        store = self.context.store
        if tab == "training":
            return training.view(await self.facts.read(), asked)
        if tab == "systems":
            return systems.view(await self.machines(asked))
        if tab == "pipeline":
            own = self.context.settings
            states = services.load(own.console_services, own.console_services_seconds)
            return await pipeline.load(store, asked.on.now, states)
        if tab == "duties":
            return await duties.load(store, asked)
        return await overview.load(store, asked)

    async def machines(self, asked: Asked) -> list[Machine]:
        """Every system. Raises Unavailable."""
        store, plain = self.context.store, Asked(DashboardQuery(), asked.on, asked.looking)
        uses = await machines.seen(store, [])
        found = await machines.found(store, plain.findings())
        return machines.machines(await self.facts.read(), asked.on.now, uses, found)


def own(viewer: Viewer) -> list[Body]:
    """Filters on dossiers: those that somebody may see. Empty: all."""
    if viewer.may("everything"):
        return []
    return [{"terms": {"employee_id": sorted(viewer.chain)}}]
