"""Sending a file's events so that each arrives, and nothing is sent anew after an interruption."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import click
from blotter_emitter import Emitter, InvalidEvent

from services.runtime.kafka import admin, partition_counts
from services.runtime.topics import CONSOLE, intake_topic

from .failures import Failure, servers_named
from .lines import Entry
from .progress import Progress

_CHUNK = 1000


class Mark(NamedTuple):
    """How far a file was delivered: entries seen, events acknowledged, entries refused."""

    seen: int = 0
    sent: int = 0
    refused: int = 0
    complete: bool = False


class Bookmark:
    """Keeps a file's mark under `home`, by the file's content, the source and the Kafka."""

    def __init__(self, home: Path, file: str, source: str, bootstrap: str) -> None:
        self._path: Path | None = None
        if file != "-":
            name = hashlib.sha256("\n".join((_sha256(file), source, bootstrap)).encode())
            self._path = home / "imports" / f"{name.hexdigest()}.json"

    def load(self) -> Mark:
        """What was kept; the beginning, if nothing was."""
        if self._path is None or not self._path.exists():
            return Mark()
        return Mark(**json.loads(self._path.read_text("utf-8")))

    def save(self, mark: Mark) -> None:
        """Keep a mark; a crash leaves the old one or the new one."""
        if self._path is None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        new = self._path.with_suffix(".new")
        new.write_text(json.dumps(mark._asdict()), "utf-8")
        new.replace(self._path)


def _sha256(file: str) -> str:
    try:
        with Path(file).open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        raise Failure(f"{file}: {error.strerror or error}") from None


class Sender:
    """One emitter for each source; a source must have its topic, that is, be registered."""

    def __init__(self, bootstrap: str, timeout: float) -> None:
        """`timeout`: seconds that Kafka has to acknowledge what is sent at once."""
        self._bootstrap = bootstrap
        self._timeout = timeout
        self._emitters: dict[str, Emitter] = {}

    def send(self, events: Iterable[tuple[str, bytes]]) -> None:
        """Send (source, JSON) and wait until all is acknowledged; raises Failure."""
        events = list(events)
        self._open(dict.fromkeys(source for source, _ in events))
        for source, text in events:
            try:
                accepted = self._emitters[source].emit(text)
            except InvalidEvent as error:
                raise Failure(f"the emitter refuses an event: {error}") from None
            if accepted is None:
                raise self._failure(source)
        for source in self._emitters:
            if not self._emitters[source].flush(self._timeout):
                raise self._failure(source)

    def _open(self, sources: Iterable[str]) -> None:
        new = [source for source in sources if source not in self._emitters]
        if not new:
            return
        with servers_named(self._bootstrap), admin(self._bootstrap) as client:
            existing = partition_counts(client)
        for source in new:
            if intake_topic(source) not in existing:
                raise Failure(f"source {source} is not registered yet: {_first_step(source)}")
            self._emitters[source] = Emitter(
                source,
                bootstrap_servers=self._bootstrap.split(","),
                raise_on_invalid=True,
                wait_when_full=self._timeout,
                delivery_timeout=self._timeout,
                spool=False,
            )

    def _failure(self, source: str) -> Failure:
        reasons = ", ".join(self._emitters[source].stats.failed) or "no answer"
        return Failure(
            f"Kafka at {self._bootstrap} did not acknowledge within {self._timeout:g} s ({reasons})"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        for emitter in self._emitters.values():
            # All was acknowledged already, or it is given up.
            emitter.close(timeout=0)


def _first_step(source: str) -> str:
    if source == CONSOLE:
        return "run `blotter setup` first"
    return f"run `blotter source add {source} --owner … --types …` first"


def deliver(
    file: str, entries: Iterable[Entry], sender: Sender, bookmark: Bookmark, whole: bool = True
) -> Mark:
    """Send what was not sent before; names what is refused. Raises Failure, and may be repeated.

    `whole`: whether the entries are all that the file has.
    """
    mark = bookmark.load()
    progress = Progress("events acknowledged")
    waiting: list[tuple[str, bytes]] = []
    seen, refused = mark.seen, mark.refused

    def advance(complete: bool = False) -> None:
        nonlocal mark
        sender.send(waiting)
        progress.add(len(waiting))
        mark = Mark(seen, mark.sent + len(waiting), refused, complete)
        bookmark.save(mark)
        waiting.clear()

    for place, entry in enumerate(entries, 1):
        if place <= mark.seen:
            continue
        seen = place
        if entry.event is None:
            refused += 1
            click.echo(f"{file}:{entry.line}: {entry.problem}", err=True)
        else:
            waiting.append((entry.event.source, entry.text))
        if len(waiting) >= _CHUNK:
            advance()
    advance(complete=whole)
    return mark
