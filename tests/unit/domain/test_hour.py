"""Instants are UTC text of whole seconds; hours are floored, never rounded."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_common.domain.hour import normal_utc_text, parse_utc, snapshot_hour, utc_text

EASTERN = dt.timezone(dt.timedelta(hours=-5))
NEPAL = dt.timezone(dt.timedelta(hours=5, minutes=45))


def test_any_zone_is_written_as_utc() -> None:
    assert utc_text(dt.datetime(2026, 11, 23, 0, 7, 9, 999_999, tzinfo=EASTERN)) == "2026-11-23T05:07:09Z"


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23T05:07:09Z",
        "2026-11-23T05:07:09.999999Z",
        "2026-11-23T05:07:09.123456789Z",
        "2026-11-23T05:07:09+00:00",
        "2026-11-23T10:52:09+05:45",
    ],
)
def test_every_spelling_of_an_instant_comes_to_the_same_text(text: str) -> None:
    assert normal_utc_text(text) == "2026-11-23T05:07:09Z"


@given(st.integers(0, 221_845_392_000), st.integers(0, 999_999), st.sampled_from([dt.UTC, EASTERN, NEPAL]))
def test_text_and_back_is_the_same_second(second: int, micro: int, zone: dt.tzinfo) -> None:
    moment = dt.datetime.fromtimestamp(second, zone).replace(microsecond=micro)
    assert parse_utc(utc_text(moment)) == moment.replace(microsecond=0)
    assert normal_utc_text(moment.isoformat()) == utc_text(moment)


def test_an_instant_without_a_zone_is_refused() -> None:
    for read in (normal_utc_text, parse_utc):
        with pytest.raises(ValueError, match="zone"):
            read("2026-11-23T05:07:09")
    with pytest.raises(ValueError, match="zone"):
        utc_text(dt.datetime(2026, 11, 23))  # noqa: DTZ001 - the naive one is the case


@pytest.mark.parametrize("text", ["", "tomorrow", "2026-13-01T00:00:00Z", "2026-11-23T25:00:00Z"])
def test_what_is_no_instant_is_refused(text: str) -> None:
    for read in (normal_utc_text, parse_utc):
        with pytest.raises(ValueError, match=r"Invalid isoformat|must be in"):
            read(text)


def test_a_cycle_belongs_to_the_utc_hour_it_began_in() -> None:
    assert (
        snapshot_hour(dt.datetime(2026, 11, 23, 5, 59, 59, 999_999, tzinfo=dt.UTC)).isoformat()
        == "2026-11-23T05:00:00+00:00"
    )
    assert snapshot_hour(dt.datetime(2026, 11, 23, 10, 50, tzinfo=NEPAL)).isoformat() == "2026-11-23T05:00:00+00:00"


def test_a_time_of_year_one_keeps_four_digits_and_can_be_read_back() -> None:
    assert normal_utc_text("0001-01-01T00:00:00Z") == "0001-01-01T00:00:00Z"
    assert utc_text(parse_utc("0001-01-01T00:00:00Z")) == "0001-01-01T00:00:00Z"
