"""`python -m deploy.demo`: start everything, send a demonstration through it, show the findings.

Uses Blotter as a department would: the `blotter` command registers sources, imports a published
log of licence-plate searches, and sends a made-up day in two parts, the second of which arrives
after the findings on the first. Fine to repeat: nothing is counted twice.
"""

import csv
import io
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from deploy import stack
from deploy.demonstration import accounts, day, department
from deploy.demonstration.reading import Reading
from deploy.demonstration.results import Results
from deploy.demonstration.story import WITHDRAWN
from deploy.native import services
from deploy.native.processes import LOOPBACK, StackError
from deploy.native.settings import ROOT, Settings, from_environment
from schemas.events import Event, dump
from schemas.policy import Policy
from schemas.verdicts import VERDICT_KINDS
from services.cli.main import main as blotter

POLICY = ROOT / "deploy/demonstration/policy.toml"
SAMPLE = ROOT / "samples/alpr_search_audit_2025.csv"
ALPR_SYSTEM = "alpr"
PATIENCE_SECONDS = 180.0
WAITS = timedelta(seconds=3)
"""Longer than the policy lets anything settle, and than a use waits for others of its employee."""

SECTIONS = {
    "A": "Kinds of AI",
    "B": "Use",
    "C": "Generative AI",
    "D": "Perceptive AI",
    "E": "Predictive AI",
    "F": "What is prohibited",
    "G": "Training",
    "H": "Acquisition and audits",
    "completeness": "Is the log itself complete?",
}
"""The sections of the order, in our own words."""


class Demonstration:
    """One run against the stack of `settings`. Methods raise StackError with what went wrong."""

    def __init__(self, settings: Settings, base: datetime) -> None:
        """`base`: the end of the made-up day."""
        prefix = os.environ.get("BLOTTER_INDEX_PREFIX") or "blotter"
        self._results = Results(settings.addresses["BLOTTER_ELASTICSEARCH"], prefix)
        self._reading = Reading(settings.addresses["BLOTTER_KAFKA"])
        self._stories = day.stories(base)
        self._day = day.day(base)
        self._base = base

    def prepare(self) -> None:
        """The policy, the sources and who and what there is."""
        for text in policies():
            with _file("policy.toml", text.encode()) as file:
                _blotter("setup", "--policy", file)
        _emit(department.registrations())
        for source in department.SOURCES:
            _blotter("source", "add", *_registration(source))
        with SAMPLE.open(encoding="utf-8-sig", newline="") as file:
            users = {row["userId"] for row in csv.DictReader(file)}
        facts = [*department.facts(self._base, users), *self._day.on_file]
        _emit(facts)
        # Whoever is named before the roster knows them would be a finding, withdrawn soon after.
        kinds = {fact.type for fact in facts}
        _wait(
            lambda: self._results.accepted(kinds) >= len(facts),
            lambda: f"{self._results.accepted(kinds)} of {len(facts)} facts accepted",
        )

    def import_searches(self) -> None:
        """The licence-plate searches that a city published."""
        _blotter("import", "alpr", str(SAMPLE), "--system-id", ALPR_SYSTEM)

    def live_the_day(self) -> None:
        """The made-up day, then, once its findings are published, what arrives late."""
        reported = [story for story in self._stories if story.publishes]
        wanted = {(story.clause, story.subject) for story in reported}
        if not wanted <= self._results.published(reported):
            _emit([*self._day.once, *self._day.refused])
        _emit(self._day.reported)
        _wait(
            lambda: wanted <= self._results.published(reported),
            lambda: "no finding yet on " + _names(wanted - self._results.published(reported)),
        )
        _emit(self._day.later)

    def settle(self) -> None:
        """Wait until everything sent has been judged and each story has ended as it is told, and
        until Elasticsearch shows all of it."""
        sent = datetime.now(UTC)
        with SAMPLE.open(encoding="utf-8-sig", newline="") as file:
            searches = sum(1 for _ in csv.DictReader(file))
        _wait(
            lambda: self._results.searches_judged(ALPR_SYSTEM) >= searches,
            lambda: f"{self._results.searches_judged(ALPR_SYSTEM)} of {searches} searches judged",
        )
        _wait(lambda: not self._amiss(), lambda: "not as told: " + _names(self._amiss()))
        # What is counted must be still: there is more than the stories tell.
        _wait(
            lambda: self._results.all_judged(sent + WAITS),
            lambda: "something is still to be judged",
        )
        ends = self._reading.ends()
        _wait(lambda: self._reading.has_come_to(ends), lambda: "not all of it is indexed yet")
        self._results.refresh()

    def show(self) -> None:
        """Numbers of subjects by clause and verdict, section by section of the order."""
        heads = [*VERDICT_KINDS, WITHDRAWN]
        counted = self._results.by_clause()
        numbers = {c: [f"{n[h]:,}" if h in n else "" for h in heads] for c, n in counted.items()}
        widths = [max(map(len, column)) for column in zip(heads, *numbers.values(), strict=True)]
        first = max(map(len, ["clause", *numbers]))
        section = ""
        for clause, cells in [("clause", heads), *numbers.items()]:
            if section != clause.split(".")[0]:
                section = clause.split(".")[0]
                print(*[f"\n  {section}  {SECTIONS[section]}"] if section in SECTIONS else "")
            right = [cell.rjust(width) for cell, width in zip(cells, widths, strict=True)]
            print("  ".join(["", clause.ljust(first), *right]))

    def _amiss(self) -> set[tuple[str, str]]:
        """Stories that do not stand as told."""
        stand = self._results.ends(self._stories)
        # Long after the day, open duties have become overdue.
        is_old = datetime.now(UTC) - self._base > timedelta(hours=20)
        return {
            (story.clause, story.subject)
            for story in self._stories
            if stand.get((story.clause, story.subject)) != story.ends
            and not (is_old and story.ends == "pending")
        }


def policies() -> list[str]:
    """The demonstration's policy, as TOML, for its own day and for the day of the order: for that
    one the defaults were loaded when the stack was set up, which this replaces."""
    text = POLICY.read_text("utf-8")
    own_day = Policy.from_toml(text).effective_on.isoformat()
    return [text, text.replace(own_day, Policy().effective_on.isoformat())]


def _registration(source: department.Source) -> list[str]:
    """The arguments of `blotter source add`."""
    told = [source.name, "--owner", source.owner, "--types", ",".join(source.types)]
    told += ["--systems", ",".join(source.systems)] if source.systems else []
    told += ["--holds", ",".join(source.holds)] if source.holds else []
    told += ["--cadence-seconds", str(source.cadence_seconds)] if source.cadence_seconds else []
    return told + (["--system-of-record"] if source.of_record else [])


def _emit(events: Iterable[Event]) -> None:
    with _file("events.jsonl", b"".join(dump(event) + b"\n" for event in events)) as file:
        _blotter("emit", file)


@contextmanager
def _file(name: str, content: bytes) -> Iterator[str]:
    """The path of a file that lives as long as it is used."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        yield str(path)


def _blotter(*arguments: str, given: str = "") -> str:
    """Run a `blotter` command, in this process because a new one takes half a second to start;
    its output. `given`: its standard input."""
    said = io.StringIO()
    try:
        with redirect_stdout(said), redirect_stderr(said), _stdin(given):
            status = blotter.main(list(arguments), standalone_mode=False)
    except click.ClickException as error:
        raise StackError(f"blotter {' '.join(arguments[:2])}: {error.format_message()}") from None
    if status:
        raise StackError(f"blotter {' '.join(arguments[:2])} failed:\n{said.getvalue().strip()}")
    return said.getvalue()


@contextmanager
def _stdin(given: str) -> Iterator[None]:
    before = sys.stdin
    sys.stdin = io.TextIOWrapper(io.BytesIO(given.encode()))
    try:
        yield
    finally:
        sys.stdin = before


def _wait(done: Callable[[], bool], state: Callable[[], str]) -> None:
    """Until it is done; tells the state now and then, where it is another."""
    started = looked = time.monotonic()
    told = ""
    while not done():
        now = time.monotonic()
        if now - started > PATIENCE_SECONDS:
            raise StackError(f"{state()} after {PATIENCE_SECONDS:.0f} s; logs: make status")
        if now - looked > 5:
            looked, news = now, state()
            if news != told:
                print(f"    {news}", flush=True)
            told = news
        time.sleep(0.3)


def _names(keys: Iterable[tuple[str, str]]) -> str:
    names = [f"{clause} {subject}" for clause, subject in sorted(keys)]
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def open_accounts(logins: Iterable[accounts.Login]) -> None:
    """Make the accounts that there are not yet; others stay as they are."""
    known = {line.split()[0] for line in _blotter("user", "list").splitlines() if "made" in line}
    for each in logins:
        if each.name not in known:
            who = ("--role", each.role, "--employee", each.employee_id, "--password-stdin")
            _blotter("user", "add", each.name, *who, given=each.password + "\n")


def base_of(home: Path, now: datetime) -> datetime:
    """When the made-up day ends: this minute at the first run, kept in `home` for those after."""
    path = home / stack.DEMONSTRATION
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"base": now.replace(microsecond=0).isoformat()}) + "\n")
    return datetime.fromisoformat(json.loads(path.read_text())["base"])


def run(settings: Settings) -> None:
    """The whole demonstration; raises StackError."""
    started = time.monotonic()

    def step(what: str) -> None:
        print(f"[{time.monotonic() - started:5.1f} s] {what}", flush=True)

    step("starting Kafka, Elasticsearch and the services")
    stack.up()
    os.environ.update(services.environment(settings))
    shown = Demonstration(settings, base_of(settings.home, datetime.now(UTC)))
    step("a department: policy, sources, people, systems")
    shown.prepare()
    logins = accounts.logins(settings.home / stack.DEMONSTRATION_ACCOUNTS)
    open_accounts(logins)
    step(f"importing {SAMPLE.name}")
    shown.import_searches()
    step("a day in the department")
    shown.live_the_day()
    step("waiting until all of it is judged")
    shown.settle()
    step("done: subjects by clause and verdict\n")
    shown.show()
    print(
        f"\n  console  http://{LOOPBACK}:{settings.console_port}"
        f"\n  gateway  http://{LOOPBACK}:{settings.gateway_port}"
        "\n  status   .venv/bin/blotter status"
        "\n  stop     make down (data stays), make clean (data goes)"
        "\n\n  sign in to the console as"
    )
    for each in logins:
        print(f"    {each.name:<14} {each.password}   {each.sees}")


def main() -> int:
    """Run the demonstration; return the exit status."""
    try:
        run(from_environment())
    except (StackError, OSError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
