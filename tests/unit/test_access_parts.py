"""Parts of signing in that need no server: passwords, sessions, the throttle, addresses."""

from ipaddress import ip_network

import pytest
from starlette.datastructures import URL, Headers
from starlette.requests import Request

from schemas.accounts import Account, Role
from services.console.access.addresses import address_of
from services.console.access.csrf import Tokens, is_own
from services.console.access.pages import as_id, is_secure, own_path
from services.console.access.sessions import Sessions
from services.console.access.throttle import Throttle
from services.console.access.viewer import PERMISSIONS, Viewer
from services.runtime import passwords
from tests.signed_in import quickly_hashed


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def account(name: str = "ada", password: str = "one") -> Account:
    return Account.model_validate_json(
        f'{{"name": "{name}", "role": "supervisor", "employee_id": "E-2",'
        f' "password": "{quickly_hashed(password)}", "created": "2026-01-01T00:00:00Z"}}'
    )


@pytest.mark.parametrize(
    ("password", "fits"),
    [("", False), ("short", False), ("eleven chars"[:11], False), ("twelve chars", True),
     ("x" * 12, False), ("a long passphrase of several words", True), ("long " * 41, False),
     ("пароль длинный", True)],
)  # fmt: skip
def test_what_can_be_a_password(password: str, fits: bool) -> None:
    assert (passwords.objection(password) is None) == fits


def test_a_password_is_kept_as_argon2id_and_recognised() -> None:
    kept = passwords.hashed("na\u00efve and long enough")
    assert kept.startswith("$argon2id$")
    assert passwords.matches("na\u00efve and long enough", kept)
    assert passwords.matches("nai\u0308ve and long enough", kept)
    assert not passwords.matches("naive and long enough", kept)
    assert not passwords.matches("nobody has this password", None)
    assert not passwords.matches("anything", "no hash")


def test_a_session_ends_when_idle_and_however_busy() -> None:
    clock = Clock()
    sessions = Sessions(10, 25, clock)
    cookie = sessions.open(account())
    for _ in range(2):
        clock.now += 9
        assert sessions.find(cookie) is not None
    clock.now += 9
    assert sessions.find(cookie) is None
    idle = sessions.open(account())
    clock.now += 10
    assert sessions.find(idle) is None
    assert sessions.find("made up") is None


def test_closing_ends_one_session_and_too_many_end_the_oldest() -> None:
    sessions = Sessions(10, 25, Clock())
    first, *others = [sessions.open(account()) for _ in range(21)]
    other_persons = sessions.open(account("bob"))
    assert sessions.find(first) is None
    assert all(sessions.find(each) for each in [*others, other_persons])
    sessions.close(others[0])
    assert sessions.find(others[0]) is None
    assert sessions.find(others[1]) is not None


def test_the_throttle_counts_by_account_and_by_address() -> None:
    clock = Clock()
    throttle = Throttle(3, 5, 60, clock=clock)
    for _ in range(3):
        assert throttle.begin("ada", "10.0.0.1") == 0
    assert throttle.begin("ada", "10.0.0.2") == 60
    assert throttle.begin("bob", "10.0.0.1") == 0
    clock.now += 20
    assert throttle.begin("eve", "10.0.0.1") == 0
    assert throttle.begin("someone else", "10.0.0.1") == 40
    assert throttle.begin("someone else", "10.0.0.2") == 0
    clock.now += 41
    assert throttle.begin("ada", "10.0.0.1") == 0


def test_success_forgets_the_accounts_failures_and_not_the_addresses() -> None:
    throttle = Throttle(2, 3, 60, clock=Clock())
    for _ in range(2):
        assert throttle.begin("ada", "a") == 0
    throttle.succeeded("ada", "a")
    assert throttle.begin("ada", "a") == 0
    assert throttle.begin("bob", "a") == 0
    assert throttle.begin("eve", "a") > 0


def test_of_refused_tries_one_in_a_while_is_told_of_each_name_and_address() -> None:
    clock = Clock()
    throttle = Throttle(2, 4, 600, 60, clock)
    assert not throttle.is_told("ada", "a")
    for name in ("ada", "ada", "bob", "bob"):
        assert throttle.begin(name, "a") == 0
    told = [throttle.is_told(name, "b") for name in ("ada", "ada", "bob", "eve")]
    assert told == [True, False, True, False]
    # Names that are not locked count as their address, however many they are.
    assert [throttle.is_told(f"name-{number}", "a") for number in range(5)] == [True] + [False] * 4
    clock.now += 60
    assert [throttle.is_told("ada", "b") for _ in range(2)] == [True, False]
    clock.now += 600
    assert not throttle.is_told("ada", "a")


@pytest.mark.parametrize(
    ("target", "leads_to"),
    [("/", "/"), ("/findings/f-1?x=1", "/findings/f-1?x=1"), ("/?q=%E2%82%AC&b=1#top",) * 2,
     ("//evil.example", "/"), ("/\\evil.example", "/"), ("https://evil.example/", "/"),
     ("javascript:alert(1)", "/"), ("", "/"), ("findings", "/"), ("/\t/evil.example", "/"),
     ("/a\r\nSet-Cookie: x=1", "/"), ("/sign-out", "/"), ("/sign-in?next=/", "/"),
     ("/" + "x" * 5000, "/"), ("/caf\u00e9", "/")],
)  # fmt: skip
def test_only_own_pages_are_gone_on_to(target: str, leads_to: str) -> None:
    assert own_path(target) == leads_to


@pytest.mark.parametrize(
    ("peer", "told", "address"),
    [("127.0.0.1", [], "127.0.0.1"), ("127.0.0.1", ["198.51.100.7"], "198.51.100.7"),
     ("127.0.0.1", ["10.1.1.1, 198.51.100.7"], "198.51.100.7"),
     ("127.0.0.1", ["10.1.1.1", "198.51.100.7"], "198.51.100.7"),
     ("127.0.0.1", ["198.51.100.7,10.0.0.9"], "198.51.100.7"),
     ("127.0.0.1", ["10.0.0.9"], "10.0.0.9"), ("127.0.0.1", ["nonsense"], "127.0.0.1"),
     ("127.0.0.1", ["198.51.100.7, nonsense, 10.0.0.9"], "10.0.0.9"),
     ("127.0.0.1", [""], "127.0.0.1"), ("127.0.0.1", ["2001:DB8::1"], "2001:db8::1"),
     ("203.0.113.5", ["198.51.100.7"], "203.0.113.5"), ("", ["198.51.100.7"], "")],
)  # fmt: skip
def test_an_address_is_told_by_trusted_proxies_alone(
    peer: str, told: list[str], address: str
) -> None:
    headers = [(b"x-forwarded-for", each.encode()) for each in told]
    scope = {"type": "http", "headers": headers, "client": (peer, 1) if peer else None}
    proxies = [ip_network("127.0.0.1"), ip_network("10.0.0.0/24")]
    assert address_of(Request(scope), proxies) == address
    assert address_of(Request(scope), []) == peer


@pytest.mark.parametrize(
    ("url", "secure"),
    [("http://127.0.0.1:8390/", False), ("http://localhost/", False), ("http://[::1]:1/", False),
     ("https://127.0.0.1/", True), ("http://blotter.example/", True),
     ("https://blotter.example/", True)],
)  # fmt: skip
def test_cookies_are_secure_unless_this_machine_asks(url: str, secure: bool) -> None:
    assert is_secure(URL(url)) == secure


@pytest.mark.parametrize(
    ("headers", "own"),
    [({}, True), ({"origin": "http://h:1"}, True), ({"origin": "https://h:1"}, True),
     ({"origin": "http://h:2"}, False), ({"origin": "null"}, False),
     ({"origin": "http://evil.example"}, False), ({"sec-fetch-site": "same-origin"}, True),
     ({"sec-fetch-site": "cross-site"}, False), ({"sec-fetch-site": "same-site"}, False),
     ({"sec-fetch-site": "none"}, True),
     ({"sec-fetch-site": "same-origin", "origin": "http://evil.example"}, False)],
)  # fmt: skip
def test_forms_come_from_our_own_pages(headers: dict[str, str], own: bool) -> None:
    assert is_own(Headers({"host": "h:1", **headers})) == own


def test_a_token_fits_one_cookie_of_one_process() -> None:
    tokens = Tokens()
    assert tokens.token("a") == tokens.token("a") != tokens.token("b")
    assert Tokens().token("a") != tokens.token("a")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("ada", "ada"), ("a\x00b\u202ec", "a\ufffdb\ufffdc"), ("x" * 300, "x" * 200)],
)
def test_a_name_that_was_typed_becomes_an_id(typed: str, kept: str) -> None:
    assert as_id(typed) == kept


@pytest.mark.parametrize(
    ("role", "changing"),
    [("supervisor", {"review", "approve"}), ("psit", {"review", "approve", "registry"}),
     ("auditor", set()), ("administrator", {"review", "approve", "registry"})],
)  # fmt: skip
def test_every_role_reads_approvals_and_auditors_change_nothing(
    role: Role, changing: set[str]
) -> None:
    may = PERMISSIONS[role]
    assert {"approvals", "export"} <= may
    assert may & {"review", "approve", "registry"} == changing


def test_supervisors_see_their_people_and_never_themselves() -> None:
    viewer = Viewer(account(), frozenset({"E-4", "E-3"}))
    [scope] = viewer.scope()
    assert scope["bool"]["must_not"] == [{"term": {"employee_id": "E-2"}}]
    assert scope["bool"]["should"][0] == {"terms": {"employee_id": ["E-3", "E-4"]}}
    assert not viewer.may("everything")
    everybody = Viewer(account().model_copy(update={"role": "auditor"}))
    assert everybody.scope() == []
    assert not everybody.may("review")
