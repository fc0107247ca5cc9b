"""`blotter import`: what other systems export, as events."""

from collections.abc import Iterator
from itertools import islice

import click

from .alpr import Importer
from .delivery import Bookmark, Mark, Sender, deliver
from .lines import Entry, open_bytes, require_files
from .settings import CliSettings, settings


@click.group()
def command() -> None:
    """Import what other systems export."""


@command.command()
@click.argument("file", metavar="FILE")
@click.option("--source", default="/records/alpr", show_default=True, help="Send as this source.")
@click.option(
    "--system-id",
    "--system",
    "system_id",
    default="flock-alpr",
    show_default=True,
    help="The ALPR system, as registered.",
)
@click.option("--dry-run", is_flag=True, help="Print the events, and send nothing.")
@click.option("--limit", type=click.IntRange(min=1), help="Only the first so many rows.")
@click.option("--again", is_flag=True, help="Send also what was acknowledged before.")
@click.option(
    "--timeout", type=float, default=60, show_default=True, help="Seconds to wait for Kafka."
)
@click.pass_context
def alpr(
    context: click.Context,
    file: str,
    source: str,
    system_id: str,
    dry_run: bool,
    limit: int | None,
    again: bool,
    timeout: float,
) -> None:
    """Import a search log of an ALPR system: every row is a use of it.

    FILE is CSV in one of the layouts that vendors export (samples/README.md), told by its
    header. A row that cannot be read is named on standard error and kept out. Repeated, it goes
    on where it stopped; what was sent is not sent again.

    \b
    Exit status: 0 all rows, 1 some rows were refused, 2 usage, or Kafka is away.
    Settings: BLOTTER_KAFKA: Kafka's address, host:port (default 127.0.0.1:9092).
    BLOTTER_DIGEST_KEY: the department's secret, under which licence plates are digested
    (default: the file digest-key in BLOTTER_HOME, made when first needed).
    BLOTTER_HOME: folder where progress is kept (default .blotter).
    """
    require_files((file,))
    own = settings()
    rows = islice(_rows(file, Importer(source, system_id, own.key)), limit)
    if dry_run:
        mark = _print(file, rows)
        click.echo(f"{mark.sent} events, {mark.refused} rows refused; nothing was sent", err=True)
    else:
        mark = _send(file, rows, own, source, again, timeout, limit is None)
        click.echo(f"{mark.sent} events acknowledged, {mark.refused} rows refused", err=True)
    context.exit(1 if mark.refused else 0)


def _rows(file: str, importer: Importer) -> Iterator[Entry]:
    with open_bytes(file) as opened:
        yield from importer.entries(opened, file)


def _print(file: str, rows: Iterator[Entry]) -> Mark:
    sent = refused = 0
    for row in rows:
        if row.event is None:
            refused += 1
            click.echo(f"{file}:{row.line}: {row.problem}", err=True)
        else:
            sent += 1
            click.echo(row.text)
    return Mark(sent + refused, sent, refused)


def _send(
    file: str,
    rows: Iterator[Entry],
    own: CliSettings,
    source: str,
    again: bool,
    timeout: float,
    whole: bool,
) -> Mark:
    bookmark = Bookmark(own.home, file, source, own.kafka)
    if again:
        bookmark.save(Mark())
    mark = bookmark.load()
    if mark.complete:
        click.echo(f"{file} was imported before (--again sends it again)", err=True)
        return mark
    with Sender(own.kafka, timeout) as sender:
        return deliver(file, rows, sender, bookmark, whole)
