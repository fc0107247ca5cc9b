"""The emitter without Kafka: what it stamps, refuses, counts, and never does to its host."""

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from blotter_emitter import Emitter, InvalidEvent
from blotter_emitter.delivery import Answer
from blotter_emitter.testing import MemorySender

from schemas.ai import UseRecorded
from schemas.events import EVENT

SOURCE = "/vendors/acme/report-writer"
USE: dict[str, Any] = {
    "use_id": "U-1",
    "employee_id": "E-17",
    "family": "generative",
    "capability": "text",
    "purpose": "report_writing",
}
APPROVAL = {
    "specversion": "1.0",
    "id": "A-1",
    "source": SOURCE,
    "type": "oversight.approval.decided.v1",
    "subject": "use/U-1",
    "time": "2026-01-05T10:00:00Z",
    "data": {"use_id": "U-1", "approver_id": "E-2", "decision": "approved"},
}


class Losses(list[tuple[str, int]]):
    def __call__(self, reason: str, count: int) -> None:
        self.append((reason, count))


@pytest.fixture
def kafka() -> MemorySender:
    return MemorySender()


@pytest.fixture
def losses() -> Losses:
    return Losses()


@pytest.fixture
def emitter(kafka: MemorySender, losses: Losses) -> Iterator[Emitter]:
    made = Emitter(SOURCE, "report-writer", on_error=losses, raise_on_invalid=True, sender=kafka)
    yield made
    made.close(5)


@pytest.fixture
def lenient(kafka: MemorySender, losses: Losses) -> Iterator[Emitter]:
    made = Emitter(SOURCE, "report-writer", on_error=losses, sender=kafka)
    yield made
    made.close(5)


@pytest.fixture
def nowhere() -> Iterator[str]:
    """An address at which nothing listens, and nothing will."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{taken.getsockname()[1]}"


def sent(emitter: Emitter, kafka: MemorySender) -> list[dict[str, Any]]:
    assert emitter.flush(5)
    return kafka.events


# What is sent


def test_every_builder_makes_an_event_of_the_contract(
    emitter: Emitter, kafka: MemorySender
) -> None:
    emitter.use_recorded(**USE, model={"provider": "acme", "name": "writer"}, case_number=None)
    emitter.output_used(
        use_id="U-1", output_id="O-1", output_kind="text", employee_id="E-17", used_for="report"
    )
    emitter.output_shared(share_id="S-1", recipient={"kind": "agency", "id": "x"}, manner="sold")
    emitter.output_evaluated(metric="accuracy", value=1, sample_size=10)
    emitter.retention_reported(oldest_record_on=date(2026, 1, 1))
    emitter.heartbeat(complete_to=datetime(2026, 1, 1, tzinfo=UTC))
    events = [EVENT.validate_json(json.dumps(event)) for event in sent(emitter, kafka)]
    assert [event.subject for event in events] == [
        "use/U-1",
        "use/U-1",
        "share/S-1",
        "system/report-writer",
        "system/report-writer",
        "source/vendors/acme/report-writer",
    ]
    assert [event.sequence for event in events] == ["1", "2", "3", "4", "5", "6"]
    assert len({event.id for event in events}) == 6
    assert {event.source for event in events} == {SOURCE}
    assert len({event.instance for event in events}) == 1
    assert events[5].data.model_dump()["emitted"] == 5


def test_time_and_id_can_be_given(emitter: Emitter, kafka: MemorySender) -> None:
    assert emitter.use_recorded(**USE, event_id="mine") == "mine"
    emitter.use_recorded(**USE, time=datetime(2026, 1, 5, 10, tzinfo=UTC), traceparent="00-a-b-01")
    first, second = sent(emitter, kafka)
    assert first["id"] == "mine"
    assert abs(datetime.fromisoformat(first["time"]).timestamp() - time.time()) < 60
    assert second["time"] == "2026-01-05T10:00:00.000000Z"
    assert second["traceparent"] == "00-a-b-01"


@pytest.mark.parametrize("form", ["mapping", "text", "bytes"])
def test_an_event_with_id_and_time_is_sent_as_it_is(
    form: str, emitter: Emitter, kafka: MemorySender
) -> None:
    text = json.dumps(APPROVAL)
    event = {"mapping": APPROVAL, "text": text, "bytes": text.encode()}[form]
    assert emitter.emit(event) == "A-1"
    emitter.emit(event)
    first, second = sent(emitter, kafka)
    assert first == second == {**APPROVAL, "datacontenttype": "application/json"}


def test_a_given_sequence_is_kept(emitter: Emitter, kafka: MemorySender) -> None:
    emitter.emit({**APPROVAL, "sequence": "41", "instance": "old"})
    emitter.use_recorded(**USE)
    first, second = sent(emitter, kafka)
    assert (first["sequence"], first["instance"]) == ("41", "old")
    assert second["sequence"] == "1"


def test_a_model_of_the_contract_can_be_emitted(emitter: Emitter, kafka: MemorySender) -> None:
    event = {
        **APPROVAL,
        "type": "ai.use.recorded.v1",
        "data": {
            **USE,
            "system_id": "s",
            "detected": [{"class": "pii", "kind": "k", "digest": "d"}],
        },
    }
    emitter.emit(UseRecorded.model_validate_json(json.dumps(event)))
    assert sent(emitter, kafka)[0]["data"]["detected"] == [
        {"class": "pii", "kind": "k", "digest": "d"}
    ]


def test_a_vendors_own_fields_arrive_untouched(emitter: Emitter, kafka: MemorySender) -> None:
    own = {"nothing": None, "text": "Zoë", "list": [1, {"a": None}]}
    emitter.use_recorded(**USE, extensions=own)
    assert sent(emitter, kafka)[0]["data"]["extensions"] == own


# What waits together travels together


def test_a_single_event_travels_alone_and_many_in_batches(
    emitter: Emitter, kafka: MemorySender
) -> None:
    emitter.use_recorded(**USE)
    assert len(sent(emitter, kafka)) == 1
    assert isinstance(json.loads(kafka.records[0]), dict)
    kafka.failure = "held back"
    for _ in range(1200):
        emitter.use_recorded(**USE)
    kafka.failure = None
    events = sent(emitter, kafka)
    assert [event["sequence"] for event in events] == [str(n) for n in range(1, 1202)]
    sizes = [len(json.loads(record)) for record in kafka.records[1:]]
    assert max(sizes) == 500
    assert len(sizes) <= 4


def test_no_record_is_larger_than_256_kb(emitter: Emitter, kafka: MemorySender) -> None:
    for _ in range(30):
        emitter.use_recorded(**USE, content="x" * 60_000)
    assert len(sent(emitter, kafka)) == 30
    assert max(map(len, kafka.records)) <= 256 * 1024


def test_events_gather_for_a_short_while(kafka: MemorySender) -> None:
    emitter = Emitter(SOURCE, "s", sender=kafka, gather_seconds=0.2)
    began = time.monotonic()
    for _ in range(50):
        emitter.use_recorded(**USE)
        time.sleep(0.001)
    while not kafka.records:
        time.sleep(0.001)
    assert 0.2 <= time.monotonic() - began < 5
    assert len(kafka.events) == 50
    assert len(kafka.records) == 1
    emitter.close(5)


def test_a_full_record_and_a_flush_do_not_wait_for_more(kafka: MemorySender) -> None:
    emitter = Emitter(SOURCE, "s", sender=kafka, gather_seconds=60)
    for _ in range(501):
        emitter.use_recorded(**USE)
    while not kafka.records:
        time.sleep(0.001)
    assert len(kafka.events) == 500
    assert emitter.close(5)
    assert len(kafka.events) == 501


# Wrong input


def use(**changes: Any) -> dict[str, Any]:
    return {**USE, **changes}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (use(family="psychic"), "data.family: Input should be 'generative'"),
        (use(family="psychic"), "(got string of 7 characters)"),
        (use(input_tokens="512"), "data.input_tokens: Input should be a valid integer"),
        (use(employee_id=None), "data.employee_id: is required (got nothing)"),
        (use(ouput_tokens=1), "data.ouput_tokens: is not a field of the contract"),
        (use(time=datetime(2026, 1, 5)), "time: must be an RFC 3339 time with offset"),
        (use(extensions={"x": object()}), "data.extensions: holds something that JSON cannot"),
        (use(latency_ms=float("nan")), "data.latency_ms: holds something that JSON cannot"),
        (use(purpose_text="\ud800"), "data.purpose_text: holds something that JSON cannot"),
    ],
)
def test_a_wrong_field_is_named(fields: dict[str, Any], message: str, emitter: Emitter) -> None:
    with pytest.raises(InvalidEvent) as caught:
        emitter.use_recorded(**fields)
    assert message in str(caught.value)
    assert isinstance(caught.value, ValueError)
    assert emitter.stats.accepted == 0


def test_an_error_never_repeats_the_value(emitter: Emitter) -> None:
    with pytest.raises(InvalidEvent) as caught:
        emitter.use_recorded(**use(family="SSN 123-45-6789", input_tokens="123-45-6789"))
    assert "6789" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert {problem.field for problem in caught.value.problems} == {
        "data.family",
        "data.input_tokens",
    }


@pytest.mark.parametrize(
    ("event", "field"),
    [
        ({**APPROVAL, "source": "/vendors/other/x"}, "source"),
        ({**APPROVAL, "receivedtime": "2026-01-05T10:00:00Z"}, "receivedtime"),
        ({**APPROVAL, "type": "ai.use.forgotten.v1"}, "type"),
        ({**APPROVAL, "type": ["x"]}, "type"),
        ({**APPROVAL, "subject": "planet/earth"}, "subject"),
        (
            {
                **APPROVAL,
                "type": "ai.use.recorded.v1",
                "data": {**USE, "system_id": "s", "use_id": "2"},
            },
            "subject",
        ),
        ({**APPROVAL, "sequence": 5}, "sequence"),
        ({**APPROVAL, "data": None}, "data"),
        ("{", "event"),
        ("[]", "event"),
        ("[" * 100_000, "event"),
        (b"\xff", "event"),
        (7, "event"),
    ],
)
def test_emit_refuses_what_intake_would(event: Any, field: str, emitter: Emitter) -> None:
    with pytest.raises(InvalidEvent) as caught:
        emitter.emit(event)
    assert field in {problem.field for problem in caught.value.problems}


def test_in_production_a_wrong_event_is_counted_and_told(
    lenient: Emitter, losses: Losses, kafka: MemorySender, caplog: pytest.LogCaptureFixture
) -> None:
    assert lenient.use_recorded(**use(family="SSN 123-45-6789")) is None
    assert lenient.use_recorded(**USE) is not None
    assert dict(lenient.stats.dropped) == {"invalid": 1}
    assert losses == [("invalid", 1)]
    assert "data.family" in caplog.text
    assert "6789" not in caplog.text
    # The gap tells the department that something was not reported.
    assert sent(lenient, kafka)[0]["sequence"] == "2"


def test_losses_for_which_no_line_was_due_are_told_at_the_end(
    lenient: Emitter, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        lenient.use_recorded(**use(family="none"))
    lenient.close(1)
    assert "1 event(s) lost: invalid" in caplog.text
    assert "2 more event(s) lost: invalid" in caplog.text


def test_a_wrong_word_on_the_model_never_breaks_the_host(lenient: Emitter, losses: Losses) -> None:
    with lenient.use(**USE) as used:
        used.model(name="drafter")  # type: ignore[call-arg]
    assert losses == [("invalid", 1)]


def test_an_event_that_is_too_large_is_dropped_and_leaves_a_gap(
    emitter: Emitter, losses: Losses, kafka: MemorySender
) -> None:
    assert emitter.use_recorded(**USE, content="x" * 300_000) is None
    emitter.use_recorded(**USE)
    assert dict(emitter.stats.dropped) == {"too_large": 1}
    assert losses == [("too_large", 1)]
    assert [event["sequence"] for event in sent(emitter, kafka)] == ["2"]


@pytest.mark.parametrize("source", ["acme", "", "/", "/vendors/acme/", "/a b", "/vendors/acme/x\n"])
def test_a_source_that_cannot_work_is_told_at_once(source: str) -> None:
    with pytest.raises(ValueError, match="source must look like"):
        Emitter(source)


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BLOTTER_SOURCE", raising=False)
    with pytest.raises(ValueError, match="BLOTTER_SOURCE"):
        Emitter.from_environment()
    monkeypatch.setenv("BLOTTER_SOURCE", SOURCE)
    monkeypatch.setenv("BLOTTER_SYSTEM_ID", "report-writer")
    monkeypatch.setenv("BLOTTER_RAISE_ON_INVALID", "true")
    emitter = Emitter.from_environment(sender=MemorySender())
    assert (emitter.source, emitter.system_id) == (SOURCE, "report-writer")
    with pytest.raises(InvalidEvent):
        emitter.emit({})
    emitter.close(0)


def test_an_address_that_cannot_work_is_told_at_once() -> None:
    with pytest.raises(ValueError, match="host:port"):
        Emitter(SOURCE, bootstrap_servers="kafka.example")


# The block around a use


def test_the_block_reports_one_use(emitter: Emitter, kafka: MemorySender) -> None:
    before = datetime.now(UTC)
    with emitter.use(
        employee_id="E-17", family="generative", capability="text", purpose="report_writing"
    ) as use:
        time.sleep(0.02)
        use.output_tokens = 512
        use.model(provider="acme", name="writer", version="3")
    use.output_used(output_id="O-1", output_kind="text", used_for="report", document_id="R-9")
    recorded, used = sent(emitter, kafka)
    data = recorded["data"]
    assert recorded["type"] == "ai.use.recorded.v1"
    assert data["model"] == {"provider": "acme", "name": "writer", "version": "3"}
    assert data["output_tokens"] == 512
    assert 20 <= data["latency_ms"] < 5000
    assert before <= datetime.fromisoformat(recorded["time"]) <= datetime.now(UTC)
    assert recorded["time"] < used["time"]
    assert used["data"]["use_id"] == data["use_id"] == use.use_id
    assert used["data"]["employee_id"] == "E-17"


@pytest.mark.parametrize("error", [RuntimeError("theirs"), KeyboardInterrupt()])
def test_the_hosts_exception_passes_and_the_use_is_reported(
    error: BaseException, emitter: Emitter, kafka: MemorySender
) -> None:
    with pytest.raises(type(error)) as caught, emitter.use(**USE):
        raise error
    assert caught.value is error
    assert len(sent(emitter, kafka)) == 1


def test_the_hosts_exception_comes_before_ours(emitter: Emitter, losses: Losses) -> None:
    with pytest.raises(RuntimeError, match="theirs"), emitter.use(**use(family="x")):
        raise RuntimeError("theirs")
    assert losses == [("invalid", 1)]


def test_mistakes_in_the_block_never_break_the_host(lenient: Emitter, losses: Losses) -> None:
    with lenient.use(employee_id=object(), nonsense=1) as use:  # type: ignore[call-arg, arg-type]
        use.outptu_tokens = 5
        use.model(provider=7, name=None)  # type: ignore[arg-type]
    use.output_used(output_id=object())  # type: ignore[call-arg, arg-type]
    assert losses == [("invalid", 1), ("invalid", 1)]


# Kafka is not there


def test_an_unreachable_kafka_costs_counted_events_and_nothing_else(
    nowhere: str, losses: Losses
) -> None:
    emitter = Emitter(SOURCE, "s", nowhere, losses, spool=False, queue_bytes=1)
    began = time.monotonic()
    while "queue_full" not in emitter.stats.dropped:
        emitter.use_recorded(**USE, purpose_text="x" * 10_000)
    assert time.monotonic() - began < 1
    stats = emitter.stats
    assert stats.queued == stats.accepted >= 40
    assert dict(stats.dropped) == {"queue_full": 1}
    assert losses == [("queue_full", 1)]
    assert not emitter.flush(0.3)
    began = time.monotonic()
    assert not emitter.close(0.3)
    assert time.monotonic() - began < 2
    assert dict(emitter.stats.failed) == {"closed": stats.accepted}
    assert emitter.stats.queued == emitter.stats.delivered == 0
    assert losses[-1] == ("closed", stats.accepted)
    assert emitter.use_recorded(**USE) is None
    assert emitter.stats.dropped["closed"] == 1


def test_what_cannot_be_delivered_in_time_has_failed(nowhere: str, losses: Losses) -> None:
    emitter = Emitter(
        SOURCE,
        "s",
        nowhere,
        losses,
        delivery_timeout=0.5,
        spool=False,
    )
    emitter.use_recorded(**USE)
    assert not emitter.flush(10)
    emitter.close(1)
    assert dict(emitter.stats.failed) == {"unreachable": 1}
    assert losses == [("unreachable", 1)]


def test_attempts_leave_no_connections_behind(nowhere: str) -> None:
    from blotter_emitter.kafka_sender import KafkaSender

    sender = KafkaSender("t", [nowhere])

    def attempt() -> int:
        assert sender.send([b"{}"], time.monotonic() + 5, threading.Event()) == "unreachable"
        return len(list(Path("/proc/self/fd").iterdir()))

    first = attempt()
    assert [attempt() for _ in range(4)][-1] <= first


def test_events_wait_for_kafka_and_keep_their_order(kafka: MemorySender, losses: Losses) -> None:
    kafka.failure = "unreachable"
    emitter = Emitter(SOURCE, "s", on_error=losses, sender=kafka)
    for _ in range(20):
        emitter.use_recorded(**USE)
    assert not emitter.flush(0.2)
    kafka.failure = None
    assert [event["sequence"] for event in sent(emitter, kafka)] == [str(n) for n in range(1, 21)]
    assert losses == []
    emitter.close(1)


def test_an_importer_may_wait_for_room(kafka: MemorySender) -> None:
    emitter = Emitter(SOURCE, "s", sender=kafka, queue_bytes=1, wait_when_full=5)
    for _ in range(300):
        emitter.use_recorded(**USE, purpose_text="x" * 10_000)
    assert emitter.close(5)
    assert len(kafka.events) == 300
    assert dict(emitter.stats.dropped) == {}


def test_a_failing_callback_never_reaches_the_host(kafka: MemorySender) -> None:
    def broken(reason: str, count: int) -> None:
        raise RuntimeError(reason)

    emitter = Emitter(SOURCE, "s", on_error=broken, sender=kafka)
    emitter.emit({})
    assert dict(emitter.stats.dropped) == {"invalid": 1}
    emitter.close(1)


def test_a_fault_of_the_sender_is_survived(kafka: MemorySender) -> None:
    class Faulty(MemorySender):
        faults = 2

        def send(
            self, events: Sequence[bytes], deadline: float, stopping: threading.Event
        ) -> Answer:
            if self.faults:
                self.faults -= 1
                raise RuntimeError
            return super().send(events, deadline, stopping)

    faulty = Faulty()
    emitter = Emitter(SOURCE, "s", sender=faulty)
    emitter.use_recorded(**USE)
    assert emitter.close(5)
    assert len(faulty.events) == 1


def test_threads_share_one_sequence(emitter: Emitter, kafka: MemorySender) -> None:
    threads = [
        threading.Thread(target=lambda: [emitter.use_recorded(**USE) for _ in range(200)])
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    numbers = [event["sequence"] for event in sent(emitter, kafka)]
    assert numbers == [str(n) for n in range(1, 1601)]


# The life of the process


def run(program: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=False
    )


PROGRAM = """
import os, sys
from blotter_emitter import Emitter
from blotter_emitter.testing import MemorySender
class Print(MemorySender):
    def send(self, events, deadline, stopping):
        os.write(1, b"".join(event + b"\\n" for event in events))
e = Emitter("/vendors/a/b", "b", sender=Print())
use = dict(employee_id="E", family="generative", capability="text", purpose="other")
"""


def test_what_is_queued_when_the_process_ends_is_sent() -> None:
    done = run(PROGRAM + "e.use_recorded(use_id='U', **use)")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["data"]["use_id"] == "U"


def test_a_forked_child_begins_anew() -> None:
    done = run(
        PROGRAM
        + "e.use_recorded(use_id='parent', **use); e.flush(5); pid = os.fork()\n"
        + "e.use_recorded(use_id='after', **use); e.flush(5)\n"
        + "if pid: os.waitpid(pid, 0)\n"
    )
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.stderr == ""
    assert sorted(event["sequence"] for event in events) == ["1", "1", "2"]
    assert len({event["instance"] for event in events}) == 2


def test_a_process_without_kafka_ends_soon_and_says_what_was_lost(nowhere: str) -> None:
    began = time.monotonic()
    done = run(
        "from blotter_emitter import Emitter\n"
        f"e = Emitter('/vendors/a/b', 'b', '{nowhere}', exit_timeout=0.5, spool=False)\n"
        "e.use_recorded(use_id='U', employee_id='E', family='generative', capability='text',"
        " purpose='other')"
    )
    assert done.returncode == 0
    assert time.monotonic() - began < 10
    assert "1 event(s) lost: closed" in done.stderr


def test_closing_twice_is_harmless(emitter: Emitter) -> None:
    assert emitter.close(1)
    with suppress(InvalidEvent):
        emitter.emit({})
    assert emitter.close(1)


def test_a_spool_that_fails_in_an_unknown_way_never_breaks_the_host(
    nowhere: str, losses: Losses, monkeypatch: pytest.MonkeyPatch
) -> None:
    emitter = Emitter(SOURCE, "s", nowhere, losses, spool=False)

    def broken() -> None:
        raise RuntimeError("unforeseen")

    monkeypatch.setattr(emitter._outbox, "_open", broken)
    assert emitter.use_recorded(**USE) is None
    assert emitter.use_recorded(**use(family="none")) is None
    assert losses == [("internal_error", 1), ("invalid", 1)]
