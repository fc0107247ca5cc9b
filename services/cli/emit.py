"""`blotter emit`: send a file of events."""

from collections.abc import Iterator

import click

from .delivery import Bookmark, Mark, Sender, deliver
from .lines import MAX_BYTES, Entry, entries, require_files
from .settings import settings

# Bytes for what the emitter fills in.
_FILLED_IN = 256


@click.command()
@click.argument("file", metavar="FILE")
@click.option(
    "--source",
    metavar="SOURCE",
    help="Send all as this source: filled in where an event names none; another is refused.",
)
@click.option("--again", is_flag=True, help="Send also what was acknowledged before.")
@click.option(
    "--timeout", type=float, default=60, show_default=True, help="Seconds to wait for Kafka."
)
@click.pass_context
def command(
    context: click.Context, file: str, source: str | None, again: bool, timeout: float
) -> None:
    """Send a file of events, each to the topic of its source.

    FILE holds one event a line, as JSON (`-` is standard input, .gz is unpacked). What is not
    valid is named on standard error and kept out. Repeated, it goes on where it stopped.

    \b
    Exit status: 0 all sent, 1 some lines were refused, 2 usage, or Kafka is away.
    Settings: BLOTTER_KAFKA: Kafka's address, host:port (default 127.0.0.1:9092).
    BLOTTER_HOME: folder where progress is kept (default .blotter).
    """
    require_files((file,))
    own = settings()
    bookmark = Bookmark(own.home, file, source or "", own.kafka)
    if again:
        bookmark.save(Mark())
    mark = bookmark.load()
    if mark.complete:
        click.echo(f"{file} was sent before (--again sends it again)", err=True)
    else:
        with Sender(own.kafka, timeout) as sender:
            mark = deliver(file, _sendable(file, source), sender, bookmark)
    click.echo(f"{mark.sent} events acknowledged, {mark.refused} refused", err=True)
    context.exit(1 if mark.refused else 0)


def _sendable(file: str, source: str | None) -> Iterator[Entry]:
    for entry in entries(file, source):
        event = entry.event
        if event is None:
            yield entry
        elif event.receivedtime is not None:
            problem = "receivedtime: is stamped on arrival, never by the sender"
            yield Entry(entry.line, None, problem)
        elif len(entry.text) > MAX_BYTES - _FILLED_IN:
            yield Entry(entry.line, None, "too long to be sent: at most 256 KB")
        elif source not in (None, event.source):
            yield Entry(entry.line, None, f"source: is not {source}")
        else:
            yield entry
