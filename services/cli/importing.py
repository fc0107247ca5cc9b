"""`blotter import`: logs that a department already gets, as events."""

import hashlib
from collections.abc import Iterable
from itertools import islice
from typing import Any

import click

from .delivery import Bookmark, Mark, Sender, deliver
from .imports import shelf
from .imports.dry_run import Outcome, events_shown, report
from .imports.explaining import explanation
from .imports.fitting import fitting_table, unused
from .imports.making import Maker
from .imports.mapping import Mapping
from .imports.selecting import Selected
from .lines import Entry, open_bytes, require_files
from .settings import CliSettings, settings


class _Import(click.Command):
    """`import alpr FILE` is short for the mapping of that name; its dry run prints lines."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        mapped = any(each.startswith("--mapping") for each in args)
        if args[:1] == ["alpr"] and len(args) > 1 and not mapped:
            as_lines = ["--json"] if "--dry-run" in args else []
            args = ["--mapping", "alpr", *as_lines, *args[1:]]
        return super().parse_args(ctx, args)


def _list(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        for name in shelf.names():
            click.echo(f"{name:12} {shelf.read_mapping(name).title}")
        context.exit()


def _explain(context: click.Context, _: click.Parameter, name: str | None) -> None:
    if name is not None:
        click.echo("\n".join(explanation(shelf.read_mapping(name))))
        context.exit()


def _example(context: click.Context, _: click.Parameter, name: str | None) -> None:
    if name is not None:
        click.echo(shelf.text_of(name), nl=False)
        context.exit()


@click.command(cls=_Import)
@click.argument("file", metavar="FILE")
@click.option("--mapping", required=True, help="A mapping file, or the name of one of --list.")
@click.option("--source", help="Send as this source, not as the mapping says.")
@click.option("--system-id", "--system", "system_id", help="Of this AI system, as registered.")
@click.option("--encoding", help="How the file is encoded, e.g. cp1252 (default UTF-8).")
@click.option("--dry-run", is_flag=True, help="Show what would be sent and refused; send nothing.")
@click.option("--show", type=click.IntRange(min=0), default=3, show_default=True,
              help="In a dry run, show so many events.")  # fmt: skip
@click.option("--json", "as_lines", is_flag=True,
              help="In a dry run, print every event, as `blotter check -` reads them.")  # fmt: skip
@click.option("--limit", type=click.IntRange(min=1), help="Only the first so many rows.")
@click.option("--again", is_flag=True, help="Send also what was acknowledged before.")
@click.option(
    "--timeout", type=float, default=60, show_default=True, help="Seconds to wait for Kafka."
)
@click.option("--list", is_flag=True, is_eager=True, expose_value=False, callback=_list,
              help="Name the mappings that come with Blotter.")  # fmt: skip
@click.option("--explain", metavar="MAPPING", is_eager=True, expose_value=False, callback=_explain,
              help="Say in words what a mapping makes of a row.")  # fmt: skip
@click.option("--example", metavar="MAPPING", is_eager=True, expose_value=False, callback=_example,
              help="Print a mapping file, to begin your own with.")  # fmt: skip
@click.pass_context
def command(
    context: click.Context,
    /,
    file: str,
    mapping: str,
    source: str | None,
    system_id: str | None,
    encoding: str | None,
    limit: int | None,
    **how: Any,
) -> None:
    """Import a log that the department already gets: every row becomes an event.

    FILE is CSV with a header, or JSON lines (`-` is standard input, .gz is unpacked); a mapping
    says where each field of the event comes from. A row that makes no event is named on standard
    error with the field and the reason, and kept out. Repeated, it goes on where it stopped; what
    was sent is not sent again.

    \b
    Exit status: 0 all rows, 1 some rows were refused, 2 usage, or Kafka is away.
    Settings: BLOTTER_KAFKA: Kafka's address, host:port (default 127.0.0.1:9092).
    BLOTTER_DIGEST_KEY: the department's secret, for digests of what may not be kept and for ids
    of rows that have none (default: the file digest-key in BLOTTER_HOME, made when first needed).
    BLOTTER_HOME: folder where progress is kept (default .blotter).
    """
    if how["as_lines"] and not how["dry_run"]:
        raise click.UsageError("--json is for a dry run: nothing is sent with it")
    require_files((file,))
    said = {"source": source, "system_id": system_id, "file.encoding": encoding}
    plan = shelf.read_mapping(mapping, {key: each for key, each in said.items() if each})
    own = settings()
    with open_bytes(file) as opened:
        table = fitting_table(opened, file, plan)
        selected = Selected(table.rows, plan.only)
        rows = islice(Maker(plan, own.key).entries(selected), limit)
        if how["dry_run"] and how["as_lines"]:
            refused = _print(file, rows)
        elif how["dry_run"]:
            refused = _show(rows, how["show"], selected, unused(table, plan))
        else:
            refused = _send(file, rows, own, plan, how, limit is None)
    context.exit(1 if refused else 0)


def _print(file: str, rows: Iterable[Entry]) -> int:
    sent = refused = 0
    for row in rows:
        if row.event is None:
            refused += 1
            click.echo(f"{file}:{row.line}: {row.problem}", err=True)
        else:
            sent += 1
            click.echo(row.text)
    click.echo(f"{sent} events, {refused} rows refused; nothing was sent", err=True)
    return refused


def _show(rows: Iterable[Entry], show: int, selected: Selected, not_read: list[str]) -> int:
    outcome = Outcome()
    for text in events_shown(rows, outcome, show):
        click.echo(text)
    for line in report(outcome, selected.left_out, not_read):
        click.echo(line)
    return outcome.counts["refused"]


def _send(
    file: str,
    rows: Iterable[Entry],
    own: CliSettings,
    plan: Mapping,
    how: dict[str, Any],
    whole: bool,
) -> int:
    # With another mapping the rows are other events: they are sent, and known again by their ids.
    says = hashlib.sha256(plan.model_dump_json().encode()).hexdigest()
    bookmark = Bookmark(own.home, file, f"{plan.source} {says}", own.kafka)
    if how["again"]:
        bookmark.save(Mark())
    mark = bookmark.load()
    if mark.complete:
        click.echo(f"{file} was imported before (--again sends it again)", err=True)
    else:
        with Sender(own.kafka, how["timeout"]) as sender:
            mark = deliver(file, rows, sender, bookmark, whole)
    click.echo(f"{mark.sent} events acknowledged, {mark.refused} rows refused", err=True)
    return mark.refused
