"""Who may sign in, for whoever runs the console; accounts are changed at the command line."""

from collections.abc import Mapping
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from schemas.accounts import Account
from services.order.sentences import duration
from services.runtime.search import Body

from ..context import Context
from ..parameters import NoQuery, parse
from ..store import Store
from ..tables import Cell, Column, Table
from .gate import Access
from .supervisors import unreached
from .throttle import Throttle
from .viewer import ROLES, require

_MOST = 10_000
_COLUMNS = (
    Column("account", "Account", "text"),
    Column("role", "Role", "text"),
    Column("employee", "Employee", "text"),
    Column("last_sign_in", "Last sign-in", "time"),
    Column("state", "May sign in", "text"),
    Column("since", "Disabled since", "time"),
)


class Listing:
    """The page of accounts."""

    def __init__(self, context: Context, access: Access, throttle: Throttle) -> None:
        self._context = context
        self._access = access
        self._throttle = throttle

    def routes(self) -> list[BaseRoute]:
        """`/accounts`."""
        return [Route("/accounts", self.show)]

    async def show(self, request: Request) -> Response:
        """Every account, with its last sign-in and whether another is possible; and supervisors who
        are out of reach."""
        viewer = require(request, "accounts")
        parse(NoQuery, request.query_params)
        await self._context.recorder.accessed(viewer, "viewed", "accounts")
        last = await last_sign_ins(self._context.store)
        accounts = self._access.accounts.all()
        rows = [self._row(each, last) for each in accounts]
        table = Table("accounts", "Accounts", _COLUMNS, rows)
        missed = unreached(await self._context.roster(), accounts)
        return self._context.render(
            request, "accounts.html", active="accounts", table=table, missed=missed
        )

    def _row(self, account: Account, last: Mapping[str, datetime]) -> list[Cell]:
        return [
            Cell(account.name),
            Cell(ROLES[account.role]),
            Cell(account.employee_id),
            Cell(last.get(account.name)),
            Cell(self._state(account)),
            Cell(account.disabled),
        ]

    def _state(self, account: Account) -> str:
        if account.disabled is not None:
            return "no, disabled"
        wait = self._throttle.wait(account.name)
        if wait > 0:
            return f"locked after failed tries, for {duration(max(60, wait))}"
        return "yes"


async def last_sign_ins(store: Store) -> dict[str, datetime]:
    """When each account was signed in last, by its name, as the log has it. Raises Unavailable."""
    wanted = [{"term": {"type": "review.log.accessed.v1"}}, {"term": {"data.what": "signed_in"}}]
    by_account = {
        "terms": {"field": "data.target.keyword", "size": _MOST},
        "aggs": {"last": {"max": {"field": "time"}}},
    }
    body: Body = {
        "query": {"bool": {"filter": wanted}},
        "size": 0,
        "aggs": {"accounts": by_account},
    }
    found = (await store.ask(store.indices.events, body)).get("aggregations", {})
    return {
        each["key"].removeprefix("account/"): datetime.fromtimestamp(
            each["last"]["value"] / 1000, UTC
        )
        for each in found.get("accounts", {}).get("buckets", [])
    }
