"""Whether an event costs the same after ten million others: the fold at several sizes of history.

A history is not folded event by event. One use is, until its record closes; what that leaves is
copied under other names, and every use leaves its mark with an employee, as the fold would keep it.
"""

import time
from collections.abc import Iterator
from datetime import timedelta
from random import Random

from schemas.observed import Mark
from schemas.policy import Policy
from schemas.records import DOSSIER_RECORD
from services.intake.outbox import Write
from services.order import scenario as s
from services.order.entry import line_of
from services.order.fold import DOSSIER, EVENT_OF, Fold
from services.order.rulebook import rulebook

from ..child import in_child
from ..contender import Bench, Contender, Measure, Row
from ..document import HISTORY
from ..dossiers import facts_written, load_written, passed_on
from ..load import BEFORE, PLATES, SOURCES, Load
from ..sizes import Sizes

_SMALLEST = 10_000
_MARKS_PER_RECORD = 100
_WAITED = timedelta(days=40)
"""Longer than a record stays open."""
_SAMPLE = "U-sample"


def run(bench: Bench) -> Measure:
    """The same events after each size of history, each in a process of its own."""
    details: dict[str, float] = {}
    size, count = _SMALLEST, min(bench.load.count, bench.sizes.history_events)
    while True:
        done = in_child(bench.folder / str(size), measure, bench.load, bench.sizes, size)
        details[f"{HISTORY}{size}"] = count / done.value
        details[f"mib_{size}"] = done.peak_mib
        size *= 10
        if size > bench.sizes.history:
            return Measure(count, done.value, done.peak_mib, details)


def measure(load: Load, sizes: Sizes, size: int) -> float:
    """CPU seconds of the load's first events after so many of history."""
    sizes = sizes.model_copy(update={"partitions": 1})
    rules, policy = rulebook(), Policy()
    sample = _sample(Fold(0, {}, rules, policy), load, sizes)
    fold = Fold(0, sample | dict(_history(sample, load, sizes, size)), rules, policy)
    written = list(load_written(load, sizes, sizes.history_events))
    began = time.process_time()
    for offset, write in enumerate(written, fold.applied + 1):
        step = fold.apply(offset, DOSSIER_RECORD.validate_json(write.value))
        if step.failures:
            raise AssertionError(step.failures)
    return time.process_time() - began


def _sample(fold: Fold, load: Load, sizes: Sizes) -> dict[str, bytes]:
    """State after the facts and one use, whose record has closed."""
    state: dict[str, bytes] = {}
    for offset, write in enumerate(_before(load, sizes)):
        step = fold.apply(offset, DOSSIER_RECORD.validate_json(write.value))
        for key, value in step.writes.items():
            if value is None:
                state.pop(key, None)
            else:
                state[key] = value
    return state


def _before(load: Load, sizes: Sizes) -> Iterator[Write]:
    yield from facts_written(load, sizes)
    at = load.begin - BEFORE + timedelta(hours=1)
    stated = {"purpose_text": "stolen vehicle", "case_number": "26-1", "employee_id": "E-0"}
    use = s.plate_search(at, use_id=_SAMPLE, **stated)
    use = use.model_copy(update={"source": PLATES, "receivedtime": at})
    later = at + _WAITED
    for source in SOURCES:
        yield from passed_on(source, [use] if source == PLATES else [], at, at, 1)
    for source in SOURCES:
        yield from passed_on(source, [], at, later, 1)


def _history(
    sample: dict[str, bytes], load: Load, sizes: Sizes, size: int
) -> Iterator[tuple[str, bytes]]:
    """State of the uses that so many events tell of, in the proportion of the load."""
    key = f"{DOSSIER}\nuse/{_SAMPLE}"
    said = sample[key]
    if b'"closed"' not in said:
        raise AssertionError("the sample's record did not close")
    uses = size * load.uses // load.count
    for number in range(uses):
        yield (
            f"{DOSSIER}\nuse/H-{number}",
            said.replace(b"E-0", b"E-%d" % (number % sizes.employees)),
        )
    for employee in range(sizes.employees):
        own = range(employee, uses, sizes.employees)
        for first in range(0, len(own), _MARKS_PER_RECORD):
            lines = (_mark(n, load) for n in own[first : first + _MARKS_PER_RECORD])
            yield f"{EVENT_OF}\nemployee/E-{employee}\nhistory-{first}", b"\n".join(lines)


def _mark(number: int, load: Load) -> bytes:
    """What a search with a case number leaves, some time before the load."""
    ago = BEFORE * Random(number).uniform(0.01, 0.98)
    at, target = load.begin - ago, f"{number:064x}"
    name = f"H-{number}"
    return line_of(Mark(at, at, PLATES, f"use-{name}", f"use/{name}", target, True))


CONTENDER = Contender("history", "history", run)

ROWS = [
    Row(
        f"The fold after {size:,} events of history against 10,000",
        f"history:{HISTORY}{size}",
        "events per second of CPU time, reading a record included; 1 is flat",
        against=f"history:{HISTORY}{_SMALLEST}",
        at_least=0.9,
        at_most=1.1,
    )
    for size in (100_000, 1_000_000, 10_000_000)
]
