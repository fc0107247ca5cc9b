"""Bad input ends in `ai.rejected` with a reason that helps; everything else goes on."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from schemas.events import Event, dump
from schemas.records import Rejected
from services.order import scenario as s
from services.runtime import topics
from tests.pipeline import Pipeline, Service, eventually

VENDOR = "/vendors/acme/x"
STRANGER = "/vendors/nobody/y"
SUSPENDED = "/vendors/acme/z"
NOW = datetime.now(UTC)
SECRET = "533-12-9876"


def use(**data: Any) -> Event:
    return s.use(NOW, **data)


def changed(event: Event, **fields: Any) -> bytes:
    """An event as JSON with other fields in its envelope (`data__x`: in its data)."""
    told = json.loads(dump(event))
    for name, value in fields.items():
        place, _, field = name.rpartition("__")
        (told[place] if place else told)[field] = value
    return json.dumps(told).encode()


def batch(*lines: bytes) -> bytes:
    return b"[" + b",".join(lines) + b"]"


SINGLE = {
    "not JSON": (f"{{nope {SECRET}".encode(), "not JSON"),
    "not UTF-8": (b'{"id": "\xff"}', "not JSON (UTF-8)"),
    "empty": (b"", "empty"),
    "a number": (b"5", "an event is a JSON object, this is number"),
    "wrong type": (changed(use(), data__purpose=5), "data.purpose: "),
    "unknown field": (changed(use(), data__ssn=SECRET), "data.ssn: is not a field"),
    "unknown attribute": (changed(use(), ssn=SECRET), "ssn: is not a field"),
    "naive time": (changed(use(), time="2026-03-02T09:00:00"), "time: "),
    "wrong source": (changed(use(), source="/vendors/acme/other"), "this topic belongs to"),
    "a type it may not send": (dump(s.decided(NOW, sent_by=VENDOR)), "may not send"),
    "unknown type": (changed(use(), type="ai.use.recorded.v9"), "not a known event type"),
    "too large": (changed(use(), data__purpose_text="x" * 300_000), "the limit is 262144"),
    "far in the future": (
        dump(s.use(NOW + timedelta(hours=2))),
        "after its receipt; check the sender's clock",
    ),
    "an id of 10,000 characters": (changed(use(), id="x" * 10_000), "id: "),
    "receivedtime": (changed(use(), receivedtime=NOW.isoformat()), "receivedtime: is stamped"),
    "another vendor's system": (dump(use(system_id="faces")), "data.system_id: "),
    "wrong subject": (changed(use(), subject="use/another"), "subject"),
    "nested too deeply": (
        changed(use(), data__extensions={"x": json.loads("[" * 20 + "]" * 20)}),
        "data.extensions: must not be nested deeper",
    ),
    "deeper than JSON is read": (
        batch(b'{"x":' * 300 + b"1" + b"}" * 300),
        "nested too deeply",
    ),
    "a thousand unknown fields": (
        changed(use(), **{f"data__field{n}": n for n in range(1200)}),
        "and 1190 more",
    ),
    "a name that is a text": (
        changed(use(), **{f"data__Jane Roe, SSN {SECRET}": 1}),
        "data.(a name of 25 characters): is not a field",
    ),
    "no number": (
        changed(use(), data__extensions={"x": float("nan")}),
        "not JSON",
    ),
    "empty batch": (b"[]", "1 to 500 events"),
    "batch too long": (batch(*[b"{}"] * 501), "this one 501"),
    "policy that cannot be read": (
        changed(s.policy_change(NOW), source=VENDOR, data__policy={"time": {"settling": 1}}),
        "data: policy cannot be read: time.settling",
    ),
}


@pytest.fixture(scope="module")
def pipeline(
    own_kafka: str, elasticsearch: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pipeline]:
    made = Pipeline(own_kafka, elasticsearch, tmp_path_factory.mktemp("badinput"))
    try:
        made.set_up([VENDOR, STRANGER, SUSPENDED])
        made.service("intake").until_healthy()
        allowed = ["ai.use.recorded.v1", "ai.source.heartbeat.v1"]
        active = s.source(VENDOR, NOW, allowed_types=allowed, system_ids=["writer"])
        suspended = s.source(SUSPENDED, NOW, allowed_types=allowed, status="suspended")
        made.send("/console", [dump(active), dump(suspended)])
        eventually("the sources are registered", lambda: len(made.log()) == 2)
        yield made
    finally:
        made.stop()


def rejected(pipeline: Pipeline) -> list[Rejected]:
    return [Rejected.model_validate_json(r.value) for r in pipeline.records(topics.REJECTED)]


def sent(pipeline: Pipeline, source: str, value: bytes) -> list[Rejected]:
    """Send one record, then a good event; what was refused meanwhile."""
    before = {r.rejected_id for r in rejected(pipeline)}
    marker = use(use_id=f"marker-{len(pipeline.log())}-{len(before)}")
    pipeline.send(source, [value])
    pipeline.send(VENDOR, [dump(marker)])
    eventually(
        "the good event behind it is in the log and the bad one is refused",
        lambda: (
            any(json.loads(line)["id"] == marker.id for line in pipeline.log())
            and pipeline.intake_lag() == 0
        ),
    )
    return [r for r in rejected(pipeline) if r.rejected_id not in before]


@pytest.mark.parametrize(("value", "reason"), SINGLE.values(), ids=SINGLE.keys())
def test_refused_with_a_reason(pipeline: Pipeline, value: bytes, reason: str) -> None:
    (refused,) = sent(pipeline, VENDOR, value)
    assert reason in refused.reason
    assert refused.source == VENDOR
    assert refused.size_bytes == len(value)
    assert SECRET not in refused.model_dump_json()
    assert "533" not in refused.excerpt
    assert len(refused.excerpt) <= 64 * 1024


def test_unregistered_source(pipeline: Pipeline) -> None:
    (refused,) = sent(pipeline, STRANGER, changed(use(), source=STRANGER))
    assert "is not registered" in refused.reason or "belongs to" in refused.reason


def test_suspended_source(pipeline: Pipeline) -> None:
    (refused,) = sent(pipeline, SUSPENDED, changed(use(), source=SUSPENDED))
    assert "is suspended" in refused.reason


def test_one_bad_event_in_a_batch_of_500_takes_no_other_along(pipeline: Pipeline) -> None:
    good = [dump(use(use_id=f"in-batch-{n}")) for n in range(499)]
    bad = changed(use(), data__family="psychic")
    (refused,) = sent(pipeline, VENDOR, batch(*good[:250], bad, *good[250:]))
    assert (refused.item, "data.family" in refused.reason) == (250, True)
    assert sum(b"in-batch-" in line for line in pipeline.log()) == 499


def test_content_never_reaches_the_log(pipeline: Pipeline) -> None:
    told = use(
        use_id="with-content",
        content=f"The suspect's SSN is {SECRET}.",
        purpose_text=f"Report on {SECRET}",
        extensions={"case": {"suspect": [SECRET]}},
    )
    assert sent(pipeline, VENDOR, dump(told)) == []
    (line,) = [line for line in pipeline.log() if b"with-content" in line]
    logged = json.loads(line)
    assert SECRET.encode() not in line
    assert "content" not in logged["data"]
    assert [(d["class"], d["kind"]) for d in logged["data"]["detected"]] == [("pii", "us_ssn")]
    everywhere = [
        record.value
        for topic in (topics.EVENTS, topics.DOSSIERS, topics.REJECTED)
        for record in pipeline.records(topic)
    ]
    assert not any(SECRET.encode() in value for value in everywhere)


def test_a_repetition_is_dropped(pipeline: Pipeline) -> None:
    event = dump(use(use_id="again"))
    pipeline.send(VENDOR, [event])
    assert sent(pipeline, VENDOR, event) == []
    assert sum(b'"use/again"' in line for line in pipeline.log()) == 1


def test_a_source_registered_now_can_send_at_once(pipeline: Pipeline) -> None:
    name = "/vendors/acme/new"
    pipeline.create([topics.intake(name)])
    pipeline.send(name, [changed(use(use_id="from-new"), source=name)])
    pipeline.send("/console", [dump(s.source(name, NOW, allowed_types=["ai.use.recorded.v1"]))])
    eventually(
        "the new source's topic is read",
        lambda: (
            any(b"from-new" in line for line in pipeline.log())
            or any(r.source == name or name in r.reason for r in rejected(pipeline))
        ),
    )
    pipeline.send(name, [changed(use(use_id="from-new-2"), source=name)])
    eventually(
        "the registered source is accepted",
        lambda: any(b"from-new-2" in line for line in pipeline.log()),
    )


def test_every_event_carries_its_receipt(pipeline: Pipeline) -> None:
    stamps = [json.loads(line)["receivedtime"] for line in pipeline.log()]
    assert all(datetime.fromisoformat(stamp) >= NOW - timedelta(seconds=5) for stamp in stamps)


def test_intake_is_healthy_after_all_that(pipeline: Pipeline) -> None:
    (intake,) = pipeline.services
    assert isinstance(intake, Service)
    assert intake.is_healthy()
    intake.stop()
