"""`blotter key`: keys by which a source sends over HTTP."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import click
from kafka import KafkaConsumer, TopicPartition
from pydantic import ValidationError

from schemas.errors import field_errors, summary
from schemas.keys import API_KEY, ApiKey
from services.runtime import topics
from services.runtime.api_keys import KeyText
from services.runtime.kafka import admin, partition_counts, read_to_end, reader, write
from services.runtime.registration import registered

from .failures import Failure, servers_named
from .settings import settings
from .terminal import visible

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class _Lasting(click.ParamType):
    """A length of time: `90d`, `24h`, `30m`, `0s`."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        if isinstance(value, timedelta):
            return value
        match = re.fullmatch(r"([0-9]{1,5})([smhd])", str(value))
        if match is None:
            self.fail("must be a number and s, m, h or d, for instance 24h or 90d", param, ctx)
        return timedelta(**{_UNITS[match[2]]: int(match[1])})


@click.group()
def command() -> None:
    """Make and withdraw the keys by which sources send over HTTP.

    The gateway knows of every change within a second.
    """


@command.command()
@click.argument("source", metavar="SOURCE")
@click.option("--label", metavar="TEXT", help="Whose it is, or where it is used.")
@click.option("--expires", type=_Lasting(), metavar="90d", help="After how long; default: never.")
def add(source: str, label: str | None, expires: timedelta | None) -> None:
    """Make a key with which SOURCE may send. The key alone goes to standard output.

    It is shown this once and cannot be shown again: what is kept is a digest.

    \b
    Settings: BLOTTER_KAFKA: Kafka's address, host:port (default 127.0.0.1:9092).
    """
    own = settings()
    with servers_named(own.kafka):
        _require_registered(own.kafka, source)
        _make(own.kafka, source, label, expires)


@command.command("list")
@click.argument("source", metavar="[SOURCE]", required=False)
def list_(source: str | None) -> None:
    """List all keys, or those of SOURCE; never a secret.

    \b
    Settings: BLOTTER_KAFKA: Kafka's address, host:port (default 127.0.0.1:9092).
    """
    own = settings()
    with servers_named(own.kafka):
        keys = _keys(own.kafka)
    shown = [key for key in keys.values() if source in (None, key.source)]
    for key in sorted(shown, key=lambda key: (key.source, key.created)):
        made = key.created.date().isoformat()
        words = f"{key.key_id}  {key.source}  made {made}  {_state(key)}"
        click.echo(f"{words}  {visible(key.label or '')}".rstrip())
    if not shown:
        click.echo("no key" + (f" of {source}" if source else ""), err=True)


@command.command()
@click.argument("key_id", metavar="ID")
def revoke(key_id: str) -> None:
    """Withdraw the key ID at once and for ever.

    \b
    Settings: BLOTTER_KAFKA: Kafka's address, host:port (default 127.0.0.1:9092).
    """
    own = settings()
    with servers_named(own.kafka):
        key = _known(own.kafka, key_id)
        if key.revoked is None:
            _put(own.kafka, key.model_copy(update={"revoked": datetime.now(UTC)}))
    click.echo(f"{key_id} of {key.source} is revoked")


@command.command()
@click.argument("key_id", metavar="ID")
@click.option(
    "--overlap", type=_Lasting(), default="24h", show_default=True,
    help="How long the old key is still taken.",
)  # fmt: skip
@click.option("--expires", type=_Lasting(), metavar="90d", help="Of the new one; default: never.")
def rotate(key_id: str, overlap: timedelta, expires: timedelta | None) -> None:
    """Make a key in place of ID, which is taken a while longer, so that nobody is cut off.

    \b
    Settings: BLOTTER_KAFKA: Kafka's address, host:port (default 127.0.0.1:9092).
    """
    own = settings()
    with servers_named(own.kafka):
        old = _known(own.kafka, key_id)
        now = datetime.now(UTC)
        if not old.is_valid(now):
            raise Failure(f"{key_id} is {_state(old)}: make a new one with `blotter key add`")
        _require_registered(own.kafka, old.source)
        _make(own.kafka, old.source, old.label, expires)
        end = min(old.expires or now + overlap, now + overlap)
        _put(own.kafka, old.model_copy(update={"expires": end}))
    click.echo(f"{key_id} is taken until {end.isoformat(timespec='seconds')}", err=True)


def _make(bootstrap: str, source: str, label: str | None, expires: timedelta | None) -> None:
    text, now = KeyText.new(), datetime.now(UTC)
    end = now + expires if expires is not None else None
    try:
        key = ApiKey(
            key_id=text.key_id, source=source, digest=text.digest,
            created=now, label=label, expires=end,
        )  # fmt: skip
    except ValidationError as error:
        raise Failure(summary(field_errors(error))) from None
    _put(bootstrap, key)
    click.echo(str(text))
    click.echo(
        f"key {text.key_id} of {source}, {_state(key)}; it cannot be shown again.\n"
        "Send with the header  Authorization: Bearer <key>  to /v1/events of the gateway.",
        err=True,
    )


def _put(bootstrap: str, key: ApiKey) -> None:
    value = key.model_dump_json(exclude_none=True).encode()
    write(bootstrap, topics.KEYS, key.key_id.encode(), value)


def _known(bootstrap: str, key_id: str) -> ApiKey:
    key = _keys(bootstrap).get(key_id)
    if key is None:
        raise Failure(f"there is no key {key_id}: `blotter key list` names them by their id")
    return key


def _keys(bootstrap: str) -> dict[str, ApiKey]:
    _require_topic(bootstrap)
    with reader(bootstrap) as consumer:
        return _read(consumer)


def _read(consumer: KafkaConsumer) -> dict[str, ApiKey]:
    records = read_to_end(consumer, [TopicPartition(topics.KEYS, 0)])
    keys = [API_KEY.validate_json(value) for _, value in records if value is not None]
    return {key.key_id: key for key in keys}


def _require_topic(bootstrap: str) -> None:
    with admin(bootstrap) as client:
        if topics.KEYS not in partition_counts(client):
            raise Failure(f"topic {topics.KEYS} is missing: run `blotter setup` first")


def _require_registered(bootstrap: str, source: str) -> None:
    _require_topic(bootstrap)
    with reader(bootstrap) as consumer:
        if registered(consumer, source) is None:
            first = f"run `blotter source add {source} --owner … --types …` first"
            raise Failure(f"source {source} is not registered: {first}")


def _state(key: ApiKey) -> str:
    now = datetime.now(UTC)
    if key.revoked is not None:
        return "revoked " + key.revoked.isoformat(timespec="seconds")
    if key.expires is None:
        return "valid"
    word = "expired " if key.expires <= now else "valid until "
    return word + key.expires.isoformat(timespec="seconds")
