"""What takes part in the benchmark, what it is given, and what it hands back.

A file of `contenders/` declares `CONTENDER`, and may declare `ROWS`: the figures by which it is
told. The folder is the list. Contenders of one group are held against each other round by round.
What is measured runs in a process of its own (`tests.bench.child`).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from .load import Load
from .servers import Servers
from .sizes import Sizes


@dataclass
class Measure:
    """What one run did. `events` in `seconds`; `peak_mib`: memory of the process measured, at its
    most (of several, the sum). `details`: further figures by name."""

    events: int
    seconds: float
    peak_mib: float
    details: dict[str, float] = field(default_factory=dict)

    def has(self, name: str) -> bool:
        """Whether `figure` knows the name."""
        return name in ("", "peak_mib", *self.details)

    def figure(self, name: str = "") -> float:
        """A detail, `peak_mib`, or without a name the events per second."""
        if name in self.details:
            return self.details[name]
        return {"": self.events / self.seconds, "peak_mib": self.peak_mib}[name]


@dataclass(frozen=True)
class Bench:
    """What a run gets. `folder`: its own, empty, removed afterwards. `round`: from 1.

    `kafka` and `elasticsearch` start on first use and serve the whole run of the benchmark.
    """

    folder: Path
    load: Load
    round: int
    sizes: Sizes
    servers: Servers

    @property
    def kafka(self) -> str:
        """Bootstrap address (host:port)."""
        return self.servers.kafka

    @property
    def elasticsearch(self) -> str:
        """URL."""
        return self.servers.elasticsearch


@dataclass(frozen=True)
class Contender:
    """`run` raises whatever shows that the work was not done, or done wrong: then the whole run has
    failed, for a fast wrong answer is no result."""

    name: str
    group: str
    run: Callable[[Bench], Measure]


@dataclass(frozen=True)
class Row:
    """A line of the report. `figure` and `against`: `<contender>` (its events per second) or
    `<contender>:<detail>`; with `against` the line tells their ratio, round by round.

    `unit`: of what is told without `against`. `at_least`, `at_most`: the target for the median.
    """

    title: str
    figure: str
    meaning: str
    against: str | None = None
    unit: str = "events/s"
    at_least: float | None = None
    at_most: float | None = None
