"""The gateway's parts that need no server: limits, bodies in headers, records, keys."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from schemas.keys import ApiKey
from schemas.registry import SourceChangedData
from services.gateway.binding import events_json
from services.gateway.door import Visitor
from services.gateway.judging import Judge
from services.gateway.limits import Buckets, InFlight
from services.gateway.outlet import MOST_RECORD_BYTES, records
from services.gateway.refused import Refused
from services.gateway.settings import GatewaySettings
from services.order import scenario as s
from services.runtime.api_keys import KeyText

NOW = datetime.now(UTC)


class Clock:
    """Stands still until it is set on."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_gives_what_it_promises() -> None:
    clock = Clock()
    buckets = Buckets(per_second=10, burst=20, clock=clock)
    buckets.enter("a")
    buckets.pay("a", 49)
    with pytest.raises(Refused) as told:
        buckets.enter("a")
    assert told.value.status == 429
    assert told.value.headers["Retry-After"] == "4"
    buckets.enter("b")
    clock.now = 3.0
    with pytest.raises(Refused):
        buckets.enter("a")
    clock.now = 4.0
    buckets.enter("a")


def test_a_bucket_never_holds_more_than_a_burst() -> None:
    clock = Clock()
    buckets = Buckets(per_second=10, burst=2, clock=clock)
    clock.now = 1e6
    buckets.enter("a")
    buckets.enter("a")
    with pytest.raises(Refused):
        buckets.enter("a")


def test_in_flight_is_bounded_and_given_back() -> None:
    flight = InFlight(100, retry_seconds=2)
    with flight.hold() as more:
        more(60)
        with pytest.raises(Refused) as told, flight.hold() as others:
            others(30)
            others(30)
        more(40)
    assert (told.value.status, told.value.headers["Retry-After"]) == (503, "2")
    flight.take(100)


@given(st.lists(st.integers(2, MOST_RECORD_BYTES // 2), max_size=12))
def test_records_keep_every_event_in_order(sizes: list[int]) -> None:
    events = [b'"%s"' % (b"%d" % (n % 10) * (size - 2)) for n, size in enumerate(sizes)]
    made = list(records(events))
    assert [event for record in made for event in json.loads(record)] == [
        json.loads(event) for event in events
    ]
    assert all(len(record) <= MOST_RECORD_BYTES + len(events) + 2 for record in made)


@pytest.mark.parametrize(
    ("header", "meant"),
    [
        ("plain", "plain"),
        ("a%20b", "a b"),
        ("%C3%9C", "Ü"),
        ('"quoted \\" and \\\\"', 'quoted " and \\'),
        ("50%", "50%"),
    ],
)
def test_a_header_is_read_as_it_was_meant(header: str, meant: str) -> None:
    told = events_json(Headers({"ce-id": header}), b"[1.0, 123456789012345678901234567890]")
    assert json.loads(told)["id"] == meant
    assert told.endswith(b'"data":[1.0, 123456789012345678901234567890]}')


def test_a_header_that_comes_twice_is_refused() -> None:
    headers = Headers(raw=[(b"ce-id", b"1"), (b"ce-id", b"2")])
    with pytest.raises(Refused, match="twice"):
        events_json(headers, b"{}")


def test_a_key_s_text_opens_its_key_and_no_other() -> None:
    text, other = KeyText.new(), KeyText.new()
    key = ApiKey(key_id=text.key_id, source="/vendors/a/b", digest=text.digest, created=NOW)
    assert KeyText.parse(str(text)) == text
    assert text.opens(key, NOW)
    assert not other.opens(key, NOW)
    assert str(text) not in key.model_dump_json()
    assert text.secret not in key.model_dump_json()


@pytest.mark.parametrize("end", ["expires", "revoked"])
def test_a_key_ends_when_it_is_told_to(end: str) -> None:
    text = KeyText.new()
    key = ApiKey(key_id=text.key_id, source="/vendors/a/b", digest=text.digest, created=NOW)
    key = key.model_copy(update={end: NOW})
    assert text.opens(key, NOW - timedelta(seconds=1))
    assert not text.opens(key, NOW)


@pytest.mark.parametrize("text", ["", "blotter", "blotter_a", "other_a_b", "blotter_a_ü"])
def test_what_is_no_key_s_text(text: str) -> None:
    assert KeyText.parse(text) is None


def test_an_event_that_grows_by_scanning_is_refused_as_intake_would() -> None:
    """Each number leaves a digest ten times as long."""
    numbers = " ".join(f"SSN 533-12-{n}" for n in range(1000, 1300))
    registered = SourceChangedData(
        source="/vendors/acme/x",
        owner="Acme",
        allowed_types=["ai.use.recorded.v1"],
        system_of_record=False,
        status="active",
    )
    settings = GatewaySettings(digest_key="a key for tests", intake_max_event_bytes=8_000)
    visitor = Visitor("/vendors/acme/x", "k", registered)
    event = json.loads(s.use(NOW, content=numbers).model_dump_json(exclude_none=True))
    [result] = Judge(settings).results(visitor, json.dumps(event).encode(), NOW)
    assert result.line is None
    assert "after scanning" in result.problems[0][1]
