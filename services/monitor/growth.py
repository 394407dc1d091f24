"""How the file grows, and when the disk will be full: an estimate from rows per day and bytes per row. Pure."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

from kalshi_common.domain.rotation import kept

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kalshi_common.knobs_operate import BackupKnobs
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


class Copies(NamedTuple):
    """The backups beside the file: the bytes of each day's, and the rules by which they are kept."""

    by_day: Mapping[dt.date, int]
    rules: BackupKnobs


def growth(  # noqa: PLR0913 - each is one reading
    file: FileSize,
    rows: int,
    by_day: Mapping[str, int],
    free: int | None,
    this_day: dt.date,
    *,
    copies: Copies | None = None,
) -> Growth:
    """Reckon from the file, its snapshot rows, the rows each day added (`2026-11-23` -> rows), and the free bytes.

    With `copies`, a backup of each day is counted too, and those that the rules let go.
    """
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
    room = None if free is None else free + file.unused_bytes
    full_on = _full_on(_Pace(this_day, used, per_day), room, copies)
    told = _told(per_day, free, full_on, len(whole)) + (" Daily backups are counted." if copies and full_on else "")
    return Growth(file, free, per_row, per_day, sizes, full_on, told)


def _sizes(used: int, by_day: Mapping[str, int], per_row: float) -> list[tuple[str, float]]:
    sizes, size = [], float(used)
    for day in sorted(by_day, reverse=True):
        sizes.append((day, max(size, 0.0)))
        size -= by_day[day] * per_row
    return sizes[::-1]


class _Pace(NamedTuple):
    this_day: dt.date
    used: int
    per_day: float


def _full_on(pace: _Pace, room: int | None, copies: Copies | None) -> dt.date | None:
    if room is None or pace.per_day <= 0:
        return None
    days = int(room / pace.per_day)
    if copies is not None:
        days = _days_with_copies(pace, room, copies, min(days, _FARTHEST_DAYS))
    return pace.this_day + dt.timedelta(days=days) if days <= _FARTHEST_DAYS else None


def _days_with_copies(pace: _Pace, room: int, copies: Copies, farthest: int) -> int:
    """Play the days to come, each with its backup, until file and copies need more than there is room for."""
    rules, held = copies.rules, dict(copies.by_day)
    held_now = sum(held.values())
    for days in range(1, farthest + 1):
        held[pace.this_day + dt.timedelta(days=days)] = int(pace.used + pace.per_day * days)
        stay = kept(held, daily=rules.keep_daily, weekly=rules.keep_weekly, monthly=rules.keep_monthly)
        held = {day: held[day] for day in stay}
        if pace.per_day * days + sum(held.values()) - held_now > room:
            return days
    return farthest + (farthest == _FARTHEST_DAYS)


def _told(per_day: float, free: int | None, full_on: dt.date | None, days: int) -> str:
    basis = f"if it goes on as in the last {days} whole days"
    if free is None:
        return "The free space of the disk cannot be read, so there is no forecast."
    if per_day <= 0:
        return f"Nothing was added in the last {days} whole days, so there is nothing to forecast."
    if full_on is None:
        return f"The disk lasts for more than ten years {basis}."
    return f"The disk will be full around {full_on.isoformat()} {basis}."
