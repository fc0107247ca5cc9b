"""`blotter backtest`: what a change of policy or rules would do to the findings, on history."""

import json
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click

from schemas.events import Event
from schemas.policy import Policy
from services.order.backtest import backtest
from services.order.pile import Facts
from services.order.recheck import KINDS, Difference
from services.order.rule import Rule
from services.order.rulebook import candidate, rulebook
from services.order.sentences import listed, plain
from services.runtime.large_pile import Lot

from .failures import Failure
from .piles import Heap, heap_of_files, heap_of_log
from .policy_file import read_policy
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
    FILEs. BLOTTER_PROCESSES, BLOTTER_HOME: as for `blotter check`.
    """
    if policy_file is None and rules_path is None:
        raise Failure("nothing is proposed: give --policy FILE, --rules PATH, or both")
    rules = Path(rules_path) if rules_path else None
    proposed_rules = _rules(rules) if rules else rulebook()
    policy = read_policy(policy_file, proposed_rules) if policy_file else None
    now = datetime.now(UTC)
    counts: Counter[tuple[str, str]] = Counter()
    with _heap(files) as heap:
        answers = heap.ask(Comparing(now, _proposal(policy, now), rules), now)
        for _, found in answers.each:
            for difference in sorted(found, key=lambda each: (each.clause, each.rule)):
                counts[difference.clause, difference.kind] += 1
                click.echo(_line(difference) if as_json else _text(difference))
    _summary(counts, sum(answers.sums))


@dataclass(frozen=True)
class Comparing:
    """How the findings on each subject would change, with another policy or other rules."""

    now: datetime
    policy: Event | None
    rules: Path | None

    def __call__(
        self, facts: Facts
    ) -> Callable[[Lot], Generator[tuple[str, list[Difference]], None, int]]:
        proposed = facts.supposing(self.policy) if self.policy else facts
        rules = candidate(self.rules) if self.rules else rulebook()
        return partial(self._compared, proposed, rules)

    def _compared(
        self, proposed: Facts, rules: tuple[Rule, ...], lot: Lot
    ) -> Generator[tuple[str, list[Difference]], None, int]:
        subjects = 0
        for subject, found in backtest(lot.pile, proposed, self.now, rulebook(), rules):
            subjects += 1
            if found:
                yield subject, found
        return subjects


def _rules(path: Path) -> tuple[Rule, ...]:
    try:
        return candidate(path)
    except Exception as error:
        # Whatever a file that is no rule may raise when it is read.
        raise Failure(f"--rules {path}: {type(error).__name__}: {error}") from None


def _proposal(policy: Policy | None, now: datetime) -> Event | None:
    if policy is None:
        return None
    # With an id of its own: it must not pass for one that was loaded before.
    return policy_event(policy, "backtest").model_copy(update={"receivedtime": now})


def _heap(files: tuple[str, ...]) -> AbstractContextManager[Heap]:
    """The files' events, or the whole log's."""
    return heap_of_files(files, Policy(), _refuse) if files else heap_of_log()


def _refuse(problem: str) -> None:
    raise Failure(problem)


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
