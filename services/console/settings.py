"""Settings of the console, prefix BLOTTER_."""

import ipaddress
from functools import cached_property
from typing import Annotated, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field, IPvAnyNetwork, model_validator

from services.runtime.settings import Port, ReviewSettings, Seconds

from .counting import CountingSettings


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


class ConsoleSettings(CountingSettings, ReviewSettings):
    """Where the console listens, how it shows things, and for how long somebody is signed in.

    time_zone: the department's; every time is shown in it, with UTC beside it.
    console_container: set to 1 inside a container only, whose port is then published on the
    loopback interface of its host, as docker-compose.yml does.
    console_hosts: names under which the pages may be asked for, besides the loopback ones.
    console_timeout_seconds: how long a page waits for Elasticsearch.
    console_record_seconds: how long it waits for Kafka to have what is recorded; without it nothing
    is shown. console_idle_seconds, console_session_seconds: a session ends after so long without a
    request, and after so long however busy. console_sign_in_tries_account,
    console_sign_in_tries_address: as many failures within console_sign_in_window_seconds, and
    nobody may try that name, or from that address, until the first of them is that old.
    console_sign_in_told_seconds: of the tries that are refused meanwhile, one in so long is
    recorded for each name and address.
    console_trusted_proxies: addresses or networks of proxies whose X-Forwarded-For tells from which
    address somebody tries; everybody else's is not believed.
    console_accounts_max_age_seconds: accounts that could not be refreshed for so long open nothing.
    console_roster_seconds: how old the roster may be by which supervisors see their people.
    console_timeline_events: of one finding, at most. console_bulk_findings: on how many findings
    somebody may act at once. console_approvals, console_approvals_read: how many requests for an
    approval a page shows, and how many are looked through for all pages, the newest first.
    console_filters_seconds: how old the saved filters may be that a page shows.
    console_dashboard_seconds: how old a dashboard's numbers may be. console_registry_seconds: how
    old what they know of employees, trainings and systems may be. console_due_days: how soon a duty
    is due soon. console_export_batch: rows that an export reads at once. console_services: by name,
    where each process says how it is. console_services_seconds: how long it may take to.
    console_import_bytes: how large a table may be that is imported into the registry.
    console_import_seconds: for how long its dry run is kept.
    review_hours_high, review_hours_medium, review_hours_low: by when a finding is to be
    acknowledged, by its severity.
    """

    console_port: Port = 8390
    console_container: bool = False
    console_hosts: list[str] = []
    console_timeout_seconds: Seconds = 10.0
    console_record_seconds: Seconds = 5.0
    console_idle_seconds: Seconds = 30 * 60
    console_session_seconds: Seconds = 12 * 3600
    console_sign_in_tries_account: Annotated[int, Field(ge=1)] = 5
    console_sign_in_tries_address: Annotated[int, Field(ge=1)] = 50
    console_sign_in_window_seconds: Seconds = 600
    console_sign_in_told_seconds: Seconds = 60
    console_trusted_proxies: list[IPvAnyNetwork] = []
    console_accounts_max_age_seconds: Seconds = 30
    console_roster_seconds: Annotated[float, Field(ge=0)] = 15
    time_zone: Annotated[str, AfterValidator(_known_zone)] = "America/Los_Angeles"
    # Bounds of what one page shows.
    console_timeline_events: Annotated[int, Field(ge=1, le=5000)] = 500
    console_bulk_findings: Annotated[int, Field(ge=1, le=10_000)] = 2000
    console_approvals: Annotated[int, Field(ge=1, le=500)] = 50
    console_approvals_read: Annotated[int, Field(ge=1, le=10_000)] = 2000
    console_filters_seconds: Seconds = 30
    console_import_bytes: Annotated[int, Field(ge=1024, le=64 * 1024 * 1024)] = 1024 * 1024
    console_import_seconds: Seconds = 30 * 60

    @model_validator(mode="after")
    def _only_this_machine(self) -> Self:
        if not self.console_container and not is_loopback(self.host):
            raise ValueError(
                f"BLOTTER_HOST={self.host}: the console has no TLS of its own, so it listens on"
                " this machine only (127.0.0.1, ::1 or localhost), behind a proxy that has"
            )
        return self

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)
