"""Settings that mean the same in every process; read from the environment, prefix BLOTTER_."""

import sys
from datetime import timedelta
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from . import presidio


def _bootstrap(value: str) -> str:
    for address in value.split(","):
        host, _, port = address.rpartition(":")
        if not host or not port.isdigit():
            raise ValueError("must be host:port, or several separated by commas")
    return value


EXIT_USAGE = 2

Port = Annotated[int, Field(ge=1, le=65535)]
Seconds = Annotated[float, Field(gt=0)]


class Settings(BaseSettings):
    """Where the parts are.

    kafka: bootstrap address. elasticsearch: its URL. elasticsearch_seconds: how long commands and
    the alerter wait for its answer; for as long, commands ask an index again that cannot be
    searched yet, for a month's index makes itself with its first event. partitions: of the log and
    of all that follows from it; fixed when the topics are made. index_prefix: of the indices'
    names. host: where the process listens, for /health, /metrics and the console's pages.
    """

    model_config = SettingsConfigDict(env_prefix="BLOTTER_", hide_input_in_errors=True)

    kafka: Annotated[str, AfterValidator(_bootstrap)] = "127.0.0.1:9092"
    elasticsearch: Annotated[str, Field(pattern=r"^https?://")] = "http://127.0.0.1:9200"
    elasticsearch_seconds: Seconds = 30.0
    partitions: Annotated[int, Field(ge=1, le=256)] = 4
    index_prefix: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")] = "blotter"
    host: str = "127.0.0.1"
    log_level: Annotated[str, Field(pattern=r"^(DEBUG|INFO|WARNING|ERROR)$")] = "INFO"


class EntrySettings(Settings):
    """What every process that takes events in from outside asks of them alike.

    intake_max_event_bytes: of one event. intake_max_batch_events: of a CloudEvents batch.
    intake_max_ahead_seconds: how far an event's time may lie after its receipt. scanner_presidio:
    recognisers of Presidio to add to the scanner's own (docs/scanner.md), by class or entity,
    separated by commas; needs the extra `presidio`.
    """

    intake_max_event_bytes: Annotated[int, Field(ge=1024)] = 256 * 1024
    intake_max_batch_events: Annotated[int, Field(ge=1)] = 500
    intake_max_ahead_seconds: Seconds = 300
    scanner_presidio: Annotated[str, AfterValidator(presidio.checked)] = ""


class ReviewSettings(Settings):
    """By when a finding is to be acknowledged, in hours since it was found; then it is overdue, and
    goes up the chain of command.

    review_hours_high, review_hours_medium, review_hours_low: by its severity.
    """

    review_hours_high: Annotated[float, Field(gt=0)] = 24
    review_hours_medium: Annotated[float, Field(gt=0)] = 72
    review_hours_low: Annotated[float, Field(gt=0)] = 168

    @property
    def review_times(self) -> dict[str, timedelta]:
        """How long there is, by severity."""
        return {
            "high": timedelta(hours=self.review_hours_high),
            "medium": timedelta(hours=self.review_hours_medium),
            "low": timedelta(hours=self.review_hours_low),
        }


class BatchSettings(Settings):
    """Where a whole log is judged at once.

    processes: how many judge it; 0: one for each core. home: state of this machine; events are laid
    aside there meanwhile, about as many bytes as the log has.
    """

    processes: Annotated[int, Field(ge=0, le=64)] = 0
    home: Annotated[Path, Field(validate_default=True)] = Path(".blotter")

    @property
    def scratch(self) -> Path:
        """Where events are laid aside."""
        return self.home / "scratch"


AnySettings = TypeVar("AnySettings", bound=Settings)


class WrongSetting(Exception):
    """The environment holds a wrong setting; the text names it and says why."""


def read(kind: type[AnySettings]) -> AnySettings:
    """Read and check the environment; raises WrongSetting."""
    try:
        return kind()
    except ValidationError as error:
        lines = [
            f"BLOTTER_{'_'.join(str(part) for part in item['loc']).upper()}: {item['msg']}"
            for item in error.errors(include_url=False)
        ]
        text = "wrong setting in the environment:\n  " + "\n  ".join(lines)
        raise WrongSetting(text) from None


def load(kind: type[AnySettings]) -> AnySettings:
    """As `read`; a wrong setting ends the process with its name and why."""
    try:
        return read(kind)
    except WrongSetting as error:
        print(error, file=sys.stderr)
        raise SystemExit(EXIT_USAGE) from None
