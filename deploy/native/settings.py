"""Where the native stack keeps its state, and the ports it listens on."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.native.processes import LOOPBACK, Process, StackError

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Settings:
    """Settings of the native stack, read from BLOTTER_* variables (see `from_environment`)."""

    home: Path
    kafka_port: int = 9092
    elasticsearch_port: int = 9200
    elasticsearch_heap: str = "1g"
    intake_port: int = 9101
    checker_port: int = 9102
    indexer_port: int = 9103
    recheck_port: int = 9104
    alerter_port: int = 9106
    console_port: int = 8390
    gateway_port: int = 8391
    checkers: int = 1

    @property
    def parts(self) -> Path:
        """Folder of the downloaded servers, shared by every instance of them."""
        return self.home / "parts"

    @property
    def run(self) -> Path:
        """Folder of the pid files."""
        return self.home / "run"

    @property
    def logs(self) -> Path:
        """Folder of the logs, one file per process."""
        return self.home / "logs"

    def process(self, name: str) -> Process:
        """Return the handle of one of the stack's background processes."""
        return Process(name, self.run / f"{name}.pid", self.logs / f"{name}.log")

    def digest_key(self, environment: Mapping[str, str] = os.environ) -> str:
        """Return BLOTTER_DIGEST_KEY, else a secret made at the first start and kept in `home`."""
        return environment.get("BLOTTER_DIGEST_KEY") or self._secret("digest-key")

    def grafana_password(self, environment: Mapping[str, str] = os.environ) -> str:
        """Return GRAFANA_PASSWORD, else a secret made at the first start and kept in `home`."""
        return environment.get("GRAFANA_PASSWORD") or self._secret("grafana-password")

    def _secret(self, name: str) -> str:
        path = self.home / name
        if not path.exists():
            self.home.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(secrets.token_hex(32))
        return path.read_text()

    @property
    def addresses(self) -> dict[str, str]:
        """Environment that makes the services and the command line speak to this stack."""
        return {
            "BLOTTER_HOME": str(self.home),
            "BLOTTER_KAFKA": f"{LOOPBACK}:{self.kafka_port}",
            "BLOTTER_ELASTICSEARCH": f"http://{LOOPBACK}:{self.elasticsearch_port}",
        }


def from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read BLOTTER_HOME, BLOTTER_<NAME>_PORT, BLOTTER_ELASTICSEARCH_HEAP and BLOTTER_CHECKERS.

    Raises StackError when a number is not one.
    """

    def number(name: str, default: int) -> int:
        text = environment.get(name, "") or str(default)
        if not text.isdecimal():
            raise StackError(f"{name} must be a whole number, not {text!r}")
        return int(text)

    return Settings(
        home=Path(environment.get("BLOTTER_HOME") or ROOT / ".blotter").absolute(),
        kafka_port=number("BLOTTER_KAFKA_PORT", 9092),
        elasticsearch_port=number("BLOTTER_ELASTICSEARCH_PORT", 9200),
        elasticsearch_heap=environment.get("BLOTTER_ELASTICSEARCH_HEAP") or "1g",
        intake_port=number("BLOTTER_INTAKE_PORT", 9101),
        checker_port=number("BLOTTER_CHECKER_PORT", 9102),
        indexer_port=number("BLOTTER_INDEXER_PORT", 9103),
        recheck_port=number("BLOTTER_RECHECK_PORT", 9104),
        alerter_port=number("BLOTTER_ALERTER_PORT", 9106),
        console_port=number("BLOTTER_CONSOLE_PORT", 8390),
        gateway_port=number("BLOTTER_GATEWAY_PORT", 8391),
        checkers=number("BLOTTER_CHECKERS", 1),
    )
