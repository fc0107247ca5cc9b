"""The routes: from a request to an answer."""

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from services.runtime.health import Health

from . import answers, binding, openapi, page
from .acceptance import Gateway
from .certification import Certification
from .observed import REFUSED, Observed
from .otlp_traces import Traces
from .refused import Refused

_WHY = {404: "there is no such address", 405: "this address does not take this method"}


class Api:
    """The handlers."""

    def __init__(self, gateway: Gateway, health: Health) -> None:
        self._gateway = gateway
        self._health = health

    async def events(self, request: Request) -> Response:
        """CloudEvents, in any of the three modes."""
        async with self._gateway.visit(request) as (visitor, body):
            value = binding.events_json(request.headers, body)
            return answers.of_results(await self._gateway.accept(visitor, value))

    async def page(self, request: Request) -> Response:
        html = page.render(self._gateway.settings, str(request.base_url))
        return HTMLResponse(html, headers=page.HEADERS)

    async def openapi(self, _: Request) -> Response:
        return JSONResponse(openapi.document(self._gateway.settings))

    async def health(self, _: Request) -> Response:
        healthy, why = self._health.state()
        return JSONResponse({"healthy": healthy, "why": why}, 200 if healthy else 503)

    async def metrics(self, _: Request) -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def refused(_: Request, error: Exception) -> Response:
    """The request as a whole."""
    assert isinstance(error, Refused)
    REFUSED.labels(error.reason).inc()
    return answers.of_refusal(error)


async def not_found(_: Request, error: Exception) -> Response:
    """No such address, or not in this way."""
    assert isinstance(error, HTTPException)
    why = _WHY.get(error.status_code, error.detail)
    return answers.of_refusal(Refused(error.status_code, "address", why, error.headers))


async def failed(_: Request, __: Exception) -> Response:
    """A defect of ours, which has been logged."""
    told = "something went wrong here; it has been logged. Send the same again later"
    return answers.of_refusal(Refused(500, "defect", told))


def create_app(gateway: Gateway, health: Health) -> ASGIApp:
    """The whole gateway. A new route is one line here, and a handler that begins with
    `gateway.visit` (a key, a body) and takes events in with `gateway.accept`."""
    api = Api(gateway, health)
    routes: list[Route | Mount] = [
        Route("/v1/events", api.events, methods=["POST"]),
        Route("/v1/traces", Traces(gateway).export, methods=["POST"]),
        Route("/v1/certification", Certification(gateway).report),
        Route("/v1/openapi.json", api.openapi),
        Route("/", api.page),
        Mount("/static", StaticFiles(directory=page.FOLDER / "static")),
        Route("/health", api.health),
        Route("/metrics", api.metrics),
    ]
    handlers = {Refused: refused, HTTPException: not_found, Exception: failed}
    app = Starlette(routes=routes, exception_handlers=handlers)
    return Observed(app, {route.path for route in routes})
