"""The numbers of a run: each is a setting, BLOTTER_BENCH_<NAME>, and its text is its documentation.

Whoever adds a contender adds its numbers here.
"""

from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

Many = Annotated[int, Field(ge=1)]


class Sizes(BaseSettings):
    """How much is measured."""

    model_config = SettingsConfigDict(env_prefix="BLOTTER_BENCH_", extra="ignore")

    rounds: Many = Field(3, description="how often each contender runs")
    seed: int = Field(1, description="of the events made up")
    events: Many = Field(
        120_000,
        description="events of the load, registry not counted; `latency` wants 1,000 for each of "
        "its seconds",
    )
    employees: Many = Field(1_000, description="people on the roster")
    hours: Annotated[float, Field(gt=0, le=20)] = Field(
        12, description="over how many hours, up to now, the load is spread"
    )
    live_rate: Many = Field(
        10_000, description="events a second as which the load reaches the checkers and their peers"
    )
    batch: Annotated[int, Field(ge=1, le=500)] = Field(
        500, description="events that intake is taken to pass on at once"
    )
    partitions: Many = Field(4, description="of the log and of all that follows from it")
    history: Many = Field(
        10_000_000, description="largest history for `history`; as it stands it wants 10 GiB"
    )
    history_events: Many = Field(30_000, description="events of the load judged after each history")
    judged_lots: Many = Field(
        5, description="lots (`batch` x `partitions` events) whose findings the indexer is given"
    )
    latency_seconds: Many = Field(20, description="how long each rate is kept up")
    warm_seconds: Many = Field(
        90, description="how long it was before: servers just started compile for that long"
    )
    equality_events: Many = Field(20_000, description="events sent for `equality`")
    emitted: Many = Field(50_000, description="events that `emitter` sends as fast as it can")
    recheck_events: Many = Field(
        1_000_000, description="events in the log for `recheck`; making them takes minutes"
    )
    console_findings: Many = Field(
        100_000, description="findings behind the console's pages, and twice as many dossiers"
    )
    console_requests: Many = Field(200, description="how often each page of the console is asked")
    patience: Annotated[float, Field(gt=0)] = Field(
        300, description="seconds after which a contender that does not finish has failed"
    )
