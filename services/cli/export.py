"""`blotter export`: the log as JSON lines."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click
from kafka import TopicPartition

from services.runtime import topics
from services.runtime.kafka import admin, partition_counts, read_to_end, reader

from .failures import Failure, servers_named
from .progress import Progress
from .settings import settings


@click.command()
@click.option("--out", metavar="FILE", help="Write here, once all is read; default: to the screen.")
@click.option(
    "--from-partition",
    "chosen",
    type=int,
    multiple=True,
    metavar="N",
    help="Only this partition of the log; may be given several times.",
)
def command(out: str | None, chosen: tuple[int, ...]) -> None:
    """Write the log as JSON lines: every accepted event's exact bytes, partition by partition.

    Ends where the log ended when the command began. `blotter check` judges what it writes.

    \b
    Settings: BLOTTER_KAFKA: Kafka's address, host:port (default 127.0.0.1:9092).
    """
    own = settings()
    with servers_named(own.kafka):
        partitions = _partitions(own.kafka, chosen)
        progress = Progress("events written")
        with _output(out) as file:
            for line in _events(own.kafka, partitions):
                file.write(line + b"\n")
                progress.add()
    click.echo(f"{progress.count} events of {len(partitions)} partitions", err=True)


def _partitions(bootstrap: str, chosen: tuple[int, ...]) -> list[TopicPartition]:
    with admin(bootstrap) as client:
        count = partition_counts(client).get(topics.EVENTS)
    if count is None:
        raise Failure(f"topic {topics.EVENTS} is missing: run `blotter setup` first")
    for number in chosen:
        if not 0 <= number < count:
            raise Failure(f"--from-partition: {number} is not between 0 and {count - 1}")
    return [TopicPartition(topics.EVENTS, n) for n in sorted(set(chosen)) or range(count)]


def _events(bootstrap: str, partitions: list[TopicPartition]) -> Iterator[bytes]:
    with reader(bootstrap) as consumer:
        for partition in partitions:
            for _, value in read_to_end(consumer, [partition]):
                yield from (value or b"").splitlines()


@contextmanager
def _output(out: str | None) -> Iterator[BinaryIO]:
    """Standard output, or a file that is complete or not there."""
    if out is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    target = Path(out)
    partial = target.with_name(target.name + ".partial")
    try:
        with partial.open("wb") as file:
            yield file
        partial.replace(target)
    except OSError as error:
        raise Failure(f"{out}: {error.strerror or error}") from None
    finally:
        partial.unlink(missing_ok=True)
