"""`blotter setup`: make everything that the services need, and load the policy."""

import asyncio
import hashlib
import json
from collections.abc import Iterable
from datetime import date

import click
from elasticsearch import AsyncElasticsearch

from schemas.events import EVENT, Event, dump
from schemas.policy import Policy
from schemas.registry import PolicyChanged, PolicyChangedData
from services.order.eventset import by_receipt
from services.order.registry import instant
from services.runtime import topics
from services.runtime.elasticsearch import connect, create_indices
from services.runtime.indices import Indices
from services.runtime.kafka import WrongPartitions, admin, create_topics
from services.runtime.search import search
from services.runtime.topics import CONSOLE

from .delivery import Sender
from .failures import Failure, servers_named
from .policy_file import read_policy
from .settings import CliSettings, settings

_MOST_POLICIES = 1000


@click.command()
@click.option("--policy", "policy_file", metavar="FILE", help="Load this policy (TOML).")
@click.option(
    "--timeout", type=float, default=60, show_default=True, help="Seconds to wait for Kafka."
)
def command(policy_file: str | None, timeout: float) -> None:
    """Make topics and indices, and load the policy. Fine to repeat: what is there stays.

    Without --policy, the defaults of deploy/policy.toml are loaded, unless a policy is loaded.

    \b
    Settings: BLOTTER_KAFKA: Kafka's address, host:port (default 127.0.0.1:9092).
    BLOTTER_ELASTICSEARCH: its URL (default http://127.0.0.1:9200).
    BLOTTER_ELASTICSEARCH_SECONDS: how long to wait for its answer (default 30).
    BLOTTER_PARTITIONS: of the log (default 4), fixed for as long as the log lives.
    BLOTTER_INDEX_PREFIX: of the indices' names (default blotter).
    """
    policy = read_policy(policy_file) if policy_file else None
    own = settings()
    with servers_named(own.kafka, own.elasticsearch):
        _create_topics(own)
        known = asyncio.run(_create_indices(own))
        click.echo("indices: all there")
        _load_policy(own, policy, known, timeout)


def _create_topics(own: CliSettings) -> None:
    wanted = [*topics.fixed_topics(own.partitions), topics.intake(CONSOLE)]
    try:
        with admin(own.kafka) as client:
            changed = create_topics(client, wanted)
    except WrongPartitions as error:
        raise Failure(f"BLOTTER_PARTITIONS={own.partitions}: {error}") from None
    click.echo(f"topics: {'made ' + ', '.join(changed) if changed else 'all there'}")


async def _create_indices(own: CliSettings) -> list[PolicyChanged]:
    """Create the indices; returns the policies in the log, as far as it is indexed."""
    indices = Indices(own.index_prefix)
    client = connect(own.elasticsearch, own.elasticsearch_seconds)
    try:
        await create_indices(client, indices)
        return await policies(client, indices, own.elasticsearch_seconds)
    finally:
        await client.close()


async def policies(
    client: AsyncElasticsearch, indices: Indices, patience_seconds: float
) -> list[PolicyChanged]:
    """Every policy in the log, as far as it is indexed, in the order in which they count."""
    body = {
        "query": {"term": {"type": "registry.policy.changed.v1"}},
        "_source": ["raw"],
        "size": _MOST_POLICIES,
    }
    months = f"{indices.events}-*"
    found = await search(client, months, body, patience_seconds=patience_seconds)
    events: list[Event] = [
        EVENT.validate_json(hit["_source"]["raw"]) for hit in found["hits"]["hits"]
    ]
    return sorted((e for e in events if isinstance(e, PolicyChanged)), key=by_receipt)


def by_day(known: Iterable[PolicyChanged]) -> dict[date, PolicyChanged]:
    """The policy that counts from each day: of several with one day, the last."""
    last = {event.data.effective_on: event for event in known}
    return {day: last[day] for day in sorted(last)}


def _load_policy(
    own: CliSettings, policy: Policy | None, known: list[PolicyChanged], timeout: float
) -> None:
    if policy is None and known:
        click.echo(f"policy: {len(known)} loaded before; none given")
        return
    wanted = with_text(policy or Policy(), known)
    same_day = by_day(known).get(wanted.effective_on)
    name = f"edition {wanted.edition}, in effect on {wanted.effective_on}"
    if same_day and same_day.data.parsed == wanted:
        click.echo(f"policy: {name} loaded before")
        return
    event = policy_event(wanted, same_day.id if same_day else "")
    with Sender(own.kafka, timeout) as sender:
        sender.send([(CONSOLE, dump(event))])
    click.echo(f"policy: {name} sent")


def with_text(policy: Policy, known: Iterable[PolicyChanged]) -> Policy:
    """The policy with the order's text, if it brings none: what `blotter order import` loaded for
    the same edition, up to the day of this policy. A text never goes to another edition."""
    if policy.text:
        return policy
    texts = [
        text
        for day, event in by_day(known).items()
        if event.data.edition == policy.edition and day <= policy.effective_on
        if (text := event.data.parsed.text)
    ]
    return policy.model_copy(update={"text": texts[-1]}) if texts else policy


def policy_event(policy: Policy, replaces: str = "") -> PolicyChanged:
    """The event that loads a policy: the same for the same policy and predecessor, always.

    `replaces`: id of the event with this day that counts so far. Without it in the id, nobody
    could go back to a policy that was replaced.
    """
    whole = policy.model_dump(mode="json", exclude={"edition", "effective_on"})
    told = json.dumps([policy.model_dump(mode="json"), replaces], sort_keys=True)
    return PolicyChanged(
        specversion="1.0",
        id=f"policy-{hashlib.sha256(told.encode()).hexdigest()[:32]}",
        source=CONSOLE,
        subject=f"policy/{policy.edition}",
        time=instant(policy.effective_on, policy.tzinfo),
        data=PolicyChangedData(
            edition=policy.edition, effective_on=policy.effective_on, policy=whole
        ),
    )
