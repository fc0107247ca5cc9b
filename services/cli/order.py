"""`blotter order`: the department's own text, beside our words and rules, edition by edition."""

import asyncio
import shutil
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

import click
from pydantic import ValidationError

from schemas.events import dump
from schemas.policy import ClauseEntry, Policy
from schemas.registry import PolicyChanged
from services.order.concordance import Concordance, above, clause_table, concordance
from services.order.official import Changes, OrderError, OrderText, changes, read_order
from services.runtime.elasticsearch import connect
from services.runtime.indices import Indices
from services.runtime.topics import CONSOLE

from .delivery import Sender
from .failures import Failure, servers_named
from .settings import CliSettings, settings
from .setup import by_day, policies, policy_event

_DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def command() -> None:
    """The order as the department published it: load it, show it, compare editions."""


@command.command("import")
@click.argument("file")
@click.option("--edition", help="Name of the edition; else the order's number in FILE.")
@click.option("--effective-on", type=_DAY, help="Day of effect; else the date in FILE.")
@click.option("--dry-run", is_flag=True, help="Only show what FILE says; asks no server.")
@click.option(
    "--timeout", type=float, default=60, show_default=True, help="Seconds to wait for Kafka."
)
def import_(
    file: str, edition: str | None, effective_on: datetime | None, dry_run: bool, timeout: float
) -> None:
    """Read the order's text from FILE (plain text, UTF-8), and load it as that edition's.

    Shows each clause beside our words and rules, clauses without a rule, rules without a clause,
    and what changed since the edition that is loaded. Another number or date than that one's is a
    new edition: with the same policy, from that day on. Fine to repeat.

    \b
    Settings: BLOTTER_KAFKA: Kafka's address, host:port (default 127.0.0.1:9092).
    BLOTTER_ELASTICSEARCH: its URL (default http://127.0.0.1:9200).
    BLOTTER_INDEX_PREFIX: of the indices' names (default blotter).
    """
    order = _read(file)
    name = edition or order.number
    day = effective_on.date() if effective_on else order.effective_on
    if not name or day is None:
        wanting = "its number: give --edition" if not name else "its day: give --effective-on"
        raise Failure(f"{file}: the header does not say {wanting}")
    known = [] if dry_run else _known(settings())
    base = _base(known, day)
    _show_import(order, base, loaded=bool(known))
    try:
        events = planned(known, name, day, order.clauses)
    except ValidationError as error:
        reasons = "; ".join(str(item["msg"]) for item in error.errors(include_url=False))
        raise Failure(f"{file}: {reasons}") from None
    if dry_run:
        click.echo(f"edition {name}, in effect on {day}: not sent (--dry-run)")
    elif not events:
        click.echo(f"edition {name}, in effect on {day}: loaded before")
    else:
        with Sender(settings().kafka, timeout) as sender:
            sender.send([(CONSOLE, dump(event)) for event in events])
        click.echo(f"edition {name}, in effect on {day}: sent")


@command.command("show")
@click.argument("clause", required=False)
@click.option("--edition", help="Of this edition; else of the last one.")
def show(clause: str | None, edition: str | None) -> None:
    """Print the order's text beside our words: all, or CLAUSE and what stands below it.

    \b
    Settings: BLOTTER_ELASTICSEARCH: its URL (default http://127.0.0.1:9200).
    BLOTTER_INDEX_PREFIX: of the indices' names (default blotter).
    """
    policy = _loaded(_known(settings()), edition)
    wanted = (clause or "").replace(".(", "(")
    chosen = [c for c in policy.text if not wanted or c == wanted or wanted in above(c)]
    if not chosen:
        raise Failure(f"edition {policy.edition} has no clause {clause}")
    click.echo(f"Edition {policy.edition}, in effect on {policy.effective_on}")
    table = clause_table(policy)
    for name in chosen:
        click.echo(f"\n{name}")
        _echo_wrapped(policy.text[name] or "(no words of its own)")
        click.echo(f"    Blotter: {_our_words(table.get(name))}")


@command.command("diff")
@click.argument("old")
@click.argument("new")
@click.pass_context
def diff(context: click.Context, old: str, new: str) -> None:
    """Compare two texts of an order, OLD and NEW. Needs no settings.

    White space, and whether quotes and dashes are typographic, is no change.

    \b
    Exit status: 0 no clause changed, 1 some did.
    """
    before, after = _read(old), _read(new)
    found = changes(_whole(before), _whole(after))
    click.echo(f"old: {_about(before)}\nnew: {_about(after)}")
    _show_changes(found)
    context.exit(1 if found else 0)


def _read(file: str) -> OrderText:
    try:
        return read_order(Path(file).read_text("utf-8"))
    except OSError as error:
        raise Failure(f"{file}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise Failure(f"{file}: not plain text in UTF-8") from None
    except OrderError as error:
        where = f"{file}:{error.line}" if error.line else file
        raise Failure(f"{where}: {error.why}") from None


def _known(own: CliSettings) -> list[PolicyChanged]:
    async def read() -> list[PolicyChanged]:
        client = connect(own.elasticsearch, own.elasticsearch_seconds)
        try:
            return await policies(client, Indices(own.index_prefix), own.elasticsearch_seconds)
        finally:
            await client.close()

    with servers_named(own.kafka, own.elasticsearch):
        return asyncio.run(read())


def _loaded(known: Iterable[PolicyChanged], edition: str | None) -> Policy:
    """The last policy with a text, of that edition if one is named; raises Failure."""
    loaded = [event.data.parsed for event in by_day(known).values()]
    texts = [p for p in loaded if p.text and edition in (None, p.edition)]
    if not texts:
        what = f"of edition {edition}" if edition else "of the order"
        raise Failure(f"no text {what} is loaded: run `blotter order import FILE`")
    return texts[-1]


def _base(known: Iterable[PolicyChanged], day: date) -> Policy:
    """The policy in force on a day as far as loaded, else the first to come, else the default."""
    loaded = by_day(known)
    if not loaded:
        return Policy()
    return loaded[max((d for d in loaded if d <= day), default=min(loaded))].data.parsed


def planned(
    known: Sequence[PolicyChanged], edition: str, day: date, text: Mapping[str, str]
) -> list[PolicyChanged]:
    """The events that load a text, none if it is loaded; raises ValidationError.

    Later policies of the same edition, which only changed settings, get the text too.
    """
    loaded = by_day(known)
    base = _base(known, day)
    new = {"text": dict(text)}
    wanted = {day: base.model_copy(update=new | {"edition": edition, "effective_on": day})}
    for later, event in loaded.items():
        policy = event.data.parsed
        if later > day and policy.edition == edition and policy.text == base.text:
            wanted[later] = policy.model_copy(update=new)
    return [
        policy_event(policy, loaded[on].id if on in loaded else "")
        for on, policy in wanted.items()
        if on not in loaded or loaded[on].data.parsed != policy
    ]


def _show_import(order: OrderText, base: Policy, loaded: bool) -> None:
    table = clause_table(base)
    click.echo(f"{_about(order)}\n")
    _show_table(order, table)
    _show_concordance(concordance(order.clauses, table), table)
    if base.text:
        click.echo(f"\nChanged since edition {base.edition} of {base.effective_on}:")
        _show_changes(changes(base.text, order.clauses))
    else:
        why = "no text was loaded before" if loaded else "no loaded text was compared"
        click.echo(f"\nChanged since the edition before: {why}")


def _about(order: OrderText) -> str:
    day = f", in effect on {order.effective_on}" if order.effective_on else ""
    name = " ".join(filter(None, (order.number, order.title))) or "an order without a number"
    return f"{name}{day}: {len(order.headings)} sections, {len(order.clauses)} clauses"


def _show_table(order: OrderText, table: Mapping[str, ClauseEntry]) -> None:
    wide = max(shutil.get_terminal_size((120, 24)).columns, 80)
    half = (wide - 36) // 2
    click.echo(f"{'clause':<12}{'the order':<{half}}{'our words':<{half}}rules")
    for clause, text in order.clauses.items():
        entry = table.get(clause)
        ours = _shortened(entry.title if entry else "–", half - 2)
        rules = ", ".join(entry.rules) if entry else ""
        click.echo(f"{clause:<12}{_shortened(text, half - 2):<{half}}{ours:<{half}}{rules or '–'}")


def _show_concordance(found: Concordance, table: Mapping[str, ClauseEntry]) -> None:
    click.echo(f"\nClauses without a rule: {len(found.lacking) or 'none'}")
    for clause in found.lacking:
        click.echo(f"  {clause:<10}{_our_words(table.get(clause))}")
    if found.informative:
        click.echo(f"  informative, which need none: {', '.join(found.informative)}")
    click.echo(f"\nRules without a clause: {len(found.homeless) or 'none'}")
    for rule, clause in found.homeless.items():
        named = f"names {clause}, which the text does not have" if clause else "named by no clause"
        click.echo(f"  {rule:<28}{named}")
    if found.by_design:
        click.echo(f"  by design, about the log itself: {', '.join(found.by_design)}")
    if found.absent:
        click.echo(f"\nClauses of our table that the text does not have: {', '.join(found.absent)}")


def _our_words(entry: ClauseEntry | None) -> str:
    if entry is None:
        return "not in the clause table"
    rules = f"; rules: {', '.join(entry.rules)}" if entry.rules else ""
    return f"{entry.title} ({entry.how}{rules})"


def _whole(order: OrderText) -> dict[str, str]:
    """All of an order that can change, by what it is called."""
    headings = {f"{letter} (heading)": words for letter, words in order.headings.items()}
    return order.preamble | headings | order.clauses


def _show_changes(found: Changes) -> None:
    if not found:
        click.echo("  nothing")
    for clause, text in found.added.items():
        click.echo(f"  added     {clause}")
        _echo_wrapped(text)
    for clause, text in found.removed.items():
        click.echo(f"  removed   {clause}")
        _echo_wrapped(text)
    for clause, (old, new) in found.reworded.items():
        click.echo(f"  reworded  {clause}")
        _echo_wrapped(f"- {old}")
        _echo_wrapped(f"+ {new}")


def _echo_wrapped(text: str) -> None:
    lines = textwrap.wrap(text, 96, break_long_words=False, break_on_hyphens=False)
    click.echo("\n".join(f"    {line}" for line in lines))


def _shortened(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1].rstrip() + "…"
