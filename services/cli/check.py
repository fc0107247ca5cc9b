"""`blotter check`: judge files of events, with no server."""

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

import click
from pydantic import TypeAdapter, ValidationError

from schemas.base import TimeOrDate
from schemas.events import Event
from schemas.policy import Policy
from schemas.scanner import scan_event
from schemas.verdicts import FINDING_KINDS, Verdict
from services.order.pile import Pile
from services.order.rulebook import rulebook
from services.order.times import said

from .failures import Failure
from .lines import entries, require_files
from .policy_file import read_policy
from .progress import Progress
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
    Needs no settings.
    """
    require_files(files)
    policy = read_policy(policy_file) if policy_file else Policy()
    moment = datetime.now(UTC) if at is None else _moment(at)
    pile = Pile(policy, override=policy_file is not None)
    invalid = _fill(pile, files)
    now = moment if isinstance(moment, datetime) else pile.start_of(moment)
    report = _Lines() if as_json else _Page(pile.zone)
    counts = _judge(pile, now, report, every)
    _summary(counts, len(pile), invalid, now.astimezone(pile.zone))
    context.exit(2 if invalid else 1 if counts["violation"] else 0)


def _moment(text: str) -> datetime | date:
    try:
        return _TIME_OR_DATE.validate_python(text)
    except ValidationError as error:
        reason = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise Failure(f"--at: {reason}") from None


def _fill(pile: Pile, files: Iterable[str]) -> int:
    """Put every event on the pile; returns how many are not valid, and names them."""
    progress = Progress("events read")
    invalid = 0
    for path in files:
        for entry in entries(path):
            if entry.event is None:
                invalid += 1
                click.echo(f"{path}:{entry.line}: {entry.problem}", err=True)
            else:
                pile.add(_scanned(entry.event))
            progress.add()
    return invalid


def _scanned(event: Event) -> Event:
    # The digests only tell equal values apart, and are not shown; one key for every run, so that
    # they never make a difference.
    return scan_event(event, b"check")


def _judge(pile: Pile, now: datetime, report: "_Report", every: bool) -> Counter[str]:
    counts: Counter[str] = Counter()
    progress = Progress("verdicts")
    for verdict in pile.verdicts(now, rulebook()):
        if not verdict.shadow:
            counts[verdict.verdict] += 1
        elif verdict.verdict in FINDING_KINDS:
            counts["on trial"] += 1
        progress.add()
        if every or verdict.verdict in FINDING_KINDS:
            report.add(verdict)
    report.end()
    return counts


def _summary(counts: Counter[str], subjects: int, invalid: int, now: datetime) -> None:
    found = (
        f"{_counted(counts['violation'], 'possible violation')}, "
        f"{counts['undetermined']} undetermined, {counts['cured']} cured"
    )
    if counts["on trial"]:
        found += f"; {_counted(counts['on trial'], 'finding')} of rules on trial not counted"
    found += f"; {_counted(subjects, 'subject')} judged as of {said(now)}"
    if invalid:
        found += f"; {_counted(invalid, 'invalid event')} left out"
    click.echo(found, err=True)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")


class _Report(Protocol):
    def add(self, verdict: Verdict) -> None: ...
    def end(self) -> None: ...


class _Lines:
    """One JSON object a line, as the verdicts come."""

    def __init__(self) -> None:
        self._write = _writer()

    def add(self, verdict: Verdict) -> None:
        shown = {*_SHOWN, "evidence", *(["shadow"] if verdict.shadow else [])}
        self._write(verdict.model_dump_json(include=shown, exclude_none=True) + "\n")

    def end(self) -> None:
        self._write("")


class _Page:
    """For people: what has one cause stands together."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._groups: dict[str, list[str]] = {}

    def add(self, verdict: Verdict) -> None:
        plain = verdict.verdict.replace("_", " ")
        name = "possible violation" if verdict.verdict == "violation" else plain
        name += " (rule on trial)" if verdict.shadow else ""
        deadline = verdict.deadline and said(verdict.deadline.astimezone(self._zone))
        due = f" (due {deadline})" if deadline else ""
        reason = visible(verdict.reason)
        text = f"  {name}: {verdict.clause}, {verdict.subject}{due}\n      {reason}\n"
        self._groups.setdefault(verdict.group, []).append(text)

    def end(self) -> None:
        write = _writer()
        for group in sorted(self._groups):
            write(f"{group}\n{''.join(self._groups[group])}\n")
        write("")


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
