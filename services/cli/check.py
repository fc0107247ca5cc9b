"""`blotter check`: judge files of events, with no server."""

import os
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from typing import NamedTuple
from zoneinfo import ZoneInfo

import click
from pydantic import TypeAdapter, ValidationError

from schemas.base import TimeOrDate
from schemas.policy import Policy
from schemas.verdicts import FINDING_KINDS, Verdict
from services.order.pile import Facts
from services.order.recheck import findings_of
from services.order.rulebook import rulebook
from services.order.times import said
from services.runtime.large_pile import Answers, Lot

from .failures import Failure
from .piles import heap_of_files
from .policy_file import read_policy
from .terminal import visible

_TIME_OR_DATE: TypeAdapter[datetime | date] = TypeAdapter(TimeOrDate)
_SHOWN = {"clause", "rule", "subject", "verdict", "severity", "group", "deadline", "reason"}


@click.command()
@click.argument("files", metavar="FILE…", nargs=-1, required=True)
@click.option(
    "--at",
    metavar="TIME",
    help="Judge as of then, not as of the present: RFC 3339 with offset, or a date, which is the "
    "start of that day where the department is. What was received later is not yet known.",
)
@click.option(
    "--policy",
    "policy_file",
    metavar="FILE",
    help="Judge by this policy (TOML), whatever policy the events hold. See deploy/policy.toml.",
)
@click.option("--json", "as_json", is_flag=True, help="One verdict a line, as JSON.")
@click.option("--all", "every", is_flag=True, help="Every verdict, not only findings.")
@click.pass_context
def command(
    context: click.Context,
    files: tuple[str, ...],
    at: str | None,
    policy_file: str | None,
    as_json: bool,
    every: bool,
) -> None:
    """Judge files of events against the order, with no server.

    A FILE holds one event a line, as JSON, in any order; `-` is standard input, and what ends in
    .gz is unpacked. A line that is not valid is named on standard error and the rest is judged.

    \b
    Exit status: 0 no violation, 1 at least one violation, 2 invalid input or usage (wins over 1).
    Needs no settings. Of large files: BLOTTER_PROCESSES: how many judge (default 0: one for each
    core). BLOTTER_HOME: folder in which events are laid aside meanwhile (default .blotter).
    """
    policy = read_policy(policy_file) if policy_file else Policy()
    moment = datetime.now(UTC) if at is None else _moment(at)
    invalid: list[int] = []
    with heap_of_files(
        files, policy, partial(_name, invalid), override=policy_file is not None
    ) as heap:
        now = moment if isinstance(moment, datetime) else heap.facts.start_of(moment)
        zone = heap.facts.zone
        judging = Judging(now, every, zone, as_json)
        told = _show(heap.ask(judging, now), as_json)
    _summary(told, len(invalid), now.astimezone(zone))
    context.exit(2 if invalid else 1 if told.counts["violation"] else 0)


def _moment(text: str) -> datetime | date:
    try:
        return _TIME_OR_DATE.validate_python(text)
    except ValidationError as error:
        reason = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise Failure(f"--at: {reason}") from None


def _name(invalid: list[int], problem: str) -> None:
    invalid.append(1)
    click.echo(problem, err=True)


@dataclass
class Told:
    """How many findings of which kind there are, and how many subjects."""

    counts: Counter[str] = field(default_factory=Counter)
    subjects: int = 0


class Shown(NamedTuple):
    """A verdict as it is shown; `group`: what has one cause stands together."""

    group: str
    text: str


@dataclass(frozen=True)
class Judging:
    """What is shown and counted of each subject. `every`: also what is no finding."""

    now: datetime
    every: bool
    zone: ZoneInfo
    as_json: bool

    def __call__(
        self, facts: Facts
    ) -> Callable[[Lot], Generator[tuple[str, list[Shown]], None, Told]]:
        return self._judged

    def _judged(self, lot: Lot) -> Generator[tuple[str, list[Shown]], None, Told]:
        told = Told()
        for subject in lot.subjects():
            told.subjects += 1
            judgement = lot.pile.judge(subject, self.now, rulebook())
            shown = judgement.verdicts if self.every else findings_of(judgement)
            told.counts.update(filter(None, map(_counted_as, shown)))
            if shown:
                yield subject, [Shown(verdict.group, self._text(verdict)) for verdict in shown]
        return told

    def _text(self, verdict: Verdict) -> str:
        return _as_line(verdict) if self.as_json else _as_paragraph(verdict, self.zone)


def _counted_as(verdict: Verdict) -> str:
    if verdict.verdict not in FINDING_KINDS:
        return ""
    return "on trial" if verdict.shadow else verdict.verdict


def _show(answers: Answers[list[Shown], Told], as_json: bool) -> Told:
    write = _writer()
    if as_json:
        for _, verdicts in answers.each:
            write("".join(shown.text for shown in verdicts))
    else:
        groups: dict[str, list[str]] = defaultdict(list)
        for _, verdicts in answers.each:
            for shown in verdicts:
                groups[shown.group].append(shown.text)
        for group in sorted(groups):
            write(f"{group}\n{''.join(groups[group])}\n")
    write("")
    counts = sum((told.counts for told in answers.sums), Counter[str]())
    return Told(counts, sum(told.subjects for told in answers.sums))


def _summary(told: Told, invalid: int, now: datetime) -> None:
    counts = told.counts
    found = (
        f"{_counted(counts['violation'], 'possible violation')}, "
        f"{counts['undetermined']} undetermined, {counts['cured']} cured"
    )
    if counts["on trial"]:
        found += f"; {_counted(counts['on trial'], 'finding')} of rules on trial not counted"
    found += f"; {_counted(told.subjects, 'subject')} judged as of {said(now)}"
    if invalid:
        found += f"; {_counted(invalid, 'invalid event')} left out"
    click.echo(found, err=True)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")


def _as_line(verdict: Verdict) -> str:
    """One JSON object a line."""
    shown = {*_SHOWN, "evidence", *(["shadow"] if verdict.shadow else [])}
    return verdict.model_dump_json(include=shown, exclude_none=True) + "\n"


def _as_paragraph(verdict: Verdict, zone: ZoneInfo) -> str:
    """For people."""
    plain = verdict.verdict.replace("_", " ")
    name = "possible violation" if verdict.verdict == "violation" else plain
    name += " (rule on trial)" if verdict.shadow else ""
    deadline = verdict.deadline and said(verdict.deadline.astimezone(zone))
    due = f" (due {deadline})" if deadline else ""
    reason = visible(verdict.reason)
    return f"  {name}: {verdict.clause}, {verdict.subject}{due}\n      {reason}\n"


def _writer() -> Callable[[str], None]:
    """Writes to standard output; once nobody reads it any more (`| head`), to nowhere.

    The exit status must tell of the whole input, however much of the output was read.
    """
    out = sys.stdout
    is_open = True

    def write(text: str) -> None:
        nonlocal is_open
        if not is_open:
            return
        try:
            out.write(text)
            if not text:
                out.flush()
        except BrokenPipeError:
            is_open = False
            # Python flushes once more at its end, and would complain.
            os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())

    return write
