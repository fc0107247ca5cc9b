"""The same rules on Quix Streams, without its transactions."""

from ..contender import Contender, Row
from . import quix

CONTENDER = Contender(
    "quix-at-least-once", "checker", lambda bench: quix.run(bench, "at-least-once")
)

ROWS = [
    Row(
        "The same rules on Quix Streams, at least once",
        "quix-at-least-once",
        "without transactions: after a crash it would say some things twice",
    ),
]
