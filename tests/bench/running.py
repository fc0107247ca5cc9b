"""Runs contenders, round by round, and gathers what they did."""

import importlib
import os
import pkgutil
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

from . import contenders, load
from .contender import Bench, Contender, Measure, Row
from .servers import Servers
from .sizes import Sizes

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Result:
    """One run of one contender. `busy`: the machine's load average when it began."""

    contender: str
    group: str
    round: int
    busy: float
    measure: Measure


def modules() -> list[ModuleType]:
    """The files of `contenders/`, by name."""
    names = sorted(info.name for info in pkgutil.iter_modules(contenders.__path__))
    return [importlib.import_module(f"{contenders.__name__}.{name}") for name in names]


def all_contenders() -> list[Contender]:
    """Every contender there is."""
    return [module.CONTENDER for module in modules() if hasattr(module, "CONTENDER")]


def all_rows() -> list[Row]:
    """Every line of the report."""
    return [row for module in modules() for row in getattr(module, "ROWS", [])]


def chosen(names: Sequence[str]) -> list[Contender]:
    """The contenders of these names and groups; without any, all. Raises ValueError."""
    known = all_contenders()
    unknown = set(names) - {c.name for c in known} - {c.group for c in known}
    if unknown:
        told = ", ".join(sorted({c.name for c in known} | {c.group for c in known}))
        raise ValueError(f"no contender or group is called {', '.join(sorted(unknown))}: {told}")
    return [c for c in known if not names or c.name in names or c.group in names]


def in_order(contenders: Iterable[Contender], number: int) -> list[Contender]:
    """Group by group; within one, forward in odd rounds and backward in even ones, so that none
    always runs first."""
    groups: dict[str, list[Contender]] = {}
    for contender in contenders:
        groups.setdefault(contender.group, []).append(contender)
    step = 1 if number % 2 else -1
    return [contender for group in groups.values() for contender in group[::step]]


def run(contenders: Sequence[Contender], sizes: Sizes, folder: Path) -> Iterator[Result]:
    """Run them all; a contender that raises ends the run. `folder` is emptied and removed."""
    shutil.rmtree(folder, ignore_errors=True)
    servers = Servers(folder / "servers")
    try:
        for number in range(1, sizes.rounds + 1):
            # New in every round: live contenders take its events for the last hours'.
            made = load.write(folder / "load", sizes, datetime.now(UTC))
            for contender in in_order(contenders, number):
                scratch = folder / contender.name
                scratch.mkdir(parents=True)
                busy = os.getloadavg()[0]
                bench = Bench(scratch, made, number, sizes, servers)
                measure = contender.run(bench)
                yield Result(contender.name, contender.group, number, busy, measure)
                shutil.rmtree(scratch)
    finally:
        servers.stop()
        shutil.rmtree(folder, ignore_errors=True)
