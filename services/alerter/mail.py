"""One message by e-mail (RFC 5321, 5322, 3834)."""

import hashlib
import ssl
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import format_datetime

import aiosmtplib

from schemas.alerts import Alert

from . import wording
from .settings import AlerterSettings
from .undelivered import Undelivered


class Mail:
    """The mail server. A message goes to one address, so that one refused holds up no other."""

    def __init__(self, settings: AlerterSettings) -> None:
        self._settings = settings
        self._tls = ssl.create_default_context(cafile=settings.alerter_smtp_ca_file or None)

    async def send(self, alert: Alert, address: str) -> None:
        """Return once the server has taken it. Raises Undelivered."""
        client = self._client()
        try:
            message = compose(alert, address, self._settings).as_bytes(policy=WIRE)
            await client.connect()
            await client.sendmail(self._settings.alerter_mail_from, [address], message)
        except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as error:
            raise Undelivered(_why(error)) from None
        finally:
            # It was taken or not: how the connection ends says nothing more.
            client.close()

    def _client(self) -> aiosmtplib.SMTP:
        own = self._settings
        security = own.alerter_smtp_security
        return aiosmtplib.SMTP(
            hostname=own.alerter_smtp_host,
            port=own.alerter_smtp_port,
            username=own.alerter_smtp_user or None,
            password=own.alerter_smtp_password.get_secret_value() or None,
            use_tls=security == "tls",
            start_tls=security == "starttls",
            tls_context=None if security == "none" else self._tls,
            timeout=own.alerter_timeout_seconds,
        )


def compose(alert: Alert, address: str, settings: AlerterSettings) -> EmailMessage:
    """The message; the same however often it is composed. All on one entry of the inbox are one
    thread."""
    domain = settings.alerter_mail_from.rpartition("@")[2]
    message = EmailMessage()
    message["From"] = settings.alerter_mail_from
    message["To"] = address
    message["Subject"] = wording.subject(alert, settings.zone)
    message["Date"] = format_datetime(alert.planned_at)
    message["Message-ID"] = f"<{alert.alert_id}@{domain}>"
    threads = dict.fromkeys(
        f"<entry-{_thread(line.entry, alert.recipient)}@{domain}>"
        for line in alert.lines[: wording.MOST_LINES]
    )
    if threads:
        message["References"] = " ".join(threads)
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(wording.body(alert, settings.alerter_console_url, settings.zone))
    return message


def _thread(entry: str, recipient: str) -> str:
    return hashlib.sha256(f"{entry}\0{recipient}".encode()).hexdigest()[:32]


def _why(error: Exception) -> str:
    """By its code or kind: what servers say may repeat the address."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return f"recipient refused ({error.recipients[0].code})"
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return f"{type(error).__name__} ({error.code})"
    return type(error).__name__
