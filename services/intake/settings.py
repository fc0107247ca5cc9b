"""Settings of intake."""

from typing import Annotated

from pydantic import Field, SecretStr

from services.runtime.settings import EntrySettings, Port, Seconds


class IntakeSettings(EntrySettings):
    """How much is done at once, and how patiently.

    intake_records_per_transaction: records read at once. intake_pace_seconds: they are read no more
    often than that, unless so many wait; after a pause the first are read at once.
    intake_tick_seconds: how often an idle input says that it is. intake_duplicates_remembered:
    events per input whose repetition is dropped here; later repetitions are recognised further on.
    intake_new_sources_seconds: how soon a new source's topic is noticed. intake_max_age_seconds:
    without progress for longer than this, the process is not healthy. digest_key: the department's
    secret for digests of protected data; it has no default.
    """

    intake_port: Port = 9101
    intake_group: str = "blotter-intake"
    intake_records_per_transaction: Annotated[int, Field(ge=1)] = 500
    intake_pace_seconds: Annotated[float, Field(ge=0)] = 0.1
    intake_tick_seconds: Seconds = 1
    intake_duplicates_remembered: Annotated[int, Field(ge=0)] = 100_000
    intake_new_sources_seconds: Seconds = 5
    intake_transaction_timeout_seconds: Seconds = 60
    intake_session_timeout_seconds: Seconds = 30
    intake_max_age_seconds: Seconds = 60
    digest_key: Annotated[SecretStr, Field(min_length=8)]
