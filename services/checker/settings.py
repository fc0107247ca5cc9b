"""Settings of the checker."""

from typing import Annotated

from pydantic import Field

from services.runtime.settings import Port, Seconds, Settings


class CheckerSettings(Settings):
    """`checker_records_per_transaction`: how many records of a partition one transaction holds at
    most. `checker_judged_per_record`: see `services.order.fold`; the same for every checker."""

    checker_port: Port = 9102
    checker_group: str = "blotter-checker"
    checker_records_per_transaction: Annotated[int, Field(ge=1)] = 200
    checker_judged_per_record: Annotated[int, Field(ge=1)] = 1000
    checker_transaction_timeout_seconds: Seconds = 60
    checker_session_timeout_seconds: Seconds = 30
    checker_max_age_seconds: Seconds = 60
