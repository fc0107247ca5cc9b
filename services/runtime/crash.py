"""Ending a process that cannot go on, before anything more is acknowledged."""

import logging
import os
from typing import NoReturn

EXIT_SOFTWARE = 70


def crash(log: logging.Logger, why: str) -> NoReturn:
    """Log the current exception and exit at once, without finally blocks or farewells.

    For processes in which all that was done is in committed transactions: what was not committed
    did not happen, and is read again. Whoever keeps the process starts it anew.
    """
    log.exception("%s; what was not committed is read again", why)
    logging.shutdown()
    os._exit(EXIT_SOFTWARE)
