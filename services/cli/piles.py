"""A pile of events to be asked about: in memory, or sorted into buckets by several processes where
they are many. Whoever asks does not notice which."""

from collections.abc import Callable, Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from datetime import datetime
from itertools import chain
from typing import NamedTuple

from schemas.policy import Policy
from schemas.scanner import scan_event
from services.order.pile import Facts, Keeper, Pile, sort_out
from services.runtime.archive import Archive
from services.runtime.large_pile import Answer, Answers, LargePile, Question, Sum, ask
from services.runtime.scratch import scratch_folder
from services.runtime.workers import Workers

from .failures import Failure, servers_named
from .lines import Block, blocks, require_files
from .progress import Counted, Progress
from .settings import CliSettings, settings

SMALL_BYTES = 8 * 1024 * 1024
"""Fewer are judged before processes could start."""


class Heap:
    """A pile, small or large."""

    def __init__(self, pile: Pile | LargePile) -> None:
        self._pile = pile
        self.facts: Facts = pile.facts if isinstance(pile, Pile) else pile.facts()

    def ask(self, question: Question[Answer, Sum], now: datetime) -> Answers[Answer, Sum]:
        """Ask about every subject; `now`: up to when sources are observed."""
        if isinstance(self._pile, Pile):
            return ask(question, self._pile)
        counted = Counted()
        return self._pile.ask(
            question, now, told=lambda done, of: counted("parts judged", done, of)
        )


@contextmanager
def heap_of_log() -> Iterator[Heap]:
    """The whole log of Kafka."""
    own = settings()
    counted = Counted()
    with servers_named(own.kafka), _possible(own), Archive(own.kafka, own) as archive:
        archive.read_log(lambda events: counted("events read", events))
        yield Heap(archive.pile)


@contextmanager
def heap_of_files(
    files: tuple[str, ...],
    policy: Policy,
    problem: Callable[[str], None],
    *,
    override: bool = False,
) -> Iterator[Heap]:
    """The events of files; `problem` hears of each line that is not valid, in their order.

    What content holds counts, and content is never kept. Raises Failure.
    """
    require_files(files)
    given = (block for path in files for block in blocks(path))
    first: list[Block] = []
    while sum(block.bytes for block in first) < SMALL_BYTES and (block := next(given, None)):
        first.append(block)
    progress = Progress("events read")
    if (block := next(given, None)) is None:
        pile = Pile(policy, override=override)
        for each in first:
            _told(_sort_block(each, pile), problem, progress)
        yield Heap(pile)
        return
    own = settings()
    with _possible(own), scratch_folder(own.scratch) as folder, Workers(own.processes) as workers:
        large = LargePile(folder, workers, policy, override=override)
        for read in large.sort(_sort_block, chain(first, [block], given)):
            _told(read, problem, progress)
        yield Heap(large)


class _Read(NamedTuple):
    """What was read of a block. `problems`: what is not valid, and where."""

    events: int
    problems: list[str]


def _sort_block(block: Block, keeper: Keeper) -> _Read:
    events = 0
    problems = []
    for entry in block.entries():
        if entry.event is None:
            problems.append(f"{block.path}:{entry.line}: {entry.problem}")
        else:
            # The digests only tell equal values apart, and are not shown; one key for every run,
            # so that they never make a difference.
            sort_out(scan_event(entry.event, b"check"), keeper)
            events += 1
    return _Read(events, problems)


def _told(read: _Read, problem: Callable[[str], None], progress: Progress) -> None:
    for text in read.problems:
        problem(text)
    progress.add(read.events + len(read.problems))


@contextmanager
def _possible(own: CliSettings) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Failure(f"{own.scratch} (BLOTTER_HOME): {error.strerror or error}") from None
    except BrokenProcessPool:
        raise Failure("a process that judges was killed; is there too little memory?") from None
