"""How a source becomes one that may send: its topic is made, and intake is told."""

from datetime import datetime
from uuid import uuid4

from kafka import KafkaConsumer, TopicPartition

from schemas.events import EVENT, EVENT_MODELS
from schemas.registry import SourceChanged, SourceChangedData

from . import topics
from .kafka import admin, create_topics, partition_counts, read_to_end


class NotSetUp(Exception):
    """The topics of Blotter are missing: `blotter setup` makes them."""


def make_topic(bootstrap: str, source: str) -> None:
    """Make the topic on which a source sends; fine to repeat.

    Raises NotSetUp, or kafka.errors.KafkaError if Kafka does not answer.
    """
    with admin(bootstrap) as client:
        if topics.SOURCES not in partition_counts(client):
            raise NotSetUp(f"topic {topics.SOURCES} is missing: run `blotter setup` first")
        create_topics(client, [topics.intake(source)])


def event_of(data: SourceChangedData, time: datetime) -> SourceChanged:
    """The registration as an event of the department's own, in force from `time`."""
    return SourceChanged(
        specversion="1.0",
        id=f"source-{uuid4().hex}",
        source=topics.CONSOLE,
        subject=f"source{data.source}",
        time=time,
        data=data,
    )


def contradictions(data: SourceChangedData) -> dict[str, str]:
    """What the contract allows and yet cannot be meant: why, by field; empty where all is well."""
    wrong = {}
    if data.sandbox and (data.system_of_record or data.holds or data.cadence_seconds):
        wrong["sandbox"] = (
            "nobody relies on what it tells, so it is no system of record and has no cadence; leave"
            " these to its registration proper"
        )
    unknown = [name for name in data.allowed_types if name not in EVENT_MODELS]
    if unknown or not data.allowed_types:
        wrong["allowed_types"] = f"unknown: {', '.join(unknown) or 'none given'}"
    return wrong


def registered(consumer: KafkaConsumer, source: str) -> SourceChangedData | None:
    """The registration that intake has published last."""
    found = None
    for _, value in read_to_end(consumer, [TopicPartition(topics.SOURCES, 0)]):
        event = EVENT.validate_json(value) if value is not None else None
        if isinstance(event, SourceChanged) and event.data.source == source:
            found = event.data
    return found
