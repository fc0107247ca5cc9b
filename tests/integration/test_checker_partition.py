"""A partition has one writer: whoever opens it last."""

import asyncio
import json
from collections.abc import Iterator

import pytest

from schemas.policy import Policy
from schemas.records import DossierEntry, DossierRecord
from services.checker.changelog import read_state
from services.checker.partition import Delivery, Partition
from services.checker.settings import CheckerSettings
from services.order import scenario as s
from services.order.pool import Pool
from services.order.rulebook import rulebook
from services.runtime import topics
from services.runtime.kafka import admin, create_topics
from services.runtime.producer import Fenced, TransactionFailed
from tests.pipeline import Pipeline, eventually

NUMBER = 0
# One finding for each use is enough to count.
RULES = [rule for rule in rulebook() if rule.id == "prohibited_use"]


def delivery(offset: int, use_id: str) -> Delivery:
    entry = DossierEntry(dossier=f"use/{use_id}", event=s.use(use_id=use_id, purpose="personal"))
    record = DossierRecord(input="in/0", tick=s.after(offset), entries=[entry])
    return Delivery(offset, record.model_dump_json(exclude_none=True).encode(), s.NINE)


@pytest.fixture(scope="module")
def pipeline(
    own_kafka: str, elasticsearch: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pipeline]:
    made = Pipeline(own_kafka, elasticsearch, tmp_path_factory.mktemp("partition"))
    made.create(topics.fixed_topics(4))
    yield made
    made.stop()


async def state_when_applied(pipeline: Pipeline, number: int, offset: int) -> dict[str, bytes]:
    """The state once it holds a record. A commit returns before every partition has its marker;
    opening a partition waits for that, looking at it from aside does not."""
    for _ in range(50):
        state = await read_state(pipeline.kafka, number)
        if state and json.loads(state["meta"])["applied"] >= offset:
            return state
        await asyncio.sleep(0.1)
    raise AssertionError(f"offset {offset} was not applied")


def published(pipeline: Pipeline) -> list[str]:
    return [record.value.decode() for record in pipeline.records(topics.FINDING_HISTORY)]


def test_a_checker_that_was_superseded_writes_nothing_more(pipeline: Pipeline) -> None:
    async def story() -> None:
        settings = CheckerSettings(kafka=pipeline.kafka)

        async def open_partition() -> Partition:
            return await Partition.open(NUMBER, settings, RULES, Policy(), Pool())

        old = await open_partition()
        await old.apply([delivery(0, "U-1")])
        new = await open_partition()
        await new.apply([delivery(0, "U-1"), delivery(2, "U-2")])
        state = await state_when_applied(pipeline, NUMBER, 2)
        with pytest.raises(Fenced):
            await old.apply([delivery(2, "U-2"), delivery(4, "U-3")])
        assert await read_state(pipeline.kafka, NUMBER) == state
        await new.apply([delivery(4, "U-3")])
        await new.close()
        await old.close()

    asyncio.run(story())
    eventually("each finding is published once", lambda: len(published(pipeline)) == 3)


def test_a_write_that_is_refused_undoes_the_whole_transaction(pipeline: Pipeline) -> None:
    """A commit alone would not notice: the state would lack what the offset says was done."""

    def allow(size: int) -> None:
        config = {"cleanup.policy": "compact", "max.message.bytes": str(size)}
        with admin(pipeline.kafka) as client:
            create_topics(client, [topics.Topic(topics.FINDINGS, 4, config)])

    async def story() -> None:
        settings = CheckerSettings(kafka=pipeline.kafka)
        partition = await Partition.open(2, settings, RULES, Policy(), Pool())
        with pytest.raises(TransactionFailed):
            await partition.apply([delivery(0, "U-20")])
        await partition.close()
        assert await read_state(pipeline.kafka, 2) == {}

    allow(200)
    try:
        asyncio.run(story())
    finally:
        allow(1_000_000)


def test_a_large_dossier_is_no_problem(pipeline: Pipeline) -> None:
    """Its events together are larger than any record may be."""
    filler = {"filler": "x" * 200_000}
    outputs = [s.output_used(s.after(1), output_id=f"O-{n}", extensions=filler) for n in range(12)]
    large = [DossierEntry(dossier="use/U-30", event=output) for output in outputs]

    async def story() -> None:
        settings = CheckerSettings(kafka=pipeline.kafka)
        partition = await Partition.open(3, settings, RULES, Policy(), Pool())
        for offset, entry in enumerate(large):
            record = DossierRecord(input="in/0", tick=s.after(offset), entries=[entry])
            value = record.model_dump_json(exclude_none=True).encode()
            await partition.apply([Delivery(offset, value, s.NINE)])
        await partition.close()
        state = await state_when_applied(pipeline, 3, len(large) - 1)
        assert sum(key.startswith("event\n") for key in state) == len(large)

    asyncio.run(story())


def test_a_record_that_cannot_be_read_is_shown_and_stops_nothing(pipeline: Pipeline) -> None:
    async def story() -> None:
        settings = CheckerSettings(kafka=pipeline.kafka)
        partition = await Partition.open(1, settings, RULES, Policy(), Pool())
        await partition.apply([Delivery(0, b"nonsense", s.NINE), delivery(2, "U-9")])
        await partition.close()

    asyncio.run(story())
    eventually(
        "the record behind it is judged",
        lambda: any("use/U-9" in finding for finding in published(pipeline)),
    )
    (rejected,) = pipeline.records(topics.REJECTED)
    assert b"the checker cannot read this record" in rejected.value
