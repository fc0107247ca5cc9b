"""`blotter backtest`: what a change of policy or rules would do to the findings, on history."""

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import click

from schemas.policy import Policy
from schemas.scanner import scan_event
from services.order.backtest import backtest
from services.order.pile import Pile
from services.order.recheck import KINDS, Difference
from services.order.rule import Rule
from services.order.rulebook import candidate, rulebook
from services.order.sentences import listed, plain
from services.runtime import topics
from services.runtime.archive import Archive, Follower

from .failures import Failure, servers_named
from .lines import entries, require_files
from .policy_file import read_policy
from .progress import Counted, Progress
from .settings import settings
from .setup import policy_event

_FIELDS = {"basis": "the settings, the facts or the version of the rule that it is judged by"}
_SAID = {"missing": "new", "gone": "gone", "changed": "changed"}


@click.command()
@click.argument("files", metavar="[FILE…]", nargs=-1)
@click.option("--policy", "policy_file", metavar="FILE", help="A policy (TOML) that is proposed.")
@click.option(
    "--rules",
    "rules_path",
    metavar="PATH",
    help="A rule file, which takes the place of the rules with its ids; or a folder of all rules.",
)
@click.option("--json", "as_json", is_flag=True, help="One changed finding a line, as JSON.")
def command(
    files: tuple[str, ...], policy_file: str | None, rules_path: str | None, as_json: bool
) -> None:
    """Show which findings would be new, gone or changed, before a policy or a rule goes live.

    Judges the whole log, or the FILEs given (JSON lines, as `blotter export` writes), twice: as it
    is judged today, and as it would be. Changes nothing.

    \b
    Exit status: 0 shown, 2 invalid input or usage.
    Settings: BLOTTER_KAFKA: Kafka's address, host:port (default 127.0.0.1:9092); not needed with
    FILEs.
    """
    if policy_file is None and rules_path is None:
        raise Failure("nothing is proposed: give --policy FILE, --rules PATH, or both")
    proposed_rules = _rules(rules_path) if rules_path else rulebook()
    policy = read_policy(policy_file, proposed_rules) if policy_file else None
    today = _pile(files)
    proposed = today
    now = datetime.now(UTC)
    if policy is not None:
        # With an id of its own: it must not pass for one that was loaded before.
        event = policy_event(policy, "backtest")
        proposed = today.supposing(event.model_copy(update={"receivedtime": now}))
    counts: Counter[tuple[str, str]] = Counter()
    told = Counted()
    total = len(today)
    compared = backtest(today, proposed, now, rulebook(), proposed_rules)
    for done, (_, found) in enumerate(compared, 1):
        told("subjects compared", done, total)
        for difference in sorted(found, key=lambda each: (each.clause, each.rule)):
            counts[difference.clause, difference.kind] += 1
            click.echo(_line(difference) if as_json else _text(difference))
    _summary(counts, total)


def _rules(path: str) -> tuple[Rule, ...]:
    try:
        return candidate(Path(path))
    except Exception as error:
        # Whatever a file that is no rule may raise when it is read.
        raise Failure(f"--rules {path}: {type(error).__name__}: {error}") from None


def _pile(files: tuple[str, ...]) -> Pile:
    """The files' events, or the whole log's."""
    pile = Pile(Policy())
    if files:
        _read_files(files, pile)
        return pile
    own = settings()
    read = Counted()
    archive = Archive(pile)
    names = topics.EVENTS, topics.REJECTED
    with servers_named(own.kafka), Follower.of(own.kafka, *names) as log:
        for record in log.news():
            archive.add(record)
            read("events read", archive.events, 0)
    return pile


def _read_files(files: tuple[str, ...], pile: Pile) -> None:
    require_files(files)
    progress = Progress("events read")
    for path in files:
        for entry in entries(path):
            if entry.event is None:
                raise Failure(f"{path}:{entry.line}: {entry.problem}")
            # As `blotter check` does: what content holds counts, and content is never kept.
            pile.add(scan_event(entry.event, b"check"))
            progress.add()


def _line(difference: Difference) -> str:
    told = difference._asdict() | {"kind": _SAID[difference.kind]}
    return json.dumps(told, ensure_ascii=False)


def _text(difference: Difference) -> str:
    lines = [f"{_SAID[difference.kind]}: {difference.clause} {difference.subject}"]
    if difference.was == difference.is_now:
        changed = listed(_FIELDS.get(name, plain(name)) for name in difference.fields)
        return "\n".join([*lines, f"    the same  {difference.was}", f"    but for   {changed}"])
    if difference.was:
        lines.append(f"    today     {difference.was}")
    if difference.is_now:
        lines.append(f"    proposed  {difference.is_now}")
    return "\n".join(lines)


def _summary(counts: Counter[tuple[str, str]], subjects: int) -> None:
    for clause in sorted({clause for clause, _ in counts}):
        told = (f"{counts[clause, kind]} {_SAID[kind]}" for kind in KINDS if counts[clause, kind])
        click.echo(f"{clause}: {', '.join(told)}", err=True)
    total = sum(counts.values())
    click.echo(f"{subjects:,} subjects: {total:,} findings would be new, gone or changed", err=True)
