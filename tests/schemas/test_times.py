"""A time of the contract is read as pydantic reads it, only faster, and with fewer forms."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AwareDatetime, TypeAdapter, ValidationError

from schemas.base import EARLIEST, LATEST, Time

_TIME: TypeAdapter[datetime] = TypeAdapter(Time)
_PYDANTIC: TypeAdapter[datetime] = TypeAdapter(AwareDatetime)

_written = st.from_regex(
    r"(1970|2026|2199)-(0[1-9]|1[0-9])-[0-3][0-9][Tt ][0-2][0-9]:[0-6][0-9]:[0-6][0-9]"
    r"(\.[0-9]{1,9})?([Zz]|[+-](00|01|18|19):(00|30))",
    fullmatch=True,
)


def _read(adapter: TypeAdapter[datetime], text: str) -> datetime | None:
    try:
        return adapter.validate_json(f'"{text}"')
    except ValidationError:
        return None


@given(_written)
def test_a_time_is_read_as_pydantic_reads_it(text: str) -> None:
    ours, theirs = _read(_TIME, text), _read(_PYDANTIC, text)
    if theirs is not None:
        offset = theirs.utcoffset()
        assert offset is not None
        if not EARLIEST <= theirs <= LATEST or abs(offset) > timedelta(hours=18):
            theirs = None
    assert ours == theirs
    if ours is not None and theirs is not None:
        assert _TIME.dump_json(ours) == _PYDANTIC.dump_json(theirs)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-02T17:00:00Z",
        "2026-03-02T17:00:00.25Z",
        "2026-03-02t17:00:00z",
        "2026-03-02 17:00:00.1234567Z",
        "2026-03-02T17:00:00+00:00",
        "2026-03-02T17:00:00-00:00",
    ],
)
def test_times_in_utc_share_one_zone(text: str) -> None:
    # Times of two zone objects take twenty times as long to compare.
    assert _TIME.validate_json(f'"{text}"').tzinfo is UTC
    given = _PYDANTIC.validate_json(f'"{text}"')
    assert given.tzinfo is not UTC
    assert _TIME.validate_python(given).tzinfo is UTC


def test_another_offset_is_kept() -> None:
    read = _TIME.validate_json('"2026-03-02T09:00:00-08:00"')
    assert read == datetime(2026, 3, 2, 17, tzinfo=UTC)
    assert _TIME.dump_json(read) == b'"2026-03-02T09:00:00-08:00"'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2026-13-02T17:00:00Z", "month value is outside expected range"),
        ("2026-02-30T17:00:00Z", "day value is outside expected range"),
        ("2026-03-02T24:00:00Z", "should be a valid datetime"),
        ("2026-03-02T17:00:60Z", "should be a valid datetime"),
        ("1969-12-31T23:59:59Z", "must lie between the years 1970 and 2200"),
        ("2200-01-01T00:00:01Z", "must lie between the years 1970 and 2200"),
        ("2026-03-02T17:00:00+18:01", "must have an offset of at most 18 hours"),
        ("2026-03-02T17:00:00", "must be an RFC 3339 time with offset"),
        ("20260302", "must be an RFC 3339 time with offset"),
    ],
)
def test_what_is_no_time_is_refused_in_words(text: str, told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        _TIME.validate_json(f'"{text}"')
