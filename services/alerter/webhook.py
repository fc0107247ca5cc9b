"""One message to a webhook, signed as Standard Webhooks has it."""

import hashlib
import logging
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import aiohttp
import orjson
import standardwebhooks

from schemas.alerts import Alert

from . import wording
from .settings import AlerterSettings, WebhookSetting
from .undelivered import Undelivered

log = logging.getLogger(__name__)

_GONE = 410
_LONGEST_PAUSE = 3600.0


def name_of(setting: WebhookSetting) -> str:
    """What a webhook is called here: its URL may hold a secret."""
    return hashlib.sha256(setting.url.encode()).hexdigest()[:16]


class Webhooks:
    """Every address that is set. One that answers 410 gets nothing more until the next start."""

    def __init__(self, settings: AlerterSettings) -> None:
        self._console, self._zone = settings.alerter_console_url, settings.zone
        self._by_name = {name_of(each): each for each in settings.alerter_webhooks}
        self._gone: set[str] = set()
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=settings.alerter_timeout_seconds),
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Of those that still take messages."""
        return tuple(name for name in self._by_name if name not in self._gone)

    async def close(self) -> None:
        """Give the connections back."""
        await self._session.close()

    async def send(self, alert: Alert, name: str) -> None:
        """Return once it has answered that it has the message. Raises Undelivered."""
        body = payload(alert, self._console, self._zone)
        setting = self._by_name[name]
        try:
            async with self._session.post(
                setting.url,
                data=body,
                headers=_headers(alert, body, setting),
                allow_redirects=False,
            ) as response:
                self._settle(name, response)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise Undelivered(type(error).__name__) from None

    def _settle(self, name: str, response: aiohttp.ClientResponse) -> None:
        if response.status == _GONE:
            self._gone.add(name)
            log.error("a webhook is gone and gets nothing more until the next start")
            raise Undelivered("HTTP 410", for_good=True)
        if not 200 <= response.status < 300:
            after = response.headers.get("Retry-After", "")
            pause = min(float(after), _LONGEST_PAUSE) if after.isdecimal() else 0
            raise Undelivered(f"HTTP {response.status}", pause_seconds=pause)


def payload(alert: Alert, console: str, zone: ZoneInfo) -> bytes:
    """The body; the same on every attempt."""
    lines = [_line(part) for part in wording.parts(alert, console, zone)]
    data = {"alert_id": alert.alert_id, "lines": lines}
    kind = "duty.reminder" if alert.duties else "finding.alert"
    return orjson.dumps({"type": kind, "timestamp": alert.planned_at, "data": data})


def _line(part: wording.Part) -> dict[str, object]:
    told: dict[str, object] = {"text": part.text, "link": part.link}
    if part.title:
        told["rule_title"] = part.title
    return told | part.fields


def _headers(alert: Alert, body: bytes, setting: WebhookSetting) -> dict[str, str]:
    now = datetime.now(UTC)
    signer = standardwebhooks.Webhook(setting.secret.get_secret_value())
    return {
        "Content-Type": "application/json",
        "User-Agent": "blotter-alerter",
        "webhook-id": alert.alert_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signer.sign(alert.alert_id, now, body.decode()),
    }
