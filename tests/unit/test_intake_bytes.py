"""What intake writes around bytes that it has already is what serialising it whole would give."""

from datetime import UTC, datetime

import orjson
import pytest
from aiokafka.partitioner import murmur2
from hypothesis import given
from hypothesis import strategies as st

from schemas.ai import UseRecorded
from schemas.events import EVENT, Event, dump
from schemas.records import DOSSIER_RECORD
from services.intake.duplicates import Duplicates
from services.intake.input import stamped
from services.intake.outbox import Outbox, Write
from services.order import scenario as s
from services.order.marks import mark_of
from services.runtime import topics
from services.runtime.decode import Refusal, decode

TIMES = st.datetimes(datetime(1970, 1, 2), datetime(2199, 1, 1), timezones=st.just(UTC))
VENDOR = "/vendors/acme/x"


def written(*events: Event) -> list[Write]:
    outbox = Outbox(4, VENDOR)
    for event in events:
        outbox.accept(event)
    return list(outbox.writes("in/0", s.NINE, s.NINE, everywhere=False))


@given(received=TIMES, text=st.text(max_size=50))
def test_a_receipt_within_the_bytes(received: datetime, text: str) -> None:
    tricky = [text, f'{text},"data":{{', ',"data":{']
    for words in tricky:
        event = s.use(s.NINE, known_as="a,", purpose_text=words, extensions={words: words})
        event = event.model_copy(update={"receivedtime": None})
        whole, line = stamped(event, dump(event), received)
        assert line == dump(whole)
        assert EVENT.validate_json(line) == whole
        assert whole.receivedtime == received


def test_an_employee_is_told_a_mark() -> None:
    event = s.plate_search(s.NINE, case_number="26-1", target_digest="d" * 64)
    event = event.model_copy(update={"receivedtime": s.after(1)})
    assert isinstance(event, UseRecorded)
    entries = {
        entry.dossier: entry
        for write in written(event)
        if write.topic == topics.DOSSIERS
        for entry in DOSSIER_RECORD.validate_json(write.value).entries
    }
    mine, officers = entries[event.subject], entries[f"employee/{event.data.employee_id}"]
    assert (mine.event, mine.mark) == (event, None)
    assert (officers.event, officers.mark) == (None, mark_of(event))


def test_records_are_as_large_as_they_may_be() -> None:
    events = [
        s.use(s.NINE, use_id=f"U-{n}", known_as=f"ev-{n}", purpose_text="x" * (n % 40) * 400)
        for n in range(3000)
    ]
    log = [write for write in written(*events) if write.topic == topics.EVENTS]
    lines = [line for write in log for line in write.value.split(b"\n")]
    assert sorted(lines) == sorted(map(dump, events))
    assert max(len(write.value) for write in log) <= 512 * 1024
    assert max(write.value.count(b"\n") for write in log) < 500
    assert len(log) < 1.2 * sum(map(len, lines)) / (512 * 1024)


def test_other_white_space_is_the_same_event() -> None:
    event = s.use(s.NINE)
    spaced = EVENT.validate_json(
        orjson.dumps(orjson.loads(dump(event)), option=orjson.OPT_INDENT_2)
    )
    other = event.model_copy(update={"subject": "use/other"})
    memory = Duplicates(10)
    told = [memory.remember(e.id, dump(e)) for e in (event, spaced, other, other)]
    assert told == ["new", "repetition", "conflict", "repetition"]


@given(key=st.text(max_size=60))
@pytest.mark.parametrize("partitions", [1, 4, 7, 256])
def test_the_partition_is_that_of_every_client(key: str, partitions: int) -> None:
    theirs = (murmur2(key.encode()) & 0x7FFFFFFF) % partitions
    assert topics.partition_of(key, partitions) == theirs


def test_a_batch_larger_than_an_event_may_be() -> None:
    """Its events are measured one by one: the large one is refused, the others come in."""
    small = [dump(s.use(s.NINE, known_as=f"ev-{n}")) for n in range(10)]
    large = dump(s.use(s.NINE, known_as="large", purpose_text="x" * 3000))
    for batch in (small, [*small, large]):
        outcomes, raw, is_batch = decode(b"[" + b",\n ".join(batch) + b"]", 2000, 500)
        assert is_batch
        assert [raw(place) for place in range(len(batch))] == batch
        refused = [outcome for outcome in outcomes if isinstance(outcome, Refusal)]
        assert [r.reason for r in refused] == (
            [f"the event has {len(large)} bytes; the limit is 2000"] if large in batch else []
        )
