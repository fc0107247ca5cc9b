"""Two checkers share the partitions."""

from ..checkers import run
from ..contender import Contender, Row

CONTENDER = Contender("checker-2", "checker", lambda bench: run(bench, 2))

ROWS = [
    Row(
        "Two checkers against one",
        "checker-2",
        "two processes on the same topic; both have partitions when the load can be read; the "
        "broker runs on the same cores",
        against="checker",
        at_least=1.7,
    ),
]
