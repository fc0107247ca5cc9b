"""Sessions of this process: made at signing in, and over after a while, or at once."""

import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from schemas.accounts import Account

_MOST_PER_ACCOUNT = 20
"""Browsers in which one account is signed in; the oldest gives way."""


@dataclass
class Session:
    """`password`: the hash with which it was opened: another one ends it. Times: monotonic."""

    name: str
    password: str
    began: float
    used: float


class Sessions:
    """By the digest of the cookie's value, so that who reads memory or a dump has no cookie."""

    def __init__(
        self, idle_seconds: float, most_seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`idle_seconds`: without a request. `most_seconds`: however busy."""
        self._idle = idle_seconds
        self._most = most_seconds
        self._clock = clock
        self._sessions: dict[str, Session] = {}

    def open(self, account: Account) -> str:
        """Begin one; returns the cookie's value, 256 random bits."""
        now = self._clock()
        self._sessions = {k: s for k, s in self._sessions.items() if self._lasts(s, now)}
        own = [key for key, each in self._sessions.items() if each.name == account.name]
        for key in own[: max(0, len(own) - _MOST_PER_ACCOUNT + 1)]:
            del self._sessions[key]
        cookie = secrets.token_urlsafe(32)
        self._sessions[_key(cookie)] = Session(account.name, account.password, now, now)
        return cookie

    def find(self, cookie: str) -> Session | None:
        """The session of a cookie, which is now used; None if there is none any more."""
        session = self._sessions.get(_key(cookie))
        if session is None:
            return None
        now = self._clock()
        if not self._lasts(session, now):
            self.close(cookie)
            return None
        session.used = now
        return session

    def close(self, cookie: str) -> None:
        """End one."""
        self._sessions.pop(_key(cookie), None)

    def _lasts(self, session: Session, now: float) -> bool:
        return now - session.used < self._idle and now - session.began < self._most


def _key(cookie: str) -> str:
    return hashlib.sha256(cookie.encode()).hexdigest()
