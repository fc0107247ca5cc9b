"""`blotter status`: what is up, how far behind, and what was found."""

import asyncio
import json
import urllib.error
import urllib.request
from typing import Any

import click
from elastic_transport import TransportError
from elasticsearch import ApiError, AsyncElasticsearch
from kafka.errors import KafkaError

from services.runtime import topics
from services.runtime.elasticsearch import connect
from services.runtime.indices import Indices
from services.runtime.kafka import admin, lag, partition_counts

from .settings import CliSettings, settings

Report = dict[str, Any]

_TIMEOUT_SECONDS = 5
_MOST_PARTITIONS = 256
# What a group has to read, even where it has not begun yet.
_GROUPS: dict[str, tuple[str, ...]] = {
    "blotter-intake": (),
    "blotter-checker": (topics.DOSSIERS,),
    "blotter-indexer": (topics.EVENTS, topics.FINDINGS, topics.REJECTED),
}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="All of it as one JSON object.")
@click.pass_context
def command(context: click.Context, as_json: bool) -> None:
    """Say what is up, how far behind it is, and how much was found.

    \b
    Exit status: 0 all is up, 1 something is not.
    Settings: BLOTTER_KAFKA: Kafka's address, host:port (default 127.0.0.1:9092).
    BLOTTER_ELASTICSEARCH: its URL (default http://127.0.0.1:9200).
    BLOTTER_INDEX_PREFIX: of the indices' names (default blotter).
    BLOTTER_HOST: where the services listen (default 127.0.0.1), and their ports:
    BLOTTER_INTAKE_PORT, BLOTTER_CHECKER_PORT, BLOTTER_INDEXER_PORT,
    BLOTTER_RECHECK_PORT, BLOTTER_ALERTER_PORT, BLOTTER_CONSOLE_PORT, BLOTTER_GATEWAY_PORT.
    """
    report = report_of(settings())
    if as_json:
        click.echo(json.dumps(report))
    else:
        _print(report)
    context.exit(0 if report["up"] else 1)


def report_of(own: CliSettings) -> Report:
    """`up`, `parts` (name: how it is, "ok" if well), `lag`, `checker`, `counts`."""
    parts: dict[str, str] = {}
    parts["kafka"], lags = _kafka(own.kafka)
    parts["elasticsearch"], progress, counts = asyncio.run(_elasticsearch(own))
    host = "127.0.0.1" if own.host == "0.0.0.0" else own.host
    for name, port in _ports(own).items():
        parts[name] = _health(f"http://{host}:{port}/health")
    up = all(state == "ok" for state in parts.values())
    return {"up": up, "parts": parts, "lag": lags, "checker": progress, "counts": counts}


def _ports(own: CliSettings) -> dict[str, int]:
    return {
        "gateway": own.gateway_port,
        "intake": own.intake_port,
        "checker": own.checker_port,
        "indexer": own.indexer_port,
        "recheck": own.recheck_port,
        "alerter": own.alerter_port,
        "console": own.console_port,
    }


def _kafka(bootstrap: str) -> tuple[str, dict[str, int]]:
    """(state, records that each group has still to read)."""
    try:
        with admin(bootstrap) as client:
            existing = partition_counts(client)
            intake = tuple(t for t in existing if t.startswith(topics.INTAKE_PREFIX))
            groups = _GROUPS | {"blotter-intake": intake}
            lags = {group: lag(client, group, named) for group, named in groups.items()}
    except KafkaError as error:
        return f"does not answer at {bootstrap}: {type(error).__name__}", {}
    return "ok" if topics.EVENTS in existing else "not set up: run `blotter setup`", lags


async def _elasticsearch(own: CliSettings) -> tuple[str, list[Report], Report]:
    """(state, progress by partition, counts)."""
    client = connect(own.elasticsearch, _TIMEOUT_SECONDS)
    try:
        health = await client.cluster.health()
        if health["status"] == "red":
            return "red: some data cannot be reached", [], {}
        indices = Indices(own.index_prefix)
        return "ok", await _progress(client, indices), await _counts(client, indices)
    except (TransportError, ApiError) as error:
        return f"does not answer at {own.elasticsearch}: {type(error).__name__}", [], {}
    finally:
        await client.close()


async def _progress(client: AsyncElasticsearch, indices: Indices) -> list[Report]:
    found: Any = await client.search(
        index=indices.progress, ignore_unavailable=True, size=_MOST_PARTITIONS
    )
    sources = [hit["_source"] for hit in found["hits"]["hits"]]
    shown = ("partition", "now", "backlog", "dossiers")
    rows = [{name: source.get(name) for name in shown} for source in sources]
    return sorted(rows, key=lambda row: int(row["partition"]))


async def _counts(client: AsyncElasticsearch, indices: Indices) -> Report:
    is_open = {"term": {"state": "open"}}
    queries: dict[str, tuple[str, dict[str, Any] | None]] = {
        "events": (f"{indices.events}-*", None),
        "findings_open": (indices.findings, is_open),
        "rejected": (indices.rejected, None),
    }
    counts = {}
    for name, (index, query) in queries.items():
        found = await client.count(index=index, query=query, ignore_unavailable=True)
        counts[name] = found["count"]
    return counts


def _health(url: str) -> str:
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT_SECONDS):
            return "ok"
    except urllib.error.HTTPError as error:
        return _why(error.read()) or f"answers {error.code}"
    except OSError:
        return f"does not answer at {url}"


def _why(body: bytes) -> str:
    try:
        return str(json.loads(body)["why"])
    except (ValueError, KeyError, TypeError):
        return ""


def _print(report: Report) -> None:
    for name, state in report["parts"].items():
        click.echo(f"{name:<18}{state}")
    for group, behind in report["lag"].items():
        click.echo(f"{group:<18}{behind:,} records to read")
    for row in report["checker"]:
        name = f"partition {row['partition']}"
        click.echo(f"{name:<18}judged as of {row['now']}, {row['backlog']} dossiers to judge again")
    for name, count in report["counts"].items():
        click.echo(f"{name.replace('_', ' '):<18}{count:,}")
