"""Which backups stay: days, ISO weeks and months, over gaps, year ends and clocks that were wrong."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from kalshi_common.domain.rotation import kept

TODAY = dt.date(2026, 11, 23)
DAYS = st.sets(st.dates(dt.date(2024, 1, 1), dt.date(2027, 12, 31)), max_size=120)
COUNTS = st.integers(0, 15)


def back(*days: int) -> list[dt.date]:
    return [TODAY - dt.timedelta(days=each) for each in days]


def test_of_a_year_of_daily_backups_a_week_of_days_four_weeks_and_twelve_months_stay() -> None:
    found = sorted(kept(back(*range(400)), daily=7, weekly=4, monthly=12), reverse=True)
    assert found == [
        *back(*range(7)),  # Monday 23 November back to Tuesday the 17th
        *(dt.date(2026, 11, day) for day in (15, 8)),  # the Sundays of the two weeks before; the first two are above
        *(dt.date(2026, month, day) for month, day in ((10, 31), (9, 30), (8, 31), (7, 31), (6, 30), (5, 31))),
        *(dt.date(2026, month, day) for month, day in ((4, 30), (3, 31), (2, 28), (1, 31))),
        dt.date(2025, 12, 31),
    ]


def test_a_machine_that_was_off_for_months_keeps_as_many_days_as_ever() -> None:
    assert kept(back(0, 100, 200, 300), daily=3, weekly=0, monthly=0) == set(back(0, 100, 200))


def test_the_days_around_new_year_are_one_iso_week_and_two_months() -> None:
    eve, new_year = dt.date(2026, 12, 31), dt.date(2027, 1, 1)
    assert kept([eve, new_year], daily=0, weekly=5, monthly=0) == {new_year}
    assert kept([eve, new_year], daily=0, weekly=0, monthly=5) == {eve, new_year}


def test_where_nothing_is_to_be_kept_nothing_is() -> None:
    assert kept(back(0, 1), daily=0, weekly=0, monthly=0) == set()


@given(DAYS, COUNTS, COUNTS, COUNTS)
def test_only_days_that_have_a_backup_are_named_and_never_more_than_asked_for(
    days: set[dt.date], daily: int, weekly: int, monthly: int
) -> None:
    found = kept(days, daily=daily, weekly=weekly, monthly=monthly)
    assert found <= days
    assert len(found) <= daily + weekly + monthly


@given(DAYS.filter(bool), st.integers(1, 15), COUNTS, COUNTS)
def test_the_newest_always_stays(days: set[dt.date], daily: int, weekly: int, monthly: int) -> None:
    assert max(days) in kept(days, daily=daily, weekly=weekly, monthly=monthly)


@given(DAYS, st.integers(1, 15), COUNTS, COUNTS)
def test_rotating_each_day_loses_nothing_that_rotating_once_would_keep(
    days: set[dt.date], daily: int, weekly: int, monthly: int
) -> None:
    there: set[dt.date] = set()
    for day in sorted(days):
        there = kept({*there, day}, daily=daily, weekly=weekly, monthly=monthly)
    assert there == kept(days, daily=daily, weekly=weekly, monthly=monthly)
