"""The forecast of the disk: exact where there is enough data, honest where there is not."""

from __future__ import annotations

import datetime as dt

from kalshi_common.knobs_operate import BackupKnobs
from kalshi_common.storage.overview import FileSize
from monitor.figures.size import size_figure
from monitor.growth import Copies, Growth, growth

DAY = dt.date(2026, 11, 23)
GIB = 1 << 30


def days(count: int, rows: int) -> dict[str, int]:
    """Rows by day, for as many days that end today."""
    return {(DAY - dt.timedelta(days=back)).isoformat(): rows for back in range(count)}


def grown(
    by_day: dict[str, int], *, used: int = GIB, unused: int = 0, rows: int = 500_000, free: int | None = 10 * GIB,
    copies: Copies | None = None,
) -> Growth:  # fmt: skip
    return growth(FileSize(used + unused, unused), rows, by_day, free, DAY, copies=copies)


def test_daily_backups_are_counted_as_the_rules_keep_them() -> None:
    """A tenth of a GiB a day beside a file of 1 GiB: seven daily copies take more than the file does in a year."""
    a_day = {"by_day": days(10, 50_000), "free": 20 * GIB}
    alone = grown(**a_day)
    one = Copies({DAY: GIB}, BackupKnobs(keep_daily=1, keep_weekly=0, keep_monthly=0))
    many = Copies({DAY: GIB}, BackupKnobs())
    with_one, with_many = grown(**a_day, copies=one), grown(**a_day, copies=many)
    assert alone.full_on is not None
    assert with_one.full_on is not None
    assert with_many.full_on is not None
    # With one copy everything grows twice as fast; the copy of today's size is there already.
    assert abs((with_one.full_on - DAY).days - (alone.full_on - DAY).days / 2) <= 1
    assert (with_many.full_on - DAY).days < 20
    assert "Daily backups are counted." in with_many.told


def test_a_disk_that_lasts_ten_years_with_its_backups_is_told_to() -> None:
    found = grown(days(10, 10), free=1 << 50, copies=Copies({DAY: GIB}, BackupKnobs()))
    assert (found.full_on, "more than ten years" in found.told) == (None, True)


def test_the_day_it_is_full_follows_from_rows_a_day_and_bytes_a_row() -> None:
    found = grown(days(10, 17_352), used=500_000 * 2100, free=100 * 17_352 * 2100)
    assert found.bytes_per_row == 2100
    assert found.bytes_per_day == 17_352 * 2100
    assert found.full_on == DAY + dt.timedelta(days=100)
    assert "2027-03-03" in found.told
    assert "7 whole days" in found.told


def test_unused_pages_of_the_file_are_room_too() -> None:
    with_room = grown(days(10, 1000), used=GIB, unused=5 * GIB, free=GIB)
    assert with_room.full_on is not None
    assert grown(days(10, 1000), used=GIB, free=6 * GIB).full_on == with_room.full_on


def test_today_and_the_first_day_do_not_count_for_they_are_not_whole() -> None:
    by_day = days(5, 1000) | {DAY.isoformat(): 10, (DAY - dt.timedelta(days=4)).isoformat(): 10}
    assert grown(by_day).bytes_per_day == 1000 * GIB / 500_000


def test_a_day_without_rows_counts_as_nothing_added() -> None:
    by_day = days(5, 1000)
    del by_day[(DAY - dt.timedelta(days=2)).isoformat()]
    assert grown(by_day).bytes_per_day == 2000 / 3 * GIB / 500_000


def test_with_less_than_two_whole_days_there_is_no_forecast() -> None:
    for by_day in ({}, days(1, 1000), days(3, 1000)):
        found = grown(by_day)
        assert (found.full_on, found.bytes_per_day, found.sizes) == (None, None, [])
        assert "Too little data" in found.told
    assert grown(days(4, 1000)).bytes_per_day is not None


def test_a_few_rows_are_too_little_to_say_what_a_row_takes() -> None:
    assert grown(days(10, 10), rows=999).bytes_per_row is None


def test_a_disk_that_lasts_for_decades_gets_no_date() -> None:
    found = grown(days(10, 1), free=1 << 50)
    assert found.full_on is None
    assert "more than ten years" in found.told


def test_without_growth_or_without_a_figure_of_the_disk_it_says_so() -> None:
    assert "nothing to forecast" in grown(days(10, 0)).told
    assert "cannot be read" in grown(days(10, 1000), free=None).told


def test_the_sizes_end_at_todays_and_grow_by_each_days_rows() -> None:
    found = grown(days(3, 100) | days(2, 200), rows=1000, used=1_000_000)
    assert found.sizes == []  # two whole days are needed
    found = grown(days(5, 100), rows=1000, used=1_000_000)
    assert [size for _, size in found.sizes] == [600_000, 700_000, 800_000, 900_000, 1_000_000]


def test_the_figure_goes_on_from_the_size_of_now() -> None:
    found = grown(days(10, 1000))
    past, ahead = size_figure(found, DAY)["data"]
    assert past["y"][-1] == ahead["y"][0] == 1
    assert ahead["x"] == ["2026-11-23", "2026-12-23"]
