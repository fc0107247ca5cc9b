"""`blotter source`: register who may send events."""

import time
from datetime import UTC, datetime
from typing import Any

import click
from kafka import KafkaConsumer
from pydantic import ValidationError

from schemas.errors import field_errors, summary
from schemas.events import EVENT_MODELS, dump
from schemas.registry import SourceChangedData
from services.runtime import registration, topics
from services.runtime.kafka import reader
from services.runtime.registration import registered

from .delivery import Sender
from .failures import Failure, servers_named
from .settings import settings

_POLL_SECONDS = 0.5
_OPTIONS = {"sandbox": "--sandbox", "allowed_types": "--types"}


@click.group()
def command() -> None:
    """Register who may send events."""


@command.command()
@click.argument("source", metavar="SOURCE")
@click.option("--owner", required=True, help="Who answers for it, in words.")
@click.option("--types", required=True, metavar="A,B,…", help="The event types that it may send.")
@click.option("--systems", metavar="X,Y,…", help="The AI systems it speaks for; default: any.")
@click.option(
    "--system-of-record", is_flag=True, help="Its word counts however late it arrives (RMS, CAD)."
)
@click.option("--holds", metavar="KIND,…", help="The evidence that it holds: approval,lead,…")
@click.option("--cadence-seconds", type=int, metavar="N", help="How often it reports.")
@click.option("--suspended", is_flag=True, help="Refuse what it sends, until registered anew.")
@click.option(
    "--sandbox",
    is_flag=True,
    help="To try an integration out: what it sends is judged for itself, and never in the log.",
)
@click.option(
    "--timeout", type=float, default=60, show_default=True, help="Seconds to wait for intake."
)
def add(source: str, timeout: float, **stated: Any) -> None:
    """Register SOURCE, so that it may send: its topic is made, and intake is told.

    SOURCE is /vendors/<vendor>/<system> or /records/<name>. Waits until intake knows it. The same
    registration again changes nothing; another one replaces it.

    \b
    Settings: BLOTTER_KAFKA: Kafka's address, host:port (default 127.0.0.1:9092).
    """
    data = _registration(source, **stated)
    own = settings()
    with servers_named(own.kafka):
        try:
            registration.make_topic(own.kafka, source)
        except registration.NotSetUp as error:
            raise Failure(str(error)) from None
        with reader(own.kafka) as consumer:
            if registered(consumer, source) == data:
                click.echo(f"{source} is registered already, with the same words")
            else:
                _register(own.kafka, data, timeout)
                _await(consumer, data, timeout)
                click.echo(f"{source} is registered")
    _tell_vendor(source, own.kafka)


def _registration(
    source: str,
    owner: str,
    types: str,
    systems: str | None,
    system_of_record: bool,
    holds: str | None,
    cadence_seconds: int | None,
    suspended: bool,
    sandbox: bool,
) -> SourceChangedData:
    """The `data` of the event; raises Failure naming the option that is wrong."""
    stated = {
        "source": source,
        "owner": owner,
        "allowed_types": _listed(types),
        "system_ids": None if systems is None else _listed(systems),
        "system_of_record": system_of_record,
        "holds": None if holds is None else _listed(holds),
        "cadence_seconds": cadence_seconds,
        "status": "suspended" if suspended else "active",
        "sandbox": sandbox or None,
    }
    try:
        data = SourceChangedData.model_validate(stated)
    except ValidationError as error:
        raise Failure(summary(field_errors(error))) from None
    for field, why in registration.contradictions(data).items():
        known = f"; known: {', '.join(EVENT_MODELS)}" if field == "allowed_types" else ""
        raise Failure(f"{_OPTIONS[field]}: {why}{known}")
    return data


def _listed(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]


def _register(bootstrap: str, data: SourceChangedData, timeout: float) -> None:
    event = registration.event_of(data, datetime.now(UTC))
    with Sender(bootstrap, timeout) as sender:
        sender.send([(topics.CONSOLE, dump(event))])


def _await(consumer: KafkaConsumer, data: SourceChangedData, timeout: float) -> None:
    deadline = time.monotonic() + timeout
    while registered(consumer, data.source) != data:
        if time.monotonic() >= deadline:
            raise Failure(
                f"intake has not registered {data.source} within {timeout:g} s: is it running? "
                "`blotter status` says; then run the same command again"
            )
        time.sleep(_POLL_SECONDS)


def _tell_vendor(source: str, bootstrap: str) -> None:
    click.echo(
        f"topic:      {topics.intake_topic(source)}\n"
        f"bootstrap:  {bootstrap}\n"
        "next step:  install blotter-emitter there, and send with\n"
        f'            Emitter(source="{source}", bootstrap_servers="{bootstrap}")'
    )
