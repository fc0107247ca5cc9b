"""Settings of the checker."""

from typing import Annotated

from pydantic import Field

from services.runtime.settings import Port, Seconds, Settings


class CheckerSettings(Settings):
    """Limits of the checker.

    checker_group: the consumer group, and the prefix of its transactional ids.
    checker_records_per_transaction: how many records of all partitions one lot holds at most.
    checker_pace_seconds: lots are begun no more often than that, unless a whole one waits; after a
    pause the first is begun at once.
    checker_transaction_seconds: after how long a transaction takes no more records.
    checker_judged_per_record: how many dossiers one record may cause to be judged again beyond its
    own; the same for every checker. checker_uses_wait_seconds: how long a use may wait to be judged
    as one of many of its employee (its own findings never wait); the same for every checker.
    checker_session_timeout_seconds: after a silence of this length
    others take over. checker_max_age_seconds: without progress for longer than this, the process is
    not healthy. checker_stalled_seconds: if records wait for so long and none is delivered, the
    process ends, to be started anew.
    """

    checker_port: Port = 9102
    checker_group: str = "blotter-checker"
    checker_records_per_transaction: Annotated[int, Field(ge=1)] = 200
    checker_judged_per_record: Annotated[int, Field(ge=1)] = 1000
    checker_uses_wait_seconds: Annotated[float, Field(ge=0)] = 2
    checker_pace_seconds: Annotated[float, Field(ge=0)] = 0.1
    checker_transaction_seconds: Seconds = 2
    checker_transaction_timeout_seconds: Seconds = 60
    checker_session_timeout_seconds: Seconds = 30
    checker_max_age_seconds: Seconds = 60
    checker_stalled_seconds: Seconds = 120
