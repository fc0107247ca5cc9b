"""`python -m blotter_emitter.certify.stage MODULE:FUNCTION RESULT`: runs a demonstration.

In a process of its own, so that the environment is set before the product is imported, and a
product that hangs keeps nobody waiting. What was seen goes to the file RESULT, as JSON.
"""

import asyncio
import importlib
import inspect
import json
import logging
import os
import sys
import time
import traceback
from pathlib import Path
from typing import Any, Callable, List, Tuple

from .. import reporting, shutdown
from ..emitter import Emitter


def main(target: str, result: str) -> None:
    """Run it and write down what was seen."""
    lost = _Losses()
    logging.getLogger("blotter_emitter").addHandler(lost)
    reporting.LOG_EVERY_SECONDS = 0.0
    is_away = os.environ.get("BLOTTER_CERTIFY") == "away"
    seconds, raised = _timed(*_prepared(target))
    if not is_away:
        for emitter in list(shutdown._living):
            emitter.at_exit()
    seen = {"seconds": seconds, "raised": raised, "lost": [] if is_away else lost.told}
    Path(result).write_text(json.dumps(seen), encoding="utf-8")
    sys.stdout.flush()
    sys.stderr.flush()
    # What is left to send has nowhere to go, and the product's threads are not waited for.
    os._exit(0)


def _prepared(target: str) -> Tuple[Callable[..., Any], List[Emitter]]:
    """The callable and what it takes: an emitter, or nothing."""
    module, _, name = target.partition(":")
    sys.path.insert(0, str(Path.cwd()))
    function: Any = importlib.import_module(module)
    for part in name.split("."):
        function = getattr(function, part)
    if not callable(function):
        raise TypeError(f"{target} cannot be called")
    return function, [Emitter.from_environment()] if _takes_an_emitter(function) else []


def _takes_an_emitter(function: Callable[..., Any]) -> bool:
    parameters = inspect.signature(function).parameters.values()
    return any(p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in parameters)


def _timed(function: Callable[..., Any], arguments: List[Emitter]) -> Tuple[float, str]:
    """How long it took (s), and what it raised: the kind and the line, never the message, which
    may hold what it was about."""
    began = time.perf_counter()
    raised = ""
    try:
        returned = function(*arguments)
        if inspect.iscoroutine(returned):
            asyncio.run(returned)
    except (Exception, SystemExit) as error:
        traceback.print_exc()
        last = traceback.extract_tb(error.__traceback__)[-1]
        raised = f"{type(error).__name__} in {Path(last.filename).name}, line {last.lineno}"
    return time.perf_counter() - began, raised


class _Losses(logging.Handler):
    """Keeps what the emitter says of events that it lost."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.told: List[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if " lost: " in message:
            self.told.append(message)


if __name__ == "__main__":
    main(*sys.argv[1:3])
