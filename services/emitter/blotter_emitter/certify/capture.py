"""Runs a product's demonstration, once with a file in Kafka's place and once with Kafka away."""

import json
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Dict, Mapping, NamedTuple, Optional

from .evidence import Run
from .reading import items_of


class CannotRun(Exception):
    """The callable cannot be called at all: that is a matter of usage."""


class Stage(NamedTuple):
    """Where demonstrations run. `settings`: of the emitter, BLOTTER_…; `timeout`: seconds."""

    settings: Mapping[str, str]
    timeout: float

    def perform(self, target: str) -> "tuple[Run, bytes]":
        """Run `MODULE:FUNCTION`; returns what was seen and the events, a JSON line each."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "events.jsonl"
            run = self._run(target, {"BLOTTER_EMITTER_FILE": str(file)}, Path(folder))
            events = file.read_bytes() if file.exists() else b""
        return run._replace(reported=_uses(events)), events

    def perform_away(self, target: str) -> Run:
        """The same while Kafka takes connections and never answers: the worst way to be away."""
        with tempfile.TemporaryDirectory() as folder, socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen(64)
            address = f"127.0.0.1:{silent.getsockname()[1]}"
            settings = {"BLOTTER_KAFKA": address, "BLOTTER_CERTIFY": "away"}
            return self._run(target, settings, Path(folder))

    def _run(self, target: str, settings: Mapping[str, str], folder: Path) -> Run:
        result = folder / "result.json"
        command = [sys.executable, "-m", f"{__package__}.stage", target, str(result)]
        # What a demonstration leaves in its spool must never be sent.
        state = {"XDG_STATE_HOME": str(folder / "state")}
        environment = {**_without_transport(), **state, **self.settings, **settings}
        try:
            # The product's own output is no part of the report: it goes to standard error.
            subprocess.run(command, env=environment, stdout=2, timeout=self.timeout, check=False)
        except subprocess.TimeoutExpired:
            return Run(None)
        if not result.exists():
            raise CannotRun(f"{target} could not be run; see above")
        seen = json.loads(result.read_text(encoding="utf-8"))
        return Run(seen["seconds"], seen["raised"], tuple(seen["lost"]))


def _without_transport() -> Dict[str, str]:
    """The environment, but nothing of where events go: a demonstration must not reach the log."""
    other = ("GATEWAY", "API_KEY", "EMITTER_FILE", "EMITTER_SPOOL")
    transports = ("BLOTTER_KAFKA", *(f"BLOTTER_{name}" for name in other))
    return {name: value for name, value in os.environ.items() if not name.startswith(transports)}


def _uses(events: bytes) -> int:
    uses: "list[Optional[object]]" = [
        item.raw.get("type")
        for item in items_of(events)
        if item.raw.get("type") == "ai.use.recorded.v1"
    ]
    return len(uses)
