"""How the file grows, and when the disk will be full: an estimate from rows per day and bytes per row. Pure."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kalshi_common.storage.overview import FileSize

RATE_DAYS = 7
"""The last whole days whose mean is taken for the days to come."""
_LEAST_DAYS = 2
_FARTHEST_DAYS = 3650
_LEAST_ROWS = 1000


class Growth(NamedTuple):
    """What is known of the file's growth. `sizes` are (day, bytes) at each day's end, reckoned back from now.

    `full_on` is the day the disk will be full, None where that is farther than ten years or cannot be told; `told` is
    the sentence for people.
    """

    file: FileSize
    free_bytes: int | None
    bytes_per_row: float | None
    bytes_per_day: float | None
    sizes: list[tuple[str, float]]
    full_on: dt.date | None
    told: str


def growth(file: FileSize, rows: int, by_day: Mapping[str, int], free: int | None, this_day: dt.date) -> Growth:
    """Reckon from the file, its snapshot rows, the rows each day added (`2026-11-23` -> rows), and the free bytes."""
    used = file.bytes - file.unused_bytes
    # The whole file over the rows: the facts, outcomes and indexes that come with rows are in it.
    per_row = used / rows if rows >= _LEAST_ROWS else None
    days = [this_day - dt.timedelta(days=back) for back in range(1, RATE_DAYS + 1)]
    first = min(by_day, default=None)
    # The first day is hardly ever a whole one.
    whole = [day for day in days if first is not None and day.isoformat() > first]
    if per_row is None or len(whole) < _LEAST_DAYS:
        told = "Too little data for a forecast: it needs two whole days after the first."
        return Growth(file, free, per_row, None, [], None, told)
    per_day = per_row * sum(by_day.get(day.isoformat(), 0) for day in whole) / len(whole)
    sizes = _sizes(used, by_day, per_row)
    full_on = _full_on(this_day, per_day, free, file.unused_bytes)
    return Growth(file, free, per_row, per_day, sizes, full_on, _told(per_day, free, full_on, len(whole)))


def _sizes(used: int, by_day: Mapping[str, int], per_row: float) -> list[tuple[str, float]]:
    sizes, size = [], float(used)
    for day in sorted(by_day, reverse=True):
        sizes.append((day, max(size, 0.0)))
        size -= by_day[day] * per_row
    return sizes[::-1]


def _full_on(this_day: dt.date, per_day: float, free: int | None, unused: int) -> dt.date | None:
    if free is None or per_day <= 0:
        return None
    days = (free + unused) / per_day
    return this_day + dt.timedelta(days=int(days)) if days <= _FARTHEST_DAYS else None


def _told(per_day: float, free: int | None, full_on: dt.date | None, days: int) -> str:
    basis = f"if it goes on as in the last {days} whole days"
    if free is None:
        return "The free space of the disk cannot be read, so there is no forecast."
    if per_day <= 0:
        return f"Nothing was added in the last {days} whole days, so there is nothing to forecast."
    if full_on is None:
        return f"The disk lasts for more than ten years {basis}."
    return f"The disk will be full around {full_on.isoformat()} {basis}."
