"""The checker as it runs: one process, transactions, changelog."""

from ..checkers import run
from ..contender import Contender, Row

CONTENDER = Contender("checker", "checker", lambda bench: run(bench, 1))

ROWS = [
    Row(
        "The checker, one process",
        "checker",
        "`python -m services.checker.main` on a filled `ai.dossiers`: folds, judges, and publishes "
        "findings, metrics and its state in transactions; from the moment at which the load can be "
        "read until all of it is committed, start and the registry's facts not counted",
    ),
    Row(
        "The checker against the same rules on Quix Streams",
        "checker",
        "the peer keeps a dossier's events and what was said in RocksDB with a changelog topic, "
        "and does less: no judging again when facts change or time passes",
        against="quix",
        at_least=1.2,
    ),
    Row(
        "The checker against the same rules on Bytewax",
        "checker",
        "the peer keeps dossiers in memory and recovers from SQLite; it too does less",
        against="bytewax",
        at_least=1.2,
    ),
]
