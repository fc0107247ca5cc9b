"""The services of Blotter as background processes of this Python."""

import json
import os
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass

from deploy.native.processes import LOOPBACK, Process, require_free, run
from deploy.native.settings import ROOT, Settings


@dataclass(frozen=True)
class Service:
    """One process to run: a service's module, its name here, and the port it listens on."""

    name: str
    module: str
    port: int
    port_setting: str

    def process(self, settings: Settings) -> Process:
        """Return the handle of its background process."""
        return settings.process(self.name)


def services(settings: Settings) -> Iterator[Service]:
    """Yield every process to run, in the order of the flow; checkers are 100 ports apart."""
    yield _service("gateway", settings.gateway_port)
    yield _service("intake", settings.intake_port)
    for number in range(settings.checkers):
        name = "checker" if number == 0 else f"checker-{number + 1}"
        port = settings.checker_port + 100 * number
        yield Service(name, "services.checker.main", port, "BLOTTER_CHECKER_PORT")
    yield _service("indexer", settings.indexer_port)
    yield _service("recheck", settings.recheck_port)
    yield _service("alerter", settings.alerter_port)
    yield _service("console", settings.console_port)


def _service(name: str, port: int) -> Service:
    return Service(name, f"services.{name}.main", port, f"BLOTTER_{name.upper()}_PORT")


def setup(settings: Settings) -> None:
    """Make topics and indices and load the policy (`blotter setup`); fine to repeat."""
    command = [sys.executable, "-m", "services.cli.main", "setup"]
    run(command, failure="blotter setup failed", folder=ROOT, environment=environment(settings))


def spawn(settings: Settings, service: Service) -> None:
    """Start one service in the background unless it runs already."""
    process = service.process(settings)
    if process.pid is None:
        require_free(service.port, service.port_setting)
        variables = {**environment(settings), service.port_setting: str(service.port)}
        command = [sys.executable, "-m", "deploy.native.keep", service.module]
        process.start(command, variables, ROOT)


def wait(settings: Settings, service: Service, seconds: float = 60.0) -> None:
    """Wait until its /health answers 200."""
    service.process(settings).wait_until(lambda: is_healthy(service.port), seconds)


def is_healthy(port: int) -> bool:
    """Say whether /health on this loopback port answers 200."""
    try:
        with urllib.request.urlopen(f"http://{LOOPBACK}:{port}/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def environment(settings: Settings) -> dict[str, str]:
    """Return this process's environment with the stack's own addresses and digest key."""
    own = {"BLOTTER_DIGEST_KEY": settings.digest_key(), "PYTHONUNBUFFERED": "1"}
    asked = {
        each.name: f"http://{LOOPBACK}:{each.port}/health"
        for each in services(settings)
        if each.name != "console"
    }
    watched = {"BLOTTER_CONSOLE_SERVICES": json.dumps(asked)}
    return {**watched, **os.environ, **settings.addresses, **own}
