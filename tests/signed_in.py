"""A running console with accounts of all four roles, and clients that are signed in as each."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import httpx
from argon2 import PasswordHasher

from deploy.native.processes import free_port
from schemas.accounts import Account, Role
from services.runtime import topics
from services.runtime.kafka import admin, create_topics, write
from tests.pipeline import REPOSITORY

if TYPE_CHECKING:  # the benchmark has no browser
    from playwright.sync_api import Browser, BrowserContext

PASSWORD = "horse staple battery correct"
PEOPLE: dict[Role, str] = {
    "supervisor": "E-2",
    "psit": "P-1",
    "auditor": "A-1",
    "administrator": "M-1",
}
"""Each role's employee id; the account's name is the role."""


class Client(httpx.Client):
    """Somebody at a browser; follows no redirect."""

    csrf: str = ""

    def sign_in(self, name: str, password: str = PASSWORD, target: str = "/") -> httpx.Response:
        """Fill in the form; the answer to it."""
        page = self.get("/sign-in", params={"next": target})
        token = hidden(page)
        fields = {"csrf": token, "name": name, "password": password, "next": target}
        return self.post("/sign-in", data=fields)

    def submit(self, path: str, fields: Mapping[str, Any] = {}, **more: Any) -> httpx.Response:
        """Send a form as a page of the console would; a list stands for several values."""
        if not self.csrf:
            self.csrf = hidden(self.get("/contract"))
        return self.post(path, data={"csrf": self.csrf, **fields}, **more)


def hidden(page: httpx.Response) -> str:
    """The token in a page's forms."""
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', page.text)
    assert found, f"{page.status_code}: no form on the page"
    return found[1]


@dataclass
class Console:
    """A console that runs."""

    address: str
    kafka: str
    _clients: dict[Role, Client] = field(default_factory=dict)

    def client(self, role: Role) -> Client:
        """Somebody signed in by this role; the same one every time."""
        if role not in self._clients:
            client = self.stranger()
            answer = client.sign_in(role)
            assert answer.status_code == 303, answer.text
            self._clients[role] = client
        return self._clients[role]

    def stranger(self) -> Client:
        """Somebody who is not signed in."""
        return Client(base_url=self.address, timeout=30)

    def cookies(self, role: Role) -> list[dict[str, str]]:
        """The session's cookie, as Playwright takes it."""
        return [{"name": "blotter", "value": self.client(role).cookies["blotter"],
                 "url": self.address}]  # fmt: skip

    def browser(self, browser: "Browser", role: Role, **options: Any) -> "BrowserContext":
        """A window of a real browser that is signed in; close it."""
        context = browser.new_context(**options)
        context.add_cookies(self.cookies(role))  # type: ignore[arg-type]
        return context

    def account(self, name: str, role: Role, employee_id: str, **more: Any) -> None:
        """Make or change an account."""
        put_account(self.kafka, name, role, employee_id, **more)

    def close(self) -> None:
        """Close the clients."""
        for client in self._clients.values():
            client.close()


@cache
def quickly_hashed(password: str) -> str:
    """As little work as argon2 can do: what is tested is not how long it takes."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(password)


def put_account(kafka: str, name: str, role: Role, employee_id: str, **more: Any) -> None:
    """Make or change an account as `blotter user` does."""
    whole = {"password": quickly_hashed(PASSWORD), "created": datetime.now(UTC), **more}
    account = Account(name=name, role=role, employee_id=employee_id, **whole)
    value = account.model_dump_json(exclude_none=True).encode()
    write(kafka, topics.USERS, name.encode(), value)


def prepare(kafka: str, people: Mapping[Role, str] = PEOPLE) -> None:
    """The topics that a console needs, and the accounts."""
    with admin(kafka) as client:
        users = [each for each in topics.fixed_topics(1) if each.name == topics.USERS]
        create_topics(client, [*users, topics.intake(topics.CONSOLE)])
    for role, employee_id in people.items():
        put_account(kafka, role, role, employee_id)


@contextmanager
def console(
    kafka: str,
    elasticsearch: str,
    prefix: str,
    people: Mapping[Role, str] = PEOPLE,
    /,
    **settings: str,
) -> Iterator[Console]:
    """Start a console on its own port. `people`: employee ids of the roles. `settings`: more of its
    environment."""
    prepare(kafka, people)
    with started(kafka, elasticsearch, prefix, **settings) as address:
        running = Console(address, kafka)
        try:
            yield running
        finally:
            running.close()


@contextmanager
def started(
    kafka: str, elasticsearch: str, prefix: str, until_known: bool = True, /, **settings: str
) -> Iterator[str]:
    """A console's process; yields its address once it answers and, `until_known`, has read the
    accounts."""
    port = free_port()
    environment = {
        **os.environ,
        "BLOTTER_KAFKA": kafka,
        "BLOTTER_ELASTICSEARCH": elasticsearch,
        "BLOTTER_INDEX_PREFIX": prefix,
        "BLOTTER_CONSOLE_PORT": str(port),
        **settings,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "services.console.main"], cwd=REPOSITORY, env=environment
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(address, process, until_known)
        yield address
    finally:
        process.terminate()
        process.wait(20)


def _wait(address: str, process: subprocess.Popen[bytes], until_known: bool) -> None:
    """Elasticsearch may be away on purpose."""
    end = time.monotonic() + 30
    while time.monotonic() < end and process.poll() is None:
        try:
            why = httpx.get(address + "/health").json()["why"]
            if not (until_known and "accounts" in why):
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise AssertionError("the console did not start")
