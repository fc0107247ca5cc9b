"""Settings of the console, prefix BLOTTER_."""

import ipaddress
from functools import cached_property
from typing import Annotated, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field, model_validator

from services.runtime.settings import Port, Seconds, Settings


def _known_zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError("must be a time zone of the IANA database, e.g. America/Los_Angeles")
    return value


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class ConsoleSettings(Settings):
    """Where the console listens and how it shows things.

    time_zone: the department's; every time is shown in it, with UTC beside it.
    console_container: set to 1 inside a container only, whose port is then published on the
    loopback interface of its host, as docker-compose.yml does.
    console_hosts: names under which the pages may be asked for, besides the loopback ones.
    console_timeout_seconds: how long a page waits for Elasticsearch.
    """

    console_port: Port = 8390
    console_container: bool = False
    console_hosts: list[str] = []
    console_timeout_seconds: Seconds = 10.0
    time_zone: Annotated[str, AfterValidator(_known_zone)] = "America/Los_Angeles"
    # Bounds of what one page shows.
    console_timeline_events: Annotated[int, Field(ge=1, le=5000)] = 500

    @model_validator(mode="after")
    def _only_this_machine(self) -> Self:
        if not self.console_container and not is_loopback(self.host):
            raise ValueError(
                f"BLOTTER_HOST={self.host}: the console has no sign-in yet, so it listens on this"
                " machine only (127.0.0.1, ::1 or localhost)"
            )
        return self

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)
