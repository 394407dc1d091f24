"""Which backups are kept: the newest of each day, ISO week and month, by pure rules over UTC dates."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable


def kept(days: Iterable[dt.date], *, daily: int, weekly: int, monthly: int) -> set[dt.date]:
    """Choose the days whose backup stays, of all days that have one.

    Kept are the newest `daily` days, the newest day of each of the newest `weekly` ISO weeks, and that of each of the
    newest `monthly` months. Only days, weeks and months that have a backup count, so a machine that was off for a
    month loses nothing by it; one day may stand for all three.
    """
    newest_first = sorted(set(days), reverse=True)
    return {
        *newest_first[:daily],
        *_newest_of_each(newest_first, weekly, lambda day: day.isocalendar()[:2]),
        *_newest_of_each(newest_first, monthly, lambda day: (day.year, day.month)),
    }


def _newest_of_each(
    newest_first: list[dt.date], count: int, period: Callable[[dt.date], tuple[int, int]]
) -> list[dt.date]:
    found: dict[tuple[int, int], dt.date] = {}
    for day in newest_first:
        found.setdefault(period(day), day)
    return list(found.values())[:count]
