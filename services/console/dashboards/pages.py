"""The dashboards' pages: one for each tab."""

from dataclasses import replace

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ..access.viewer import require
from ..desk import TABS, Desk
from ..parameters import DashboardQuery, parse
from .view import CHART, ROWS, View

SERIES = {
    "violation": "Possible violations",
    "undetermined": "Need a look",
    "cured": "Mended late",
    "overdue": "Overdue",
    "due": "Due soon",
    "open": "Open, due later",
    "uses": "Uses of AI",
    "lacking": "Missing or lapsed",
    "ending": "Ends in 90 days",
    "current": "Trained for longer",
    "under_1_h": "Under 1 h",
    "1_to_4_h": "1 h to 4 h",
    "4_to_24_h": "4 h to 24 h",
    "1_to_7_days": "1 to 7 days",
    "over_7_days": "7 days and more",
}
"""What each series of the charts is called."""

FILTERS: dict[str, tuple[str, ...]] = {
    "overview": ("from", "to", "system", "unit", "family"),
    "duties": ("from", "to", "system", "unit", "family"),
    "training": ("unit",),
    "systems": (),
    "pipeline": (),
}
"""The filters that make a difference, by tab; the others are kept for the tabs where they do."""


def routes(desk: Desk) -> list[BaseRoute]:
    """`/dashboard` and its tabs."""

    async def show(request: Request) -> Response:
        viewer = require(request, "dashboards")
        tab = request.path_params.get("tab", "overview")
        if tab not in TABS or request.url.path == "/dashboard/overview":
            raise HTTPException(404)
        query = parse(DashboardQuery, request.query_params)
        view = await desk.view(tab, desk.asked(request, query))
        given = str(request.query_params) or None
        await desk.context.recorder.accessed(viewer, "viewed", f"dashboard/{tab}", given)
        return desk.context.render(
            request, "dashboard.html", active="dashboard", query=query, tab=tab, tabs=TABS,
            path=path_of(tab), view=_shortened(view), series=SERIES, chart=CHART, path_of=path_of,
            filters=FILTERS[tab],
        )  # fmt: skip

    return [Route("/dashboard", show), Route("/dashboard/{tab}", show)]


def path_of(tab: str) -> str:
    """The address of a tab."""
    return "/dashboard" if tab == "overview" else f"/dashboard/{tab}"


def _shortened(view: View) -> View:
    return replace(
        view, sections=[replace(s, table=s.table.shortened(ROWS)) for s in view.sections]
    )
