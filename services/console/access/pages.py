"""Signing in and out."""

import asyncio
import re
import secrets
import unicodedata
from urllib.parse import quote

from prometheus_client import Counter
from pydantic import BaseModel, ConfigDict
from starlette.datastructures import URL
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from schemas.accounts import Account
from services.order.sentences import duration
from services.runtime import passwords

from ..context import Context
from ..guard import LOOPBACK_NAMES
from ..parameters import parse
from .addresses import address_of
from .forms import checked_form
from .gate import COOKIE, Access
from .listing import Listing
from .throttle import Throttle

SIGN_INS = Counter("blotter_console_sign_ins_total", "Tries to sign in", ["result"])

_FORM_COOKIE = "blotter_form"
_FORM_BYTES = 16 * 1024
_AT_ONCE = 2
_LONGEST_NAME = 64
_WRONG = "That name and password do not belong together, or the account is disabled."


class SignInQuery(BaseModel):
    """`next`: the page that was asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    next: str = "/"


class SignIn:
    """The pages. Argon2 takes 64 MiB and a processor each time: never more than two at once."""

    def __init__(self, context: Context, access: Access) -> None:
        own = context.settings
        self._context = context
        self._access = access
        self._throttle = Throttle(
            own.console_sign_in_tries_account,
            own.console_sign_in_tries_address,
            own.console_sign_in_window_seconds,
            own.console_sign_in_told_seconds,
        )
        self._hashing = asyncio.Semaphore(_AT_ONCE)

    def open_routes(self) -> list[BaseRoute]:
        """For everybody."""
        return [
            Route("/sign-in", self.form),
            Route("/sign-in", self.sign_in, methods=["POST"]),
        ]

    def routes(self) -> list[BaseRoute]:
        """For those who are signed in."""
        listing = Listing(self._context, self._access, self._throttle)
        return [Route("/sign-out", self.sign_out, methods=["POST"]), *listing.routes()]

    async def form(self, request: Request) -> Response:
        """The form; on to the page that was asked for if somebody is signed in."""
        target = own_path(parse(SignInQuery, request.query_params).next)
        if await self._access.viewer(request) is not None:
            return RedirectResponse(target, status_code=303)
        # A strict cookie does not come along from another site, say a link in a message: asking
        # once more from here brings it.
        is_from_elsewhere = request.headers.get("sec-fetch-site") == "cross-site"
        return self._show(request, target, again=is_from_elsewhere)

    async def sign_in(self, request: Request) -> Response:
        """Begin a session, once it is in the log that it begins."""
        cookie = request.cookies.get(_FORM_COOKIE, "")
        request.state.csrf = self._access.tokens.token(cookie) if cookie else ""
        form = await checked_form(request, most_bytes=_FORM_BYTES)
        target = own_path(form.get("next"))
        name, password = form.get("name"), form.fields.get("password", "")
        if not name or not password:
            return self._show(request, target, "Give your name and your password.", name, 400)
        address = address_of(request, self._context.settings.console_trusted_proxies)
        # No account has a longer name; what is remembered of tries is bounded.
        tried = name.lower()[:_LONGEST_NAME]
        wait = self._throttle.begin(tried, address)
        if wait > 0:
            SIGN_INS.labels("throttled").inc()
            if self._throttle.is_told(tried, address):
                await self._failed(tried)
            return self._told_to_wait(request, target, name, wait)
        account = await self._account(name.lower(), password)
        if account is None:
            return self._show(request, target, _WRONG, name, 401)
        self._throttle.succeeded(tried, address)
        return self._welcome(request, account, target)

    async def sign_out(self, request: Request) -> Response:
        """End the session."""
        await checked_form(request)
        self._access.sessions.close(request.cookies.get(COOKIE, ""))
        answer = RedirectResponse("/sign-in", status_code=303)
        answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
        return answer

    async def _account(self, name: str, password: str) -> Account | None:
        """The account that these open, recorded either way; the same work for every name."""
        known = self._access.accounts.get(name)
        async with self._hashing:
            fits = await asyncio.to_thread(
                passwords.matches,
                password[: passwords.LONGEST + 1],
                known.password if known else None,
            )
        # It may have been disabled meanwhile.
        account = self._access.accounts.get(name)
        if fits and account is not None and account == known and account.disabled is None:
            who = account.employee_id
            await self._context.recorder.accessed_by(who, "signed_in", f"account/{name}")
            SIGN_INS.labels("signed_in").inc()
            return account
        await self._failed(name)
        SIGN_INS.labels("failed").inc()
        return None

    async def _failed(self, name: str) -> None:
        """Record a try to sign in under a name that came to nothing."""
        known = self._access.accounts.get(name)
        who = known.employee_id if known is not None else as_id(name)
        await self._context.recorder.accessed_by(who, "sign_in_failed", f"account/{as_id(name)}")

    def _welcome(self, request: Request, account: Account, target: str) -> Response:
        # Whoever signs in anew, perhaps as another, leaves no session behind.
        self._access.sessions.close(request.cookies.get(COOKIE, ""))
        answer = RedirectResponse(target, status_code=303)
        self._set_cookie(answer, request, COOKIE, self._access.sessions.open(account))
        answer.delete_cookie(_FORM_COOKIE, httponly=True, samesite="strict")
        return answer

    def _told_to_wait(self, request: Request, target: str, name: str, wait: float) -> Response:
        said = f"Too many tries failed. Wait {duration(max(60, wait))}, then try again."
        answer = self._show(request, target, said, name, 429)
        answer.headers["Retry-After"] = str(int(wait) + 1)
        return answer

    def _show(
        self,
        request: Request,
        target: str,
        wrong: str = "",
        name: str = "",
        status: int = 200,
        *,
        again: bool = False,
    ) -> HTMLResponse:
        cookie = request.cookies.get(_FORM_COOKIE, "")
        if not re.fullmatch(r"[A-Za-z0-9_-]{43}", cookie):
            cookie = secrets.token_urlsafe(32)
        request.state.csrf = self._access.tokens.token(cookie)
        here = f"/sign-in?next={quote(target, safe='')}" if again else ""
        answer = self._context.render(
            request, "sign_in.html", status, target=target, wrong=wrong, name=name, here=here
        )
        self._set_cookie(answer, request, _FORM_COOKIE, cookie)
        return answer

    def _set_cookie(self, answer: Response, request: Request, name: str, value: str) -> None:
        answer.set_cookie(
            name, value, httponly=True, samesite="strict", secure=is_secure(request.url)
        )


def is_secure(url: URL) -> bool:
    """Whether a cookie is to be sent over TLS only: unless this machine asks itself."""
    host = url.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return url.scheme == "https" or host not in LOOPBACK_NAMES


def own_path(target: str) -> str:
    """An address to go on to: one of ours, never another site's."""
    if not re.fullmatch(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*", target) or len(target) > 4000:
        return "/"
    return "/" if re.match(r"/sign-(in|out)\b", target) else target


def as_id(typed: str) -> str:
    """A name as somebody typed it, cut to what an id may hold."""
    printable = (
        "\ufffd" if unicodedata.category(c)[0] == "C" or c in "\u2028\u2029" else c for c in typed
    )
    return "".join(printable)[:200]
