"""Settings of the gateway, prefix BLOTTER_."""

from typing import Annotated

from pydantic import Field, SecretStr

from services.runtime.settings import EntrySettings, Port, Seconds


class GatewaySettings(EntrySettings):
    """Where the gateway listens, and how much it takes.

    gateway_max_body_bytes: of one request, unpacked. gateway_max_inflight_bytes: of all requests
    that are being read or wait for Kafka; beyond it, senders are told to come back.
    gateway_events_per_second: of one key, on average. gateway_burst_events: of one key at once.
    gateway_kafka_seconds: how long a request waits for Kafka to have its events.
    gateway_read_seconds: how long a sender may take to send a request. gateway_retry_seconds: what
    a sender is told to wait when Kafka is away or too much is in flight. gateway_refresh_seconds:
    how soon a new or revoked key counts. gateway_max_age_seconds: a list of keys that could not be
    refreshed for so long opens nothing. gateway_certification_records,
    gateway_certification_bytes: how much of what a sandbox sent last is looked at. digest_key:
    the department's secret for digests of protected data; if it is set, content is scanned and
    dropped here, and reaches no topic.
    """

    gateway_port: Port = 8391
    gateway_max_body_bytes: Annotated[int, Field(ge=1024)] = 1024 * 1024
    gateway_max_inflight_bytes: Annotated[int, Field(ge=1024)] = 64 * 1024 * 1024
    gateway_events_per_second: Annotated[float, Field(gt=0)] = 1000
    gateway_burst_events: Annotated[int, Field(ge=1)] = 5000
    gateway_kafka_seconds: Seconds = 5
    gateway_read_seconds: Seconds = 30
    gateway_retry_seconds: Annotated[int, Field(ge=1)] = 2
    gateway_refresh_seconds: Seconds = 0.5
    gateway_max_age_seconds: Seconds = 60
    gateway_certification_records: Annotated[int, Field(ge=1)] = 500
    gateway_certification_bytes: Annotated[int, Field(ge=1024)] = 2 * 1024 * 1024
    digest_key: Annotated[SecretStr, Field(min_length=8)] | None = None
