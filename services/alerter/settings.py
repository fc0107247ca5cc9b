"""Settings of the alerter, prefix BLOTTER_."""

import ipaddress
from datetime import time, timedelta
from functools import cached_property
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

import standardwebhooks
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    model_validator,
)

from services.runtime.addresses import Address
from services.runtime.settings import Port, ReviewSettings, Seconds

Hours = Annotated[float, Field(ge=0)]


def _known_zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError("must be a time zone of the IANA database, e.g. America/Los_Angeles")
    return value


def _none_if_empty(value: Any) -> Any:
    return None if value == "" else value


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    if not parts.hostname or parts.scheme not in ("http", "https"):
        raise ValueError("must begin with https://")
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise ValueError("must begin with https://: only this machine is reached without")
    return value


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _signing_secret(value: SecretStr) -> SecretStr:
    try:
        standardwebhooks.Webhook(value.get_secret_value())
    except Exception:
        raise ValueError("must be whsec_ and base64, as Standard Webhooks has it") from None
    return value


TimeOfDay = Annotated[time | None, BeforeValidator(_none_if_empty)]


class WebhookSetting(BaseModel):
    """An address that takes alerts, and the secret by which it knows them."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: Annotated[str, AfterValidator(_web_address)]
    secret: Annotated[SecretStr, AfterValidator(_signing_secret)]


class AlerterSettings(ReviewSettings):
    """Whom the alerter tells, when, and how.

    alerter_console_url: where people reach the console; messages hold links to it.
    alerter_psit: the e-mail addresses of those who are told where no supervisor is, a JSON list.
    alerter_smtp_host: the mail server; empty: no e-mail. alerter_smtp_security: `starttls`, `tls`
    (from the first byte) or `none`; the server's certificate is checked.
    alerter_smtp_user, alerter_smtp_password: if it wants a login. alerter_smtp_ca_file: the
    authority that signed its certificate, if not one that this machine knows.
    alerter_mail_from: the sender.
    alerter_webhooks: a JSON list of `{"url": "https://…", "secret": "whsec_…"}`.
    alerter_timeout_seconds: for one attempt. alerter_connections: attempts at once.
    alerter_backoff_seconds, alerter_backoff_max_seconds: first and longest pause before the next.
    alerter_give_up_hours: then a message is given up, which is logged and counted.
    alerter_gather_seconds: how long a finding waits for others of the same moment.
    alerter_window_seconds, alerter_window_high_seconds: after a message, what follows for the same
    recipient is gathered for so long; the second, if a finding of high severity is among it.
    alerter_quiet_from, alerter_quiet_to: hours in which only findings of high severity are told;
    the rest is sent together at their end; empty: none. alerter_digest_at: when the daily digest of
    open findings is due; empty: never. All in the zone of time_zone, the department's.
    alerter_oldest_days: what was found longer ago is told in digests only; 0: no limit.
    alerter_reminder_hours: how long before a deadline there is a reminder, of a finding and of a
    duty that is still open; 0: none. alerter_reminder_days: the same, of an open duty that was
    known longer than that before (an audit, a training). alerter_duty_least_minutes: what was open
    for less than that before its deadline is no duty to remind of, but evidence that still settles;
    to be longer than the policy's settling time.
    alerter_escalation_steps: how far up the chain a finding goes that nobody acknowledges; 0: not
    at all. alerter_escalation_hours: the least time between two steps.
    alerter_roster_seconds: how old the roster may be. alerter_unknown_seconds: how long an employee
    who is not on it is waited for. alerter_max_age_seconds: without progress for longer than this,
    the process is not healthy.
    review_hours_high, review_hours_medium, review_hours_low: by when a finding is to be
    acknowledged, by its severity.
    """

    alerter_port: Port = 9106
    time_zone: Annotated[str, AfterValidator(_known_zone)] = "America/Los_Angeles"
    alerter_console_url: Annotated[str, Field(pattern=r"^https?://[^\s]+$")] = (
        "http://127.0.0.1:8390"
    )
    alerter_psit: list[Address] = []
    alerter_smtp_host: str = ""
    alerter_smtp_port: Port = 587
    alerter_smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    alerter_smtp_user: str = ""
    alerter_smtp_password: SecretStr = SecretStr("")
    alerter_smtp_ca_file: str = ""
    alerter_mail_from: Address = "blotter@localhost"
    alerter_webhooks: list[WebhookSetting] = []
    alerter_timeout_seconds: Seconds = 20
    alerter_connections: Annotated[int, Field(ge=1, le=64)] = 4
    alerter_backoff_seconds: Seconds = 5
    alerter_backoff_max_seconds: Seconds = 900
    alerter_give_up_hours: Annotated[float, Field(gt=0)] = 72
    alerter_gather_seconds: Annotated[float, Field(ge=0)] = 2
    alerter_window_seconds: Annotated[float, Field(ge=0)] = 900
    alerter_window_high_seconds: Annotated[float, Field(ge=0)] = 60
    alerter_quiet_from: TimeOfDay = time(20)
    alerter_quiet_to: TimeOfDay = time(6)
    alerter_digest_at: TimeOfDay = time(8)
    alerter_oldest_days: Annotated[float, Field(ge=0)] = 14
    alerter_reminder_hours: Hours = 4
    alerter_reminder_days: Annotated[float, Field(ge=0)] = 3
    alerter_duty_least_minutes: Annotated[float, Field(ge=0)] = 15
    alerter_escalation_steps: Annotated[int, Field(ge=0, le=20)] = 2
    alerter_escalation_hours: Annotated[float, Field(gt=0)] = 24
    alerter_roster_seconds: Seconds = 30
    alerter_unknown_seconds: Annotated[float, Field(ge=0)] = 10
    alerter_max_age_seconds: Seconds = 60

    @model_validator(mode="after")
    def _password_stays_secret(self) -> Self:
        plain = self.alerter_smtp_security == "none"
        if self.alerter_smtp_user and plain and not _is_loopback(self.alerter_smtp_host):
            raise ValueError("BLOTTER_ALERTER_SMTP_SECURITY=none: a password only goes over TLS")
        return self

    @cached_property
    def zone(self) -> ZoneInfo:
        """The department's."""
        return ZoneInfo(self.time_zone)

    @property
    def give_up(self) -> timedelta:
        """How long a message is tried."""
        return timedelta(hours=self.alerter_give_up_hours)
