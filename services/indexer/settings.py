"""Settings of the indexer, prefix BLOTTER_INDEXER_."""

from typing import Annotated

from pydantic import Field

from services.runtime.settings import Port, Seconds, Settings

Megabytes = Annotated[float, Field(gt=0, le=90)]


class IndexerSettings(Settings):
    """Every limit of the indexer.

    group: the consumer group; another name indexes everything once more, without doubles.
    batch_records: records taken at once. fetch_mb: what one partition may hand over at once.
    pace_seconds: records are taken no more often than that, unless so many wait; after a pause the
    first are taken at once. poll_ms: how long to wait for records. batches: how many may wait for
    Elasticsearch.
    request_documents, request_mb: size of a bulk request. requests: bulk requests in flight.
    backoff_seconds, backoff_max_seconds: first and longest pause before something is repeated.
    session_timeout_seconds: after a silence of this length others take over.
    stop_seconds: how long a stop waits for a batch to finish; then it is left for the next start.
    max_age_seconds: without progress for longer than this, the process is not healthy.
    """

    indexer_port: Port = 9103
    indexer_group: Annotated[str, Field(min_length=1)] = "blotter-indexer"
    indexer_batch_records: Annotated[int, Field(ge=1)] = 5000
    indexer_fetch_mb: Megabytes = 2.0
    indexer_pace_seconds: Annotated[float, Field(ge=0)] = 0.1
    indexer_poll_ms: Annotated[int, Field(ge=1, le=10_000)] = 250
    indexer_batches: Annotated[int, Field(ge=1, le=16)] = 3
    indexer_request_documents: Annotated[int, Field(ge=1)] = 1000
    indexer_request_mb: Megabytes = 5.0
    indexer_requests: Annotated[int, Field(ge=1, le=64)] = 4
    indexer_request_timeout_seconds: Seconds = 60.0
    indexer_backoff_seconds: Seconds = 0.2
    indexer_backoff_max_seconds: Seconds = 10.0
    indexer_session_timeout_seconds: Seconds = 10.0
    indexer_stop_seconds: Seconds = 20.0
    indexer_max_age_seconds: Seconds = 60.0
