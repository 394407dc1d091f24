"""In which hours a market must have a row, and which missing rows a candlestick still gives."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_common.domain.gap import (
    LOST,
    RECOVERABLE,
    LedgerHour,
    Life,
    Span,
    belongs_in,
    hour_number,
    hour_text,
    label,
    spans,
)
from kalshi_common.domain.hour import utc_text

H = hour_number("2026-11-23T05:00:00Z")
WINDOW = Span(H - 10, H + 10)
SEEN = LedgerHour("complete", "2026-11-23T05:05:01Z", "2026-11-23T05:05:40Z", None)


def life(opens: str | None = None, closes: str | None = None) -> Life:
    return Life("KXCPI-26NOV-T0.3", "KXCPI", "cpi", opens, closes)


@given(st.lists(st.integers(0, 60), unique=True).map(sorted))
def test_spans_hold_the_same_hours_and_never_touch(hours: list[int]) -> None:
    found = spans(hours)
    assert [hour for span in found for hour in range(span.first, span.last + 1)] == hours
    assert all(later.first > earlier.last + 1 for earlier, later in pairwise(found))


@given(st.datetimes(dt.datetime(2000, 1, 1), dt.datetime(2100, 1, 1), timezones=st.just(dt.UTC)))  # noqa: DTZ001  # bounds are naive here
def test_an_hours_text_and_number_are_one(moment: dt.datetime) -> None:
    hour = hour_number(utc_text(moment))
    assert hour_text(hour) <= utc_text(moment) < hour_text(hour + 1)


@pytest.mark.parametrize("night", [dt.date(2026, 3, 8), dt.date(2026, 11, 1)])
def test_a_night_on_which_new_york_changes_its_clocks_has_no_hour_more_or_less(night: dt.date) -> None:
    noon = dt.datetime.combine(night, dt.time(12), ZoneInfo("America/New_York"))
    before = noon - dt.timedelta(days=1)
    real = (noon.astimezone(dt.UTC) - before.astimezone(dt.UTC)) // dt.timedelta(hours=1)
    assert real in {23, 25}
    assert hour_number(utc_text(noon)) - hour_number(utc_text(before)) == real


def test_a_market_without_known_times_belongs_in_every_hour() -> None:
    assert belongs_in(life(), WINDOW, {}) == WINDOW


def test_in_an_hour_nobody_walked_a_market_belongs_if_it_was_open_at_the_hours_beginning() -> None:
    assert belongs_in(life(opens="2026-11-23T05:00:00Z"), WINDOW, {}) == Span(H, H + 10)
    assert belongs_in(life(opens="2026-11-23T05:00:01Z"), WINDOW, {}) == Span(H + 1, H + 10)
    assert belongs_in(life(closes="2026-11-23T05:00:00Z"), WINDOW, {}) == Span(H - 10, H - 1)
    assert belongs_in(life(closes="2026-11-23T05:00:01Z"), WINDOW, {}) == Span(H - 10, H)


def test_in_an_hour_that_was_walked_a_market_belongs_if_it_was_open_during_the_walk() -> None:
    ledger = {H: SEEN}
    assert belongs_in(life(opens="2026-11-23T05:05:01Z"), WINDOW, ledger) == Span(H, H + 10)
    assert belongs_in(life(opens="2026-11-23T05:05:02Z"), WINDOW, ledger) == Span(H + 1, H + 10)
    assert belongs_in(life(closes="2026-11-23T05:05:40Z"), WINDOW, ledger) == Span(H - 10, H - 1)
    assert belongs_in(life(closes="2026-11-23T05:05:41Z"), WINDOW, ledger) == Span(H - 10, H)


def test_a_walk_that_ran_into_the_next_hour_could_not_see_what_closed_before_its_end() -> None:
    ledger = {
        H: SEEN._replace(seen_to="2026-11-23T06:10:00Z"),
        H + 1: LedgerHour("complete", "2026-11-23T06:11:00Z", "2026-11-23T06:20:00Z", None),
    }
    assert belongs_in(life(closes="2026-11-23T06:09:00Z"), WINDOW, ledger) == Span(H - 10, H - 1)


def test_a_page_from_before_its_hour_moves_nothing() -> None:
    ledger = {H: SEEN._replace(seen_from="2026-11-23T04:10:00Z", seen_to="2026-11-23T04:11:00Z")}
    assert belongs_in(life(opens="2026-11-23T05:00:00Z"), WINDOW, ledger) == Span(H, H + 10)


def test_a_market_that_opened_and_closed_between_two_hours_belongs_in_none() -> None:
    assert belongs_in(life("2026-11-23T05:10:00Z", "2026-11-23T05:50:00Z"), WINDOW, {H: SEEN}) is None
    assert belongs_in(life("2027-01-01T00:00:00Z"), WINDOW, {}) is None


@pytest.mark.parametrize(
    ("opens", "word"),
    [
        ("2026-11-23T04:59:59Z", RECOVERABLE),
        ("2026-11-23T05:00:00Z", LOST),
        ("2026-11-23T05:03:00Z", LOST),
        (None, RECOVERABLE),
    ],
)
def test_a_candlestick_reaches_an_hour_that_began_while_the_market_was_open(opens: str | None, word: str) -> None:
    assert label(life(opens), H, asked_in_vain=()) == word


def test_what_was_asked_for_in_vain_is_lost() -> None:
    assert label(life("2026-01-01T00:00:00Z"), H, asked_in_vain={H}) == LOST
    assert label(life("2026-01-01T00:00:00Z"), H + 1, asked_in_vain={H}) == RECOVERABLE
