"""Stands before every page but the open ones: nobody passes who is not signed in."""

from typing import Protocol
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from schemas.accounts import Account
from services.runtime.roster import Roster

from .accounts import Accounts
from .csrf import Tokens
from .sessions import Sessions
from .viewer import Forbidden, Viewer

COOKIE = "blotter"
_SAFE = ("GET", "HEAD")
_SIGNED_OUT = (
    "You are not signed in, or have been away for too long, so nothing was changed. Sign in and do"
    " it again."
)


class _Roster(Protocol):
    async def roster(self) -> Roster: ...


class Access:
    """Who holds which cookie."""

    def __init__(self, accounts: Accounts, sessions: Sessions, people: _Roster) -> None:
        self.accounts = accounts
        self.sessions = sessions
        self.tokens = Tokens()
        self._people = people

    async def viewer(self, request: Request) -> Viewer | None:
        """Who asks; None: nobody is signed in. Raises Unavailable.

        A session ends at once when its account is gone, disabled, or has another password; a
        changed role counts from now on.
        """
        cookie = request.cookies.get(COOKIE, "")
        session = self.sessions.find(cookie) if cookie else None
        if session is None:
            return None
        account = self.accounts.get(session.name)
        if account is None or account.disabled or account.password != session.password:
            self.sessions.close(cookie)
            return None
        request.state.csrf = self.tokens.token(cookie)
        request.state.viewer = viewer = Viewer(account, await self._chain(account))
        return viewer

    async def _chain(self, account: Account) -> frozenset[str]:
        if account.role != "supervisor":
            return frozenset()
        return (await self._people.roster()).below(account.employee_id)


class Gate:
    """Wraps the pages; raises Forbidden for what would have changed something."""

    def __init__(self, pages: ASGIApp, access: Access) -> None:
        self._pages = pages
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        if await self._access.viewer(request) is not None:
            await self._pages(scope, receive, send)
        elif request.method in _SAFE:
            await sign_in_first(request)(scope, receive, send)
        else:
            raise Forbidden(_SIGNED_OUT)


def sign_in_first(request: Request) -> RedirectResponse:
    """To the page for signing in, and from there back to what was asked for."""
    # As it was sent: an id in it may hold what would otherwise separate.
    path = request.scope.get("raw_path", b"/").partition(b"?")[0].decode("ascii", "replace")
    wanted = path + (f"?{request.url.query}" if request.url.query else "")
    suffix = "" if wanted == "/" else f"?next={quote(wanted, safe='')}"
    return RedirectResponse(f"/sign-in{suffix}", status_code=303)
