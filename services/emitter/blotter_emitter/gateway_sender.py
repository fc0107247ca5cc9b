"""Over HTTP to Blotter's gateway, for products that cannot reach Kafka."""

import json
import ssl
import time
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from threading import Event as Flag
from typing import Any, Optional, Sequence
from urllib.parse import urlsplit

from .delivery import REFUSED, Answer, batch_of
from .reporting import log

ANSWER_SECONDS = 10.0
LONGEST_RETRY_SECONDS = 60.0
_LONGEST_ANSWER = 1 << 20
_MOST_LOGGED = 3
_NOT_AUTHORIZED = "not_authorized"
_TOO_LARGE = "too_large"
_FAILURES = {400: REFUSED, 413: _TOO_LARGE, 401: _NOT_AUTHORIZED, 403: _NOT_AUTHORIZED}


class GatewaySender:
    """`url`: http:// or https://, host and port. `ca_file`: whose certificates are trusted, instead
    of the machine's. Raises ValueError for an address or a key that cannot work."""

    def __init__(self, url: str, api_key: str, ca_file: Optional[str] = None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("gateway must look like http://host:port or https://host:port")
        if not (api_key.isascii() and api_key.isprintable()):
            raise ValueError("api_key must be printable ASCII, as `blotter key add` told it")
        self._given = (url, api_key, ca_file)
        self._is_secure = parts.scheme == "https"
        self._host, self._port = parts.hostname, parts.port
        self._path = parts.path.rstrip("/") + "/v1/events"
        self._ca_file = ca_file
        self._headers = {
            "Authorization": f"Bearer {api_key}",
            "Content-Type": "application/cloudevents-batch+json",
        }
        self._connection: Optional[HTTPConnection] = None
        # As many as the gateway has not found too large: its limit is the department's to set.
        self._most_events: Optional[int] = None

    def copy(self) -> "GatewaySender":
        """Another one, as every process needs its own."""
        return GatewaySender(*self._given)

    def send(self, events: Sequence[bytes], deadline: float, stopping: Flag) -> Answer:
        """Deliver them, in as few requests as the gateway takes; see `Sender`."""
        refused = place = 0
        while place < len(events):
            lot = events[place : place + (self._most_events or len(events))]
            answer = self._request(lot, deadline, stopping)
            if answer == _TOO_LARGE and len(lot) > 1:
                self._most_events = len(lot) // 2
                continue
            if isinstance(answer, str) and answer not in (_TOO_LARGE, REFUSED):
                # All is sent again then: what the gateway has counts once.
                return answer
            refused += answer if isinstance(answer, int) else 0 if answer is None else len(lot)
            place += len(lot)
        return refused or None

    def _request(self, events: Sequence[bytes], deadline: float, stopping: Flag) -> Answer:
        try:
            response = self._post(batch_of(events))
            body = response.read(_LONGEST_ANSWER)
        except ssl.SSLError:
            self.close()
            return "untrusted"
        except (OSError, HTTPException):
            self.close()
            return "unreachable"
        if response.status in (202, 207, 422):
            return _refused(body, len(events))
        # What is left of an answer like these is of no interest.
        self.close()
        if response.status in (429, 503):
            _wait(response, deadline, stopping)
            return "busy"
        failure = _FAILURES.get(response.status, "gateway_error")
        if failure in (REFUSED, _TOO_LARGE) and not _is_the_gateways(body):
            # A proxy's, or somebody else's server: it has read no event, and can refuse none.
            return "gateway_error"
        return failure

    def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _post(self, body: bytes) -> HTTPResponse:
        if self._connection is None:
            self._connection = self._connect()
        self._connection.request("POST", self._path, body, self._headers)
        return self._connection.getresponse()

    def _connect(self) -> HTTPConnection:
        if not self._is_secure:
            return HTTPConnection(self._host, self._port, timeout=ANSWER_SECONDS)
        trusted = ssl.create_default_context(cafile=self._ca_file)
        return HTTPSConnection(self._host, self._port, timeout=ANSWER_SECONDS, context=trusted)


def _is_the_gateways(body: bytes) -> bool:
    """Whether an answer has the shape that all of the gateway's have."""
    try:
        return "results" in json.loads(body)
    except (ValueError, TypeError):
        return False


def _refused(body: bytes, count: int) -> Answer:
    """How many events the answer refuses for good; those of another source's key can wait for the
    right one."""
    try:
        results = [dict(one) for one in json.loads(body)["results"]]
        refused = [one for one in results if one["status"] == "refused"]
        fields = {str(each["field"]) for one in refused for each in one.get("problems") or ()}
    except (ValueError, KeyError, TypeError):
        return "gateway_error"
    if fields == {"source"}:
        return _NOT_AUTHORIZED
    for one in refused[:_MOST_LOGGED]:
        log.warning("the gateway refuses an event: %s", _told(one.get("problems")))
    return min(len(refused), count) or None


def _told(problems: Any) -> str:
    """Fields and what is wrong with them; the gateway repeats no values."""
    known = [each for each in problems or () if isinstance(each, dict)]
    return "; ".join(f"{each.get('field')}: {each.get('message')}" for each in known)


def _wait(response: HTTPResponse, deadline: float, stopping: Flag) -> None:
    """As long as the gateway asks for, within reason."""
    asked = response.headers.get("Retry-After", "")
    seconds = float(asked) if asked.isdigit() else 1.0
    stopping.wait(max(0.0, min(seconds, LONGEST_RETRY_SECONDS, deadline - time.monotonic())))
