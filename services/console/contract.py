"""The contract's page."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from schemas import contract_page

from .context import Context
from .parameters import NoQuery, parse


def routes(context: Context) -> list[BaseRoute]:
    """The page of every event type, field and example."""

    async def page(request: Request) -> Response:
        parse(NoQuery, request.query_params)
        content = await run_in_threadpool(contract_page.content)
        return context.render(request, "contract.html", content=content, active="contract")

    return [Route("/contract", page)]
