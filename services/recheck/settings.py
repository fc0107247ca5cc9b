"""Settings of the nightly recheck."""

from datetime import time
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from services.runtime.settings import BatchSettings, Port, Seconds


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError("must be a time zone of the IANA database") from None
    return value


class RecheckSettings(BatchSettings):
    """When the whole log is judged again.

    recheck_at: time of the day, HH:MM, in recheck_zone. recheck_patience_seconds: how long the
    checker has to judge what the log holds. recheck_retry_seconds: after a recheck that could not
    be done. recheck_listed: how many differences are named in the process's log. processes: how
    many judge; 0: one for each core. home: folder in which events are laid aside meanwhile, about
    as many bytes as the log has.
    """

    recheck_port: Port = 9104
    recheck_at: time = time(3, 30)
    recheck_zone: Annotated[str, AfterValidator(_zone)] = "America/Los_Angeles"
    recheck_patience_seconds: Seconds = 600
    recheck_retry_seconds: Seconds = 900
    recheck_listed: Annotated[int, Field(ge=0)] = 100
